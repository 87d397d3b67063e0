"""Up and down capture: what the index made of the benchmark's rises and falls.

Ratio of geometric mean returns over the bars where the benchmark rose (fell); bars without a move
of the benchmark count on neither side (as in C. Bacon, "Practical Portfolio Performance
Measurement and Attribution", whose up- and down-capture use the benchmark's sign).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import exp
from engine.readings import ZERO_RETURN, Column, column
from engine.table import F64, I64, Table


class Capture(Table):
    """Per pair: bars, Σ log growth of the index and of the benchmark, for rises and for falls."""

    COLUMNS: ClassVar = {
        "n": ("i8", (2,), 0),
        "log_r": ("f8", (2,), 0.0),
        "log_f": ("f8", (2,), 0.0),
    }
    n: I64
    log_r: F64
    log_f: F64

    def update(self, rows: I64, log_r: F64, log_f: F64) -> None:
        """Take the log growth log(L1/L0) of index and benchmark over one bar into `rows`."""
        _update(rows, log_r, log_f, self.n, self.log_r, self.log_f)

    def merge(self, other: Capture) -> None:
        """Add, row by row, what `other` has seen."""
        self.n = self.n + other.n
        self.log_r = self.log_r + other.log_r
        self.log_f = self.log_f + other.log_f

    def up(self) -> Column:
        """Up capture."""
        return column(_ratio(0, self.n, self.log_r, self.log_f), (self.n[:, 0] < 1, "no_rise"))

    def down(self) -> Column:
        """Down capture."""
        return column(_ratio(1, self.n, self.log_r, self.log_f), (self.n[:, 1] < 1, "no_fall"))

    def ratio(self) -> Column:
        """Up capture over down capture.

        Undefined where the index lost nothing over the falls: by a down capture below zero the
        better index would rank as the worse. A negative up capture stays: it lost over the rises.
        """
        up, down = self.up(), self.down()
        nothing = (down.codes == 0) & (down.values <= 0.0)
        return up.over(column(down.values, (down.codes > 0, "no_fall"), (nothing, "no_loss")))


@njit(cache=True)
def _update(rows: I64, log_r: F64, log_f: F64, n: I64, sum_r: F64, sum_f: F64) -> None:
    for k in range(rows.shape[0]):
        if log_f[k] == 0.0:  # what is only rounding is 0 already
            continue
        side = 0 if log_f[k] > 0.0 else 1
        i = rows[k]
        n[i, side] += 1
        sum_r[i, side] += log_r[k]
        sum_f[i, side] += log_f[k]


@njit(cache=True)
def _ratio(side: int, n: I64, sum_r: F64, sum_f: F64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i, side] > 0:
            count = n[i, side]
            mean_r = exp(sum_r[i, side] / count) - 1.0
            mean_f = exp(sum_f[i, side] / count) - 1.0
            # Moves that cancel out leave rounding of their sum, which `ratio` must not divide by.
            out[i] = mean_r / mean_f if abs(mean_r) >= ZERO_RETURN else 0.0
    return out
