"""One figure of one window of some indices, again and again: what `Windows` reads, to the bit.

From an end to the next, a window of minutes loses a close and gains one. So the closes and returns
of each index are kept side by side, in order, and for the quantile in their order of size as well;
what is summed is summed afresh, in the same order, of four indices at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.metrics.machinery.asked import BasketView
from engine.metrics.machinery.history import History
from engine.metrics.machinery.rings import CAPACITY
from engine.metrics.machinery.windows import (
    DRAWDOWN,
    FIGURES,
    RETURN,
    SHARPE,
    SORTINO,
    VAR,
    VOLATILITY,
    WINDOWS,
    Windows,
    change,
    single_column,
)
from engine.periods import anchor
from engine.readings import ZERO_RETURN, Column
from engine.table import F64, I32, I64
from engine.types import MINUTE

_FIRST, _CAME, _BASE, _BEGIN, _END = range(5)
"""Of each index: the number of the first close in the window, of those taken, of the close in
column 0, and the columns of the first return and behind the last."""


class Trailing:
    """Reads one figure of a window for the indices in these rows of a `Windows`. It is no state,
    and is to be made anew with each layout."""

    def __init__(self, windows: Windows, rows: Sequence[int], window: str, name: str) -> None:
        self._windows, self._window, self._name = windows, window, name
        self._rows = np.array(rows, dtype=np.int64)
        self._figure = FIGURES[name]
        size, room = len(rows), 2 * CAPACITY[WINDOWS[window]]
        self._at = np.zeros((size, 5), dtype=np.int64)
        self._minute = np.zeros((size, room), dtype=np.int32)
        self._level, self._return = (np.zeros((size, room)) for _ in range(2))
        self._number = np.zeros((size, room), dtype=np.int64)
        self._ranked = np.zeros((size, room if self._figure == VAR else 0))

    def read(self, as_of: int, history: History, baskets: BasketView) -> Column:
        """The figure at the last end of the window's bars."""
        grid = WINDOWS[self._window]
        end = as_of // grid * grid
        begin, ring = anchor(self._window, end), history.rings[grid]
        kept = self._windows.kept[self._rows]
        _advance(
            begin // MINUTE, grid // MINUTE, kept, ring.count, ring.minute, ring.level, self._at,
            self._minute, self._level, self._return, self._number, self._ranked,
        )  # fmt: skip
        a, rf, target = (column[self._rows] for column in self._windows.rates[grid])
        found, n, downside = _figure(
            self._figure, self._at, self._level, self._return, self._ranked, rf, target
        )
        lv, row = baskets.levels, history.row[kept]
        late = ~lv.started[row] | (lv.inception[row] > begin)
        half = (end - begin) / grid / 2
        return single_column(self._name, found, n, downside, late, half, a)


@njit(cache=True)
def _advance(
    begin: int,
    grid: int,
    rows: I64,
    count: I64,
    ring_minute: I32,
    ring_level: F64,
    at: I64,
    minute: I32,
    level: F64,
    returns: F64,
    number: I64,
    ranked: F64,
) -> None:
    """Take the closes that came, and leave out what lies before the window."""
    width, room = ring_minute.shape[1], minute.shape[1]
    for j in range(rows.shape[0]):
        i, a = rows[j], at[j]
        last, oldest = count[i], max(count[i] - width, 0)
        if a[_CAME] < oldest or a[_CAME] > last:
            a[_FIRST] = a[_CAME] = a[_BASE] = oldest
            a[_BEGIN] = a[_END] = 0
        for k in range(a[_CAME], last):
            if k - a[_BASE] == room:
                _to_front(minute[j], a[_FIRST] - a[_BASE], room)
                _to_front(level[j], a[_FIRST] - a[_BASE], room)
                a[_BASE] = a[_FIRST]
            here = k - a[_BASE]
            minute[j, here], level[j, here] = ring_minute[i, k % width], ring_level[i, k % width]
            if here > 0 and minute[j, here] - minute[j, here - 1] == grid:
                if a[_END] == room:
                    _to_front(returns[j], a[_BEGIN], room)
                    _to_front(number[j], a[_BEGIN], room)
                    a[_BEGIN], a[_END] = 0, room - a[_BEGIN]
                r = change(level[j, here], level[j, here - 1])
                if ranked.shape[1]:
                    _rank(ranked[j], a[_END] - a[_BEGIN], r)
                returns[j, a[_END]], number[j, a[_END]] = r, k
                a[_END] += 1
            first = max(a[_FIRST], k + 1 - width)
            while first < k and minute[j, first + 1 - a[_BASE]] <= begin:
                first += 1
            a[_FIRST] = first
            _leave_out(j, a, returns, number, ranked)
        a[_CAME] = last
        first = max(a[_FIRST], oldest)
        while first + 1 < last and minute[j, first + 1 - a[_BASE]] <= begin:
            first += 1
        a[_FIRST] = first
        _leave_out(j, a, returns, number, ranked)


@njit(cache=True)
def _leave_out(j: int, a: I64, returns: F64, number: I64, ranked: F64) -> None:
    """The returns of closes up to the first one of the window."""
    while a[_BEGIN] < a[_END] and number[j, a[_BEGIN]] <= a[_FIRST]:
        if ranked.shape[1]:
            _unrank(ranked[j], a[_END] - a[_BEGIN], returns[j, a[_BEGIN]])
        a[_BEGIN] += 1


@njit(cache=True)
def _to_front(column: NDArray[Any], begin: int, end: int) -> None:
    for k in range(begin, end):
        column[k - begin] = column[k]


@njit(cache=True)
def _rank(ranked: F64, size: int, value: float) -> None:
    """Take a value into `size` ones that stand in their order."""
    place = size
    while place > 0 and ranked[place - 1] > value:
        ranked[place] = ranked[place - 1]
        place -= 1
    ranked[place] = value


@njit(cache=True)
def _unrank(ranked: F64, size: int, value: float) -> None:
    """Take it out again."""
    for place in range(np.searchsorted(ranked[:size], value), size - 1):
        ranked[place] = ranked[place + 1]


@njit(cache=True)
def _figure(
    figure: int, at: I64, level: F64, returns: F64, ranked: F64, risk_free: F64, target: F64
) -> tuple[F64, I64, F64]:
    """The figure of one bar, the number of returns and the downside deviation of each index, as
    far as the figure takes them."""
    size = at.shape[0]
    found, downside = np.full(size, np.nan), np.zeros(size)
    n = at[:, _END] - at[:, _BEGIN]
    for j in range(size):
        if at[j, _CAME] > 0:
            first, last = at[j, _FIRST] - at[j, _BASE], at[j, _CAME] - at[j, _BASE]
            if figure == RETURN:
                found[j] = change(level[j, last - 1], level[j, first])
            elif figure == DRAWDOWN:
                found[j] = _fall(level[j, first:last])
            elif figure == VAR and n[j] >= 2:
                found[j] = _quantile(ranked[j], n[j])
    if figure in (VOLATILITY, SHARPE, SORTINO):
        nothing = np.zeros(size)
        mean = _sums(returns, at, n, nothing, 1) / n
        mean += _sums(returns, at, n, mean, 1) / n
        if figure == SORTINO:
            squares = _sums(returns, at, n, target, 3)
        else:
            squares = _sums(returns, at, n, mean, 2)
        for j in range(size):
            if n[j] < 2:
                continue
            if figure == SORTINO:
                downside[j] = math.sqrt(squares[j] / n[j])
                if downside[j] > 0.0:
                    found[j] = (mean[j] - target[j]) / downside[j]
                continue
            sd = math.sqrt(squares[j] / (n[j] - 1))
            if figure == VOLATILITY:
                found[j] = sd
            else:
                downside[j] = sd
                if sd > 0.0:
                    found[j] = (mean[j] - risk_free[j]) / sd
    return found, n, downside


@njit(cache=True)
def _fall(levels: F64) -> float:
    peak, deepest = 0.0, 0.0
    for level in levels:
        peak = max(peak, level)
        deepest = max(deepest, (peak - level) / peak)
    return deepest if deepest >= ZERO_RETURN else 0.0


@njit(cache=True)
def _quantile(ranked: F64, n: int) -> float:
    rank = (n - 1) * 0.05
    low = int(rank)
    below, above = ranked[low], ranked[min(low + 1, n - 1)]
    return float(-(below + (rank - low) * (above - below)))


@njit(cache=True)
def _power(value: float, power: int) -> float:
    if power == 1:
        return value
    if power == 3:  # the square of what lies below
        value = min(value, 0.0)
    return value * value


@njit(cache=True)
def _sums(returns: F64, at: I64, n: I64, shift: F64, power: int) -> F64:
    """Of each index the sum of its returns less `shift`: as they are (1), squared (2), or squared
    where they are negative (3). Each sum goes by the order of its returns; four of them go side by
    side, for a sum waits for each of its additions."""
    size = at.shape[0]
    out = np.zeros(size)
    for j in range(0, size, 4):
        j1, j2, j3 = min(j + 1, size - 1), min(j + 2, size - 1), min(j + 3, size - 1)
        b0, b1, b2, b3 = at[j, _BEGIN], at[j1, _BEGIN], at[j2, _BEGIN], at[j3, _BEGIN]
        common = min(n[j], n[j1], n[j2], n[j3])
        t0, t1, t2, t3 = 0.0, 0.0, 0.0, 0.0
        for k in range(common):
            t0 += _power(returns[j, b0 + k] - shift[j], power)
            t1 += _power(returns[j1, b1 + k] - shift[j1], power)
            t2 += _power(returns[j2, b2 + k] - shift[j2], power)
            t3 += _power(returns[j3, b3 + k] - shift[j3], power)
        for place, begun in ((j, t0), (j1, t1), (j2, t2), (j3, t3)):
            total, first = begun, at[place, _BEGIN]
            for k in range(common, n[place]):
                total += _power(returns[place, first + k] - shift[place], power)
            out[place] = total
    return out
