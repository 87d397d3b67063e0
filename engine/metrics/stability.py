"""Stability: how straight the line of growth is."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import log
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import ZERO_DEVIATION, column, few
from engine.table import F64, I64, Bool, Table


class LogLine(Table):
    """Per series: closes after the base, mean of their logs y, Σ of squared deviations of y, and
    Σ of products of the deviations of y and of the close's number."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "mean": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
        "cross": ("f8", (), 0.0),
    }
    n: I64
    mean: F64
    square: F64
    cross: F64


LOG_LINE = StateTable("log_line", SERIES, LogLine)


def _take(bars: BarStatistics, bar: Bar) -> None:
    s = bars[LOG_LINE]
    counts = bar.seen & (bar.base_at != bar.end)  # else this close is the base itself
    _update(counts, bar.levels, s.n, s.mean, s.square, s.cross)


@njit(cache=True)
def _update(counts: Bool, levels: F64, n: I64, mean: F64, square: F64, cross: F64) -> None:
    for i in range(counts.shape[0]):
        if counts[i]:
            y = log(levels[i])
            n[i] += 1
            before = y - mean[i]
            mean[i] += before / n[i]
            square[i] += before * (y - mean[i])
            # The closes are numbered 0, 1, …: this one lies n/2 above the mean of those before.
            cross[i] += n[i] / 2.0 * (y - mean[i])


def _columns(bars: BarStatistics) -> Columns:
    s, n = bars[LOG_LINE], bars[LOG_LINE].n.astype(np.float64)
    along = n * (n * n - 1.0) / 12.0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(s.cross * s.cross / (along * s.square), 1.0)
    flat = np.sqrt(s.square / np.maximum(n - 1.0, 1.0)) < ZERO_DEVIATION
    undefined = (*few(s.n, bars[MOMENTS].n, 3), (flat, "zero_variance"))
    return {"stability": column(share, *undefined)}


_LOGS = [math.log(close) for close in (20_000, 12_000, 20_000, 15_000)]
_CROSS = 1.5 * (_LOGS[3] - _LOGS[0]) + 0.5 * (_LOGS[2] - _LOGS[1])
_SQUARE = sum((y - sum(_LOGS) / 4) ** 2 for y in _LOGS)

FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.stability",
            "R² of the straight line through the logs of the closes of the observed bars after "
            "the base, by their number",
            "fraction",
            "too_few: under 3 closes; zero_variance; unobserved",
            minimum="3 closes",
            reference="empyrical, stability_of_timeseries",
            reading="near 1: it grew, or shrank, at one pace",
            example=Example(
                "fall",
                "risk.stability",
                _CROSS**2 / (5 * _SQUARE),
                "logs of 20,000, 12,000, 20,000 and 15,000 at −1.5, −0.5, 0.5 and 1.5",
            ),
            order=3280,
            better="higher",
            since="4",
        ),
    ),
    states=(LOG_LINE,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
