"""river, streaming statistics: an object for each figure of each index."""

from __future__ import annotations

from math import nan, sqrt
from typing import Any

import numpy as np
from river import stats  # type: ignore[import-not-found]

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, first, serve

MOST = 1000
"""Indices; more are scaled."""


class Index:
    """One index of the tick path: its peak is a `Max`, the rules are by hand."""

    __slots__ = ("ceased", "drawdown", "fired", "firing", "level", "peak")

    def __init__(self) -> None:
        self.level, self.drawdown, self.peak = BASE_LEVEL, 0.0, stats.Max()
        self.peak.update(BASE_LEVEL)
        self.firing = [False] * len(THRESHOLDS)
        self.fired = self.ceased = 0

    def move(self, change: float) -> None:
        """Take a change of the level."""
        self.level += change
        self.peak.update(self.level)
        self.drawdown = drawdown = 1.0 - self.level / self.peak.get()
        if drawdown >= THRESHOLDS[0] or self.firing[0]:
            for k, threshold in enumerate(THRESHOLDS):
                if self.firing[k] and drawdown <= threshold / 2.0:
                    self.firing[k] = False
                    self.ceased += 1
                elif not self.firing[k] and drawdown >= threshold:
                    self.firing[k] = True
                    self.fired += 1


def tick(given: Arrays) -> Run:
    """The tick path."""
    given, scale = first(given, MOST)
    count, assets = int(given["indices"]), int(given["assets"])
    asset, price = given["asset"].tolist(), given["price"].tolist()
    members, holding = given["members"].tolist(), given["holding"].tolist()

    def run() -> tuple[float, Arrays]:
        indices = [Index() for _ in range(count)]
        holders: list[list[tuple[Index, float]]] = [[] for _ in range(assets)]
        for index, of, held in zip(indices, members, holding, strict=True):
            for a, h in zip(of, held, strict=True):
                holders[a].append((index, h))
        last = [BASE_PRICE] * assets
        began = clock()
        for a, p in zip(asset, price, strict=True):
            change, last[a] = p - last[a], p
            for index, h in holders[a]:
                index.move(h * change)
        took = clock() - began
        return took * scale, {
            "level": np.array([i.level for i in indices]),
            "peak": np.array([i.peak.get() for i in indices]),
            "drawdown": np.array([i.drawdown for i in indices]),
            "events": np.array([sum(i.fired for i in indices), sum(i.ceased for i in indices)]),
        }

    return run


class Estimators:
    """The ten figures of one index. Its quantile is of a window, which holds all bars."""

    def __init__(self, bars: int, target: float, fade: float) -> None:
        self.target, self.level = target, BASE_LEVEL
        self.mean, self.variance, self.shortfall = stats.Mean(), stats.Var(), stats.Mean()
        self.ewma, self.peak, self.deepest = stats.EWMean(1.0 - fade), stats.Max(), stats.Max()
        self.quantile = stats.RollingQuantile(0.05, bars)
        self.covariance, self.variance_f = stats.Cov(), stats.Var()
        self.correlation = stats.PearsonCorr()
        self.peak.update(BASE_LEVEL)

    def take(self, r: float, f: float) -> tuple[float, ...]:
        """Take a bar; the figures."""
        self.level *= 1.0 + r
        self.mean.update(r)
        self.variance.update(r)
        self.shortfall.update(min(r - self.target, 0.0) ** 2)
        self.ewma.update(r * r)
        self.peak.update(self.level)
        self.deepest.update(1.0 - self.level / self.peak.get())
        self.quantile.update(r)
        self.covariance.update(r, f)
        self.variance_f.update(f)
        self.correlation.update(r, f)
        mean, variance = self.mean.get(), self.variance.get()
        downside, variance_f = sqrt(self.shortfall.get()), self.variance_f.get()
        excess = mean - self.target
        return (
            mean,
            variance,
            excess / sqrt(variance) if variance else nan,
            downside,
            excess / downside if downside else nan,
            self.deepest.get(),
            self.ewma.get(),
            -self.quantile.get(),
            self.covariance.get() / variance_f if variance_f else nan,
            self.correlation.get(),
        )


def bars(given: Arrays) -> Run:
    """Ten metrics a bar."""
    given, scale = first(given, MOST)
    returns, benchmark = given["returns"].tolist(), given["benchmark"].tolist()
    target, fade = float(given["target"]), float(given["fade"])

    def run() -> tuple[float, Arrays]:
        indices = [Estimators(len(returns), target, fade) for _ in returns[0]]
        figures: list[Any] = []
        began = clock()
        for row, f in zip(returns, benchmark, strict=True):
            figures = [index.take(r, f) for index, r in zip(indices, row, strict=True)]
        return (clock() - began) * scale, {"figures": np.array(figures, dtype=float).T}

    return run


if __name__ == "__main__":
    serve({"tick": tick, "bars": bars})
