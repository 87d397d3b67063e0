"""The events of all coins on the time of a log: what is to come, and what took effect.

An event takes effect behind the prices stamped with its time, after the bar, the rebalances and the
planned changes of that instant. One that becomes known later takes effect when it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.index.coin_events import AssetDefinition, parse_asset, successors
from engine.periods import NEVER


class Effect(NamedTuple):
    """An event and the time (ns) at which it takes effect, never before its own, `stated`."""

    at: int
    asset: str
    stated: int
    becomes: str | None
    ratio: float


class CoinTimeline:
    """What is known of coins (`known`), the events to come, and those `done`, in their order."""

    def __init__(self) -> None:
        self.known: dict[str, AssetDefinition] = {}
        self.coming: list[Effect] = []
        self.done: list[Effect] = []

    def learn(self, coin: AssetDefinition, now: int) -> None:
        """Take in all that the log says of a coin, at the time `now`."""
        self.known[coin.asset] = coin
        had = {(e.asset, e.stated) for e in (*self.coming, *self.done)}
        self.coming += [
            Effect(max(e.at, now), coin.asset, e.at, e.becomes, e.ratio)
            for e in coin.events
            if (coin.asset, e.at) not in had
        ]
        # At one instant a coin that becomes another comes before what happens to that one.
        depth = {asset: self._depth(asset) for asset in self.known}
        self.coming.sort(key=lambda e: (e.at, e.stated, depth[e.asset], e.asset))

    def _depth(self, asset: str) -> int:
        """How many coins become this one, one after the other."""
        return sum(asset in successors(self.known, [other]) for other in self.known)

    @property
    def next_at(self) -> int:
        """When the next event takes effect."""
        return self.coming[0].at if self.coming else NEVER

    def take_next(self) -> Effect:
        """The next event, which counts as done from now on."""
        self.done.append(self.coming.pop(0))
        return self.done[-1]

    def excluded(self) -> set[str]:
        """The sources (`venue:symbol`) that are left out by hand."""
        return {source for coin in self.known.values() for source in coin.exclude or ()}

    def name_now(self, asset: str) -> str:
        """What a coin is called by now."""
        for effect in self.done:
            if effect.asset == asset and effect.becomes:
                asset = effect.becomes
        return asset

    def with_successors(self, assets: Iterable[str]) -> list[str]:
        """These assets and what they ever become."""
        return successors(self.known, assets)

    def predecessor(self, asset: str) -> Effect | None:
        """The first event to come that makes another coin this one."""
        return next((e for e in self.coming if e.becomes == asset), None)

    def with_predecessors(self, assets: Iterable[str]) -> list[str]:
        """These assets and those that have yet to become one of them."""
        found = dict.fromkeys(assets)
        for effect in reversed(self.coming):  # the last in a chain first
            if effect.becomes in found:
                found[effect.asset] = None
        return list(found)

    def supplies(self, stated: Mapping[str, float]) -> dict[str, float]:
        """Supplies that a definition states, in the coins of now.

        They are those of before its coins' events; a successor of which it says nothing has that of
        its predecessor.
        """
        found = dict(stated)
        for effect in self.done:
            if effect.asset not in found:
                continue
            if effect.becomes is None:
                found[effect.asset] *= effect.ratio
            else:
                found.setdefault(effect.becomes, found[effect.asset] * effect.ratio)
        return found

    def dump(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return {
            "known": {asset: coin.to_mapping() for asset, coin in self.known.items()},
            "coming": [list(effect) for effect in self.coming],
            "done": [list(effect) for effect in self.done],
        }

    @classmethod
    def load(cls, state: Mapping[str, Any] | None) -> CoinTimeline:
        """The timeline that `dump` came from; an empty one for a state of before there were any."""
        self = cls()
        if state is not None:
            self.known = {a: parse_asset(a, coin) for a, coin in state["known"].items()}
            self.coming = [Effect(*effect) for effect in state["coming"]]
            self.done = [Effect(*effect) for effect in state["done"]]
        return self
