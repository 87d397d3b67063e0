"""How long to wait before the next connection attempt."""

from __future__ import annotations

import random
from collections import deque

from connectors.venues.base import Limits

FIRST_DELAY = 0.5
"""Seconds: most cuts are a single server going away, and the next one answers at once."""
LONGEST_DELAY = 30.0
"""Seconds: an exchange back from maintenance is found again within half a minute."""


class Backoff:
    """Capped exponential back-off with full jitter: uniform in [0, min(cap, first · 2^n)].

    Full jitter, so that clients cut at the same moment do not come back at the same moment.
    """

    def __init__(
        self, rng: random.Random, first: float = FIRST_DELAY, longest: float = LONGEST_DELAY
    ) -> None:
        self._rng = rng
        self._first = first
        self._longest = longest
        self._failures = 0

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        bound = min(self._longest, self._first * 2.0 ** min(self._failures, 60))
        self._failures += 1
        return self._rng.uniform(0.0, bound)

    def reset(self) -> None:
        """Start anew. To be called after good data only: a mere connection proves nothing."""
        self._failures = 0


class AttemptBudget:
    """Keeps a venue's limit of connection attempts in a sliding window, for all its sessions."""

    def __init__(self, limits: Limits) -> None:
        self._window = limits.attempts_window
        self._made: deque[float] = deque(maxlen=limits.attempts)

    def reserve(self, now: float) -> float:
        """0.0 and the attempt at monotonic time `now` is booked, or the seconds to wait first."""
        made = self._made
        if len(made) == made.maxlen:
            wait = made[0] + self._window - now
            if wait > 0.0:
                return wait
        made.append(now)
        return 0.0
