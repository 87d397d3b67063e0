"""Exponentially weighted variance and beta, weights halving with time, uncentred.

σ² = Σw·r² / Σw and β = Σw·r·f / Σw·f². Both sums start at zero, so no starting value is assumed
(cf. J.P. Morgan, "RiskMetrics Technical Document", 4th ed., 1996, §5.2, whose mean is zero too).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import decay
from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Table

MIN_RETURNS = 10
"""Below this the youngest return alone carries over a tenth of the weight."""


class EwmaVariance(Table):
    """Per row: `n`, the time of the last return (ns), Σw and Σw·r²."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "last_at": ("i8", (), 0),
        "weight": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
    }
    n: I64
    last_at: I64
    weight: F64
    square: F64

    def update(self, rows: I64, returns: F64, at: int, half_life: I64) -> None:
        """Take one return of the bar that ended `at` into each of `rows`; half-lives in ns."""
        for_rows = (rows, returns, at, half_life)
        _update_variance(*for_rows, self.n, self.last_at, self.weight, self.square)

    def merge(self, other: EwmaVariance, half_life: I64) -> None:
        """Add, row by row, what `other` has seen afterwards."""
        faded = _fade(self.n, self.last_at, other.n, other.last_at, half_life)
        self.weight = self.weight * faded + other.weight
        self.square = self.square * faded + other.square
        self.n = self.n + other.n
        self.last_at = np.maximum(self.last_at, other.last_at)

    def volatility(self, bars_per_year: F64) -> Column:
        """Annualised EWMA volatility; from ten returns."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.sqrt(self.square / self.weight * bars_per_year)
        return column(value, (self.n < MIN_RETURNS, "too_few"))


class EwmaBeta(Table):
    """Per pair of index and benchmark: `n`, time of the last pair (ns), Σw, Σw·r·f and Σw·f²."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "last_at": ("i8", (), 0),
        "weight": ("f8", (), 0.0),
        "product": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
    }
    n: I64
    last_at: I64
    weight: F64
    product: F64
    square: F64

    def update(self, rows: I64, r: F64, f: F64, at: int, half_life: I64) -> None:
        """Take index returns `r` and benchmark returns `f` of the bar that ended `at`."""
        sums = (self.weight, self.product, self.square)
        _update_beta(rows, r, f, at, half_life, self.n, self.last_at, *sums)

    def merge(self, other: EwmaBeta, half_life: I64) -> None:
        """Add, row by row, what `other` has seen afterwards."""
        faded = _fade(self.n, self.last_at, other.n, other.last_at, half_life)
        self.weight = self.weight * faded + other.weight
        self.product = self.product * faded + other.product
        self.square = self.square * faded + other.square
        self.n = self.n + other.n
        self.last_at = np.maximum(self.last_at, other.last_at)

    def beta(self) -> Column:
        """EWMA beta; from ten pairs."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.product / self.square
            flat = np.sqrt(self.square / self.weight) < ZERO_DEVIATION
        return column(value, (self.n < MIN_RETURNS, "too_few"), (flat, "zero_variance"))


@njit(cache=True)
def _update_variance(
    rows: I64, r: F64, at: int, half_life: I64, n: I64, last_at: I64, weight: F64, square: F64
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        fade = decay(at - last_at[i], half_life[i]) if n[i] > 0 else 0.0
        weight[i] = weight[i] * fade + 1.0
        square[i] = square[i] * fade + r[k] * r[k]
        n[i] += 1
        last_at[i] = at


@njit(cache=True)
def _update_beta(
    rows: I64,
    r: F64,
    f: F64,
    at: int,
    half_life: I64,
    n: I64,
    last_at: I64,
    weight: F64,
    product: F64,
    square: F64,
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        fade = decay(at - last_at[i], half_life[i]) if n[i] > 0 else 0.0
        weight[i] = weight[i] * fade + 1.0
        product[i] = product[i] * fade + r[k] * f[k]
        square[i] = square[i] * fade + f[k] * f[k]
        n[i] += 1
        last_at[i] = at


@njit(cache=True)
def _fade(n: I64, at: I64, later_n: I64, later_at: I64, half_life: I64) -> F64:
    """How much the weights of an earlier state fade until the end of a later one."""
    faded = np.ones(n.shape[0])
    for i in range(n.shape[0]):
        if n[i] > 0 and later_n[i] > 0:
            faded[i] = decay(later_at[i] - at[i], half_life[i])
    return faded
