"""Plain Python: what somebody writes who needs no library. Objects, floats, a loop."""

from __future__ import annotations

from bisect import insort
from math import nan, sqrt
from typing import Any

import numpy as np

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, first, serve

MOST = 1000
"""Indices of the tick path; more are scaled."""


class Index:
    """Level, peak, drawdown and three alert rules of one index."""

    __slots__ = ("ceased", "drawdown", "fired", "firing", "level", "peak")

    def __init__(self) -> None:
        self.level = self.peak = BASE_LEVEL
        self.drawdown = 0.0
        self.firing = [False] * len(THRESHOLDS)
        self.fired = self.ceased = 0

    def move(self, change: float) -> None:
        """Take a change of the level."""
        self.level = level = self.level + change
        if level > self.peak:
            self.peak = level
        self.drawdown = drawdown = 1.0 - level / self.peak
        if drawdown >= THRESHOLDS[0] or self.firing[0]:
            self.judge(drawdown)

    def judge(self, drawdown: float) -> None:
        """Fire and cease."""
        for k, threshold in enumerate(THRESHOLDS):
            if self.firing[k]:
                if drawdown <= threshold / 2.0:
                    self.firing[k] = False
                    self.ceased += 1
            elif drawdown >= threshold:
                self.firing[k] = True
                self.fired += 1


def tick(given: Arrays) -> Run:
    """The tick path: a dictionary of holders, a method call for each index update."""
    given, scale = first(given, MOST)
    count, assets = int(given["indices"]), int(given["assets"])
    names = [f"A{a}" for a in given["asset"].tolist()]
    prices = given["price"].tolist()

    def run() -> tuple[float, Arrays]:
        indices = [Index() for _ in range(count)]
        holders: dict[str, list[tuple[Index, float]]] = {f"A{a}": [] for a in range(assets)}
        for k in range(count):
            for a, h in zip(
                given["members"][k].tolist(), given["holding"][k].tolist(), strict=True
            ):
                holders[f"A{a}"].append((indices[k], h))
        last = dict.fromkeys(holders, BASE_PRICE)
        began = clock()
        for name, price in zip(names, prices, strict=True):
            change = price - last[name]
            last[name] = price
            for index, holding in holders[name]:
                index.move(holding * change)
        took = clock() - began
        return took * scale, {
            "level": np.array([i.level for i in indices]),
            "peak": np.array([i.peak for i in indices]),
            "drawdown": np.array([i.drawdown for i in indices]),
            "events": np.array([sum(i.fired for i in indices), sum(i.ceased for i in indices)]),
        }

    return run


class Estimators:
    """Ten figures of one index's returns and those of its benchmark, one pass."""

    def __init__(self, target: float, fade: float) -> None:
        self.target, self.fade = target, fade
        self.n = 0
        self.mean = self.squares = self.shortfall = self.weight = self.weighted = 0.0
        self.mean_f = self.squares_f = self.crossed = self.deepest = 0.0
        self.level = self.peak = BASE_LEVEL
        self.kept: list[float] = []

    def take(self, r: float, f: float) -> tuple[float, ...]:
        """Take a bar; the ten figures."""
        self.n = n = self.n + 1
        d = r - self.mean
        self.mean += d / n
        self.squares += d * (r - self.mean)
        if r < self.target:
            self.shortfall += (r - self.target) ** 2
        self.weight = self.weight * self.fade + 1.0
        self.weighted = self.weighted * self.fade + r * r
        self.level *= 1.0 + r
        self.peak = max(self.peak, self.level)
        self.deepest = max(self.deepest, 1.0 - self.level / self.peak)
        df = f - self.mean_f
        self.mean_f += df / n
        self.squares_f += df * (f - self.mean_f)
        self.crossed += d * (f - self.mean_f)
        insort(self.kept, r)
        if n < 2:
            return (nan,) * 10
        rank = (n - 1) * 0.05
        low = int(rank)
        high = min(low + 1, n - 1)
        quantile = self.kept[low] + (rank - low) * (self.kept[high] - self.kept[low])
        variance, downside = self.squares / (n - 1), sqrt(self.shortfall / n)
        excess = self.mean - self.target
        return (
            self.mean,
            variance,
            excess / sqrt(variance),
            downside,
            excess / downside if downside else nan,
            self.deepest,
            self.weighted / self.weight,
            -quantile,
            self.crossed / self.squares_f,
            self.crossed / sqrt(self.squares * self.squares_f),
        )


def bars(given: Arrays) -> Run:
    """Ten metrics a bar, each index by itself."""
    returns, benchmark = given["returns"].tolist(), given["benchmark"].tolist()
    target, fade = float(given["target"]), float(given["fade"])

    def run() -> tuple[float, Arrays]:
        indices = [Estimators(target, fade) for _ in returns[0]]
        figures: list[Any] = []
        began = clock()
        for row, f in zip(returns, benchmark, strict=True):
            figures = [index.take(r, f) for index, r in zip(indices, row, strict=True)]
        took = clock() - began
        return took, {"figures": np.array(figures).T}

    return run


def price(given: Arrays) -> Run:
    """One price from several venues, the simple way: the median of their last trades, by volume.
    It gates nothing, never drops who is stale or far off, and disputes with nobody."""
    venues, places = int(given["venues"]), given["place"].tolist()
    prices, sizes = given["price"].tolist(), given["size"].tolist()

    def run() -> tuple[float, Arrays]:
        last: list[list[tuple[float, int]]] = [[] for _ in range(int(given["assets"]))]
        volume = [0.0] * (len(last) * venues)
        now = [0.0] * len(last)
        began = clock()
        for place, price, size in zip(places, prices, sizes, strict=True):
            volume[place] += price * size
            asset = place // venues
            book = [one for one in last[asset] if one[1] != place]
            insort(book, (price, place))
            last[asset] = book
            half = sum(volume[at] for _, at in book) / 2.0
            for value, at in book:
                half -= volume[at]
                if half <= 0.0:
                    now[asset] = value
                    break
        return clock() - began, {"prices": np.array(now), "note": np.array("another, simpler rule")}

    return run


if __name__ == "__main__":
    serve({"tick": tick, "bars": bars, "price": price})
