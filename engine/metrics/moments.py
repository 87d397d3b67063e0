"""Count, mean and central moments two to four of returns, one pass; volatility, skewness and
kurtosis.

Updates after P. Pébay, "Formulas for robust, one-pass parallel computation of
covariances and arbitrary-order statistical moments" (Sandia report SAND2008-6212, 2008).
"""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Bool, Table


class Moments(Table):
    """Per row: `n`, `mean` and the sums `m2`, `m3`, `m4` of powers of deviations from it."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "mean": ("f8", (), 0.0),
        "m2": ("f8", (), 0.0),
        "m3": ("f8", (), 0.0),
        "m4": ("f8", (), 0.0),
    }
    n: I64
    mean: F64
    m2: F64
    m3: F64
    m4: F64

    def update(self, rows: I64, returns: F64) -> None:
        """Take one return into each of `rows`."""
        _update(rows, returns, self.n, self.mean, self.m2, self.m3, self.m4)

    def deviation(self) -> F64:
        """Standard deviation (ddof 1) of one bar's return; NaN below two."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.m2 / np.where(self.n > 1, self.n - 1, np.nan))

    def volatility(self, bars_per_year: F64) -> Column:
        """Annualised standard deviation, sd · √A."""
        return column(self.deviation() * np.sqrt(bars_per_year), (self.n < 2, "too_few"))

    def sharpe(self, risk_free: F64, bars_per_year: F64) -> Column:
        """Annualised Sharpe ratio, mean(r − rf) / sd · √A; `risk_free` is per bar."""
        sd = self.deviation()
        with np.errstate(divide="ignore", invalid="ignore"):
            value = (self.mean - risk_free) / sd * np.sqrt(bars_per_year)
        return column(value, (self.n < 2, "too_few"), (sd < ZERO_DEVIATION, "zero_variance"))

    def skew(self) -> Column:
        """Bias-corrected sample skewness G1, as in pandas; from three returns."""
        n = self.n.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = n * np.sqrt(n - 1.0) / (n - 2.0) * self.m3 / (self.m2 * np.sqrt(self.m2))
        return column(value, (self.n < 3, "too_few"), (self.flat(), "zero_variance"))

    def kurtosis(self) -> Column:
        """Bias-corrected excess kurtosis G2, as in pandas; from four returns."""
        n = self.n.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = n * (n + 1.0) * (n - 1.0) * self.m4 / ((n - 2.0) * (n - 3.0) * self.m2**2)
            value = ratio - 3.0 * (n - 1.0) ** 2 / ((n - 2.0) * (n - 3.0))
        return column(value, (self.n < 4, "too_few"), (self.flat(), "zero_variance"))

    def flat(self) -> Bool:
        """Where the returns do not vary."""
        return (self.n > 1) & (self.deviation() < ZERO_DEVIATION)


MOMENTS = StateTable("moments", SERIES, Moments)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[MOMENTS].update(bar.rows, bar.r)


def _columns(bars: BarStatistics) -> Columns:
    m = bars[MOMENTS]
    return {
        "n": column(m.n),
        "volatility": m.volatility(bars.bars_per_year),
        "skew": m.skew(),
        "kurtosis": m.kurtosis(),
    }


@njit(cache=True)
def _update(rows: I64, returns: F64, n: I64, mean: F64, m2: F64, m3: F64, m4: F64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        before = float(n[i])
        n[i] += 1
        count = before + 1.0
        delta = returns[k] - mean[i]
        step = delta / count
        term = delta * step * before
        m4[i] += (
            term * step * step * (count * count - 3.0 * count + 3.0)
            + 6.0 * step * step * m2[i]
            - 4.0 * step * m3[i]
        )
        m3[i] += term * step * (count - 2.0) - 3.0 * step * m2[i]
        m2[i] += term
        mean[i] += step


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.n",
            "number of bar returns",
            "count",
            example=Example("four", "risk.n", 4, ""),
            order=3000,
            label="Returns counted",
        ),
        Card(
            "risk.volatility",
            "sd(r) · √A",
            "fraction a year",
            "too_few: n < 2",
            ddof="1",
            annualisation=YEARLY,
            minimum="2",
            reading="0.1 to 0.2 is usual of shares, 0.5 to 1 of large coins",
            example=Example(
                "four",
                "risk.volatility",
                0.30,
                "mean 2.5 %; deviations 7.5, −12.5, 17.5, −12.5 points, squares sum to 675; "
                "√(675/3) = 15 %, times 2",
            ),
            order=3010,
            better="lower",
            column="Volatility",
            headline=True,
        ),
        Card(
            "risk.skew",
            "G1 = √(n(n−1))/(n−2) · m3/m2^1.5, m the moments about the mean over n",
            "number",
            "too_few: n < 3; zero_variance",
            sign="a long tail of gains is positive",
            minimum="3",
            reference="Joanes & Gill, Comparing Measures of Sample Skewness and Kurtosis, 1998",
            reading="below 0: losses are rarer and larger than gains",
            example=Example(
                "four",
                "risk.skew",
                sqrt(12) / 2 * 468.75 / 168.75**1.5,
                "cubes of the deviations sum to 1,875: m3 = 468.75, m2 = 168.75",
            ),
            order=3110,
            better="higher",
        ),
        Card(
            "risk.kurtosis",
            "G2 = (n−1)/((n−2)(n−3)) · ((n+1)·(m4/m2² − 3) + 6), excess over the normal's",
            "number",
            "too_few: n < 4; zero_variance",
            minimum="4",
            reference="Joanes & Gill, 1998",
            reading="above 0: fatter tails than the normal's; 5 to 10 is usual of daily coin "
            "returns",
            example=Example(
                "four",
                "risk.kurtosis",
                1.5 * (5 * (36445.3125 / 168.75**2 - 3) + 6),
                "m4 = 36,445.3; m4/m2² − 3 = −1.72; 3/2 · (5 · −1.72 + 6)",
            ),
            order=3120,
            better="lower",
            label="Excess kurtosis",
        ),
    ),
    states=(MOMENTS,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
