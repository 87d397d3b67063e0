"""Recorded prices into a log, ahead of the live ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.periods import iso
from engine.records import AssetFrame, AssetRecord, DefinitionRecord, TickFrame
from streams.codecs import AHEAD, CodecError, decode, encode
from streams.local import Append, LocalDriver
from streams.records import OutRecord, Record, StreamError
from streams.runner import CONNECTOR
from streams.sqlite_log import SqliteLog

_END = 2**63 - 1


class BackfillRefusedError(StreamError):
    """The file's prices cannot go into this log. The text says why and what to do."""


class BackfillResult(NamedTuple):
    """Frames appended now, and frames that an earlier run of the same file had appended."""

    appended: int
    skipped: int


class FileBackfill:
    """The frames of one file on their way into a log, as the writer `backfill:<sha256>`.

    `log` names the log in messages.
    """

    def __init__(self, log: str, sha256: str) -> None:
        self.writer = f"backfill:{sha256}"
        self._log = log

    def records(
        self,
        frames: Iterable[AssetFrame | TickFrame],
        skip: int,
        newest: Iterable[Record],
        now: int,
    ) -> Iterator[OutRecord]:
        """The records of `ticks` to append, without the first `skip`, which are there already.

        `newest` are the last records of `ticks`, the newest first, and `now` is the time (ns UTC).
        Raises BackfillRefusedError where the log's time is at or after the first price to be
        appended, which the Pricer would take as late, or a frame lies in the future.
        """
        checked = False
        for seq, frame in enumerate(frames, 1):
            if seq <= skip:
                continue
            if not checked:
                self._check_first(frame, newest)
                checked = True
            if frame.now > now + AHEAD:
                raise BackfillRefusedError(
                    f"frame {seq} of the file lies in the future ({iso(frame.now)}); "
                    "remove those rows"
                )
            kind, value = encode(frame)
            key = frame.asset[0] if isinstance(frame, AssetFrame) and frame.asset else ""
            yield OutRecord("ticks", 0, key, kind or "", value, self.writer, seq, frame)

    def _check_first(self, frame: AssetFrame | TickFrame, newest: Iterable[Record]) -> None:
        times = frame.at if isinstance(frame, AssetFrame) else frame.received
        first = times[0] if times else frame.now
        for record in newest:
            if record.writer == self.writer:
                return  # nothing came in since this file's own last frame
            reached = time_of(record)
            if reached is None:
                continue
            if reached >= first:
                raise BackfillRefusedError(
                    f"{self._log}: the log already goes up to {iso(reached)}, which is not before "
                    f"the file's first price, {iso(first)}; backfill a new log, or a file that "
                    "starts later"
                )
            return


def backfill(
    driver: LocalDriver, frames: Iterable[AssetFrame | TickFrame], sha256: str
) -> BackfillResult:
    """Append the frames of one file, in order.

    A run that was interrupted is taken up where it stopped. Raises BackfillRefusedError.
    """
    work = FileBackfill(str(driver.log.directory), sha256)
    skip = driver.pricer.gate.last(work.writer)
    appended = 0
    for out in work.records(frames, skip, newest(driver.log), driver.now()):
        driver.take([Append(out.topic, out.key, out.type, out.value, out.writer, out.seq)])
        appended += 1
    if appended:
        driver.checkpoint()
    return BackfillResult(appended, skip)


def newest(log: SqliteLog) -> Iterator[Record]:
    """The records of `ticks`, the newest first."""
    before = log.end("ticks", 0)
    while page := log.backwards("ticks", 0, before, 100):
        yield from page
        before = page[-1].offset


def time_of(record: Record) -> int | None:
    """How far a record of `ticks` takes the log's time; None for one that does not.

    Definitions do not: prices older than they are may still come.
    """
    try:
        # A connector's time may rightly be ahead of the append's (`streams.runner`).
        latest = _END if record.writer.startswith(CONNECTOR) else record.time
        body = decode(record.type, record.v, record.value, latest)
    except CodecError:
        return None
    return None if isinstance(body, DefinitionRecord | AssetRecord) else int(body.now)
