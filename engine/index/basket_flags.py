"""What `quality.flags` says of the assets of a basket."""

from __future__ import annotations

from typing import Any

from engine.index.baskets import Baskets
from engine.index.weighting.registry import unweighable
from engine.readings import Undefined


def flags(baskets: Baskets, row: int, as_of: int) -> list[str]:
    """What `quality` says of the assets of a basket that lack a price, a cap or a weight, that
    are pending, or whose price jumped."""
    basket = baskets.all[row]
    definition, unpriced, unknown = basket.definition, set[str](), basket.unknown_cap
    if not baskets.levels.started[row] and definition is not None:
        unpriced = baskets.absent.prices & set(basket.keys)
        members = baskets.members(definition, basket.keys, basket.shares, 0)
        without = unweighable(definition, basket.keys, members)
        unknown = tuple(key for key in without if key not in unpriced)
    found = {
        "no_price": sorted(unpriced),
        "no_weight": basket.dropped,
        "unknown_cap": unknown,
        "pending": pending(baskets, row),
        "jump": baskets.jumps.of(basket.keys, as_of),
    }
    return [f"{flag}:{key}" for flag, keys in found.items() for key in keys]


def pending(baskets: Baskets, row: int) -> list[str]:
    """The price keys that a basket waits for: of what is added, until it can be held, and of a
    coin that another has become, until it has a price of its own."""
    basket = baskets.all[row]
    if not baskets.joined:
        return list(basket.pending)
    return [*basket.pending, *(key for key in basket.keys if _goes_on(baskets, key))]


def read_composition(
    baskets: Baskets, row: int, as_of: int, undefined: Undefined
) -> dict[str, Any]:
    """`composition` of the snapshot of a started index."""
    lv = baskets.levels
    base_at, divisor = int(lv.inception[row]), float(lv.divisor[row])
    known = (baskets.all[row], base_at, divisor, baskets.price_of, as_of, pending(baskets, row))
    return baskets.contributions.read(*known, undefined)


def _goes_on(baskets: Baskets, key: str) -> bool:
    """Whether a new coin has no price of its own yet."""
    return (
        key in baskets.joined
        and int(baskets.prices.at[baskets.price_row[key]]) <= baskets.joined[key]
    )
