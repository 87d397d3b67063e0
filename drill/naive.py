"""Two indices as they are often built, from the same trades: what the pricing rules are held
against.

Both convert a quote currency by its last trade against the dollar, and take it for a dollar before
the first. Neither knows gates, stamps, marks or votes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Protocol

from drill.alarms import Watcher
from engine.records import Tick

STALE_AFTER = 180.0
"""Seconds after which the median leaves a source out, as ours does."""


class Naive(Protocol):
    """An index of one asset."""

    watcher: Watcher

    def trade(self, tick: Tick, at: float) -> None:
        """A trade that arrived at `at` (s)."""
        ...


class LastPrice:
    """The price of the last trade, wherever it was made."""

    def __init__(self, asset: str) -> None:
        self._asset = asset
        self._rates: dict[str, float] = {}
        self.watcher = Watcher()

    def trade(self, tick: Tick, at: float) -> None:
        """A trade that arrived at `at` (s)."""
        instrument = tick.instrument
        if instrument.base != self._asset:
            self._rates[instrument.base] = tick.price
        elif at >= 0:
            self.watcher.see(tick.price * self._rates.get(instrument.quote, 1.0), at)


class MedianPrice:
    """The unweighted median of the last prices of all sources that traded lately."""

    def __init__(self, asset: str) -> None:
        self._asset = asset
        self._rates: dict[str, float] = {}
        self._last: dict[tuple[str, str], tuple[float, float]] = {}
        """Of each source: the time of its last trade, and its price in dollars."""
        self._ordered: list[float] = []
        self._stale_at = 0.0
        self.watcher = Watcher()

    def trade(self, tick: Tick, at: float) -> None:
        """A trade that arrived at `at` (s)."""
        instrument = tick.instrument
        if instrument.base != self._asset:
            self._rates[instrument.base] = tick.price
            return
        source = instrument.venue, instrument.symbol
        before = self._last.pop(source, None)
        if before is not None:
            del self._ordered[bisect_left(self._ordered, before[1])]
        price = tick.price * self._rates.get(instrument.quote, 1.0)
        self._last[source] = at, price
        insort(self._ordered, price)
        if at >= self._stale_at:
            self._let_go(at)
        if at >= 0:
            n = len(self._ordered)
            high, low = self._ordered[n // 2], self._ordered[(n - 1) // 2]
            self.watcher.see((high + low) / 2, at)

    def _let_go(self, at: float) -> None:
        fresh = {s: seen for s, seen in self._last.items() if seen[0] > at - STALE_AFTER}
        self._last, self._ordered = fresh, sorted(price for _, price in fresh.values())
        self._stale_at = min(seen for seen, _ in fresh.values()) + STALE_AFTER


def naive_indices(asset: str) -> dict[str, Naive]:
    """Both, by name."""
    return {"last": LastPrice(asset), "median": MedianPrice(asset)}
