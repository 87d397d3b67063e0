"""Crashes of a simulated market, and the recoveries from them: when, how deep, and how far just
now."""

from __future__ import annotations

import math
from typing import NamedTuple

from numpy.random import Generator

Range = tuple[float, float]
"""Of an even distribution."""

FIRST_WAIT: Range = (2.0, 3.5)
"""Simulated seconds until the first crash begins. It takes at most 3 s, so it is over by 6.5 s."""
TAKES: Range = (1.5, 3.0)
FIRST_DEPTH: Range = (0.065, 0.08)
"""The first is deep, so that every usual alert threshold is seen within seconds."""
RECOVERY_TAKES: Range = (4.0, 6.0)


class CrashPlan(NamedTuple):
    """When a crash begins, is at its bottom, is made good (simulated seconds), and its depth in
    log price."""

    begin: float
    bottom: float
    end: float
    depth: float


class Crashes:
    """One crash after the other, of all coins alike; `pause` seconds between a recovery and the
    next crash, which is `depth` deep."""

    def __init__(self, rng: Generator, pause: Range, depth: Range) -> None:
        self._rng, self._pause, self._depth = rng, pause, depth
        self.number = 0
        """How many are over."""
        self.plan = self._next(0.0, FIRST_WAIT, FIRST_DEPTH)

    def _next(self, now: float, wait: Range, depth: Range) -> CrashPlan:
        begin = now + self._rng.uniform(*wait)
        bottom = begin + self._rng.uniform(*TAKES)
        end = bottom + self._rng.uniform(*RECOVERY_TAKES)
        return CrashPlan(begin, bottom, end, math.log1p(-self._rng.uniform(*depth)))

    def at(self, now: float) -> float:
        """How far the market is below where it would be, in log price: zero or less. `now` never
        goes back."""
        begin, bottom, end, depth = self.plan
        if now <= begin:
            return 0.0
        if now <= bottom:
            return depth * (now - begin) / (bottom - begin)
        if now <= end:
            left = (end - now) / (end - bottom)
            return depth * left * left  # fast at first, then slower
        self.number += 1
        self.plan = self._next(end, self._pause, self._depth)
        return 0.0
