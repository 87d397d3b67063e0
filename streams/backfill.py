"""Recorded prices into a log, ahead of the live ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.types import AssetFrame, PriceFrame, TickFrame
from streams.codecs import AHEAD, decode, encode
from streams.local import Append, LocalDriver
from streams.records import StreamError
from streams.sqlite_log import SqliteLog


class BackfillRefusedError(StreamError):
    """The file's prices cannot go into this log. The text says why and what to do."""


class BackfillResult(NamedTuple):
    """Frames appended now, and frames that an earlier run of the same file had appended."""

    appended: int
    skipped: int


def last_price_at(log: SqliteLog) -> int | None:
    """The time (ns) of the newest price in the log; None where there is none."""
    before = log.end("prices", 0)
    while page := log.backwards("prices", 0, before):
        for record in page:
            if record.type == "prices":
                frame: PriceFrame = decode("prices", record.v, record.value, record.time)
                if frame.at:
                    return frame.at[-1]
        before = page[-1].offset
    return None


def backfill(
    driver: LocalDriver, frames: Iterable[AssetFrame | TickFrame], sha256: str
) -> BackfillResult:
    """Append the frames of one file, in order, as the writer `backfill:<sha256>`.

    A run that was interrupted is taken up where it stopped. Raises BackfillRefusedError where the
    log has a price at or after the first one to be appended, or a frame lies in the future.
    """
    writer = f"backfill:{sha256}"
    skip = driver.pricer.gate.last(writer)
    appended = 0
    for seq, frame in enumerate(frames, 1):
        if seq <= skip:
            continue
        if not appended:
            _check_first(driver, frame, writer)
        if frame.now > driver.now() + AHEAD:
            raise BackfillRefusedError(
                f"frame {seq} of the file lies in the future (now={frame.now}); remove those rows"
            )
        record_type, value = encode(frame)
        key = frame.asset[0] if isinstance(frame, AssetFrame) and frame.asset else ""
        driver.take([Append("ticks", key, record_type or "", value, writer, seq)])
        appended += 1
    if appended:
        driver.checkpoint()
    return BackfillResult(appended, skip)


def _check_first(driver: LocalDriver, frame: AssetFrame | TickFrame, writer: str) -> None:
    if _newest_writer(driver.log) == writer:
        return  # nothing came in since this file's own last frame
    times = frame.at if isinstance(frame, AssetFrame) else frame.received
    first, newest = (times[0] if times else frame.now), last_price_at(driver.log)
    if newest is not None and newest >= first:
        raise BackfillRefusedError(
            f"{driver.log.directory}: the log already has a price at {newest} ns, which is not "
            f"before the file's first, {first} ns; backfill a new log, or a file that starts later"
        )


def _newest_writer(log: SqliteLog) -> str:
    """Who wrote the newest record of `ticks` that is no definition."""
    before = log.end("ticks", 0)
    while page := log.backwards("ticks", 0, before, 100):
        for record in page:
            if record.type != "definition":
                return record.writer
        before = page[-1].offset
    return ""
