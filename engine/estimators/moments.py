"""Count, mean and central moments two to four of returns, one pass, mergeable.

Updates and merges after P. Pébay, "Formulas for robust, one-pass parallel computation of
covariances and arbitrary-order statistical moments" (Sandia report SAND2008-6212, 2008).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Table

NORMAL_QUANTILE = {95: -1.6448536269514727, 99: -2.3263478740408411}
"""Of the standard normal distribution at 5 % and 1 %."""
MIN_EXPANSION = 20
"""Returns: as many as the historical VaR wants; sample moments of fewer say nothing of a tail."""
_BORDER = 1e-9
"""Of the domain of the expansion. Returns of a few sizes can stand right on it (without a move but
for one in six each way, K is 0), and there the rounding of K, which grows with n, must not decide.
So little of a fall in the slope only shows tens of thousands of deviations away."""


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

    def merge(self, other: Moments) -> None:
        """Add, row by row, what `other` has seen."""
        a, b = self.n.astype(np.float64), other.n.astype(np.float64)
        n = np.maximum(a + b, 1.0)
        d = other.mean - self.mean
        m2, m3, m4 = self.m2, self.m3, self.m4
        self.m4 = (
            m4
            + other.m4
            + d**4 * a * b * (a * a - a * b + b * b) / (n * n * n)
            + 6.0 * d * d * (a * a * other.m2 + b * b * m2) / (n * n)
            + 4.0 * d * (a * other.m3 - b * m3) / n
        )
        self.m3 = (
            m3
            + other.m3
            + d * d * d * a * b * (a - b) / (n * n)
            + 3.0 * d * (a * other.m2 - b * m2) / n
        )
        self.m2 = m2 + other.m2 + d * d * a * b / n
        self.mean = self.mean + d * b / n
        self.n = self.n + other.n

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
        return column(value, (self.n < 3, "too_few"), (self._flat(), "zero_variance"))

    def kurtosis(self) -> Column:
        """Bias-corrected excess kurtosis G2, as in pandas; from four returns."""
        n = self.n.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = n * (n + 1.0) * (n - 1.0) * self.m4 / ((n - 2.0) * (n - 3.0) * self.m2**2)
            value = ratio - 3.0 * (n - 1.0) ** 2 / ((n - 2.0) * (n - 3.0))
        return column(value, (self.n < 4, "too_few"), (self._flat(), "zero_variance"))

    def cornish_fisher(self, confidence: int) -> Column:
        """Value at risk by the Cornish-Fisher expansion, with population moments.

        −(mean + sd·(z + (z²−1)·S/6 + (z³−3z)·K/24 − (2z³−5z)·S²/36)), where S is the skewness and K
        the excess kurtosis. Where that polynomial does not rise with z over all z, it is no
        quantile, and undefined (D. Maillard, "A user's guide to the Cornish Fisher expansion",
        2012).
        """
        n, z = np.maximum(self.n, 1), NORMAL_QUANTILE[confidence]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            variance = self.m2 / n
            s = self.m3 / n / (variance * np.sqrt(variance))
            k = self.m4 / n / (variance * variance) - 3.0
            value = -(
                self.mean
                + np.sqrt(variance)
                * (
                    z
                    + (z * z - 1.0) * s / 6.0
                    + (z * z * z - 3.0 * z) * k / 24.0
                    - (2.0 * z * z * z - 5.0 * z) * s * s / 36.0
                )
            )
            # The slope is a·z² + s/3·z + c.
            a, c = k / 8.0 - s * s / 6.0, 1.0 - k / 8.0 + 5.0 * s * s / 36.0
            rises = (a >= -_BORDER) & (c > _BORDER) & (s * s / 9.0 <= 4.0 * a * c + _BORDER)
        return column(
            value,
            (self.n < MIN_EXPANSION, "too_few"),
            (self._flat(), "zero_variance"),
            (~rises, "cf_domain"),
        )

    def _flat(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return (self.n > 1) & (self.deviation() < ZERO_DEVIATION)


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
