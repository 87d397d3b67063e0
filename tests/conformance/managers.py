"""The series of PerformanceAnalytics, and our figures of them from monthly returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from tests.conformance.bench import Bench, prices, yearly
from tests.conformance.verdicts import load

BENCH = Bench()
SERIES = load("series_performanceanalytics.json")
YEAR = 12
"""Months: a month is one daily bar of a year of twelve days."""
MONTH_DAYS = 30
"""Growth a year is given from 90 days on: there a month is 30 days of a year of 360."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A column of one of the three tables, whole or of one year."""

    table: str
    column: str
    year: str = ""

    def returns(self) -> list[float | None]:
        data = SERIES[self.table]
        return [
            value
            for date, value in zip(data["date"], data[self.column], strict=True)
            if date.startswith(self.year)
        ]

    def observed(self) -> list[float]:
        return [x for x in self.returns() if x is not None]

    def of(self, column: str) -> Subject:
        """Another column of the same table and year."""
        return Subject(self.table, column, self.year)


def paired(subject: Subject, benchmark: Subject) -> tuple[list[float], list[float]]:
    """Returns of the months that both have."""
    both = zip(subject.returns(), benchmark.returns(), strict=True)
    found = [(x, y) for x, y in both if x is not None and y is not None]
    return [x for x, _ in found], [y for _, y in found]


Ours = Callable[[], float | None]


def risk(subject: Subject, name: str, factor: float = 1.0, **settings: Any) -> Ours:
    """A figure of `risk` from monthly bars."""
    index = BENCH.add(prices(subject.returns()), year_days=YEAR, **settings)
    return lambda: scaled(BENCH.read(index, f"risk.{name}"), factor)


def scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def grown(subject: Subject, path: str, transform: Callable[[float], float] = lambda x: x) -> Ours:
    """A figure that rests on growth a year, from bars of 30 days."""
    index = BENCH.add(prices(subject.returns()), spacing=MONTH_DAYS, year_days=MONTH_DAYS * YEAR)

    def ours() -> float | None:
        value = BENCH.read(index, path)
        return None if value is None else transform(value)

    return ours


def against(
    subject: Subject, benchmark: Subject, name: str, factor: float = 1.0, free: float = 0.0
) -> Ours:
    """A figure of `benchmarks`; `free` is a rate a month."""
    mine, other = prices(subject.returns()), prices(benchmark.returns())
    index = BENCH.add(mine, other, year_days=YEAR, risk_free=yearly(free, YEAR))
    return lambda: scaled(BENCH.read(index, f"benchmarks.benchmark.{name}"), factor)


def own_history(subject: Subject, benchmark: Subject) -> bool:
    """Whether a series has months that its benchmark lacks."""
    return len(paired(subject, benchmark)[0]) < len(subject.observed())


def over(subject: Subject, free: Subject) -> list[float]:
    """Returns beyond those of a risk-free asset."""
    r, f = paired(subject, free)
    return [x - y for x, y in zip(r, f, strict=True)]


def against_excess(
    subject: Subject, benchmark: Subject, free: Subject, name: str, factor: float = 1.0
) -> Ours:
    """A figure of `benchmarks` where both series are first reduced by a risk-free one."""
    mine, other = prices(over(subject, free)), prices(over(benchmark, free))
    index = BENCH.add(mine, other, year_days=YEAR)
    return lambda: scaled(BENCH.read(index, f"benchmarks.benchmark.{name}"), factor)


def sharpe(subject: Subject, free: float | Subject, factor: float = 1.0) -> Ours:
    """Sharpe with a constant rate a month, or over a risk-free asset (information ratio)."""
    if isinstance(free, Subject):
        return against(subject, free, "information_ratio", factor)
    return risk(subject, "sharpe", factor, risk_free=yearly(free, YEAR))


def below(subject: Subject, target: float, squared: bool = False) -> Ours:
    """Downside deviation a month about a target a month."""
    read = risk(subject, "downside_deviation", 1 / math.sqrt(YEAR), target=yearly(target, YEAR))

    def ours() -> float | None:
        value = read()
        return value**2 if squared and value is not None else value

    return ours


def below_mean(subject: Subject, squared: bool = False) -> Ours:
    """Downside deviation about the mean."""
    return below(subject, fmean(subject.observed()), squared)


def squared(read: Ours) -> Ours:
    """A figure times itself."""

    def ours() -> float | None:
        value = read()
        return None if value is None else value * value

    return ours


def less_one(read: Ours) -> Ours:
    """A ratio less one."""

    def ours() -> float | None:
        value = read()
        return None if value is None else value - 1.0

    return ours


def plain_kurtosis(subject: Subject) -> Ours:
    """Bias-corrected kurtosis that is 3(n−1)²/((n−2)(n−3)) above the excess."""
    n, read = len(subject.observed()), risk(subject, "kurtosis")

    def ours() -> float | None:
        value = read()
        return None if value is None else value + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))

    return ours
