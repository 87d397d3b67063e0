"""`cap`: in proportion to market caps.

A weight above `cap_limit` is cut to it and the excess is shared among the others in proportion,
repeated until none exceeds. An asset whose cap is not known gets nothing. Where so few have a cap
that n · cap_limit < 1, they weigh the same.
"""

from __future__ import annotations

import math
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


METHOD = Method(
    "cap",
    _weigh,
    ("supply", "cap_limit"),
    _is_known,
    words="by market cap",
    card=Card(
        "method: cap",
        "weights ∝ last price · supply; supply = market cap / price where a market cap came "
        "with "
        "the price, else the supply that came, else the definition's; above cap_limit cut to "
        "it, "
        "the excess to the others in proportion until none exceeds; all the same where fewer "
        "than "
        "1/cap_limit assets can be weighed",
        WEIGHTS,
        f"{AGE}; with unknown_cap:A where no cap above 0 and no supply is known",
        reference="S&P Dow Jones Indices, Index Mathematics Methodology: capped market cap",
        example=Example(
            "capped",
            "returns.1d",
            0.055,
            "caps 60,000 and 40,000 give 60 % and 40 %; A is cut to 55 %; it rises by 10 %",
        ),
        order=110,
    ),
)
