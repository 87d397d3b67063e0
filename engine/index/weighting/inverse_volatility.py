"""`inverse_volatility`: in proportion to 1/sd of the daily returns in `vol_window`.

The same for all until each asset has 30 returns, and where some asset's price does not move at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.index.weighting.method import (
    AGE,
    WEIGHTS,
    Member,
    Method,
    Settings,
    in_proportion,
)
from engine.metrics.machinery.card import Card, Example
from engine.readings import ZERO_DEVIATION


def _weigh(members: Sequence[Member], _: Settings) -> list[float]:
    return by_inverse([member.deviation for member in members])


def by_inverse(deviations: Sequence[float]) -> list[float]:
    """Weights in proportion to 1/deviation; equal where some deviation is NaN or zero."""
    if not deviations:
        return []
    if not all(deviation >= ZERO_DEVIATION for deviation in deviations):
        return [1.0 / len(deviations)] * len(deviations)
    smallest = min(deviations)
    return in_proportion([smallest / deviation for deviation in deviations])


METHOD = Method(
    "inverse_volatility",
    _weigh,
    ("vol_window",),
    daily_closes=True,
    words="by inverse volatility",
    card=Card(
        "method: inverse_volatility",
        "weights ∝ 1/sd of the daily simple returns of each asset's price that end at a 00:00 "
        "UTC "
        "in the vol_window up to the rebalance; a day without a price gives no return",
        WEIGHTS,
        f"equal until every asset has 30 returns, and where one does not vary (sd < 1e-12); {AGE}",
        ddof="1",
        minimum="30 returns of each asset",
        example=Example(
            "inverse",
            "returns.1d",
            0.1 / 3,
            "A varies twice as much as C, so it weighs 1/3 and C 2/3; 1/3 of 10 %",
        ),
        order=120,
    ),
)
