"""Index against benchmark: covariance, and the active return's moments, one pass, mergeable.

The active return r − f has moments of its own: var(r) + var(f) − 2·cov(r, f) would lose all digits
where an index follows its benchmark closely.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.readings import ZERO_DEVIATION, ZERO_RETURN, Column, column
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

    def merge(self, other: Covariance) -> None:
        """Add, row by row, what `other` has seen (pairwise update of Chan, Golub, LeVeque 1979)."""
        a, b = self.n.astype(np.float64), other.n.astype(np.float64)
        n = np.maximum(a + b, 1.0)
        share = a * b / n
        dr, df = other.mean_r - self.mean_r, other.mean_f - self.mean_f
        da = other.mean_active - self.mean_active
        self.square_r = self.square_r + other.square_r + dr * dr * share
        self.square_f = self.square_f + other.square_f + df * df * share
        self.cross = self.cross + other.cross + dr * df * share
        self.square_active = self.square_active + other.square_active + da * da * share
        self.mean_r = self.mean_r + dr * b / n
        self.mean_f = self.mean_f + df * b / n
        self.mean_active = self.mean_active + da * b / n
        self.n = self.n + other.n

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


@njit(cache=True)
def active_return(r: float, f: float) -> float:
    """r − f, and 0 where the growths 1 + r and 1 + f differ by no more than rounding does."""
    active = r - f
    return float(active) if abs(active) >= ZERO_RETURN * (1.0 + max(r, f)) else 0.0


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
