"""Missing trades found by a number beside the ids, which steps by one for each symbol."""

from __future__ import annotations

from engine.types import Gap, Tick


class Numbering:
    """The numbers of one connection: by symbol the highest, and the id of its trade."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, str | None]] = {}

    def note(self, symbol: str, number: int, trade_id: str | None) -> None:
        """A trade that is there: it only tells where the numbers stand."""
        if number > self._last.get(symbol, (-1, None))[0]:
            self._last[symbol] = (number, trade_id)

    def missing(self, tick: Tick, number: int) -> list[Gap]:
        """Take the next trade; what is missing right before it."""
        symbol = tick.instrument.symbol
        last = self._last.get(symbol)
        self.note(symbol, number, tick.id)
        if last is None or number <= last[0] + 1:
            return []
        return [Gap(tick.instrument, last[1], tick.id, "ids")]
