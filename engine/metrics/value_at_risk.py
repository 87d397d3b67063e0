"""Value at risk and expected shortfall of the whole history.

Returns are kept in ascending order and read exactly up to `KEPT` of them. From then on they are
counted in a histogram of log-spaced losses and gains, whose bins are as wide as 1 % of relative
error allows (the sketch of C. Masson, J. Rim and H. Lee, "DDSketch", VLDB 2019). Gains count where
fewer returns than the tail holds are losses.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.math import exp, log
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.readings import Column, column
from engine.table import F64, I64, Table, widened

KEPT = 4096
"""Returns kept exactly: eleven years of days, three of hours at a sixth; 32 KB a series."""

_LATE = 64
"""Returns that wait to be put among the kept ones: to find a place among so few costs as much as
the merge does a return."""

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


class OrderedReturns(NamedTuple):
    """The columns of `Tail`, and of its newest returns `late` (rows, _LATE) in ascending order and
    how many they are (rows,)."""

    n: I64
    kept: F64
    counts: I64
    late: F64
    waiting: I64


class Tail(Table):
    """Per row: `n`; the kept returns in ascending order; counts per bin once beyond them.

    The newest returns wait in order by themselves: a place among thousands moves half of them, so
    that is done for some at a time. They are no state: whoever looks at the columns gets them
    merged.
    """

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "kept": ("f8", (64,), 0.0),
        "counts": ("i8", (0,), 0),
    }
    FILLED: ClassVar = {"kept": "n"}
    n: I64
    kept: F64
    counts: I64

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self._wait()

    def _wait(self) -> None:
        self._late = np.zeros((len(self), _LATE))
        self._waiting = np.zeros(len(self), dtype=np.int64)

    def _returns(self) -> OrderedReturns:
        return OrderedReturns(self.n, self.kept, self.counts, self._late, self._waiting)

    def append(self, rows: int) -> None:
        """Add fresh rows at the end."""
        _merge_all(self._returns())
        super().append(rows)
        self._wait()

    def rearrange(self, order: I64) -> None:
        """Make row i what row `order[i]` was; NEW makes a fresh one."""
        _merge_all(self._returns())
        super().rearrange(order)
        self._wait()

    def dump(self) -> dict[str, NDArray[Any]]:
        """Copies of all columns by name."""
        _merge_all(self._returns())
        return super().dump()

    def update(self, rows: I64, returns: F64) -> None:
        """Take one return into each of `rows`."""
        self._make_room(_most(rows, self.n) + 1)
        _update(rows, returns, self._returns())

    def _make_room(self, n: int) -> None:
        while self.kept.shape[1] < min(n, KEPT):
            self.kept = widened(self.kept, KEPT)
        if n > KEPT and not self.counts.shape[1]:
            self.counts = np.zeros((len(self), _BINS), dtype=np.int64)

    def var(self, confidence: int) -> Column:
        """Minus the (100 − confidence) % quantile, linear interpolation (type 7)."""
        value = _value_at_risk((100 - confidence) / 100.0, self._returns())
        return column(value, (self.n < MIN_RETURNS[confidence], "too_few"))

    def quantile(self, share: float) -> F64:
        """The quantile of each row, linear interpolation (type 7); NaN where there is nothing."""
        return -_value_at_risk(share, self._returns())

    def forecast(self, rows: I64, confidence: int) -> F64:
        """`var` of `rows` for the next bar, NaN where it is undefined; one value a table row."""
        least = MIN_RETURNS[confidence]
        return _forecast((100 - confidence) / 100.0, least, rows, self._returns())

    def cvar(self, confidence: int) -> Column:
        """Minus the mean of the ⌊(n−1)·(100−confidence)/100⌋ + 1 lowest returns."""
        value = _expected_shortfall(100 - confidence, self._returns())
        return column(value, (self.n < MIN_RETURNS[confidence], "too_few"))


TAIL = StateTable("tail", SERIES, Tail)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[TAIL].update(bar.rows, bar.r)


def is_approximate(bars: BarStatistics, series: int) -> bool:
    """Whether more returns of a series came than are kept."""
    return bool(bars[TAIL].n[series] > KEPT)


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
def _most(rows: I64, n: I64) -> int:
    """The largest n of these rows."""
    most = 0
    for k in range(rows.shape[0]):
        most = max(most, n[rows[k]])
    return most


@njit(cache=True)
def _merge(i: int, t: OrderedReturns) -> None:
    """Put the waiting returns of row i among the others."""
    b = t.waiting[i] - 1
    a, place = t.n[i] - b - 2, t.n[i] - 1
    while b >= 0:
        if a >= 0 and t.kept[i, a] > t.late[i, b]:
            t.kept[i, place] = t.kept[i, a]
            a -= 1
        else:
            t.kept[i, place] = t.late[i, b]
            b -= 1
        place -= 1
    t.waiting[i] = 0


@njit(cache=True)
def _merge_all(t: OrderedReturns) -> None:
    for i in range(t.n.shape[0]):
        _merge(i, t)


@njit(cache=True)
def _insert(i: int, value: float, t: OrderedReturns) -> None:
    count = t.n[i]
    t.n[i] += 1
    if count < KEPT:
        place = t.waiting[i]
        while place > 0 and t.late[i, place - 1] > value:
            t.late[i, place] = t.late[i, place - 1]
            place -= 1
        t.late[i, place] = value
        t.waiting[i] += 1
        # One row in _LATE at a time, so that no bar takes longer than the others.
        if (count + i) % _LATE == 0 or t.n[i] == KEPT:
            _merge(i, t)
        return
    if count == KEPT:
        for k in range(KEPT):
            t.counts[i, _bin(t.kept[i, k])] += 1
    t.counts[i, _bin(value)] += 1


@njit(cache=True)
def _update(rows: I64, returns: F64, t: OrderedReturns) -> None:
    for k in range(rows.shape[0]):
        _insert(rows[k], returns[k], t)


@njit(cache=True)
def _neighbours(i: int, rank: int, t: OrderedReturns) -> tuple[float, float]:
    """The kept return of a rank, 0 for the lowest, and the next one, itself if it is the last."""
    waiting = t.waiting[i]
    others = t.n[i] - waiting
    # The lowest rank + 1 are `late` of those that wait and `kept` of the others.
    late = 0
    while late < waiting and late <= rank:
        if rank - late < others and t.late[i, late] >= t.kept[i, rank - late]:
            break
        late += 1
    kept = rank + 1 - late
    value, after = -np.inf, np.inf
    if late > 0:
        value = t.late[i, late - 1]
    if kept > 0:
        value = max(value, t.kept[i, kept - 1])
    if late < waiting:
        after = t.late[i, late]
    if kept < others:
        after = min(after, t.kept[i, kept])
    return value, after if rank + 1 < t.n[i] else value


@njit(cache=True)
def _counted(i: int, rank: int, t: OrderedReturns) -> float:
    """The return of a rank by the histogram."""
    seen = 0
    for place in range(_BINS - 1, -1, -1):
        seen += t.counts[i, place]
        if seen > rank:
            return _middle(place)
    return 0.0


@njit(cache=True)
def _quantile(i: int, share: float, t: OrderedReturns) -> float:
    rank = (t.n[i] - 1) * share
    low = int(rank)
    if t.n[i] <= KEPT:
        below, above = _neighbours(i, low, t)
    else:
        below, above = _counted(i, low, t), _counted(i, min(low + 1, t.n[i] - 1), t)
    return float(below + (rank - low) * (above - below))


@njit(cache=True)
def _value_at_risk(share: float, t: OrderedReturns) -> F64:
    out = np.full(t.n.shape[0], np.nan)
    for i in range(t.n.shape[0]):
        if t.n[i] > 0:
            out[i] = -_quantile(i, share, t)
    return out


@njit(cache=True)
def _forecast(share: float, least: int, rows: I64, t: OrderedReturns) -> F64:
    out = np.full(t.n.shape[0], np.nan)
    for k in range(rows.shape[0]):
        i = rows[k]
        if t.n[i] >= least:
            out[i] = -_quantile(i, share, t)
    return out


@njit(cache=True)
def _lowest(i: int, count: int, t: OrderedReturns) -> float:
    """Σ of the lowest returns of a row that are kept, the lowest first."""
    waiting = t.waiting[i]
    others = t.n[i] - waiting
    total, a, b = 0.0, 0, 0
    for _ in range(count):
        if b >= waiting or (a < others and t.kept[i, a] <= t.late[i, b]):
            total += t.kept[i, a]
            a += 1
        else:
            total += t.late[i, b]
            b += 1
    return total


@njit(cache=True)
def _expected_shortfall(percent: int, t: OrderedReturns) -> F64:
    out = np.full(t.n.shape[0], np.nan)
    for i in range(t.n.shape[0]):
        if t.n[i] == 0:
            continue
        worst = (t.n[i] - 1) * percent // 100 + 1
        total, left = 0.0, worst
        if t.n[i] <= KEPT:
            total = _lowest(i, worst, t)
        else:
            place = _BINS - 1
            while left > 0:
                taken = min(left, t.counts[i, place])
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
                headline=c == 95,
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
                headline=c == 95,
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
    is_approximate=is_approximate,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
