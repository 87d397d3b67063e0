"""Between which prices each asset stood in the last day, hour by hour.

It bounds what the level can have been where trades are missing: a missed trade at a known price is
so far from what was seen, and no farther.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from engine.table import F64, I64
from engine.types import HOUR

HOURS = 26
"""A day, the hour that runs, and the one that a day ago began within."""


class SeenPrices:
    """The lowest and highest price of each asset, by its place, in each of the last hours."""

    def __init__(self) -> None:
        self.hour = 0
        """The hour that runs, since 1970; 0 before the first price."""
        self.since = 0
        """The first hour that is known of."""
        self.low: F64 = np.zeros((0, HOURS))
        self.high: F64 = np.zeros((0, HOURS))

    def follow(self, begin: int, end: int, asset: I64, at: I64, price: F64, before: F64) -> None:
        """Rows begin … end were applied to the prices `before`."""
        if len(self.low) < len(before):
            more = ((0, len(before) - len(self.low)), (0, 0))
            self.low = np.pad(self.low, more, constant_values=np.inf)
            self.high = np.pad(self.high, more, constant_values=-np.inf)
        if not self.hour:
            self.hour = self.since = int(at[begin]) // HOUR
        self.hour = _follow(
            begin, end, asset, at, price, before.copy(), self.hour, self.low, self.high
        )

    def forget(self) -> None:
        """Prices are in other units from now on."""
        self.hour = self.since = 0
        self.low[:], self.high[:] = np.inf, -np.inf

    def between(self, place: int, start: int, end: int) -> tuple[float, float] | None:
        """The lowest and highest price of an asset in (start, end] or somewhat longer; None where
        that is not known."""
        first, last = start // HOUR, end // HOUR
        if not max(self.since, self.hour - HOURS + 1) <= first <= self.hour or place >= len(
            self.low
        ):
            return None
        places = [hour % HOURS for hour in range(first, min(last, self.hour) + 1)]
        low, high = min(self.low[place, places]), max(self.high[place, places])
        return (float(low), float(high)) if low <= high else None

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        found = {"hour": self.hour, "since": self.since}
        return {**found, "low": self.low.copy(), "high": self.high.copy()}

    @classmethod
    def load(cls, state: Mapping[str, Any] | None) -> SeenPrices:
        """What `dump` came from."""
        self = cls()
        if state is not None:
            self.hour, self.since = state["hour"], state["since"]
            self.low, self.high = np.array(state["low"]), np.array(state["high"])
        return self


@njit(cache=True)
def _follow(
    begin: int,
    end: int,
    asset: I64,
    at: I64,
    price: F64,
    prices: F64,
    hour: int,
    low: F64,
    high: F64,
) -> int:
    """Widen the hours that rows lie in; an hour begins with the prices that stand then."""
    for row in range(begin, end):
        now = at[row] // HOUR
        if now > hour:
            first = max(hour + 1, now - HOURS + 1)
            for h in range(first, now + 1):
                for a in range(prices.shape[0]):
                    known = prices[a] > 0.0
                    low[a, h % HOURS] = prices[a] if known else np.inf
                    high[a, h % HOURS] = prices[a] if known else -np.inf
            hour = now
        a, slot = asset[row], hour % HOURS
        standing = prices[a] if prices[a] > 0.0 else price[row]
        low[a, slot] = min(low[a, slot], price[row], standing)
        high[a, slot] = max(high[a, slot], price[row], standing)
        prices[a] = price[row]
    return int(hour)
