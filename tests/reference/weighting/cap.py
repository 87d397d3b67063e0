"""In proportion to supply times last price, none above the limit."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tests.reference.basket import Rebalance


def weights(at: Rebalance) -> dict[str, float]:
    return {a: at.seen.supply.get(a, 0.0) * at.seen.last[a][1] for a in at.fresh}


def limited(weights: Mapping[str, float], limit: float) -> dict[str, float]:
    """Pass what exceeds the limit on to the others in proportion, until nothing exceeds."""
    found = dict(weights)
    held = [a for a, w in found.items() if w > 0.0]
    if limit * len(held) <= 1.0:
        return {a: 1.0 / len(held) if a in held else 0.0 for a in found}
    full = set[str]()
    while over := [a for a in held if found[a] > limit and a not in full]:
        full.update(over)
        excess = math.fsum(found[a] - limit for a in over)
        below = math.fsum(found[a] for a in held if a not in full)
        for asset in held:
            found[asset] = limit if asset in full else found[asset] * (1.0 + excess / below)
    return found
