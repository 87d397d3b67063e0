"""`inverse_volatility`: in proportion to 1/sd of the daily returns in `vol_window`.

The same for all until each asset has 30 returns, and where some asset's price does not move at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.index.weighting.method import Member, Method, Settings, in_proportion
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


METHOD = Method("inverse_volatility", _weigh, ("vol_window",), daily_closes=True)
