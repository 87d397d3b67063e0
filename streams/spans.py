"""Frames of a backfill, cut so that a record ends no more than one hour or day whose figures are
kept.

What is published names the record that caused it, and of an index no two things the same one. Days
are kept of all prices. Hours are kept of the last ones, and only of those with a price in them:
whole snapshots of the hours of years would take more than all prices. No stage knows where a file
ends, so it is told with each such hour (`AssetFrame.keep`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from engine.periods import bar_end
from engine.records import AssetFrame, TickFrame
from engine.types import DAY, HOUR
from streams.topics import FINE_KEPT

Frame = AssetFrame | TickFrame
_ASSET_COLUMNS = ("asset", "at", "price", "market_cap", "supply")
_TICK_COLUMNS = ("instrument", "price", "size", "side", "id", "ts", "received")


def within_spans(frames: Iterable[Frame], last: int | None) -> Iterator[Frame]:
    """The frames in pieces, and between them what ends their hours and days.

    `last` is the time (ns) of the newest price; None where no hours are to be kept. The same frames
    give the same pieces, and more pieces than there were frames.
    """
    hours_from = None if last is None else (last - FINE_KEPT) // DAY * DAY
    hour = day = 0
    """The ends of the hour (0 where none is kept) and the day of the piece before."""
    now = 0
    for frame in frames:
        for piece, first in _pieces(frame, hours_from):
            if 0 < hour < first:
                if now < hour == day:
                    yield _empty(day)  # its figures come by another record
                yield _empty(hour, keep=True)
                now = hour
            if now < day < first:
                yield _empty(day)
            yield piece
            is_fine = hours_from is not None and first > hours_from
            now, day = piece.now, bar_end(first, DAY)
            hour = bar_end(first, HOUR) if is_fine else 0
    if hour and hour == now:
        yield _empty(hour, keep=True)


def _pieces(frame: Frame, hours_from: int | None) -> Iterator[tuple[Frame, int]]:
    """The parts of a frame of one hour or day each, and the time of the first row of each."""
    times = frame.at if isinstance(frame, AssetFrame) else frame.received
    columns = _ASSET_COLUMNS if isinstance(frame, AssetFrame) else _TICK_COLUMNS
    begin = 0
    while begin < len(times):
        first = times[begin]
        is_fine = hours_from is not None and first > hours_from
        end = bisect_right(times, bar_end(first, HOUR if is_fine else DAY), begin)
        if (begin, end) == (0, len(times)):
            yield frame, first
            return
        changes = {name: getattr(frame, name)[begin:end] for name in columns}
        yield msgspec.structs.replace(frame, now=times[end - 1], **changes), first
        begin = end
    if not times:
        yield frame, frame.now


def _empty(now: int, *, keep: bool = False) -> AssetFrame:
    return AssetFrame(now, "backfill", [], [], [], [], [], keep)
