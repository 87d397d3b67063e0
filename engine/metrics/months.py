"""What the calendar's complete months say of an index: their mean and spread, best and worst."""

from __future__ import annotations

import math
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
from numba import njit

from engine.metrics.calendar import MONTHS
from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Columns, Family, IndexFigures
from engine.metrics.machinery.parts import MONTHLY
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rows import pick
from engine.periods import month_of, month_start
from engine.readings import ZERO_DEVIATION, ZERO_RETURN, Undefined, column
from engine.table import F64, I64, Bool

_A_YEAR = 12
_N, _MEAN, _DEVIATION, _DOWNSIDE, _BEST, _WORST, _POSITIVE = range(7)


def _read(reading: Reading, definition: Definition, undefined: Undefined) -> dict[str, Any]:
    columns = reading.kept(MONTHLY, "index", partial(_columns, reading))
    return pick(columns, reading.windows.row[definition.id], "months", undefined)


def _columns(reading: Reading) -> Columns:
    """Of the reader's indices, in the order of its windows."""
    definitions, kept = reading.windows.definitions, reading.windows.kept
    free = np.array([_monthly(d.risk_free) for d in definitions], dtype=np.float64)
    targets = [d.risk_free if d.target is None else d.target for d in definitions]
    target = np.array([_monthly(rate) for rate in targets], dtype=np.float64)
    months = reading.history[MONTHS]
    first = months.first[kept]
    begins = {month: month_start(month) if month else 0 for month in np.unique(first).tolist()}
    begin = np.array([begins[month] for month in first.tolist()], dtype=np.int64)
    whole = reading.baskets.levels.inception[reading.history.row[kept]] <= begin
    levels = (months.first, months.n, months.starts, months.close)
    found = _statistics(month_of(reading.as_of), kept, whole, target, *levels)
    n, mean, deviation = found[:, _N], found[:, _MEAN], found[:, _DEVIATION]
    none, few = (n < 1, "too_few"), (n < 2, "too_few")
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpe = (mean - free) / deviation * sqrt(_A_YEAR)
        sortino = (mean - target) / found[:, _DOWNSIDE] * sqrt(_A_YEAR)
    return {
        "n": column(n.astype(np.int64)),
        "mean": column(mean * _A_YEAR, few),
        "volatility": column(deviation * sqrt(_A_YEAR), few),
        "sharpe": column(sharpe, few, (deviation < ZERO_DEVIATION, "zero_variance")),
        "sortino": column(sortino, few, (found[:, _DOWNSIDE] < ZERO_DEVIATION, "no_loss")),
        "best": column(found[:, _BEST], none),
        "worst": column(found[:, _WORST], none),
        "positive_share": column(found[:, _POSITIVE], none),
    }


def _monthly(rate: float) -> float:
    return math.expm1(math.log1p(rate) / _A_YEAR)


@njit(cache=True)
def _statistics(
    month: int, kept: I64, whole: Bool, target: F64, first: I64, n: I64, starts: F64, close: F64
) -> F64:
    """Statistics of the complete months before `month`, one row an index.

    `whole` tells of which index the first month is complete: it began with it.
    """
    found = np.full((kept.shape[0], 7), np.nan)
    for k in range(kept.shape[0]):
        i = kept[k]
        count, positive, mean, square, shortfall = 0, 0, 0.0, 0.0, 0.0
        best, worst = -np.inf, np.inf
        for j in range(0 if whole[k] else 1, month - first[i] if n[i] > 0 else 0):
            # Months that began behind the last daily close began at it.
            before = starts[i, j] if j < n[i] else close[i]
            after = starts[i, j + 1] if j + 1 < n[i] else close[i]
            change = after / before - 1.0
            if not np.isfinite(change):  # the index ran before months were kept
                continue
            if abs(change) < ZERO_RETURN:
                change = 0.0
            count += 1
            positive += change > 0.0
            delta = change - mean
            mean += delta / count
            square += delta * (change - mean)
            shortfall += min(change - target[k], 0.0) ** 2
            best, worst = max(best, change), min(worst, change)
        found[k, _N] = count
        if count > 0:
            found[k, _MEAN], found[k, _POSITIVE] = mean, positive / count
            found[k, _BEST], found[k, _WORST] = best, worst
            found[k, _DOWNSIDE] = sqrt(shortfall / count)
        if count > 1:
            found[k, _DEVIATION] = sqrt(square / (count - 1))
    return found


_MEAN_OF_THREE = 0.2 / 3
_SD = sqrt((0.1**2 + 0.1**2 + 0.2**2 - 0.2**2 / 3) / 2)
_RATE = "a rate a year is (1 + rate)^(1/12) − 1 for a month"

FAMILY = Family(
    "Months",
    cards=tuple(
        Card(
            f"months.{name}",
            formula,
            unit,
            undefined,
            sign=sign,
            ddof=ddof,
            annualisation=annualised,
            minimum=minimum,
            example=Example("months", f"months.{name}", value, how),
            order=2300 + place,
            label=label,
            better=better,
            target=target,
            since="4",
        )
        for place, (
            name,
            label,
            better,
            target,
            formula,
            unit,
            sign,
            undefined,
            ddof,
            annualised,
            minimum,
            value,
            how,
        ) in enumerate(
            (
                (
                    "n",
                    "Months counted",
                    "",
                    "",
                    "number of the complete calendar months (UTC): those whose level at both ends "
                    "is known. Their returns m are those of calendar.months",
                    "count",
                    "",
                    "",
                    "",
                    "",
                    "",
                    3,
                    "January to March",
                ),
                (
                    "mean",
                    "Mean",
                    "higher",
                    "mean_month",
                    "mean(m) · 12",
                    "fraction a year",
                    "a gain is positive",
                    "too_few: n < 2",
                    "",
                    "× 12",
                    "2",
                    _MEAN_OF_THREE * 12,
                    "(10 % − 10 % + 20 %) / 3 · 12",
                ),
                (
                    "volatility",
                    "Volatility",
                    "lower",
                    "volatility_of_months",
                    "sd(m) · √12",
                    "fraction a year",
                    "",
                    "too_few: n < 2",
                    "1",
                    "× √12",
                    "2",
                    _SD * sqrt(12),
                    "15.3 % · √12",
                ),
                (
                    "sharpe",
                    "Sharpe",
                    "higher",
                    "sharpe_of_months",
                    f"mean(m − rf) / sd(m) · √12; {_RATE}",
                    "ratio",
                    "",
                    "too_few: n < 2; zero_variance",
                    "1",
                    "× √12",
                    "2",
                    _MEAN_OF_THREE / _SD * sqrt(12),
                    "6.7 % / 15.3 % · √12",
                ),
                (
                    "sortino",
                    "Sortino",
                    "higher",
                    "sortino_of_months",
                    f"mean(m − target) / √(mean of min(m − target, 0)²) · √12; {_RATE}",
                    "ratio",
                    "",
                    "too_few: n < 2; no_loss",
                    "",
                    "× √12",
                    "2",
                    _MEAN_OF_THREE / sqrt(0.01 / 3) * sqrt(12),
                    "6.7 % / √(0.1² / 3) · √12",
                ),
                (
                    "best",
                    "Best",
                    "higher",
                    "best_month",
                    "the largest m",
                    "fraction of the level over a month",
                    "a gain is positive",
                    "too_few: n < 1",
                    "",
                    "",
                    "1",
                    0.2,
                    "March",
                ),
                (
                    "worst",
                    "Worst",
                    "higher",
                    "worst_month",
                    "the smallest m",
                    "fraction of the level over a month",
                    "a gain is positive",
                    "too_few: n < 1",
                    "",
                    "",
                    "1",
                    -0.1,
                    "February",
                ),
                (
                    "positive_share",
                    "Share above 0",
                    "higher",
                    "positive_months",
                    "share of these months with m > 0",
                    "fraction",
                    "",
                    "too_few: n < 1",
                    "",
                    "",
                    "1",
                    2 / 3,
                    "two of three",
                ),
            )
        )
    ),
    figures=(IndexFigures(MONTHLY, _read),),
)
