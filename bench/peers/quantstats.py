"""quantstats over pandas: a bar costs all figures anew from the whole history.

It has no streaming form, so one bar of a few indices is computed, the last, and the time is scaled
to all bars and indices. The first bars have less history, on which little of its cost depends.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import quantstats  # type: ignore[import-not-found]

from bench.peers.serve import Arrays, Run, clock, first, serve

MOST = 20
"""Indices; more are scaled."""


def bars(given: Arrays) -> Run:
    """Ten metrics of the last bar. Its Sharpe and Sortino take no target of a bar but a rate of a
    year, so they come from its mean and deviations."""
    given, scale = first(given, MOST)
    total, count = given["returns"].shape
    times = pd.date_range("2023-01-01", periods=total, freq="D")
    returns = [pd.Series(given["returns"][:, k], index=times) for k in range(count)]
    benchmark = pd.Series(given["benchmark"], index=times)
    target, stats = float(given["target"]), quantstats.stats

    def run() -> tuple[float, Arrays]:
        figures = []
        began = clock()
        for r in returns:
            mean, deviation = r.mean(), stats.volatility(r, annualize=False)
            below = np.minimum(r - target, 0.0)
            downside = math.sqrt((below * below).mean())
            greeks = stats.greeks(r, benchmark, periods=1)
            figures.append([
                mean, deviation**2, (mean - target) / deviation, downside,
                (mean - target) / downside, -stats.max_drawdown(r),
                (r * r).ewm(alpha=1.0 - float(given["fade"])).mean().iloc[-1],
                -r.quantile(0.05), greeks["beta"], r.corr(benchmark),
            ])  # fmt: skip
        return (clock() - began) * scale * total, {"figures": np.array(figures).T}

    return run


if __name__ == "__main__":
    serve({"bars": bars})
