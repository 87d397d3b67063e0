"""In proportion to one over the deviation of daily returns."""

from __future__ import annotations

import math

from engine.types import DAY
from tests.reference.basket import Rebalance


def weights(at: Rebalance) -> dict[str, float]:
    found: dict[str, float] = {}
    for asset in at.fresh:
        closes = at.seen.closes[asset]
        ends = [e for e in closes if at.when - at.definition.vol_window < e <= at.when]
        returns = [closes[e] / closes[e - DAY] - 1.0 for e in ends if e - DAY in closes]
        if len(returns) < 30:
            return dict.fromkeys(at.fresh, 1.0)
        mean = math.fsum(returns) / len(returns)
        variance = math.fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1)
        if math.sqrt(variance) < 1e-12:
            return dict.fromkeys(at.fresh, 1.0)
        found[asset] = 1.0 / math.sqrt(variance)
    return found
