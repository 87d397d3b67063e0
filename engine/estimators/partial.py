"""Partial moments: what lies below a target and on both sides of a threshold.

Downside deviation after F. Sortino and R. van der Meer, "Downside risk" (1991): the root of the
mean over all n of squared shortfalls. Omega after C. Keating and W. Shadwick (2002).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.estimators.moments import Moments
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

    def merge(self, other: PartialMoments) -> None:
        """Add, row by row, what `other` has seen."""
        self.shortfall = self.shortfall + other.shortfall
        self.gains = self.gains + other.gains
        self.losses = self.losses + other.losses

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
