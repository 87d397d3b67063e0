"""What `quality.flags` tells of the assets of a basket."""

from __future__ import annotations

from typing import Any

from engine.basket import Baskets
from engine.readings import Undefined
from engine.weighting import without_cap


def flags(baskets: Baskets, row: int, as_of: int) -> list[str]:
    """What `quality` tells of the assets of a basket that lack a price, a cap or a weight, that
    are pending, or whose price jumped."""
    basket = baskets.all[row]
    definition, unpriced, unknown = basket.definition, set[str](), basket.unknown_cap
    if not baskets.levels.started[row] and definition is not None:
        unpriced = baskets.unpriced & set(basket.keys)
        members = baskets.members(definition, basket.keys, basket.shares, 0)
        without = without_cap(definition, basket.keys, members)
        unknown = tuple(key for key in without if key not in unpriced)
    told = {
        "no_price": sorted(unpriced),
        "no_weight": basket.dropped,
        "unknown_cap": unknown,
        "pending": pending(baskets, row),
        "jump": baskets.jumps.of(basket.keys, as_of),
    }
    return [f"{flag}:{key}" for flag, keys in told.items() for key in keys]


def pending(baskets: Baskets, row: int) -> list[str]:
    """The price keys that a basket waits for: of what is added, until it can be held, and of a
    coin that another has become, until it has a price of its own."""
    basket = baskets.all[row]
    return [*basket.pending, *(key for key in basket.keys if _goes_on(baskets, key))]


def read_composition(
    baskets: Baskets, row: int, as_of: int, undefined: Undefined
) -> dict[str, Any]:
    """`composition` of the snapshot of a started index."""
    lv = baskets.levels
    base_at, divisor = int(lv.base_at[row]), float(lv.divisor[row])
    known = (baskets.all[row], base_at, divisor, baskets.price_of, as_of, pending(baskets, row))
    return baskets.contributions.read(*known, undefined)


def _goes_on(baskets: Baskets, key: str) -> bool:
    """Whether a new coin has no price of its own yet."""
    return (
        key in baskets.joined and int(baskets.prices.at[baskets.place[key]]) <= baskets.joined[key]
    )
