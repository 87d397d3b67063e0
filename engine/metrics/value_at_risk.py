"""Value at risk and expected shortfall of the whole history.

Returns are kept in ascending order and read exactly up to `KEPT` of them. From then on they are
counted in a histogram of log-spaced losses and gains, whose bins are as wide as 1 % of relative
error allows (the sketch of C. Masson, J. Rim and H. Lee, "DDSketch", VLDB 2019). Gains count where
fewer returns than the tail holds are losses.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import exp, log
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.readings import Column, column
from engine.table import F64, I64, Table

KEPT = 4096
"""Returns kept exactly: eleven years of days, three of hours at a sixth; 32 KB a series."""

_LOG_GAMMA = math.log(1.01 / 0.99)
"""Log of the ratio of a bin's bounds; its middle 2γ/(γ+1) is within 1 % of all it holds."""
_SMALLEST = 1e-8
"""Returns of a smaller magnitude share one bin, which reads as 0."""
_ZERO = int(math.log(1.0 / _SMALLEST) / _LOG_GAMMA) + 1
"""The bin of 0. Losses of up to 1, which is all, lie above it, gains of up to 1 below; larger gains
count as 1, since a tail of them is one that nothing was lost in."""
_BINS = 2 * _ZERO + 1

MIN_RETURNS = {95: 20, 99: 100}
"""Below these the quantile is the worst return and nothing more."""


class Tail(Table):
    """Per row: `n`; the kept returns in ascending order; counts per bin once beyond them."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "kept": ("f8", (64,), 0.0),
        "counts": ("i8", (0,), 0),
    }
    n: I64
    kept: F64
    counts: I64

    def update(self, rows: I64, returns: F64) -> None:
        """Take one return into each of `rows`."""
        self._make_room(int(self.n[rows].max(initial=0)) + 1)
        _update(rows, returns, self.n, self.kept, self.counts)

    def _make_room(self, n: int) -> None:
        width = self.kept.shape[1]
        while width < min(n, KEPT):
            width = min(2 * width, KEPT)
        if width > self.kept.shape[1]:
            grown = np.zeros((len(self), width))
            grown[:, : self.kept.shape[1]] = self.kept
            self.kept = grown
        if n > KEPT and not self.counts.shape[1]:
            self.counts = np.zeros((len(self), _BINS), dtype=np.int64)

    def var(self, confidence: int) -> Column:
        """Minus the (100 − confidence) % quantile, linear interpolation (type 7)."""
        value = _value_at_risk((100 - confidence) / 100.0, self.n, self.kept, self.counts)
        return column(value, (self.n < MIN_RETURNS[confidence], "too_few"))

    def quantile(self, share: float) -> F64:
        """The quantile of each row, linear interpolation (type 7); NaN where there is nothing."""
        return -_value_at_risk(share, self.n, self.kept, self.counts)

    def forecast(self, rows: I64, confidence: int) -> F64:
        """`var` of `rows` for the next bar, NaN where it is undefined; one value a table row."""
        least = MIN_RETURNS[confidence]
        return _forecast((100 - confidence) / 100.0, least, rows, self.n, self.kept, self.counts)

    def cvar(self, confidence: int) -> Column:
        """Minus the mean of the ⌊(n−1)·(100−confidence)/100⌋ + 1 lowest returns."""
        value = _expected_shortfall(100 - confidence, self.n, self.kept, self.counts)
        return column(value, (self.n < MIN_RETURNS[confidence], "too_few"))


TAIL = StateTable("tail", SERIES, Tail)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[TAIL].update(bar.rows, bar.r)


def _columns(bars: BarStatistics) -> Columns:
    tail = bars[TAIL]
    return {f"var_{c}": tail.var(c) for c in MIN_RETURNS} | {
        f"cvar_{c}": tail.cvar(c) for c in MIN_RETURNS
    }


@njit(cache=True)
def _bin(value: float) -> int:
    """The bin of a return; larger losses, larger bins."""
    size = abs(value)
    if size < _SMALLEST:
        return _ZERO
    steps = min(int(log(size / _SMALLEST) / _LOG_GAMMA) + 1, _ZERO)
    return _ZERO + steps if value < 0.0 else _ZERO - steps


@njit(cache=True)
def _middle(place: int) -> float:
    """The return that stands for a bin."""
    if place == _ZERO:
        return 0.0
    low = _SMALLEST * exp((abs(place - _ZERO) - 1) * _LOG_GAMMA)
    gamma = 1.01 / 0.99
    middle = low * 2.0 * gamma / (gamma + 1.0)
    return -middle if place > _ZERO else middle


@njit(cache=True)
def _insert(i: int, value: float, n: I64, kept: F64, counts: I64) -> None:
    count = n[i]
    if count < KEPT:
        place = count
        while place > 0 and kept[i, place - 1] > value:
            kept[i, place] = kept[i, place - 1]
            place -= 1
        kept[i, place] = value
    else:
        if count == KEPT:
            for k in range(KEPT):
                counts[i, _bin(kept[i, k])] += 1
        counts[i, _bin(value)] += 1
    n[i] += 1


@njit(cache=True)
def _update(rows: I64, returns: F64, n: I64, kept: F64, counts: I64) -> None:
    for k in range(rows.shape[0]):
        _insert(rows[k], returns[k], n, kept, counts)


@njit(cache=True)
def _order(i: int, rank: int, n: I64, kept: F64, counts: I64) -> float:
    """The return of a rank, 0 for the lowest."""
    if n[i] <= KEPT:
        return float(kept[i, rank])
    seen = 0
    for place in range(_BINS - 1, -1, -1):
        seen += counts[i, place]
        if seen > rank:
            return _middle(place)
    return 0.0


@njit(cache=True)
def _quantile(i: int, share: float, n: I64, kept: F64, counts: I64) -> float:
    rank = (n[i] - 1) * share
    low = int(rank)
    below = _order(i, low, n, kept, counts)
    above = _order(i, min(low + 1, n[i] - 1), n, kept, counts)
    return float(below + (rank - low) * (above - below))


@njit(cache=True)
def _value_at_risk(share: float, n: I64, kept: F64, counts: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i] > 0:
            out[i] = -_quantile(i, share, n, kept, counts)
    return out


@njit(cache=True)
def _forecast(share: float, least: int, rows: I64, n: I64, kept: F64, counts: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for k in range(rows.shape[0]):
        i = rows[k]
        if n[i] >= least:
            out[i] = -_quantile(i, share, n, kept, counts)
    return out


@njit(cache=True)
def _expected_shortfall(percent: int, n: I64, kept: F64, counts: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i] == 0:
            continue
        worst = (n[i] - 1) * percent // 100 + 1
        total, left = 0.0, worst
        if n[i] <= KEPT:
            for k in range(worst):
                total += kept[i, k]
        else:
            place = _BINS - 1
            while left > 0:
                taken = min(left, counts[i, place])
                total += taken * _middle(place)
                left -= taken
                place -= 1
        out[i] = -total / worst
    return out


FAMILY = Family(
    "Risk",
    cards=(
        *(
            Card(
                f"risk.var_{c}",
                f"minus the {100 - c} % quantile of r, linear interpolation (type 7); within 1 % "
                "from "
                "a histogram beyond 4,096 bars (of the returns that it lies between; 1e-8 and less "
                "reads as 0), named in quality.approximate",
                "fraction of the level over one bar",
                f"too_few: n < {least}",
                sign=LOSS,
                minimum=str(least),
                reference="Hyndman & Fan, Sample Quantiles in Statistical Packages, 1996",
                reading=f"a loss beyond it is to be expected in {100 - c} of 100 bars",
                example=Example("scatter", f"risk.var_{c}", value, how),
                order=order,
                label=f"VaR {c}%",
                better="lower",
                approximate=True,
            )
            for c, least, value, how, order in (
                (95, 20, 0.045, "the sixth lowest of 101, as 5 % of 100 is 5: −4.5 %", 3130),
                (99, 100, 0.049, "the second lowest: −4.9 %", 3131),
            )
        ),
        *(
            Card(
                f"risk.cvar_{c}",
                f"minus the mean of the ⌊(n−1)·{100 - c}/100⌋+1 lowest r; beyond 4,096 bars as "
                f"var_{c}",
                "fraction of the level over one bar",
                f"too_few: n < {least}",
                sign=LOSS,
                minimum=str(least),
                reference="Acerbi & Tasche, On the Coherence of Expected Shortfall, 2002",
                reading="what is lost on average where var is passed",
                example=Example("scatter", f"risk.cvar_{c}", value, how),
                order=order,
                label=f"CVaR {c}%",
                better="lower",
                approximate=True,
            )
            for c, least, value, how, order in (
                (95, 20, 0.0475, "mean of −5.0, −4.9 … −4.5 %", 3140),
                (99, 100, 0.0495, "mean of −5.0 and −4.9 %", 3141),
            )
        ),
    ),
    states=(TAIL,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
