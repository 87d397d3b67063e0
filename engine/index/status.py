"""One word for how far an index's level is to be trusted now."""

from __future__ import annotations

from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition


def held(baskets: Baskets, row: int) -> list[str]:
    """The price keys of a basket that it holds: what got no weight moves no level."""
    basket = baskets.all[row]
    return [k for k, h in zip(basket.keys, basket.holdings, strict=True) if h > 0.0]


def oldest_age(baskets: Baskets, row: int, now: int) -> int:
    """Age (ns) of the oldest price of what a basket holds; 0 where it holds nothing."""
    at, place, basket = baskets.prices.at.item, baskets.price_row, baskets.all[row]
    held_at = [at(place[k]) for k, h in zip(basket.keys, basket.holdings, strict=True) if h > 0.0]
    return now - min(held_at, default=now)


def status_of(
    definition: IndexDefinition, baskets: Baskets, row: int, now: int, *, degraded: bool
) -> str:
    """`warming`, `stale`, `degraded` or `live`; of those that apply, the first.

    `degraded` means that a price of what it holds is not to be trusted, or that trades are missing.
    """
    if not baskets.levels.started[row]:
        return "warming"
    if oldest_age(baskets, row, now) > definition.max_price_age:
        return "stale"
    return "degraded" if degraded else "live"
