"""What a fault does to single trades on their way out: `connectors.simulator.exchange.Tamper`s."""

from __future__ import annotations

import random

from connectors.simulator.desks import Desk, Fill
from engine.types import SECOND

SHARE = 0.15
"""Of trades, that a fault which picks single trades does something to."""


class Mute:
    """Trades of one symbol, or of all with None, are not sent; heartbeats and answers are."""

    def __init__(self, symbol: str | None) -> None:
        self._symbol = symbol

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        return [] if self._symbol in (None, fill.symbol) else [desk.fill(fill)]

    def rest(self) -> list[str]:
        """Nothing."""
        return []


class Lose:
    """Now and then one to five trades of a symbol are left out."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._left: dict[str, int] = {}

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        left = self._left.get(fill.symbol, 0)
        if not left and self._rng.random() < SHARE:
            left = self._rng.randint(1, 5)
        self._left[fill.symbol] = max(0, left - 1)
        return [] if left else [desk.fill(fill)]

    def rest(self) -> list[str]:
        """Nothing."""
        return []


class Repeat:
    """Now and then a trade is sent again, at once or some trades later."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._again: list[str] = []

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        frame = desk.fill(fill)
        frames = [frame]
        if self._again and self._rng.random() < 0.5:
            frames.append(self._again.pop(0))
        if self._rng.random() < SHARE:
            (frames if self._rng.random() < 0.5 else self._again).append(frame)
        return frames

    def rest(self) -> list[str]:
        """What was to be sent again."""
        return self._again


class Reorder:
    """Now and then a trade is sent after the next one, or the next but one, of any symbol."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._held: list[str] = []
        self._until = 0

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        frame = desk.fill(fill)
        if self._held:
            self._until -= 1
            if self._until <= 0:
                held, self._held = self._held, []
                return [frame, *held]
            return [frame]
        if self._rng.random() < SHARE:
            self._held, self._until = [frame], self._rng.randint(1, 2)
            return []
        return [frame]

    def rest(self) -> list[str]:
        """What is held."""
        return self._held


class Skew:
    """The times of trades are off by the same amount, ahead or behind."""

    def __init__(self, rng: random.Random) -> None:
        self._off = int(rng.choice((-1, 1)) * rng.uniform(0.2, 30.0) * SECOND)

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        return [desk.fill(fill._replace(ts=fill.ts + self._off))]

    def rest(self) -> list[str]:
        """Nothing."""
        return []


class Corrupt:
    """Now and then a frame is no JSON: cut short, or with a character lost, changed or added."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def frames(self, desk: Desk, fill: Fill) -> list[str]:
        """See `connectors.simulator.exchange.Tamper`."""
        frame = desk.fill(fill)
        if self._rng.random() >= SHARE:
            return [frame]
        match self._rng.randrange(4):
            case 0:
                return [frame[: self._rng.randrange(len(frame))]]
            case 1:
                return [frame[1:]]
            case 2:
                return [frame.replace(":", "\x00", 1)]
            case _:
                return [frame + "}"]

    def rest(self) -> list[str]:
        """Nothing."""
        return []
