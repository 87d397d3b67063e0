"""Prices of assets at 00:00 UTC, kept for weighting by volatility.

A day without a price has no close, and neither it nor the day after it gives a return: the same
rule as for the bars of an index (`engine.bars`). An asset's closes begin when the first index that
needs them is defined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numba import njit

from engine.metrics.machinery.rings import Ring
from engine.periods import NEVER
from engine.table import F64, I32, I64, NEW
from engine.types import DAY, MINUTE


class DailyCloses:
    """The last `capacity` closes of each of some price keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.capacity = 0
        self.ring = Ring()

    def arrange(self, keys: Sequence[str], window: int) -> None:
        """Keep the closes of these keys, enough for the returns of the last `window` ns."""
        place = {key: i for i, key in enumerate(self.keys)}
        order = np.array([place.get(key, NEW) for key in keys], dtype=np.int64)
        self.ring.rearrange(order)
        self.keys = list(keys)
        capacity = -(-window // DAY) + 1
        if capacity != self.capacity:
            self._resize(capacity)

    def _resize(self, capacity: int) -> None:
        """Lay the kept closes out anew: places in a ring depend on its width."""
        old, width = self.ring, self.ring.minute.shape[1]
        self.ring, self.capacity = Ring(len(old)), capacity
        for i, count in enumerate(old.count.tolist()):
            row = np.array([i], dtype=np.int64)
            for k in range(max(count - min(width, capacity), 0), count):
                at = int(old.minute[i, k % width]) * MINUTE
                price = old.level[row, k % width]
                self.ring.push(row, at, price, capacity)

    def close(self, end: int, place: Mapping[str, int], price: F64, price_at: I64) -> None:
        """Keep the last prices of the keys that had one in the day that ends at `end`."""
        if not self.keys:
            return
        stands = np.array([place[key] for key in self.keys], dtype=np.int64)
        rows = np.flatnonzero(price_at[stands] > end - DAY)
        self.ring.push(rows, end, price[stands][rows], self.capacity)

    def redenominate(self, key: str, ratio: float) -> None:
        """The closes so far were of a coin that is `ratio` of today's."""
        if key in self.keys:
            self.ring.level[self.keys.index(key)] /= ratio

    def join(self, old: str, new: str, ratio: float, own: bool) -> None:
        """The closes of `old`, of which one is `ratio` of `new`, are those of `new` before its own;
        where these do not count (`own` False), all of them."""
        if old not in self.keys or new not in self.keys:
            return
        place = self.keys.index(new)
        kept = self._closes(place) if own else []
        first = kept[0][0] if kept else NEVER
        before = [(at, price / ratio) for at, price in self._closes(self.keys.index(old))]
        row = np.array([place], dtype=np.int64)
        self.ring.count[place] = 0
        for at, price in [*(close for close in before if close[0] < first), *kept]:
            self.ring.push(row, at, np.array([price]), self.capacity)

    def _closes(self, row: int) -> list[tuple[int, float]]:
        """The kept closes of a row, oldest first."""
        count, width = int(self.ring.count[row]), self.ring.minute.shape[1]
        places = [k % width for k in range(max(count - width, 0), count)]
        minutes, prices = self.ring.minute[row], self.ring.level[row]
        return [(int(minutes[k]) * MINUTE, float(prices[k])) for k in places]

    def deviations(self, keys: Sequence[str], at: int, window: int, least: int) -> list[float]:
        """Standard deviation (ddof 1) of the daily returns of each key that end in the `window` ns
        up to `at`; NaN where there are fewer than `least`, or no closes are kept."""
        place = {key: i for i, key in enumerate(self.keys)}
        rows = np.array([place.get(key, NEW) for key in keys], dtype=np.int64)
        ring = self.ring
        span = ((at - window) // MINUTE, at // MINUTE)
        found: list[float] = _deviations(
            rows, *span, least, ring.count, ring.minute, ring.level
        ).tolist()
        return found

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {"keys": list(self.keys), "capacity": self.capacity, "ring": self.ring.dump()}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> DailyCloses:
        """The closes that `dump` came from."""
        self = cls()
        self.keys, self.capacity = list(state["keys"]), state["capacity"]
        self.ring = Ring.load(state["ring"])
        return self


_MINUTES_A_DAY = DAY // MINUTE


@njit(cache=True)
def _deviations(
    rows: I64, after: int, until: int, least: int, count: I64, minutes: I32, kept: F64
) -> F64:
    found = np.full(rows.shape[0], np.nan)
    returns = np.empty(minutes.shape[1])
    width = minutes.shape[1]
    for k in range(rows.shape[0]):
        i, n = rows[k], 0
        closes = count[i] if i != NEW else 0
        for close in range(max(closes - width, 0) + 1, closes):
            before, here = (close - 1) % width, close % width
            end = minutes[i, here]
            if after < end <= until and end - minutes[i, before] == _MINUTES_A_DAY:
                returns[n] = kept[i, here] / kept[i, before] - 1.0
                n += 1
        if n >= least:
            total = 0.0
            for j in range(n):
                total += returns[j]
            mean, squares = total / n, 0.0
            for j in range(n):
                squares += (returns[j] - mean) ** 2
            found[k] = np.sqrt(squares / (n - 1))
    return found
