"""What each asset of an index brought since the index stood at its peak.

As `engine.index.contributions` counts the day, this counts the fall: in a span of unchanged
holdings an asset brings holding · (price at its end − price at its begin) / divisor points of
level, and the spans since the peak sum to the fall, because no rebalance moves the level.

What the assets cost at the peak is known by one walk over the prices of a record, behind the tick
kernel: that says when the peak was, and the walk stops there. Indices without drawdown alerts are
left out, and without any such index nothing is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from engine.index.composition import Basket, asset_of
from engine.index.seen_prices import SeenPrices
from engine.table import F64, I64

PriceOf = Callable[[str], float]
"""The last price of a price key, 0 before its first."""


class AppliedRows(NamedTuple):
    """Rows begin … end of asset, instant and price, which were applied to the prices `before`."""

    begin: int
    end: int
    asset: I64
    at: I64
    price: F64
    before: F64

    def prices_at(self, instant: int) -> F64:
        """The last prices at an instant among these."""
        prices = self.before.copy()
        _walk(self.begin, self.end, instant, self.asset, self.at, self.price, prices)
        return prices


@dataclass(slots=True)
class IndexFall:
    """Of one index: when its peak was (ns, 0 where that is not known), the prices at the begin of
    the present span by price key, and the points of the spans before it since then."""

    peak_at: int = 0
    span: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)


class SincePeak:
    """The falls of the indices of a shard that have drawdown alerts.

    A checkpoint of before there were any has none: what is not known is told when the next peak
    was seen.
    """

    def __init__(self) -> None:
        self.falls: dict[str, IndexFall] = {}
        self.rows: I64 = np.zeros(0, dtype=np.int64)
        """The rows of the baskets that are followed; no state."""
        self.seen = SeenPrices()
        self._ids: list[str] = []
        self._place: dict[str, int] = {}
        self._peak_at: I64 = np.zeros(0, dtype=np.int64)

    def follow(self, rows: Mapping[str, int]) -> None:
        """Follow these indices, by their rows, and forget all others."""
        self.falls = {index: self.falls.get(index) or IndexFall() for index in rows}
        self._ids = list(rows)
        self._place = {index: k for k, index in enumerate(rows)}
        self.rows = np.array(list(rows.values()), dtype=np.int64)
        self._peak_at = np.array([self.falls[i].peak_at for i in rows], dtype=np.int64)

    def begin(self, basket: Basket, price_of: PriceOf, at: int) -> None:
        """An index has its base, which is its first peak."""
        if basket.id in self.falls:
            self.falls[basket.id] = IndexFall(at, {key: price_of(key) for key in basket.keys})
            self._peak_at[self._place[basket.id]] = at

    def moved(
        self, rows: AppliedRows, peak_at: I64, baskets: Sequence[Basket], place: Mapping[str, int]
    ) -> None:
        """Prices were applied; all baskets have their peaks at `peak_at` now, and the price of a
        key stands at its `place`."""
        self.seen.follow(*rows)
        now = peak_at[self.rows]
        new = np.flatnonzero(now != self._peak_at)
        if not len(new):
            return
        self._peak_at[new] = now[new]
        order = new[np.argsort(now[new], kind="stable")]
        prices, row = rows.before.copy(), rows.begin
        for k in order.tolist():
            instant = int(now[k])
            if instant < rows.at[rows.begin]:
                continue  # it was before this index was followed: nobody knows the prices then
            row = _walk(row, rows.end, instant, rows.asset, rows.at, rows.price, prices)
            held = baskets[int(self.rows[k])].keys
            opened = {key: prices.item(place[key]) for key in held}
            self.falls[self._ids[k]] = IndexFall(instant, opened)

    def close_span(self, basket: Basket, divisor: float, price_of: PriceOf) -> None:
        """What an index holds, under this divisor, is about to change; the second time nothing."""
        fall = self.falls.get(basket.id)
        if fall is None:
            return
        for key, holding in zip(basket.keys, basket.holdings, strict=True):
            if key in fall.span:
                points = holding * (price_of(key) - fall.span[key]) / divisor
                fall.done[key] = fall.done.get(key, 0.0) + points
        fall.span = {}

    def open_span(self, basket: Basket, price_of: PriceOf) -> None:
        """What an index holds has changed."""
        fall = self.falls.get(basket.id)
        if fall is not None:
            fall.span = {key: price_of(key) for key in basket.keys}

    def convert(self, old: str, new: str, held: Container[str]) -> None:
        """One coin of a price key became another: what it brought is the new one's."""
        self.seen.forget()
        for index, fall in self.falls.items():
            if index in held and old != new and old in fall.done:
                fall.done[new] = fall.done.get(new, 0.0) + fall.done.pop(old)

    def read(
        self,
        basket: Basket,
        divisor: float,
        peak: float,
        peak_at: int,
        price_of: PriceOf,
        opened: PriceOf | None = None,
    ) -> dict[str, float] | None:
        """By asset: its part of level / peak − 1, the least first; None where it is not known.

        `opened` gives the prices at the peak where that was in the rows applied last.
        """
        fall = self.falls.get(basket.id)
        if opened is not None:
            fall = IndexFall(peak_at, {key: opened(key) for key in basket.keys})
        if fall is None or fall.peak_at != peak_at:
            return None
        points = dict(fall.done)
        for key, holding in zip(basket.keys, basket.holdings, strict=True):
            if key in fall.span:
                moved = holding * (price_of(key) - fall.span[key]) / divisor
                points[key] = points.get(key, 0.0) + moved
        found: dict[str, float] = {}
        for key, brought in points.items():
            asset = asset_of(key)
            found[asset] = found.get(asset, 0.0) + brought / peak
        return dict(sorted(found.items(), key=lambda entry: (entry[1], entry[0])))

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        falls = {
            index: [fall.peak_at, dict(fall.span), dict(fall.done)]
            for index, fall in self.falls.items()
        }
        return {"falls": falls, "seen": self.seen.dump()} if falls else {}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> SincePeak:
        """What `dump` came from; `follow` lays out what is followed."""
        self = cls()
        for index, (peak_at, span, done) in state.get("falls", {}).items():
            self.falls[index] = IndexFall(peak_at, dict(span), dict(done))
        self.seen = SeenPrices.load(state.get("seen"))
        return self


@njit(cache=True)
def _walk(row: int, end: int, instant: int, asset: I64, at: I64, price: F64, prices: F64) -> int:
    """Take the prices up to an instant; the row behind them."""
    while row < end and at[row] <= instant:
        prices[asset[row]] = price[row]
        row += 1
    return row
