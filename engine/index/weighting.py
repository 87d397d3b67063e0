"""Weighting methods: what share of an index each of its assets gets at a rebalance.

Pure functions of what is known of the assets at that instant. Who is looked at (fresh prices only)
and how the level is kept is the matter of `engine.index.baskets`.

- `fixed`: the weights of the definition; an asset added by a planned change counts 1/n beside them,
  and all are scaled to sum to one.
- `equal`: 1/n.
- `cap`: in proportion to market caps; a weight above `cap_limit` is cut to it and the excess is
  shared among the others in proportion, repeated until none exceeds. An asset whose cap is not
  known gets nothing. Where so few have a cap that n · cap_limit < 1, they weigh the same.
- `inverse_volatility`: in proportion to 1/sd of the daily returns in `vol_window`; the same for all
  until each asset has 30 returns, and where some asset's price does not move at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.index.definition import IndexDefinition
from engine.readings import ZERO_DEVIATION

MIN_RETURNS = 30
"""Below it the standard error of a standard deviation, 1/√(2n) of it, is above an eighth."""


class Member(NamedTuple):
    """An asset at a rebalance.

    `share` is its weight by the definition alone. `cap` is its market cap in USD, NaN where not
    known. `deviation` is the standard deviation of its daily returns, NaN where there are fewer
    than MIN_RETURNS.
    """

    share: float
    cap: float
    deviation: float


def weigh(definition: IndexDefinition, members: Sequence[Member]) -> list[float]:
    """The weights of the members: they sum to one, or are all zero where none can be weighed."""
    if definition.weighting == "cap":
        return by_cap([member.cap for member in members], definition.cap_limit)
    if definition.weighting == "inverse_volatility":
        return by_inverse([member.deviation for member in members])
    return in_proportion([member.share for member in members])


def without_cap(
    definition: IndexDefinition, keys: Sequence[str], members: Sequence[Member]
) -> tuple[str, ...]:
    """The keys that get no weight by the method for want of a market cap."""
    if definition.weighting != "cap":
        return ()
    return tuple(k for k, m in zip(keys, members, strict=True) if not 0.0 < m.cap < math.inf)


def parameters(definition: IndexDefinition) -> tuple[Any, ...]:
    """What `weigh` takes from a definition beside the shares: where it changes, weights may."""
    if definition.weighting == "cap":
        return "cap", definition.cap_limit, definition.supply
    if definition.weighting == "inverse_volatility":
        return "inverse_volatility", definition.vol_window
    return ()


def in_proportion(values: Sequence[float]) -> list[float]:
    """Values of at least zero, scaled to sum to one; all zero where they sum to zero.

    What sums to one but for rounding stays as it is, so that scaling is idempotent.
    """
    total = math.fsum(values)
    if total <= 0.0:
        return [0.0] * len(values)
    scale = 1.0 if abs(total - 1.0) < 1e-12 else total
    return [value / scale for value in values]


def by_cap(caps: Sequence[float], limit: float | None) -> list[float]:
    """Weights in proportion to market caps, none above `limit`; an unknown cap (NaN) weighs 0."""
    largest = max((cap for cap in caps if 0.0 < cap < math.inf), default=math.inf)
    # Relative to the largest, so that no sum of caps overflows.
    weights = in_proportion([cap / largest if 0.0 < cap < math.inf else 0.0 for cap in caps])
    return weights if limit is None else limited(weights, limit)


def limited(weights: Sequence[float], limit: float) -> list[float]:
    """The weights with none above `limit`; what exceeds goes to the others in proportion.

    >>> limited([0.5, 0.3, 0.2], 0.4)
    [0.4, 0.36, 0.24]
    """
    held = sum(weight > 0.0 for weight in weights)
    if limit * held <= 1.0:  # no more room than this: all are at the limit, or would be above
        return [1.0 / held if weight > 0.0 else 0.0 for weight in weights]
    found, capped = list(weights), set[int]()
    while over := {j for j, weight in enumerate(found) if weight > limit} - capped:
        capped |= over
        free = math.fsum(w for j, w in enumerate(weights) if j not in capped)
        room = 1.0 - limit * len(capped)
        # Shared anew in proportion to the first weights: the same as passing on each excess.
        found = [limit if j in capped else w / free * room for j, w in enumerate(weights)]
    return found


def by_inverse(deviations: Sequence[float]) -> list[float]:
    """Weights in proportion to 1/deviation; equal where some deviation is NaN or zero."""
    if not deviations:
        return []
    if not all(deviation >= ZERO_DEVIATION for deviation in deviations):
        return [1.0 / len(deviations)] * len(deviations)
    smallest = min(deviations)
    return in_proportion([smallest / deviation for deviation in deviations])
