"""Wickra, streaming indicators in Rust: an object for each figure of each index.

Its windows are made as long as the run, so that they hold everything. It has no downside deviation
of its own; that figure is left out.
"""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import wickra  # type: ignore[import-not-found]

from bench.peers.serve import BASE_LEVEL, Arrays, Run, clock, serve


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


if __name__ == "__main__":
    serve({"bars": bars})
