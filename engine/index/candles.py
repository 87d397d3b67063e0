"""What candles are made of: extremes of the minute, the hour and the day under way.

Extremes are those of every instant, not of samples. A span opens where the one before closed, so
hours are made of minutes and days of hours; it stands for (start, end] like all bars.

Of baskets the kernel follows the minute (`engine.index.kernel.observe`) and `turn_baskets` makes
hours of it; days it has by itself. Assets are followed here, in `AssetCandles`. What is not
followed (prices whose origin is `replay`, of which nobody keeps candles, and a checkpoint of before
there were any) has an open of 0 until its next span begins, and no candle.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.index.kernel import set_band
from engine.index.kernel_arrays import Candles, Instants, Paths, Standing
from engine.table import F64, Bool, Table
from engine.types import DAY, HOUR, MINUTE

SPANS = (MINUTE, HOUR, DAY)


class AssetCandles(Table):
    """Of each price key the candles under way, a column a span of `SPANS`, and the highest price
    so far: NaN where that began before there were candles. `begun` tells whether it had a price."""

    COLUMNS: ClassVar = {
        "open": ("f8", (3,), 0.0),
        "high": ("f8", (3,), 0.0),
        "low": ("f8", (3,), 0.0),
        "peak": ("f8", (), 0.0),
        "begun": ("?", (), False),
    }
    open: F64
    high: F64
    low: F64
    peak: F64
    begun: Bool

    def settle(self, priced: Bool) -> None:
        """Of keys that have had a price and are not known, the past is unknown."""
        unknown = priced & ~self.begun
        self.peak[unknown], self.begun[unknown] = np.nan, True

    def follow(self, begin: int, end: int, rows: Instants) -> None:
        """Take rows begin … end (exclusive) of prices."""
        follow(begin, end, rows, self.columns())

    def columns(self) -> Candles:
        """The columns as compiled functions take them."""
        return Candles(self.open, self.high, self.low, self.peak, self.begun)

    def turn(self, span: int, prices: F64) -> None:
        """Close this span of every key, at these last prices, and open the next."""
        if span + 1 < len(SPANS):
            self.high[:, span + 1] = np.maximum(self.high[:, span + 1], self.high[:, span])
            self.low[:, span + 1] = np.minimum(self.low[:, span + 1], self.low[:, span])
        for column in (self.open, self.high, self.low):
            column[:, span] = prices
        self.settle(prices > 0.0)

    def redenominate(self, row: int, ratio: float) -> None:
        """One coin became `ratio` coins of the same name."""
        for column in (self.open, self.high, self.low, self.peak):
            column[row] /= ratio

    def join(self, old: int, new: int, ratio: float) -> None:
        """The coin of row `new` goes on from the price of `old`, of which one is `ratio` new."""
        for column in (self.open, self.high, self.low, self.peak):
            column[new] = column[old] / ratio
        self.begun[new] = self.begun[old]


@njit(cache=True)
def follow(begin: int, end: int, rows: Instants, candles: Candles) -> None:
    """Take rows begin … end (exclusive): of several prices of a key at one instant only the last
    one stood."""
    opened, high, low, peak, begun = candles
    stands = np.empty(peak.shape[0], dtype=np.int64)
    row = begin
    while row < end:
        first, at = row, rows.at[row]
        while row < end and rows.at[row] == at:
            stands[rows.asset[row]] = row
            row += 1
        for k in range(first, row):
            a, price = rows.asset[k], rows.price[k]
            if stands[a] != k:
                continue
            if not begun[a]:
                begun[a] = True
                opened[a], high[a], low[a], peak[a] = price, price, price, price
            high[a, 0], low[a, 0] = max(high[a, 0], price), min(low[a, 0], price)
            if price > peak[a]:
                peak[a] = price


@njit(cache=True)
def open_basket(i: int, level: float, paths: Paths) -> None:
    """Begin a minute and an hour of basket i at this level."""
    p = paths.path[i]
    p.minute_open, p.minute_high, p.minute_low = level, level, level
    p.hour_open, p.hour_high, p.hour_low = level, level, level
    set_band(i, p, paths)


@njit(cache=True)
def turn_baskets(is_hour: bool, standing: Standing, paths: Paths) -> None:
    """Close a minute, or an hour, of every basket that has started, and open the next."""
    for i in range(standing.level.shape[0]):
        if standing.started[i]:
            p, level = paths.path[i], standing.level[i]
            if is_hour:
                p.hour_open, p.hour_high, p.hour_low = level, level, level
            else:
                p.hour_high = max(p.hour_high, p.minute_high)
                p.hour_low = min(p.hour_low, p.minute_low)
                p.minute_open, p.minute_high, p.minute_low = level, level, level
                set_band(i, p, paths)
