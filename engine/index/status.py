"""One word for how far an index's level is to be trusted now."""

from __future__ import annotations

from collections.abc import Sequence

from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition


def held(baskets: Baskets, row: int) -> list[str]:
    """The price keys of a basket that it holds: what got no weight moves no level."""
    basket = baskets.all[row]
    return [k for k, h in zip(basket.keys, basket.holdings, strict=True) if h > 0.0]


def ages(baskets: Baskets, rows: Sequence[int], now: int) -> list[int]:
    """Age (ns) of the oldest price of what each basket holds; 0 where it holds nothing."""
    return [now - at if at else 0 for at in baskets.oldest_prices(rows)]


def status_of(definition: IndexDefinition, age: int, *, started: bool, degraded: bool) -> str:
    """`warming`, `stale`, `degraded` or `live`; of those that apply, the first.

    `age` (ns) is that of the oldest price of what it holds; `degraded` means that such a price is
    not to be trusted, or that trades are missing.
    """
    if not started:
        return "warming"
    if age > definition.max_price_age:
        return "stale"
    return "degraded" if degraded else "live"
