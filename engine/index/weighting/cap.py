"""`cap`: in proportion to market caps.

A weight above `cap_limit` is cut to it and the excess is shared among the others in proportion,
repeated until none exceeds. An asset whose cap is not known gets nothing. Where so few have a cap
that n · cap_limit < 1, they weigh the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.index.weighting.method import Member, Method, Settings, in_proportion


def _weigh(members: Sequence[Member], settings: Settings) -> list[float]:
    return by_cap([member.cap for member in members], settings["cap_limit"])


def _is_known(member: Member) -> bool:
    return 0.0 < member.cap < math.inf


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


METHOD = Method("cap", _weigh, ("supply", "cap_limit"), _is_known)
