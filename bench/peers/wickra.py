"""Wickra, streaming indicators in Rust: an object for each figure of each index.

Its windows are made as long as the run, so that they hold everything. It has no downside deviation
of its own; that figure is left out.
"""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import wickra  # type: ignore[import-not-found]

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, Arrays, Run, clock, first, serve

MOST = 1000
"""Indices of the tick path; more are scaled."""
WINDOW = 100
"""Levels of a drawdown on the tick path."""


class Estimators:
    """What Wickra has of the ten figures, for one index."""

    def __init__(self, window: int, target: float, fade: float) -> None:
        self.level = BASE_LEVEL
        self.mean, self.deviation = wickra.SMA(window), wickra.StdDev(window)
        self.sharpe = wickra.SharpeRatio(window, target)
        self.sortino = wickra.SortinoRatio(window, target)
        self.fall = wickra.MaxDrawdown(window + 1)
        self.fall.update(BASE_LEVEL)
        self.ewma = wickra.EwmaVolatility(fade)
        self.ewma.update(BASE_LEVEL)
        self.quantile = wickra.ValueAtRisk(window, 0.95)
        self.beta, self.correlation = wickra.Beta(window), wickra.PearsonCorrelation(window)

    def take(self, r: float, f: float) -> tuple[Any, ...]:
        """Take a bar; the figures."""
        self.level = level = self.level * (1.0 + r)
        return (
            self.mean.update(r),
            self.deviation.update(r),
            self.sharpe.update(r),
            nan,
            self.sortino.update(r),
            self.fall.update(level),
            self.ewma.update(level),
            self.quantile.update(r),
            self.beta.update(r, f),
            self.correlation.update(r, f),
        )


def bars(given: Arrays) -> Run:
    """Nine of the ten metrics a bar."""
    returns, benchmark = given["returns"].tolist(), given["benchmark"].tolist()
    target, fade, total = float(given["target"]), float(given["fade"]), len(benchmark)

    def run() -> tuple[float, Arrays]:
        indices = [Estimators(total, target, fade) for _ in returns[0]]
        figures: list[Any] = []
        began = clock()
        for row, f in zip(returns, benchmark, strict=True):
            figures = [index.take(r, f) for index, r in zip(indices, row, strict=True)]
        took = clock() - began
        found = np.array(figures, dtype=float).T
        # It tells the deviation over n, where the others tell the variance over n - 1.
        found[1] = found[1] ** 2 * total / (total - 1)
        found[6] = found[6] ** 2
        return took, {"figures": found}

    return run


def tick(given: Arrays) -> Run:
    """The tick path: level and drawdown alone, it has no rules. Its drawdown is the deepest within
    a window, and costs more the longer that is; here it has the last WINDOW levels."""
    given, scale = first(given, MOST)
    count, assets = int(given["indices"]), int(given["assets"])
    asset, price = given["asset"].tolist(), given["price"].tolist()
    holders: list[list[tuple[int, float]]] = [[] for _ in range(assets)]
    pairs = zip(given["members"].tolist(), given["holding"].tolist(), strict=True)
    for k, (members, held) in enumerate(pairs):
        for a, h in zip(members, held, strict=True):
            holders[a].append((k, h))

    def run() -> tuple[float, Arrays]:
        level, last = [BASE_LEVEL] * count, [BASE_PRICE] * assets
        deepest = [wickra.MaxDrawdown(WINDOW) for _ in range(count)]
        began = clock()
        for a, p in zip(asset, price, strict=True):
            change, last[a] = p - last[a], p
            for k, h in holders[a]:
                now = level[k] = level[k] + h * change
                deepest[k].update(now)
        return (clock() - began) * scale, {"level": np.array(level)}

    return run


if __name__ == "__main__":
    serve({"bars": bars, "tick": tick})
