"""Series of returns that others used, through the streaming engine: many at once in one shard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY
from tests.engine.market import Feed, define, frame

END = 20_000 * DAY
"""Every series of a bench ends at the same midnight, so that one snapshot tells of all."""

OVER_RISK_FREE = ("risk.martin", "risk.pain_ratio", "risk.burke", "risk.burke_modified")
OF_GROWTH = ("risk.calmar", "risk.sterling", *OVER_RISK_FREE)
"""Figures in proportion to `cagr`, or to what it is above the risk-free rate."""

Returns = Sequence[float | None]


class Bench:
    """Add indices on series, then read their figures; the engine runs when one is first read.

    A series of returns becomes daily prices by compounding from 1; leading gaps are left out.
    Any other period than a day comes with the setting `year_days`: the bars of a year.
    """

    def __init__(self, end: int = END) -> None:
        self._end = end
        self._assets: dict[tuple[tuple[int, ...], tuple[float, ...]], str] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._known: dict[str, str] = {}
        self._found: dict[str, dict[str, Any]] = {}

    def add(
        self,
        prices: Sequence[float],
        benchmark: Sequence[float] | None = None,
        spacing: int = 1,
        days: Sequence[int] | None = None,
        **settings: Any,
    ) -> str:
        """An index on these prices, `spacing` days apart or on these days; returns its id."""
        asset = self._asset(prices, spacing, days)
        table = {"assets": [asset], "max_price_age": "3660d", **settings}
        if benchmark is not None:
            table["benchmarks"] = [self._asset(benchmark, spacing, None)]
        key = repr(sorted(table.items()))
        if key not in self._known:
            self._known[key] = f"I.{len(self._tables)}"
            self._tables[self._known[key]] = table
            self._found = {}
        return self._known[key]

    def _asset(self, prices: Sequence[float], spacing: int, days: Sequence[int] | None) -> str:
        back = [day - days[-1] for day in days] if days else range(-len(prices) + 1, 1)
        key = tuple(day * (1 if days else spacing) for day in back), tuple(prices)
        return self._assets.setdefault(key, f"S{len(self._assets)}")

    def _run(self) -> None:
        rows: dict[int, dict[str, float]] = {}
        for (days, prices), asset in self._assets.items():
            for day, price in zip(days, prices, strict=True):
                rows.setdefault(self._end + day * DAY, {})[asset] = price
        feed = Feed(Shard(every=NEVER))
        instants = sorted(rows.items())
        for index, table in self._tables.items():
            feed.put(define(index, table, instants[0][0] - 1))
        for k in range(0, len(instants), 500):
            feed.put(frame(instants[k : k + 500]))
        told = feed.shard.snapshots("replay", feed.receipt())
        self._found = {output.key: output.body for output in told}

    def snapshot(self, index: str) -> dict[str, Any]:
        """The snapshot of an index at the end of all series."""
        if not self._found:
            self._run()
        return self._found[index]

    def read(self, index: str, path: str) -> float | None:
        """A figure by its dotted path; `benchmark` stands for the only one there is.

        Ours grows by a calendar year of 365 days. Where `year_days` says that theirs is of another
        length, `cagr` is read by theirs, (1 + cagr)^(year_days / 365) − 1, and so is the growth in
        `OF_GROWTH`.
        """
        value: Any = self.snapshot(index)
        for key in path.split("."):
            value = next(iter(value.values())) if key == "benchmark" else value[key]
        assert value is None or isinstance(value, int | float), (index, path, value)
        if value is not None and (path == "cagr" or path in OF_GROWTH):
            return self._by_their_year(index, path, value)
        return value

    def _by_their_year(self, index: str, path: str, value: float) -> float:
        table, cagr = self._tables[index], self._found[index]["cagr"]
        free = table.get("risk_free", 0.0) if path in OVER_RISK_FREE else 0.0
        grown: float = (1.0 + cagr) ** (table.get("year_days", 365.0) / 365.0) - 1.0
        return value * (grown - free) / (cagr - free)


def daily_returns(prices: Sequence[float]) -> list[float | None]:
    """`returns.1d` at each of these daily prices but the first, as snapshots tell it."""
    feed = Feed(Shard(every=DAY))
    feed.put(define("I", {"assets": ["S"]}, END - 1))
    for day, price in enumerate(prices):
        feed.put(frame([(END + day * DAY, {"S": price})]))
    return [told["returns"]["1d"] for told in feed.bodies("snapshots")[-len(prices) + 1 :]]


def prices(returns: Returns) -> tuple[float, ...]:
    """Wealth before and after each return, from 1; leading gaps are left out."""
    wealth = [1.0]
    for r in returns:
        if r is None:
            assert len(wealth) == 1, "a gap inside the series"
        else:
            wealth.append(wealth[-1] * (1.0 + r))
    return tuple(wealth)


def yearly(rate: float, periods: float) -> float:
    """A rate a period as a rate a year, so that the engine comes back to it."""
    return math.expm1(periods * math.log1p(rate))
