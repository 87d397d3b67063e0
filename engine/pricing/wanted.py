"""Which prices the definitions in force ask for, counted: a change costs what it changes."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import IndexDefinition, price_key

PriceKeys = Mapping[str, tuple[str, frozenset[str]]]
"""Price key to asset and the kinds of instruments that may price it."""
_KEPT = ""
"""Stands for an index that asks for what was wanted before a coin's event; none is named so."""


class WantedChange(NamedTuple):
    """Price keys that are asked for from now on, and those that are no more; both sorted."""

    added: list[str]
    removed: list[str]


class WantedPrices:
    """The price keys that are asked for, and by how many indices each.

    `keys` has the asset of each and the kinds of instruments that may price it.
    """

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, frozenset[str]]] = {}
        self._by_asset: dict[str, list[str]] = {}
        self._definitions: dict[str, IndexDefinition] = {}
        self._asked: dict[str, tuple[str, ...]] = {}
        """The price keys that an index asks for."""
        self._users: dict[str, int] = {}
        """How many indices ask for a price key."""
        self._measured: dict[str, dict[str, None]] = {}
        """The indices that name a benchmark, by its name."""

    def of(self, asset: str) -> list[str]:
        """The price keys of an asset, sorted."""
        return self._by_asset.get(asset, [])

    def define(
        self, index: str, definition: IndexDefinition | None, coins: CoinTimeline, *, anew: bool
    ) -> WantedChange:
        """Take a definition, or None for one that is retired.

        `coins` say what assets become; with `anew` they have changed since the last time, and what
        every index asks for is found anew.
        """
        before = self._put(index, definition)
        if anew:
            return self._find([_KEPT, *self._definitions, index], coins)
        # Whether a benchmark is an asset depends on whether an index has its name.
        same = (before is None) == (definition is None)
        others = () if same else self._measured.get(index, ())
        return self._find(dict.fromkeys((index, *others)), coins)

    def define_all(
        self, definitions: Mapping[str, IndexDefinition], coins: CoinTimeline
    ) -> WantedChange:
        """Take all definitions in force, where there were none before."""
        for index, definition in definitions.items():
            self._put(index, definition)
        return self.find_anew(coins)

    def find_anew(self, coins: CoinTimeline) -> WantedChange:
        """Find what all indices ask for, now that `coins` have changed."""
        return self._find([_KEPT, *self._definitions], coins)

    def keep(self, keys: PriceKeys) -> WantedChange:
        """Keep these until all are found anew: asked for once, and since a coin's event no more."""
        self._asked[_KEPT] = tuple(keys)
        for name in keys:
            self._users[name] = self._users.get(name, 0) + 1
        return self._settle(keys)

    def _put(self, index: str, definition: IndexDefinition | None) -> IndexDefinition | None:
        """Keep a definition; returns the one before."""
        before = self._definitions.pop(index, None)
        for benchmark in before.benchmarks if before is not None else ():
            self._measured[benchmark].pop(index, None)
        if definition is not None:
            self._definitions[index] = definition
            for benchmark in definition.benchmarks:
                self._measured.setdefault(benchmark, {})[index] = None
        return before

    def _find(self, indices: Iterable[str], coins: CoinTimeline) -> WantedChange:
        """Find what these indices ask for, and what that changes."""
        touched: dict[str, tuple[str, frozenset[str]]] = {}
        for index in indices:
            now, had = self._keys_of(index, coins), self._asked.pop(index, ())
            for name in now.keys() - had:
                self._users[name] = self._users.get(name, 0) + 1
                touched[name] = now[name]
            for name in had:
                if name not in now:
                    self._users[name] -= 1
                    touched[name] = self.keys.get(name) or touched[name]
            if now:
                self._asked[index] = tuple(now)
        return self._settle(touched)

    def _keys_of(self, index: str, coins: CoinTimeline) -> PriceKeys:
        """What one index asks for: its assets, what they become, and its benchmarks' prices."""
        definition = self._definitions.get(index)
        if definition is None:
            return {}
        benchmarks = coins.with_predecessors(
            b for b in definition.benchmarks if b not in self._definitions
        )
        kinds = frozenset(definition.kinds)
        assets = coins.with_successors((*definition.all_assets(), *benchmarks))
        return {price_key(asset, kinds): (asset, kinds) for asset in assets}

    def _settle(self, touched: PriceKeys) -> WantedChange:
        """Let what nobody asks for any more go, and take in what is new."""
        added, removed = list[str](), list[str]()
        for name in sorted(touched):
            asset, kinds = touched[name]
            if not self._users[name]:
                del self._users[name]
                if self.keys.pop(name, None) is not None:
                    self._by_asset[asset].remove(name)
                    removed.append(name)
            elif name not in self.keys:
                self.keys[name] = asset, kinds
                insort(self._by_asset.setdefault(asset, []), name)
                added.append(name)
        return WantedChange(added, removed)


def parse_price_key(name: str) -> tuple[str, frozenset[str]]:
    """The inverse of `engine.index.definition.price_key`.

    >>> asset, kinds = parse_price_key("BTC@perpetual+spot")
    >>> asset, sorted(kinds)
    ('BTC', ['perpetual', 'spot'])
    """
    asset, _, kinds = name.partition("@")
    return asset, frozenset(kinds.split("+") if kinds else ("spot",))
