"""Up and down capture: what the index made of the benchmark's rises and falls.

Ratio of geometric mean returns over the bars where the benchmark rose (fell); bars without a move
of the benchmark count on neither side (as in C. Bacon, "Practical Portfolio Performance
Measurement and Attribution", whose up- and down-capture use the benchmark's sign).
"""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import exp
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import PAIR, Columns, Family, PairFigures, StateTable
from engine.metrics.machinery.parts import BENCHMARKS_BARS
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


CAPTURE = StateTable("capture", PAIR, Capture)

_UP = (sqrt(1.1 * 1.2) - 1) / (sqrt(1.05 * 1.1) - 1)


def _take(bars: BarStatistics, bar: Bar) -> None:
    growth = bar.growth
    log_r = growth[bars.pair_index[bar.pairs]]
    log_f = growth[bars.pair_benchmark[bar.pairs]]
    bars[CAPTURE].update(bar.pairs, log_r, log_f)


def _columns(bars: BarStatistics) -> Columns:
    c = bars[CAPTURE]
    return {"up_capture": c.up(), "down_capture": c.down(), "capture_ratio": c.ratio()}


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


FAMILY = Family(
    "Benchmarks",
    cards=(
        *(
            Card(
                f"benchmarks.*.{side}_capture",
                "geometric mean r / geometric mean f, Π(1 + r)^(1/k) − 1 over the k bars where "
                "the "
                f"benchmark {moved}; bars in which it did not move count on neither side",
                "ratio",
                reason,
                minimum="1 such bar",
                reference="Morningstar, Upside and Downside Capture Ratios; here of bars",
                reading=reading,
                example=Example("four", f"benchmarks.B.{side}_capture", value, how),
                order=order,
                better=better,
            )
            for side, moved, reason, reading, value, how, order, better in (
                (
                    "up",
                    "rose",
                    "no_rise",
                    "above 1: takes more than the benchmark's rises",
                    _UP,
                    "bars 1 and 3: (√(1.1 · 1.2) − 1) / (√(1.05 · 1.1) − 1)",
                    5070,
                    "higher",
                ),
                (
                    "down",
                    "fell",
                    "no_fall",
                    "0.8: a fall of 10 % comes as 8 %",
                    1.0,
                    "bar 4: −10 % / −10 %",
                    5071,
                    "lower",
                ),
            )
        ),
        Card(
            "benchmarks.*.capture_ratio",
            "up_capture / down_capture",
            "ratio",
            "no_rise; no_fall; no_loss: the index lost nothing over the falls, so "
            "what it made of them is not below 0",
            reading="above 1: takes more of the rises than of the falls",
            example=Example("four", "benchmarks.B.capture_ratio", _UP, "1.993 / 1"),
            order=5080,
            better="higher",
        ),
    ),
    states=(CAPTURE,),
    take=_take,
    figures=(PairFigures(BENCHMARKS_BARS, _columns),),
)
