"""Partial moments: what lies below a target and on both sides of a threshold.

Downside deviation after F. Sortino and R. van der Meer, "Downside risk" (1991): the root of the
mean over all n of squared shortfalls. Omega after C. Keating and W. Shadwick (2002).
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
from engine.metrics.moments import MOMENTS, Moments
from engine.readings import ZERO_DEVIATION, ZERO_RETURN, Column, column
from engine.table import F64, I64, Table


class PartialMoments(Table):
    """Per row: Σ min(r − target, 0)², and Σ of r − threshold above and below it as magnitudes."""

    COLUMNS: ClassVar = {
        "shortfall": ("f8", (), 0.0),
        "gains": ("f8", (), 0.0),
        "losses": ("f8", (), 0.0),
    }
    shortfall: F64
    gains: F64
    losses: F64

    def update(self, rows: I64, returns: F64, target: F64, threshold: F64) -> None:
        """Take one return into each of `rows`; target and threshold are per bar, one a row."""
        _update(rows, returns, target, threshold, self.shortfall, self.gains, self.losses)

    def downside(self, n: I64) -> F64:
        """Downside deviation of one bar, over all n returns."""
        return np.sqrt(self.shortfall / np.maximum(n, 1))

    def downside_deviation(self, n: I64, bars_per_year: F64) -> Column:
        """Annualised downside deviation."""
        return column(self.downside(n) * np.sqrt(bars_per_year), (n < 2, "too_few"))

    def sortino(self, moments: Moments, target: F64, bars_per_year: F64) -> Column:
        """Annualised Sortino ratio, mean(r − target) · A / (downside deviation · √A)."""
        downside = self.downside(moments.n)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = (moments.mean - target) / downside * np.sqrt(bars_per_year)
        return column(value, (moments.n < 2, "too_few"), (downside < ZERO_DEVIATION, "no_loss"))

    def omega(self, n: I64) -> Column:
        """Σ gains over Σ losses about the threshold."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.gains / self.losses
        return column(value, (n < 2, "too_few"), (self.losses < ZERO_DEVIATION, "no_loss"))


PARTIAL = StateTable("partial", SERIES, PartialMoments)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[PARTIAL].update(bar.rows, bar.r, bars.target, bars.threshold)


def _columns(bars: BarStatistics) -> Columns:
    p, m, a = bars[PARTIAL], bars[MOMENTS], bars.bars_per_year
    return {
        "downside_deviation": p.downside_deviation(m.n, a),
        "sortino": p.sortino(m, bars.target, a),
        "omega": p.omega(m.n),
    }


@njit(cache=True)
def _update(
    rows: I64, returns: F64, target: F64, threshold: F64, shortfall: F64, gains: F64, losses: F64
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        short = min(returns[k] - target[i], 0.0)
        shortfall[i] += short * short
        excess = returns[k] - threshold[i]
        if excess >= ZERO_RETURN:
            gains[i] += excess
        elif excess <= -ZERO_RETURN:
            losses[i] -= excess


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.downside_deviation",
            "√(mean over all n of min(r − target, 0)²) · √A, each r against the target in force "
            "at its "
            "bar's end, of one bar: (1 + target)^(1/A) − 1",
            "fraction a year",
            "too_few: n < 2",
            ddof="0, over all n",
            annualisation=YEARLY,
            minimum="2",
            reference="Sortino & Price, Performance Measurement in a Downside Risk Framework, 1994",
            example=Example(
                "four", "risk.downside_deviation", sqrt(0.02), "√((0.01 + 0.01)/4) · 2"
            ),
            order=3020,
            better="lower",
        ),
        Card(
            "risk.sortino",
            "mean(r − target) · √A / √(mean of min(r − target, 0)²), target of one bar as there",
            "ratio",
            "too_few: n < 2; no_loss: no return below the target",
            ddof="0, over all n",
            annualisation=YEARLY,
            minimum="2",
            reference="Sortino & Price, 1994",
            reading="as Sharpe's, mostly somewhat higher",
            example=Example("four", "risk.sortino", sqrt(0.5), "2.5 % · 4 / 14.14 %"),
            order=3070,
            better="higher",
            column="Sortino",
            headline=True,
        ),
        Card(
            "risk.omega",
            "Σ max(r − threshold, 0) / Σ max(threshold − r, 0), each r about the omega_threshold "
            "in "
            "force at its bar's end, of one bar: (1 + omega_threshold)^(1/A) − 1",
            "ratio",
            "too_few: n < 2; no_loss: losses sum to less than 1e-12",
            minimum="2",
            reference="Keating & Shadwick, A Universal Performance Measure, 2002",
            reading="above 1: more gained than lost about the threshold",
            example=Example("four", "risk.omega", 1.5, "(10 + 20) / (10 + 10)"),
            order=3100,
            better="higher",
        ),
    ),
    states=(PARTIAL,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
