"""What one index consists of: its assets by the definition, its holdings, its divisor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.index.canonical import parse_canonical
from engine.index.coin_timeline import Effect
from engine.index.definition import IndexDefinition, price_key
from engine.index.planned_changes import Change
from engine.index.weighting.method import in_proportion
from engine.index.weighting.registry import method_of
from engine.periods import NEVER, last_rebalance


@dataclass(slots=True)
class Basket:
    """The composition of one row: price keys, their shares by the definition, their holdings.

    `pending` are the keys that the definition names and that are not held yet: they had no price.
    `waiting` means that what it names is not adopted yet, for want of any asset that can be
    weighed. `dropped` are the assets to which the last rebalance gave no weight, because their
    price was too old or, for those in `unknown_cap`, no market cap was known.
    """

    id: str
    definition: IndexDefinition | None
    keys: list[str]
    shares: list[float]
    holdings: list[float]
    next_rebalance: int = NEVER
    changes_done: int = 0
    waiting: bool = False
    dropped: tuple[str, ...] = ()
    unknown_cap: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        state = {name: getattr(self, name) for name in self.__slots__}
        state["definition"] = self.definition and self.definition.to_mapping()
        return {k: list(v) if isinstance(v, list | tuple) else v for k, v in state.items()}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Basket:
        """The basket that `dump` came from."""
        fields = dict(state)
        if fields["definition"] is not None:
            fields["definition"] = parse_canonical(fields["id"], fields["definition"])
        for name in ("dropped", "unknown_cap", "pending"):
            fields[name] = tuple(fields.get(name, ()))
        return cls(**fields)

    def composition(self, effects: Sequence[Effect] = ()) -> tuple[list[str], list[float]]:
        """Price keys and shares that the definition names, after the changes done so far and the
        `effects` of coin events, each at its time; a change comes before an event of its time."""
        definition = self.definition
        assert definition is not None
        named = _Named(definition)
        steps: list[tuple[int, int, Change | Effect]] = [
            *((change.at, 0, change) for change in definition.changes[: self.changes_done]),
            *((effect.at, 1, effect) for effect in effects if effect.becomes),
        ]
        for _, _, step in sorted(steps, key=lambda timed: timed[:2]):
            if isinstance(step, Change):
                named.change(step)
            else:
                named.rename(step)
        return [price_key(a, definition.kinds) for a in named.share], named.shares()

    def due(self) -> int:
        """When the next rebalance or planned change is due."""
        if self.definition is None:
            return NEVER
        changes = self.definition.changes[self.changes_done :]
        return min(self.next_rebalance, changes[0].at if changes else NEVER)

    def last_alike(self, at: int, limit: int, price_at: Iterable[int]) -> int:
        """The last of the rebalances from the one at `at` on that see the same assets as fresh.

        No price moves up to `limit`, so the level stays, and of these rebalances only the last one
        leaves a trace. `price_at` are the times of the assets' last prices.
        """
        assert self.definition is not None
        changes = self.definition.changes[self.changes_done :]
        until = min(limit, changes[0].at - 1) if changes else limit
        ends = [time + self.definition.max_price_age for time in price_at]
        until = min([until, *(end for end in ends if end >= at)])
        return last_rebalance(self.definition.rebalance, until)


class _Named:
    """What a definition names: its assets with their shares, None for an equal one."""

    def __init__(self, definition: IndexDefinition) -> None:
        self.fixed = method_of(definition).given
        weights = zip(definition.assets, definition.weights, strict=True)
        self.first = dict(weights) if self.fixed else {}
        """An asset that comes back without a weight has that of the definition again."""
        self.share = {asset: self.first.get(asset) for asset in definition.assets}
        self.became = dict[str, str]()

    def change(self, change: Change) -> None:
        """Remove and add; a name that is not held any more stands for what the coin became."""
        gone = {a if a in self.share else self.became.get(a, a) for a in change.remove}
        kept = {asset: share for asset, share in self.share.items() if asset not in gone}
        if self.fixed and change.weights:
            self.share = kept
            left = 1.0 - math.fsum(weight for _, weight in change.weights)
            scaled = zip(kept, self.shares(), strict=True)
            self.share = {asset: share * left for asset, share in scaled}
            self.share |= dict(change.weights)
        else:
            new = [asset for asset in change.add if asset not in kept]
            self.share = kept | {asset: self.first.get(asset) for asset in new}

    def rename(self, effect: Effect) -> None:
        """A coin became another; what is held of both is one from then on."""
        old, new = effect.asset, effect.becomes
        assert new is not None
        self.became = {a: new if b == old else b for a, b in self.became.items()} | {old: new}
        if old not in self.share:
            return
        if new in self.share:
            if self.fixed:
                self.share = dict(zip(self.share, self.shares(), strict=True))
            own, other = self.share[new], self.share.pop(old)
            self.share[new] = None if own is None or other is None else own + other
        else:
            self.share = {new if a == old else a: share for a, share in self.share.items()}
        if old in self.first:
            self.first.setdefault(new, self.first[old])

    def shares(self) -> list[float]:
        """The shares, which sum to one."""
        if not self.share:
            return []
        equal = 1.0 / len(self.share)
        return in_proportion([equal if s is None else s for s in self.share.values()])


@lru_cache(maxsize=65_536)  # asked for with every snapshot; more keys only cost time
def asset_of(key: str) -> str:
    """The asset that a price key prices."""
    return key.split("@")[0]


def assets_of(keys: Iterable[str]) -> list[str]:
    """The assets that these price keys price.

    >>> assets_of(["BTC", "BTC@perpetual+spot"])
    ['BTC', 'BTC']
    """
    return [asset_of(key) for key in keys]


def renamed(key: str, asset: str) -> str:
    """The price key of another asset from the same kinds of instruments.

    >>> renamed("MATIC@perpetual+spot", "POL")
    'POL@perpetual+spot'
    """
    return asset + key[len(key.split("@")[0]) :]


def exact_divisor(holdings: list[float], prices: list[float], level: float) -> float:
    """A divisor with Σ holding · price / divisor == level exactly; scales the holdings if need be.

    Floats near value / level can lie further apart than those near the level, so that none of them
    divides to it. With all holdings scaled so that the divisor's significand is above the level's,
    they lie closer, and the one nearest to value / level does: it is off by less than half of the
    level's last place. Further scales are for a level just below a power of two.
    """
    first = list(holdings)
    for scale in (1.0, 1.0 + math.frexp(level)[0], 1.9, 1.8, 1.7, 1.6):
        holdings[:] = [holding * scale for holding in first]
        value = 0.0
        for holding, price in zip(holdings, prices, strict=True):
            value += holding * price
        divisor = value / level
        for candidate in (divisor, math.nextafter(divisor, 0.0), math.nextafter(divisor, math.inf)):
            if value / candidate == level:
                return candidate
    return divisor
