"""Figures over trailing windows of minutes, hours and days, computed afresh from kept closes.

Nothing is added to and taken from a running sum, so a bad print leaves no trace once it is out of
the window. A window is (anchor, end], its end being the last bar end. Two observed closes one bar
apart give a return; the move across a hole counts in `return` and `max_drawdown` only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit

from engine.metrics.machinery.asked import BasketView, Definition
from engine.metrics.machinery.bars import active_return
from engine.metrics.machinery.history import History
from engine.metrics.machinery.rings import first_after
from engine.periods import anchor, years_before
from engine.readings import ZERO_DEVIATION, ZERO_RETURN, Column, column
from engine.table import F64, I32, I64, Bool
from engine.types import DAY, HOUR, MINUTE

WINDOWS = {"1d": MINUTE, "7d": HOUR, "30d": HOUR, "90d": DAY, "1y": DAY}
"""The windows and the bars that they are computed from."""
RETURN, VOLATILITY, SHARPE, SORTINO, DRAWDOWN, VAR = range(6)
FIGURES = {
    "n": RETURN,  # which is counted beside it
    "return": RETURN,
    "volatility": VOLATILITY,
    "sharpe": SHARPE,
    "sortino": SORTINO,
    "max_drawdown": DRAWDOWN,
    "var_95": VAR,
}
"""The places of figures of an index among what kernels find."""
BETA, CORRELATION, ALPHA, INFORMATION = range(4)

Found = tuple[dict[str, Column], dict[str, Column]]
"""Figures of the indices, and of the pairs of index and benchmark."""


class Windows:
    """Reads windows of some indices and pairs from a `History`; keeps what it read until a bar of
    that window closes. It is no state: a fresh one reads the same. `kept` has the place of each
    index in the history.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        pairs: Sequence[tuple[str, str]],
        history: History,
    ) -> None:
        self.row = {d.id: i for i, d in enumerate(definitions)}
        self.pair_row = {pair: i for i, pair in enumerate(pairs)}
        self.definitions = definitions
        self.kept = np.array([history.kept[d.id] for d in definitions], dtype=np.int64)
        self._owner = np.array([self.row[a] for a, _ in pairs], dtype=np.int64)
        self._benchmark = np.array([history.kept[b] for _, b in pairs], dtype=np.int64)
        self.rates = {grid: self._yearly(grid) for grid in set(WINDOWS.values())}
        self._read: dict[str, tuple[int, Found]] = {}
        self._deepest: tuple[int, F64] = (-1, np.zeros(0))

    def _yearly(self, grid: int) -> tuple[F64, F64, F64]:
        """Bars a year, and of one bar the risk-free rate and the target."""
        ds = self.definitions
        targets = [d.risk_free if d.target is None else d.target for d in ds]
        return (
            np.array([d.year_days * DAY / grid for d in ds], dtype=np.float64),
            np.array([d.per_bar(d.risk_free, grid) for d in ds], dtype=np.float64),
            np.array([d.per_bar(t, grid) for d, t in zip(ds, targets, strict=True)], np.float64),
        )

    def read(self, window: str, as_of: int, history: History, baskets: BasketView) -> Found:
        """The figures of a window at the last end of its bars."""
        grid = WINDOWS[window]
        end = as_of // grid * grid
        kept = self._read.get(window)
        if kept is None or kept[0] != end:
            kept = self._read[window] = (end, self._compute(window, end, history, baskets))
        return kept[1]

    def _compute(self, window: str, end: int, history: History, baskets: BasketView) -> Found:
        grid, begin = WINDOWS[window], anchor(window, end)
        ring = history.rings[grid]
        columns = (ring.count, ring.minute, ring.level)
        lv, rows = baskets.levels, history.row
        late = ~lv.started[rows] | (lv.inception[rows] > begin)
        a, rf, target = self.rates[grid]
        bar = grid // MINUTE
        single, n, downside = _windows(begin // MINUTE, bar, self.kept, rf, target, *columns)
        own_late = late[self.kept]
        half = (end - begin) / grid / 2
        pair, pair_n, spread = _pairs(
            begin // MINUTE,
            bar,
            self.kept[self._owner],
            self._benchmark,
            rf[self._owner],
            *columns,
        )
        pair_late = own_late[self._owner] | late[self._benchmark]
        return (
            _single_columns(single, n, downside, own_late, half, a),
            _pair_columns(pair, pair_n, spread, pair_late, half, a[self._owner]),
        )

    def deepest_36m(self, as_of: int, history: History) -> F64:
        """Per kept basket: the deepest drawdown of the levels at 00:00 of the last three years."""
        end = as_of // DAY * DAY
        if self._deepest[0] != end:
            ring, begin = history.rings[DAY], years_before(end, 3)
            found = _deepest(begin // MINUTE, ring.count, ring.minute, ring.level)
            self._deepest = (end, found)
        return self._deepest[1]


def single_column(
    name: str, found: F64, n: I64, spread: F64, late: Bool, half: float, bars_per_year: F64
) -> Column:
    """One figure of the indices, of what kernels `found` of one bar. `half` is half of the window's
    bars: fewer returns say nothing of the window. `spread` is the deviation that a ratio is over:
    the standard deviation or, of Sortino's, the downside deviation."""
    if name == "n":
        return column(n)
    short, few = (late, "too_short"), (n < half, "too_few")
    if name == "return":
        return column(found, short)
    if name in ("sharpe", "sortino"):
        why = "zero_variance" if name == "sharpe" else "no_loss"
        flat = (spread < ZERO_DEVIATION, why)
        return column(found * np.sqrt(bars_per_year), short, few, flat)
    if name == "volatility":
        return column(found * np.sqrt(bars_per_year), short, few)
    return column(found, short, few)


def _single_columns(
    found: F64, n: I64, downside: F64, late: Bool, half: float, bars_per_year: F64
) -> dict[str, Column]:
    sd, known = found[:, VOLATILITY], (late, half, bars_per_year)
    return {
        name: single_column(name, found[:, place], n, downside if name == "sortino" else sd, *known)
        for name, place in FIGURES.items()
    }


def _pair_columns(
    found: F64, n: I64, spread: F64, late: Bool, half: float, bars_per_year: F64
) -> dict[str, Column]:
    """`spread` has the standard deviations of index, benchmark and active return."""
    short, few = (late, "too_short"), (n < half, "too_few")
    flat = spread < ZERO_DEVIATION
    still = (flat[:, 1], "zero_variance")
    return {
        "n": column(n),
        "beta": column(found[:, BETA], short, few, still),
        "correlation": column(
            found[:, CORRELATION], short, few, (flat[:, 0] | flat[:, 1], "zero_variance")
        ),
        "alpha": column(found[:, ALPHA] * bars_per_year, short, few, still),
        "information_ratio": column(
            found[:, INFORMATION] * np.sqrt(bars_per_year),
            short,
            few,
            (flat[:, 2], "zero_variance"),
        ),
    }


# The kernels count time in minutes, as rings do.


@njit(cache=True)
def _first(begin: int, count: int, minutes: I32) -> int:
    """Number of the last close at or before `begin`, or of the oldest kept one."""
    oldest = max(count - minutes.shape[0], 0)
    return int(max(first_after(begin, count, minutes) - 1, oldest))


@njit(cache=True)
def change(level: float, before: float) -> float:
    """The return between two levels; what is only rounding is none."""
    moved = level / before - 1.0
    return float(moved) if abs(moved) >= ZERO_RETURN else 0.0


@njit(cache=True)
def _returns(begin: int, grid: int, count: int, minutes: I32, levels: F64, out: F64) -> int:
    """Fill `out` with the returns of the bars after `begin`; how many there are."""
    capacity, n = minutes.shape[0], 0
    for k in range(_first(begin, count, minutes) + 1, count):
        here, before = k % capacity, (k - 1) % capacity
        if minutes[here] - minutes[before] == grid:
            out[n] = change(levels[here], levels[before])
            n += 1
    return n


@njit(cache=True)
def _fall(begin: int, count: int, minutes: I32, levels: F64) -> float:
    """Deepest drawdown of the closes from the one at `begin` on."""
    capacity, peak, deepest = minutes.shape[0], 0.0, 0.0
    for k in range(_first(begin, count, minutes), count):
        level = levels[k % capacity]
        peak = max(peak, level)
        deepest = max(deepest, (peak - level) / peak)
    return deepest if deepest >= ZERO_RETURN else 0.0


@njit(cache=True)
def _mean(values: F64) -> float:
    """In two passes, which leaves an error of a few units in the last place."""
    total = 0.0
    for value in values:
        total += value
    mean = total / values.shape[0]
    rest = 0.0
    for value in values:
        rest += value - mean
    return float(mean + rest / values.shape[0])


@njit(cache=True)
def _cross(x: F64, mean_x: float, y: F64, mean_y: float) -> float:
    total = 0.0
    for k in range(x.shape[0]):
        total += (x[k] - mean_x) * (y[k] - mean_y)
    return total


@njit(cache=True)
def _ranked(values: F64, rank: int) -> float:
    """The value of a rank, 0 for the lowest; reorders `values` (C. Hoare, "Find", 1961)."""
    low, high = 0, values.shape[0] - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return float(values[rank])


@njit(cache=True)
def _worst(values: F64) -> float:
    """VaR 95 %: minus the 5 % quantile, type 7; reorders `values`."""
    rank = (values.shape[0] - 1) * 0.05
    low = int(rank)
    below = _ranked(values, low)
    above = _ranked(values, min(low + 1, values.shape[0] - 1))
    return float(-(below + (rank - low) * (above - below)))


@njit(cache=True)
def _windows(
    begin: int,
    grid: int,
    rows: I64,
    risk_free: F64,
    target: F64,
    count: I64,
    minutes: I32,
    levels: F64,
) -> tuple[F64, I64, F64]:
    """Figures of one bar, number of returns and downside deviation of each of `rows`."""
    size = rows.shape[0]
    found, n, downside = np.full((size, 6), np.nan), np.zeros(size, np.int64), np.zeros(size)
    kept = np.empty(minutes.shape[1])
    for j in range(size):
        i = rows[j]
        if count[i] == 0:
            continue
        first, last = _first(begin, count[i], minutes[i]), count[i] - 1
        capacity = minutes.shape[1]
        found[j, RETURN] = change(levels[i, last % capacity], levels[i, first % capacity])
        found[j, DRAWDOWN] = _fall(begin, count[i], minutes[i], levels[i])
        n[j] = _returns(begin, grid, count[i], minutes[i], levels[i], kept)
        if n[j] < 2:
            continue
        r = kept[: n[j]]
        mean = _mean(r)
        sd = math.sqrt(_cross(r, mean, r, mean) / (n[j] - 1))
        short = 0.0
        for value in r:
            short += min(value - target[j], 0.0) ** 2
        downside[j] = math.sqrt(short / n[j])
        found[j, VOLATILITY] = sd
        if sd > 0.0:
            found[j, SHARPE] = (mean - risk_free[j]) / sd
        if downside[j] > 0.0:
            found[j, SORTINO] = (mean - target[j]) / downside[j]
        found[j, VAR] = _worst(r)
    return found, n, downside


@njit(cache=True)
def _common(
    begin: int, grid: int, i: int, b: int, count: I64, minutes: I32, levels: F64, r: F64, f: F64
) -> int:
    """Fill `r` and `f` with the returns of the bars in which both rows have one; how many."""
    capacity, n = minutes.shape[1], 0
    p, q = _first(begin, count[i], minutes[i]) + 1, _first(begin, count[b], minutes[b]) + 1
    while p < count[i] and q < count[b]:
        at, other = minutes[i, p % capacity], minutes[b, q % capacity]
        if at < other:
            p += 1
        elif other < at:
            q += 1
        else:
            before, other_before = (p - 1) % capacity, (q - 1) % capacity
            if at - minutes[i, before] == grid and at - minutes[b, other_before] == grid:
                r[n] = change(levels[i, p % capacity], levels[i, before])
                f[n] = change(levels[b, q % capacity], levels[b, other_before])
                n += 1
            p += 1
            q += 1
    return n


@njit(cache=True)
def _pairs(
    begin: int,
    grid: int,
    rows: I64,
    benchmarks: I64,
    risk_free: F64,
    count: I64,
    minutes: I32,
    levels: F64,
) -> tuple[F64, I64, F64]:
    """Figures of one bar, number of common returns and deviations of each pair."""
    size = rows.shape[0]
    found, n, spread = np.full((size, 4), np.nan), np.zeros(size, np.int64), np.zeros((size, 3))
    kept, kept_other = np.empty(minutes.shape[1]), np.empty(minutes.shape[1])
    for j in range(size):
        i, b = rows[j], benchmarks[j]
        n[j] = _common(begin, grid, i, b, count, minutes, levels, kept, kept_other)
        if n[j] < 2:
            continue
        r, f = kept[: n[j]], kept_other[: n[j]]
        active = np.empty(n[j])
        for k in range(n[j]):
            active[k] = active_return(r[k], f[k])
        mean_r, mean_f, mean_a = _mean(r), _mean(f), _mean(active)
        square_r, square_f = _cross(r, mean_r, r, mean_r), _cross(f, mean_f, f, mean_f)
        cross = _cross(r, mean_r, f, mean_f)
        for k, squares in enumerate((square_r, square_f, _cross(active, mean_a, active, mean_a))):
            spread[j, k] = math.sqrt(squares / (n[j] - 1))
        if square_f > 0.0:
            beta = cross / square_f
            found[j, BETA] = beta
            found[j, ALPHA] = (mean_r - risk_free[j]) - beta * (mean_f - risk_free[j])
            if square_r > 0.0:
                both = cross / (math.sqrt(square_r) * math.sqrt(square_f))
                found[j, CORRELATION] = min(max(both, -1.0), 1.0)
        if spread[j, 2] > 0.0:
            found[j, INFORMATION] = mean_a / spread[j, 2]
    return found, n, spread


@njit(cache=True)
def _deepest(begin: int, count: I64, minutes: I32, levels: F64) -> F64:
    out = np.zeros(count.shape[0])
    for i in range(count.shape[0]):
        out[i] = _fall(begin, count[i], minutes[i], levels[i])
    return out
