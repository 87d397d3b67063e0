"""Figures of one year of daily closes, computed afresh from the ring of closes when asked for."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from engine.metrics.machinery.history import History
from engine.metrics.machinery.rings import Ring, level_at
from engine.periods import years_before
from engine.readings import ZERO_DEVIATION, ZERO_RETURN
from engine.table import F64, I32, I64
from engine.types import DAY, MINUTE

MIN_RETURNS = 180
"""Half of the days: a year of which less was seen is told by too little of it."""


_MINUTES_A_DAY = DAY // MINUTE


class Year(NamedTuple):
    """Daily closes of one year: return, annualised volatility and Sharpe ratio."""

    growth: float
    volatility: float
    sharpe: float


class Years:
    """Reads years from the daily closes; `risk_free` is per year."""

    def __init__(self, history: History) -> None:
        self.place = {name: i for i, name in enumerate(history.ids)}
        self.ring: Ring = history.rings[DAY]

    def year(self, basket: str, end: int, back: int, risk_free: float, days: float) -> Year | None:
        """The year that ended `back` years before the daily close `end`.

        None where the closes do not reach back to its start, fewer than 180 returns were seen in
        it, or they do not vary.
        """
        i = self.place[basket]
        begin, stop = years_before(end, back + 1), years_before(end, back) if back else end
        first, last = self._level_at(i, begin), self._level_at(i, stop)
        _, returns = self._returns(i, begin, stop)
        if math.isnan(first) or len(returns) < MIN_RETURNS:
            return None
        mean, sd = mean_and_deviation(returns)
        if sd < ZERO_DEVIATION:
            return None
        sharpe = (mean - _per_day(risk_free, days)) / sd * math.sqrt(days)
        return Year(last / first - 1.0, sd * math.sqrt(days), sharpe)

    def sharpes(
        self, one: str, other: str, end: int, risk_free: float, days: float
    ) -> tuple[float, float] | None:
        """Sharpe ratios of both over the days of the year up to `end` on which both had returns."""
        begin = years_before(end, 1)
        a, b = self.place[one], self.place[other]
        known = (self._level_at(a, begin), self._level_at(b, begin))
        ends, returns = self._returns(a, begin, end)
        other_ends, other_returns = self._returns(b, begin, end)
        _, mine, others = np.intersect1d(ends, other_ends, assume_unique=True, return_indices=True)
        if any(map(math.isnan, known)) or len(mine) < MIN_RETURNS:
            return None
        found = []
        for values in (returns[mine], other_returns[others]):
            mean, sd = mean_and_deviation(values)
            if sd < ZERO_DEVIATION:
                return None
            found.append((mean - _per_day(risk_free, days)) / sd * math.sqrt(days))
        return found[0], found[1]

    def _level_at(self, i: int, anchor: int) -> float:
        """The last close at or before `anchor`, NaN if none."""
        ring, row = self.ring, slice(i, i + 1)
        _, found = level_at(anchor // MINUTE, ring.count[row], ring.minute[row], ring.level[row])
        return float(found[0])

    def _returns(self, i: int, begin: int, end: int) -> tuple[I64, F64]:
        ring = self.ring
        span = (begin // MINUTE, end // MINUTE)
        return _returns(int(ring.count[i]), ring.minute[i], ring.level[i], *span)


def _per_day(yearly: float, days: float) -> float:
    return math.expm1(math.log1p(yearly) / days)


@njit(cache=True)
def _returns(count: int, minutes: I32, levels: F64, begin: int, end: int) -> tuple[I64, F64]:
    """Ends and simple returns of the days within (begin, end] whose day before was seen too; times
    in minutes."""
    capacity = minutes.shape[0]
    oldest = max(count - capacity, 0)
    ends = np.empty(count - oldest, dtype=np.int64)
    returns = np.empty(count - oldest)
    found = 0
    for k in range(oldest + 1, count):
        at, before = minutes[k % capacity], minutes[(k - 1) % capacity]
        if before >= begin and at <= end and at - before == _MINUTES_A_DAY:
            change = levels[k % capacity] / levels[(k - 1) % capacity] - 1.0
            ends[found] = at
            returns[found] = change if abs(change) >= ZERO_RETURN else 0.0
            found += 1
    return ends[:found], returns[:found]


@njit(cache=True)
def mean_and_deviation(values: F64) -> tuple[float, float]:
    """Mean, and standard deviation with ddof 1, in two passes."""
    total = 0.0
    for value in values:
        total += value
    mean = total / values.shape[0]
    squares = 0.0
    for value in values:
        squares += (value - mean) * (value - mean)
    return mean, float(np.sqrt(squares / (values.shape[0] - 1)))
