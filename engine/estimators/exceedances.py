"""How often losses exceeded the value at risk that was promised before them, and whether that fits.

Each return is held against the historical VaR of the returns before it, from the first bar for
which there was one. A loss above it by less than 1e-14, which is rounding, is no greater than
promised. The test is P. Kupiec's proportion of failures ("Techniques for verifying the
accuracy of risk measurement models", 1995): with x exceedances of n at a promised rate p,
LR = −2·ln((1−p)^(n−x)·p^x / ((1−x/n)^(n−x)·(x/n)^x)) has χ² with one degree of freedom.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import erfc, log
from engine.readings import ZERO_RETURN, Column, column
from engine.table import F64, I64, Table

MIN_RETURNS = 250
"""For the p-value: a year of trading days, the Basel committee's back-testing window."""


class Exceedances(Table):
    """Per row: returns that met a promise, and how many of them were a greater loss."""

    COLUMNS: ClassVar = {"n": ("i8", (), 0), "observed": ("i8", (), 0)}
    n: I64
    observed: I64

    def update(self, rows: I64, returns: F64, promised: F64) -> None:
        """Hold one return against the VaR promised for it, in each of `rows`; NaN: there was none.

        `promised` has one value a row of the table.
        """
        there = promised[rows] == promised[rows]
        self.n[rows] += there
        self.observed[rows] += there & (-returns - promised[rows] >= ZERO_RETURN)

    def columns(self, confidence: int) -> dict[str, Column]:
        """Number of returns held, exceedances expected and observed, and Kupiec's p-value."""
        rate = (100 - confidence) / 100.0
        return {
            "n": column(self.n),
            "expected": column(self.n * rate),
            "observed": column(self.observed),
            "kupiec_p": column(
                _kupiec(rate, self.n, self.observed), (self.n < MIN_RETURNS, "too_few")
            ),
        }


@njit(cache=True)
def _log_likelihood(count: float, rate: float) -> float:
    return count * log(rate) if count > 0.0 else 0.0


@njit(cache=True)
def _kupiec(rate: float, n: I64, observed: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i] < MIN_RETURNS:
            continue
        hits, misses = float(observed[i]), float(n[i] - observed[i])
        share = hits / n[i]
        promised = _log_likelihood(misses, 1.0 - rate) + _log_likelihood(hits, rate)
        found = _log_likelihood(misses, 1.0 - share) + _log_likelihood(hits, share)
        ratio = max(2.0 * (found - promised), 0.0)
        out[i] = erfc(math.sqrt(ratio / 2.0))
    return out
