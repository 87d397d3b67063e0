"""What lies above and below the target: potentials, upside deviation and frequency."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import ZERO_DEVIATION, column, few
from engine.table import F64, I64, Table


class AboutTarget(Table):
    """Per series: returns taken, how many above the target, and Σ of what they are above and below
    it, and of the squares of that."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "beyond": ("i8", (), 0),
        "above": ("f8", (), 0.0),
        "below": ("f8", (), 0.0),
        "above_squares": ("f8", (), 0.0),
        "below_squares": ("f8", (), 0.0),
    }
    n: I64
    beyond: I64
    above: F64
    below: F64
    above_squares: F64
    below_squares: F64


ABOUT = StateTable("about_target", SERIES, AboutTarget)


def _take(bars: BarStatistics, bar: Bar) -> None:
    t = bars[ABOUT]
    sums = (t.above, t.below, t.above_squares, t.below_squares)
    _update(bar.rows, bar.r, bars.target, t.n, t.beyond, *sums)


@njit(cache=True)
def _update(
    rows: I64,
    returns: F64,
    target: F64,
    n: I64,
    beyond: I64,
    above: F64,
    below: F64,
    above_squares: F64,
    below_squares: F64,
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        n[i] += 1
        over = returns[k] - target[i]
        if over > 0.0:
            beyond[i] += 1
            above[i] += over
            above_squares[i] += over * over
        else:
            below[i] -= over
            below_squares[i] += over * over


def _columns(bars: BarStatistics) -> Columns:
    t = bars[ABOUT]
    n, short = np.maximum(t.n, 1), few(t.n, bars[MOMENTS].n, 2)
    deviation = np.sqrt(t.below_squares / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = t.above / n / deviation
    upside = np.sqrt(t.above_squares / n * bars.bars_per_year)
    return {
        "upside_potential": column(t.above / n, *short),
        "downside_potential": column(t.below / n, *short),
        "upside_potential_ratio": column(ratio, *short, (deviation < ZERO_DEVIATION, "no_loss")),
        "upside_deviation": column(upside, *short),
        "upside_frequency": column(t.beyond / n, *short),
    }


_SORTINO = "Sortino, van der Meer & Plantinga, The Dutch Triangle, 1999"
_OF_BAR = "fraction of the level over one bar"

FAMILY = Family(
    "Risk",
    cards=tuple(
        Card(
            f"risk.{name}",
            formula,
            unit,
            undefined,
            annualisation=YEARLY if name == "upside_deviation" else "",
            minimum="2",
            reference=_SORTINO,
            example=Example("four", f"risk.{name}", value, how),
            order=3260 + place,
            better="lower" if name == "downside_potential" else "higher",
            since="4",
        )
        for place, (name, formula, unit, undefined, value, how) in enumerate(
            (
                (
                    "upside_potential",
                    "mean over all n of max(r − target, 0)",
                    _OF_BAR,
                    "too_few: n < 2; unobserved",
                    0.075,
                    "(10 + 20) / 4 %",
                ),
                (
                    "downside_potential",
                    "mean over all n of max(target − r, 0)",
                    _OF_BAR,
                    "too_few: n < 2; unobserved",
                    0.05,
                    "(10 + 10) / 4 %",
                ),
                (
                    "upside_potential_ratio",
                    "upside_potential / √(mean over all n of min(r − target, 0)²)",
                    "ratio",
                    "too_few: n < 2; unobserved; no_loss: no return below the target",
                    0.075 / sqrt(0.005),
                    "7.5 % / √(0.02 / 4)",
                ),
                (
                    "upside_deviation",
                    "√(mean over all n of max(r − target, 0)²) · √A",
                    "fraction a year",
                    "too_few: n < 2; unobserved",
                    sqrt(0.05),
                    "√((0.01 + 0.04) / 4) · 2",
                ),
                (
                    "upside_frequency",
                    "share of all n with r > target",
                    "fraction",
                    "too_few: n < 2; unobserved",
                    0.5,
                    "two of four",
                ),
            )
        )
    ),
    states=(ABOUT,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
