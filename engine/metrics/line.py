"""What the line through the returns of index and benchmark says: risk on and off it, and growth for
the risk taken (Treynor, M², appraisal ratio)."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import exp, log
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import PAIR, Columns, Family, PairFigures, StateTable
from engine.metrics.machinery.parts import BENCHMARKS_BARS
from engine.metrics.regression import COVARIANCE
from engine.readings import ZERO_DEVIATION, column
from engine.table import F64, I64, Table

_LEAST_YEARS = 90 / 365
"""A shorter time annualised says more of its length than of the index."""


class PairGrowth(Table):
    """Per pair: bars taken, and Σ of log growth of the index, of the benchmark, and of the index
    over the risk-free rate."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "index": ("f8", (), 0.0),
        "benchmark": ("f8", (), 0.0),
        "over": ("f8", (), 0.0),
    }
    n: I64
    index: F64
    benchmark: F64
    over: F64


GROWTH = StateTable("pair_growth", PAIR, PairGrowth)


def _take(bars: BarStatistics, bar: Bar) -> None:
    g = bars[GROWTH]
    a, b = bars.pair_index[bar.pairs], bars.pair_benchmark[bar.pairs]
    grown = (bar.growth[a], bar.growth[b])
    _update(bar.pairs, bar.pair_r - bars.risk_free[a], *grown, g.n, g.index, g.benchmark, g.over)


@njit(cache=True)
def _update(
    rows: I64, over: F64, r: F64, f: F64, n: I64, index: F64, benchmark: F64, excess: F64
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        n[i] += 1
        index[i] += r[k]
        benchmark[i] += f[k]
        excess[i] += log(1.0 + over[k]) if over[k] > -1.0 else -np.inf


@njit(cache=True)
def _yearly(growth: F64, n: I64, bars_per_year: F64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i] > 0:
            out[i] = exp(growth[i] * bars_per_year[i] / n[i]) - 1.0
    return out


_ROUNDING = 1e-14
"""Of the squares of r: what is left of them off the line, a difference of two sums, is rounding
below this (an index held against itself has 5e-16 and not 0)."""


def _columns(bars: BarStatistics) -> Columns:
    c, g = bars[COVARIANCE], bars[GROWTH]
    a, free = (x[bars.pair_index] for x in (bars.bars_per_year, bars.yearly_risk_free))
    n, root = np.maximum(c.n, 1), np.sqrt(a)
    deviation_r = np.sqrt(c.square_r / np.maximum(c.n - 1, 1))
    deviation_f = np.sqrt(c.square_f / np.maximum(c.n - 1, 1))
    still = (deviation_f < ZERO_DEVIATION, "zero_variance")
    flat = (deviation_r < ZERO_DEVIATION, "zero_variance")
    two, three = (c.n < 2, "too_few"), (c.n < 3, "too_few")
    late = (g.n < c.n, "unobserved")
    short = (late, (g.n < 1, "too_few"), (g.n < _LEAST_YEARS * a * (1.0 - 1e-12), "too_short"))
    mine, theirs, over = (_yearly(x, g.n, a) for x in (g.index, g.benchmark, g.over))
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = c.cross / c.square_f
        residual = c.square_r - beta * c.cross
        residual = np.where(residual < _ROUNDING * c.square_r, 0.0, residual)
        specific = np.sqrt(residual / n)
        on_line = (specific < ZERO_DEVIATION, "zero_variance")
        scaled = (mine - free) * deviation_f / deviation_r + free
        jensen = mine - free - beta * (theirs - free)
        no_beta = (np.abs(beta) < ZERO_DEVIATION, "zero_variance")
        squared = np.minimum(beta * c.cross / c.square_r, 1.0)
        return {
            "r_squared": column(squared, two, still, flat),
            "specific_risk": column(specific * root, three, still),
            "systematic_risk": column(np.abs(beta) * deviation_f * root, two, still),
            "treynor": column(over / beta, *short, still, no_beta),
            "active_premium": column(mine - theirs, *short),
            "m_squared": column(scaled, *short, flat),
            "m_squared_excess": column((1.0 + scaled) / (1.0 + theirs) - 1.0, *short, flat),
            "appraisal": column(jensen / (specific * root), *short, three, still, on_line),
        }


_BACON = "Bacon, Practical Portfolio Performance Measurement and Attribution, 2008"
_GROWING = "too_few; too_short: bars of under 90 days of 365; unobserved"
_BETA = 337.5 / 218.75
_SPECIFIC = sqrt((675 - 337.5 * _BETA) / 4) / 100 * 2
_SCALED = 0.0692 * sqrt(218.75 / 675)

FAMILY = Family(
    "Benchmarks",
    cards=tuple(
        Card(
            f"benchmarks.*.{name}",
            formula,
            unit,
            undefined,
            sign=sign,
            ddof=ddof,
            annualisation=annualised,
            minimum=minimum,
            reference=reference,
            example=Example("four", f"benchmarks.B.{name}", value, how),
            order=5100 + place,
            label=label,
            better=better,
            since="4",
        )
        for place, (
            name,
            label,
            better,
            formula,
            unit,
            sign,
            undefined,
            ddof,
            annualised,
            minimum,
            reference,
            value,
            how,
        ) in enumerate(
            (
                (
                    "r_squared",
                    "R²",
                    "",
                    "correlation²",
                    "fraction",
                    "",
                    "too_few: n < 2; zero_variance",
                    "cancels",
                    "",
                    "2",
                    "",
                    337.5**2 / (675 * 218.75),
                    "337.5² / (675 · 218.75)",
                ),
                (
                    "specific_risk",
                    "Specific risk",
                    "lower",
                    "sd(r − β·f) · √A",
                    "fraction a year",
                    "",
                    "too_few: n < 3; zero_variance: the benchmark does not vary",
                    "0",
                    YEARLY,
                    "3",
                    _BACON,
                    _SPECIFIC,
                    "√((675 − 337.5² / 218.75) / 4) · 2 points",
                ),
                (
                    "systematic_risk",
                    "Systematic risk",
                    "",
                    "|β| · sd(f) · √A",
                    "fraction a year",
                    "",
                    "too_few: n < 2; zero_variance: the benchmark does not vary",
                    "1",
                    YEARLY,
                    "2",
                    _BACON,
                    _BETA * sqrt(218.75 / 3) / 100 * 2,
                    "1.543 · √(218.75 / 3) · 2 points",
                ),
                (
                    "treynor",
                    "Treynor",
                    "higher",
                    "(Π(1 + r − rf)^(A/n) − 1) / β, over the bars where both have a return",
                    "fraction a year",
                    "",
                    f"{_GROWING}; zero_variance: the benchmark does not vary, or β is 0",
                    "",
                    "geometric",
                    "bars of 90 days",
                    "Treynor, How to Rate Management of Investment Funds, 1965",
                    0.0692 / _BETA,
                    "6.92 % / 1.543",
                ),
                (
                    "active_premium",
                    "Active premium",
                    "higher",
                    "Π(1 + r)^(A/n) − Π(1 + f)^(A/n), over the bars where both have a return",
                    "fraction a year",
                    "ahead of the benchmark is positive",
                    _GROWING,
                    "",
                    "geometric",
                    "bars of 90 days",
                    _BACON,
                    0.0297,
                    "6.92 % − 3.95 %",
                ),
                (
                    "m_squared",
                    "M²",
                    "higher",
                    "(growth of r − risk_free) · sd(f) / sd(r) + risk_free, growth as in "
                    "active_premium",
                    "fraction a year",
                    "a gain is positive",
                    f"{_GROWING}; zero_variance: the index does not vary",
                    "cancels",
                    "geometric",
                    "bars of 90 days",
                    "Modigliani & Modigliani, Risk-Adjusted Performance, 1997",
                    _SCALED,
                    "6.92 % · √(218.75 / 675)",
                ),
                (
                    "m_squared_excess",
                    "M², excess",
                    "higher",
                    "(1 + m_squared) / (1 + growth of f) − 1",
                    "fraction a year",
                    "ahead of the benchmark is positive",
                    f"{_GROWING}; zero_variance: the index does not vary",
                    "",
                    "",
                    "bars of 90 days",
                    _BACON,
                    (1 + _SCALED) / 1.0395 - 1,
                    "1.0394 / 1.0395 − 1",
                ),
                (
                    "appraisal",
                    "Appraisal ratio",
                    "higher",
                    "(growth of r − risk_free − β · (growth of f − risk_free)) / specific_risk",
                    "ratio",
                    "",
                    f"{_GROWING}; zero_variance: the benchmark does not vary, or r − β·f",
                    "",
                    "geometric",
                    "3, and bars of 90 days",
                    _BACON,
                    (0.0692 - _BETA * 0.0395) / _SPECIFIC,
                    "(6.92 % − 1.543 · 3.95 %) / specific_risk",
                ),
            )
        )
    ),
    states=(GROWTH,),
    take=_take,
    figures=(PairFigures(BENCHMARKS_BARS, _columns),),
)
