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
MOST_SERIES = 20_000
"""Indices and assets, each with three lengths of candles: 6 KB."""
_NAMES = {"minute": MINUTE, "hour": HOUR, "day": DAY}

Candle = tuple[int, float, float, float, float, float]
"""Start (ns), open, high, low, close, peak (NaN where it is not known)."""


class RecentSeconds:
    """The last seconds of an index that had a level, oldest first; the last one may be open."""

    __slots__ = ("at", "values")

    def __init__(self) -> None:
        self.at = array("q")
        self.values = array("d")
        """Open, high, low, close, peak of each."""

    def add(self, at: int, level: float, peak: float, low: float, high: float) -> None:
        """Add a level, with the lowest and highest since the one before. A second is (start, end];
        what is later than that was none of ours."""
        start = (at - 1) // SECOND * SECOND
        while self.at and self.at[-1] > start:
            self.at.pop()
            del self.values[-5:]
        if self.at and self.at[-1] == start:
            values = self.values
            values[-4], values[-3] = max(values[-4], high), min(values[-3], low)
            values[-2], values[-1] = level, peak
            return
        self.at.append(start)
        self.values.extend((level, high, low, level, peak))
        if len(self.at) > SECONDS_KEPT:
            old = len(self.at) - SECONDS_KEPT
            del self.at[:old], self.values[: 5 * old]

    def candles(self, begin: int, end: int) -> Iterator[Candle]:
        """Those that start in [begin, end)."""
        for k, at in enumerate(self.at):
            if begin <= at < end:
                opened, high, low, close, peak = self.values[5 * k : 5 * k + 5]
                yield at, opened, high, low, close, peak


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
            return seconds.at[0] if seconds is not None and seconds.at else None
        held = self._bars.get((series, span))
        return held[0][0] if held else None
