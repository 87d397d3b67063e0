"""Candles of seconds: of the levels that were published, and of every price of an asset.

Of an index they are made of its rows in `levels`, ten a second, each with the highest and lowest of
every instant since the one before: right to a tenth of a second, and so no bars, a table alone. A
second opens with the first level in it, and stands for (start, end].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from engine.records import PriceFrame
from engine.types import SECOND
from streams.level_rows import level_rows
from streams.records import Record
from streams.sinks.rows import SinkRow
from streams.sinks.tables import SECONDS

_Value = tuple[str, int, float, float, float, float | None]
"""Series, time, value, its highest and lowest since the one before, peak (None of an asset)."""
_Open = list[Any]
"""Start of the second, offset of the first record in it, open, high, low, close, peak."""


class Seconds:
    """The seconds under way, by topic and partition; `partitions` are those of `prices`."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._open: dict[tuple[str, int], dict[str, _Open]] = {}

    def take(self, body: Any, record: Record) -> Iterator[SinkRow]:
        """Take the levels or prices of a record; the seconds that are over by it."""
        where = record.topic, record.partition
        under_way = self._open.setdefault(where, {})
        reached = 0
        for series, at, value, high, low, peak in self._values(body, record):
            start = (at - 1) // SECOND * SECOND
            reached = max(reached, start)
            second = under_way.get(series)
            if second is not None and second[0] < start:
                yield _row(series, under_way.pop(series))
                second = None
            if second is None:
                under_way[series] = [start, record.offset, value, high, low, value, peak]
            else:
                second[3], second[4] = max(second[3], high), min(second[4], low)
                second[5], second[6] = value, peak
        over = [series for series, second in under_way.items() if second[0] < reached]
        for series in over:
            yield _row(series, under_way.pop(series))

    def _values(self, body: Any, record: Record) -> Iterator[_Value]:
        """All that is of use in a record."""
        if not isinstance(body, PriceFrame):
            if record.topic == "levels":
                for row in level_rows(body):
                    level, high, low = row["level"], row["high"], row["low"]
                    high, low = (level if x is None else x for x in (high, low))
                    yield row["index"], row["at"], level, high, low, row["peak"]
            return
        if body.origin != "live":
            return
        for key, at, price in zip(body.asset, body.at, body.price, strict=True):
            series = f"asset:{key}"
            # Several partitions may have the prices of an asset, and one of them tells.
            if crc32(series.encode()) % self._partitions == record.partition:
                yield series, at, price, price, price, None

    def begins(self, topic: str, partition: int) -> int | None:
        """The offset of the first record in the seconds under way; None without any."""
        under_way = self._open.get((topic, partition))
        return min(second[1] for second in under_way.values()) if under_way else None


def _row(series: str, second: _Open) -> SinkRow:
    names = ("open", "high", "low", "close", "peak")
    return SinkRow(SECONDS, series, second[0], dict(zip(names, second[2:], strict=True)))
