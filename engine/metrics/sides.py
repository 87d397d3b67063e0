"""How often the index did better than its benchmark, and its beta where that rose and where it
fell."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.bars import Bar, BarStatistics, active_return
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import PAIR, Columns, Family, PairFigures, StateTable
from engine.metrics.machinery.parts import BENCHMARKS_BARS
from engine.metrics.regression import COVARIANCE
from engine.readings import ZERO_DEVIATION, column, few
from engine.table import F64, I64, Table


class Sides(Table):
    """Per pair: bars taken and those that the index won; for rises and for falls of the benchmark
    the bars, those that the index moved the same way, those that it won, and the means and sums of
    squared and crossed deviations of both returns."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "won": ("i8", (), 0),
        "bars": ("i8", (2,), 0),
        "same": ("i8", (2,), 0),
        "ahead": ("i8", (2,), 0),
        "mean_r": ("f8", (2,), 0.0),
        "mean_f": ("f8", (2,), 0.0),
        "square_f": ("f8", (2,), 0.0),
        "cross": ("f8", (2,), 0.0),
    }
    n: I64
    won: I64
    bars: I64
    same: I64
    ahead: I64
    mean_r: F64
    mean_f: F64
    square_f: F64
    cross: F64


SIDES = StateTable("sides", PAIR, Sides)


def _take(bars: BarStatistics, bar: Bar) -> None:
    s = bars[SIDES]
    counts = (s.n, s.won, s.bars, s.same, s.ahead)
    sums = (s.mean_r, s.mean_f, s.square_f, s.cross)
    _update(bar.pairs, bar.pair_r, bar.pair_f, *counts, *sums)


@njit(cache=True)
def _update(
    rows: I64,
    r: F64,
    f: F64,
    n: I64,
    won: I64,
    bars: I64,
    same: I64,
    ahead: I64,
    mean_r: F64,
    mean_f: F64,
    square_f: F64,
    cross: F64,
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        n[i] += 1
        better = active_return(r[k], f[k]) > 0.0
        if better:
            won[i] += 1
        if f[k] == 0.0:
            continue
        side = 0 if f[k] > 0.0 else 1
        bars[i, side] += 1
        if r[k] * f[k] > 0.0:
            same[i, side] += 1
        if better:
            ahead[i, side] += 1
        dr, df = r[k] - mean_r[i, side], f[k] - mean_f[i, side]
        mean_r[i, side] += dr / bars[i, side]
        mean_f[i, side] += df / bars[i, side]
        square_f[i, side] += df * (f[k] - mean_f[i, side])
        cross[i, side] += dr * (f[k] - mean_f[i, side])


def _columns(bars: BarStatistics) -> Columns:
    s, seen = bars[SIDES], bars[COVARIANCE].n
    late = ((s.n < 1) & (seen > 0), "unobserved")
    none = [(s.bars[:, k] < 1, reason) for k, reason in enumerate(("no_rise", "no_fall"))]
    with np.errstate(divide="ignore", invalid="ignore"):
        won, same, ahead = s.won / s.n, s.same / s.bars, s.ahead / s.bars
        beta = s.cross / s.square_f
        deviation = np.sqrt(s.square_f / np.maximum(s.bars - 1, 1))
    found = {"batting_average": column(won, *few(s.n, seen, 1))}
    for k, side in enumerate(("up", "down")):
        found[f"{side}_number"] = column(same[:, k], late, none[k])
    for k, side in enumerate(("up", "down")):
        found[f"{side}_percent"] = column(ahead[:, k], late, none[k])
    for k, side in enumerate(("up", "down")):
        short = (s.bars[:, k] < 2, "too_few")
        still = (deviation[:, k] < ZERO_DEVIATION, "zero_variance")
        found[f"{side}_beta"] = column(beta[:, k], late, none[k], short, still)
    return found


_BACON = "Bacon, Practical Portfolio Performance Measurement and Attribution, 2008"
_WON = "r − f as in tracking_error"

FAMILY = Family(
    "Benchmarks",
    cards=tuple(
        Card(
            f"benchmarks.*.{name}",
            formula,
            unit,
            undefined,
            minimum=minimum,
            reference=_BACON,
            example=Example("four", f"benchmarks.B.{name}", value, how),
            order=5120 + place,
            better=better,
            since="4",
        )
        for place, (
            name,
            better,
            formula,
            unit,
            undefined,
            minimum,
            value,
            how,
        ) in enumerate(
            (
                (
                    "batting_average",
                    "higher",
                    f"share of the bars where both have a return with r > f, {_WON}",
                    "fraction",
                    "too_few: n < 1; unobserved",
                    "1",
                    0.5,
                    "bars 1 and 3",
                ),
                (
                    "up_number",
                    "higher",
                    "share of the bars with f > 0 in which r > 0",
                    "fraction",
                    "no_rise; unobserved",
                    "1 such bar",
                    1.0,
                    "bars 1 and 3",
                ),
                (
                    "down_number",
                    "lower",
                    "share of the bars with f < 0 in which r < 0",
                    "fraction",
                    "no_fall; unobserved",
                    "1 such bar",
                    1.0,
                    "bar 4",
                ),
                (
                    "up_percent",
                    "higher",
                    f"share of the bars with f > 0 in which r > f, {_WON}",
                    "fraction",
                    "no_rise; unobserved",
                    "1 such bar",
                    1.0,
                    "bars 1 and 3",
                ),
                (
                    "down_percent",
                    "higher",
                    f"share of the bars with f < 0 in which r > f, {_WON}",
                    "fraction",
                    "no_fall; unobserved",
                    "1 such bar",
                    0.0,
                    "bar 4 is as deep",
                ),
                (
                    "up_beta",
                    "",
                    "cov(r, f) / var(f) over the bars with f > 0",
                    "ratio",
                    "no_rise; too_few: 1 such bar; zero_variance; unobserved",
                    "2 such bars",
                    2.0,
                    "10 and 20 % to 5 and 10 %",
                ),
                (
                    "down_beta",
                    "",
                    "cov(r, f) / var(f) over the bars with f < 0",
                    "ratio",
                    "no_fall; too_few: 1 such bar; zero_variance; unobserved",
                    "2 such bars",
                    None,
                    "too_few: bar 4 alone",
                ),
            )
        )
    ),
    states=(SIDES,),
    take=_take,
    figures=(PairFigures(BENCHMARKS_BARS, _columns),),
)
