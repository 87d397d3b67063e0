"""The newest candles, which the tables of the past do not have yet: bounded, in memory.

Closed minutes, hours and days are those of the log (`bars`); seconds are made of the levels, as
the tables make them (`streams.sinks.seconds`), and so is what is open still.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from engine.records import BarHead
from engine.types import DAY, HOUR, MINUTE, SECOND

KEPT = {MINUTE: 30, HOUR: 3, DAY: 2}
"""Closed candles of a series by their length. The tables are some ten seconds behind, minutes with
ten thousand indices (`streams.sinks.sink.FLUSH_SHARE`)."""
SECONDS_KEPT = 300
"""The same of seconds: 14 KB an index."""
_WIDTH = 6
"""Numbers of a second."""
MOST_SERIES = 20_000
"""Indices and assets, each with three lengths of candles: 6 KB."""
_NAMES = {"minute": MINUTE, "hour": HOUR, "day": DAY}

Candle = tuple[int, float, float, float, float, float]
"""Start (ns), open, high, low, close, peak (NaN where it is not known)."""


class RecentSeconds:
    """The last seconds of an index that had a level, oldest first; the last one may be open.

    Other threads read while new levels come. So all stands in one array that changes by whole rows,
    each time by one call, and whoever reads copies it by one: no row is ever seen half.
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows = array("d")
        """Of each the second that it starts with (of 1970), open, high, low, close, peak."""

    def add(self, at: int, level: float, peak: float, low: float, high: float) -> None:
        """Add a level, with the lowest and highest since the one before. A second is (start, end];
        what is later than that was none of ours."""
        start, rows = (at - 1) // SECOND, self._rows
        while rows and rows[-_WIDTH] > start:
            del rows[-_WIDTH:]
        if rows and rows[-_WIDTH] == start:
            _, opened, highest, lowest, _, _ = rows[-_WIDTH:]
            row = (start, opened, max(highest, high), min(lowest, low), level, peak)
            rows[-_WIDTH:] = array("d", row)
            return
        rows.extend(array("d", (start, level, high, low, level, peak)))
        if len(rows) > _WIDTH * SECONDS_KEPT:
            del rows[:_WIDTH]

    def candles(self, begin: int, end: int) -> Iterator[Candle]:
        """Those that start in [begin, end)."""
        rows = self._rows[:]
        for k in range(0, len(rows), _WIDTH):
            at = int(rows[k]) * SECOND
            if begin <= at < end:
                opened, high, low, close, peak = rows[k + 1 : k + _WIDTH]
                yield at, opened, high, low, close, peak

    def since(self) -> int | None:
        """The start of the oldest one; None without any."""
        for second in self._rows[:1]:
            return int(second) * SECOND
        return None


class Recent:
    """The newest candles of every series: an index's id, or `asset:X`."""

    def __init__(self) -> None:
        self._bars: dict[tuple[str, int], deque[Candle]] = {}
        self._seconds: dict[str, RecentSeconds] = {}

    def take_level(
        self, index: str, at: int, level: float, peak: float, low: float, high: float
    ) -> None:
        """Take a newer level of an index, with the lowest and highest since the one before."""
        seconds = self._seconds.get(index)
        if seconds is None:
            seconds = self._seconds[index] = RecentSeconds()
        seconds.add(at, level, peak, low, high)

    def take_bar(self, body: Mapping[str, Any]) -> str | None:
        """Take a closed candle (`bars`); the reason where it is left out. Raises
        msgspec.ValidationError."""
        bar = msgspec.convert(body, BarHead)
        series = bar.index if bar.index is not None else f"asset:{bar.asset}"
        told = ((span, getattr(bar, name)) for name, span in _NAMES.items())
        span, start = next((span, start) for span, start in told if start is not None)
        held = self._bars.get((series, span))
        if held is None:
            if len(self._bars) >= MOST_SERIES * len(KEPT):
                return "too_many_series"
            held = self._bars[series, span] = deque(maxlen=KEPT[span])
        peak = math.nan if bar.peak is None else bar.peak
        if held and held[-1][0] >= start:
            return "old"
        held.append((start, bar.open, bar.high, bar.low, bar.close, peak))
        return None

    def forget(self, index: str) -> None:
        """An index is retired."""
        self._seconds.pop(index, None)
        for span in KEPT:
            self._bars.pop((index, span), None)

    def candles(self, series: str, span: int, begin: int, end: int) -> list[Candle]:
        """What is held of candles of this length that start in [begin, end), oldest first."""
        if span == SECOND:
            seconds = self._seconds.get(series)
            return [] if seconds is None else list(seconds.candles(begin, end))
        # A copy first: other threads ask while new ones come.
        return [c for c in tuple(self._bars.get((series, span), ())) if begin <= c[0] < end]

    def since(self, series: str, span: int) -> int | None:
        """The start of the oldest candle of this length that is held; None without any."""
        if span == SECOND:
            seconds = self._seconds.get(series)
            return None if seconds is None else seconds.since()
        held = self._bars.get((series, span))
        return held[0][0] if held else None
