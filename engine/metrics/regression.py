"""Index against benchmark: covariance, and the active return's moments, one pass.

The active return r − f has moments of its own: var(r) + var(f) − 2·cov(r, f) would lose all digits
where an index follows its benchmark closely.
"""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.bars import Bar, BarStatistics, active_return
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import PAIR, Columns, Family, PairFigures, StateTable
from engine.metrics.machinery.parts import BENCHMARKS_BARS
from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Bool, Table


class Covariance(Table):
    """Per pair: `n`, means of r and f, Σ of squared and crossed deviations, moments of r − f."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "mean_r": ("f8", (), 0.0),
        "mean_f": ("f8", (), 0.0),
        "square_r": ("f8", (), 0.0),
        "square_f": ("f8", (), 0.0),
        "cross": ("f8", (), 0.0),
        "mean_active": ("f8", (), 0.0),
        "square_active": ("f8", (), 0.0),
    }
    n: I64
    mean_r: F64
    mean_f: F64
    square_r: F64
    square_f: F64
    cross: F64
    mean_active: F64
    square_active: F64

    def update(self, rows: I64, r: F64, f: F64) -> None:
        """Take index returns `r` and benchmark returns `f` into `rows`."""
        means = (self.mean_r, self.mean_f, self.mean_active)
        sums = (self.square_r, self.square_f, self.cross, self.square_active)
        _update(rows, r, f, self.n, *means, *sums)

    def _flat(self, squares: F64) -> Bool:
        return np.sqrt(squares / np.maximum(self.n - 1, 1)) < ZERO_DEVIATION

    def beta(self) -> Column:
        """cov(r, f) / var(f)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.cross / self.square_f
        flat = self._flat(self.square_f)
        return column(value, (self.n < 2, "too_few"), (flat, "zero_variance"))

    def alpha(self, risk_free: F64, bars_per_year: F64) -> Column:
        """Jensen's alpha a year, A · (mean(r − rf) − β · mean(f − rf)); `risk_free` is per bar."""
        beta, codes = self.beta()
        excess = (self.mean_r - risk_free) - beta * (self.mean_f - risk_free)
        return Column(bars_per_year * excess, codes)

    def correlation(self) -> Column:
        """Pearson correlation, kept within −1 and 1 against rounding."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.cross / (np.sqrt(self.square_r) * np.sqrt(self.square_f))
        flat = self._flat(self.square_r) | self._flat(self.square_f)
        value = np.clip(value, -1.0, 1.0)
        return column(value, (self.n < 2, "too_few"), (flat, "zero_variance"))

    def active_deviation(self) -> F64:
        """Standard deviation (ddof 1) of the active return of one bar; NaN below two."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.square_active / np.where(self.n > 1, self.n - 1, np.nan))

    def tracking_error(self, bars_per_year: F64) -> Column:
        """sd(r − f) · √A."""
        value = self.active_deviation() * np.sqrt(bars_per_year)
        return column(value, (self.n < 2, "too_few"))

    def information_ratio(self, bars_per_year: F64) -> Column:
        """A · mean(r − f) / tracking error."""
        sd = self.active_deviation()
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.mean_active / sd * np.sqrt(bars_per_year)
        return column(value, (self.n < 2, "too_few"), (sd < ZERO_DEVIATION, "zero_variance"))


COVARIANCE = StateTable("covariance", PAIR, Covariance)

_PAIRS = "bars where both have a return; "
_GRINOLD = "Grinold & Kahn, Active Portfolio Management, 1999"


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[COVARIANCE].update(bar.pairs, bar.pair_r, bar.pair_f)


def _columns(bars: BarStatistics) -> Columns:
    c = bars[COVARIANCE]
    a, rf = bars.bars_per_year[bars.pair_index], bars.risk_free[bars.pair_index]
    return {
        "n": column(c.n),
        "beta": c.beta(),
        "alpha": c.alpha(rf, a),
        "correlation": c.correlation(),
        "tracking_error": c.tracking_error(a),
        "information_ratio": c.information_ratio(a),
    }


@njit(cache=True)
def _update(
    rows: I64,
    r: F64,
    f: F64,
    n: I64,
    mean_r: F64,
    mean_f: F64,
    mean_active: F64,
    square_r: F64,
    square_f: F64,
    cross: F64,
    square_active: F64,
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        n[i] += 1
        dr = r[k] - mean_r[i]
        df = f[k] - mean_f[i]
        active = active_return(r[k], f[k])
        da = active - mean_active[i]
        mean_r[i] += dr / n[i]
        mean_f[i] += df / n[i]
        mean_active[i] += da / n[i]
        after_r = r[k] - mean_r[i]
        after_f = f[k] - mean_f[i]
        square_r[i] += dr * after_r
        square_f[i] += df * after_f
        cross[i] += dr * after_f
        square_active[i] += da * (active - mean_active[i])


FAMILY = Family(
    "Benchmarks",
    cards=(
        Card(
            "benchmarks.*.n",
            "bars where both have a return, from when the benchmark was named on",
            "count",
            example=Example("four", "benchmarks.B.n", 4, ""),
            order=5000,
            label="Returns counted",
        ),
        Card(
            "benchmarks.*.beta",
            f"{_PAIRS}cov(r, f) / var(f)",
            "ratio",
            "too_few: n < 2; zero_variance: the benchmark does not vary",
            ddof="cancels",
            minimum="2",
            reference="Sharpe, Capital Asset Prices, 1964",
            reading="1.2: moves of the benchmark come 1.2 times as large, +30 % as about +36 %",
            example=Example(
                "four",
                "benchmarks.B.beta",
                337.5 / 218.75,
                "deviations of f 3.75, −1.25, 8.75, −11.25 points: products sum to 337.5, squares "
                "of f "
                "to 218.75",
            ),
            order=5010,
            better="lower",
            headline=True,
        ),
        Card(
            "benchmarks.*.alpha",
            "A · (mean(r − rf) − β · mean(f − rf))",
            "fraction a year",
            "too_few: n < 2; zero_variance",
            sign="ahead of what beta explains is positive",
            annualisation="× A, arithmetic",
            minimum="2",
            reference="Jensen, The Performance of Mutual Funds, 1968",
            example=Example(
                "four",
                "benchmarks.B.alpha",
                4 * (0.025 - 337.5 / 218.75 * 0.0125),
                "4 · (2.5 % − 1.543 · 1.25 %)",
            ),
            order=5030,
            better="higher",
            display="change",
        ),
        Card(
            "benchmarks.*.correlation",
            "cov(r, f) / (sd(r) · sd(f)) (Pearson)",
            "−1 … 1",
            "too_few: n < 2; zero_variance: either does not vary",
            ddof="cancels",
            minimum="2",
            reading="above 0.9: hardly any diversification",
            example=Example(
                "four",
                "benchmarks.B.correlation",
                337.5 / sqrt(675 * 218.75),
                "337.5 / √(675 · 218.75)",
            ),
            order=5040,
            better="lower",
            headline=True,
        ),
        Card(
            "benchmarks.*.tracking_error",
            "sd(r − f) · √A; r − f is 0 where 1 + r and 1 + f agree to 1e-14 of themselves",
            "fraction a year",
            "too_few: n < 2",
            ddof="1",
            annualisation=YEARLY,
            minimum="2",
            reference=_GRINOLD,
            example=Example(
                "four",
                "benchmarks.B.tracking_error",
                2 * sqrt(218.75 / 3) / 100,
                "r − f = 5, −10, 10, 0 points: squared deviations sum to 218.75; √(218.75/3) · 2",
            ),
            order=5050,
            better="lower",
        ),
        Card(
            "benchmarks.*.information_ratio",
            "A · mean(r − f) / tracking_error, r − f as there",
            "ratio",
            "too_few: n < 2; zero_variance: r − f does not vary",
            ddof="1",
            annualisation=YEARLY,
            minimum="2",
            reference=_GRINOLD,
            reading="0.5 good, 0.75 very good, 1 exceptional (Grinold & Kahn)",
            example=Example(
                "four",
                "benchmarks.B.information_ratio",
                4 * 0.0125 / (2 * sqrt(218.75 / 3) / 100),
                "4 · 1.25 % / 17.08 %",
            ),
            order=5060,
            better="higher",
            headline=True,
        ),
    ),
    states=(COVARIANCE,),
    take=_take,
    figures=(PairFigures(BENCHMARKS_BARS, _columns),),
)
