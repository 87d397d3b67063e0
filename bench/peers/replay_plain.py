"""Recorded prices in plain Python: `replay_plain.py PRICES.csv INDICES.toml`."""

import csv
import json
import sys
import tomllib
from bisect import insort
from math import sqrt

HOUR, MONTH = 3600 * 10**9, 1_701_388_800 * 10**9
THRESHOLDS = (0.05, 0.1, 0.2)
YEAR = 365 * 24


class Index:
    """Level, drawdown, rules and the estimators of one index."""

    def __init__(self, weights: dict[str, float]) -> None:
        total = sum(weights.values())
        self.weights = {asset: weight / total for asset, weight in weights.items()}
        self.level = self.peak = 1000.0
        self.holdings: list[tuple[str, float]] = []
        self.depth = 0.0
        self.firing = [False] * len(THRESHOLDS)
        self.events = self.n = 0
        self.close: float | None = None
        self.mean = self.second = self.third = self.below = 0.0
        self.mean_f = self.second_f = self.crossed = 0.0
        self.kept: list[float] = []

    def rebalance(self, price: dict[str, float]) -> None:
        """Holdings of these weights, the level unchanged."""
        self.holdings = [(a, w * self.level / price[a]) for a, w in self.weights.items()]

    def instant(self, price: dict[str, float]) -> None:
        """All prices of an instant are there."""
        level = 0.0
        for asset, holding in self.holdings:
            level += holding * price[asset]
        self.level = level
        if level > self.peak:
            self.peak = level
        depth = 1.0 - level / self.peak
        if depth > self.depth:
            self.depth = depth
        if depth >= THRESHOLDS[0] or self.firing[0]:
            for k, threshold in enumerate(THRESHOLDS):
                if self.firing[k]:
                    if depth <= threshold / 2.0:
                        self.firing[k] = False
                        self.events += 1
                elif depth >= threshold:
                    self.firing[k] = True
                    self.events += 1

    def bar(self, f: float | None) -> None:
        """An hour ends; `f` is the benchmark's return."""
        if self.close is not None and f is not None:
            r, before = self.level / self.close - 1.0, self.n
            self.n = n = before + 1
            d = r - self.mean
            step = d / n
            term = d * step * before
            self.third += term * step * (n - 2) - 3.0 * step * self.second
            self.second += term
            self.mean += step
            if r < 0.0:
                self.below += r * r
            df = f - self.mean_f
            self.mean_f += df / n
            self.second_f += df * (f - self.mean_f)
            self.crossed += d * (f - self.mean_f)
            insort(self.kept, r)
        self.close = self.level

    def figures(self) -> dict[str, float]:
        """What all contestants tell."""
        n, deviation = self.n, sqrt(self.second / (self.n - 1))
        rank = (n - 1) * 0.05
        low = int(rank)
        quantile = self.kept[low] + (rank - low) * (self.kept[low + 1] - self.kept[low])
        return {
            "level": self.level,
            "depth": self.depth,
            "volatility": deviation * sqrt(YEAR),
            "sharpe": self.mean / deviation * sqrt(YEAR),
            "sortino": self.mean * sqrt(YEAR) / sqrt(self.below / n),
            "skew": n * sqrt(n - 1) / (n - 2) * self.third / self.second**1.5,
            "var_95": -quantile,
            "beta": self.crossed / self.second_f,
            "events": self.events,
        }


def main() -> None:
    """Read, compute, print."""
    with open(sys.argv[2], "rb") as told_indices:
        tables = tomllib.load(told_indices)["index"].values()
    indices = [Index(table["weights"]) for table in tables]
    price: dict[str, float] = {}
    now = end = 0
    close: float | None = None
    month = MONTH

    def finish(at: int) -> None:
        nonlocal end, close
        if not indices[0].holdings:
            for index in indices:
                index.rebalance(price)
            end = -(-at // HOUR) * HOUR
        else:
            for index in indices:
                index.instant(price)
        if at == end:
            f = price["A0"] / close - 1.0 if close is not None else None
            for index in indices:
                index.bar(f)
            close = price["A0"]
            end += HOUR

    with open(sys.argv[1], newline="") as file:
        rows = csv.reader(file)
        next(rows)
        told = ""
        for ts, asset, text in rows:
            if ts != told:
                if told:
                    finish(now)
                told, at = ts, int(ts)
                if now <= month < at:
                    for index in indices if price else []:
                        index.rebalance(price)
                now = at
            price[asset] = float(text)
    finish(now)
    made = [index.figures() for index in indices]
    print(json.dumps({name: [one[name] for one in made] for name in made[0]}))


if __name__ == "__main__":
    main()
