"""What one index consists of: its assets by the definition, its holdings, its divisor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions import IndexDefinition, parse_index, price_key
from engine.periods import NEVER, last_rebalance
from engine.weighting import in_proportion


@dataclass(slots=True)
class Basket:
    """The composition of one row: price keys, their shares by the definition, their holdings.

    `waiting` tells that the definition's composition is not adopted yet, for want of the first
    price of a new asset or of any asset that can be weighed. `dropped` are the assets to which the
    last rebalance gave no weight, because their price was too old or, for those in `unknown_cap`,
    no market cap was known.
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
            fields["definition"] = parse_index(fields["id"], fields["definition"])
        for name in ("dropped", "unknown_cap"):
            fields[name] = tuple(fields[name])
        return cls(**fields)

    def composition(self) -> tuple[list[str], list[float]]:
        """Price keys and shares that the definition names, after the changes done so far."""
        definition = self.definition
        assert definition is not None
        assets = list(definition.assets)
        for change in definition.changes[: self.changes_done]:
            kept = [a for a in assets if a not in change.remove]
            assets = kept + [a for a in change.add if a not in kept]
        # An asset added to a fixed basket has no weight of its own and gets an equal share.
        share = 1.0 / len(assets)
        named = {}
        if definition.weighting == "fixed":
            named = dict(zip(definition.assets, definition.weights, strict=True))
        shares = in_proportion([named.get(asset, share) for asset in assets])
        return [price_key(a, definition.kinds) for a in assets], shares

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


def all_keys(definition: IndexDefinition) -> list[str]:
    """The price keys of every asset that is or will be in the index."""
    return [price_key(asset, definition.kinds) for asset in definition.all_assets()]


def assets_of(keys: Iterable[str]) -> list[str]:
    """The assets that these price keys price.

    >>> assets_of(["BTC", "BTC@perpetual+spot"])
    ['BTC', 'BTC']
    """
    return [key.split("@")[0] for key in keys]


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
