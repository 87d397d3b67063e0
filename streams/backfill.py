"""Recorded prices into a log, ahead of the live ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from engine.periods import iso
from engine.records import AssetFrame, AssetRecord, DefinitionRecord, TickFrame
from streams.codecs import AHEAD, CodecError, decode, encode
from streams.gates import WriterGate
from streams.log import Log, backwards, end_of
from streams.records import OutRecord, Record, StreamError
from streams.runner import CONNECTOR
from streams.spans import within_spans

_END = 2**63 - 1
_BATCH = 20
"""Frames sent at once, 2 MB."""


class BackfillRefusedError(StreamError):
    """The file's prices cannot go into this log. The text says why and what to do."""


class BackfillResult(NamedTuple):
    """Frames appended now, and frames that an earlier run of the same file had appended."""

    appended: int
    skipped: int


async def backfill(
    log: Log,
    frames: Iterable[AssetFrame | TickFrame],
    sha256: str,
    gate: WriterGate,
    now: int,
    last: int | None = None,
) -> BackfillResult:
    """Append the frames of one file to `ticks`, in order, as the writer `backfill:<sha256>`.

    A run that was interrupted is taken up where it stopped: `gate` knows all writers of `ticks`.
    `now` is the time (ns UTC). `last` is that of the newest price where it is known: figures of the
    90 days before it are kept by the hour. Raises LogError, and BackfillRefusedError where the
    log's time is not before the file's first price, which the Pricer would take as late, where a
    frame lies in the future, or others have written into `ticks` meanwhile.
    """
    await log.claim(alone=True)
    writer_name = f"backfill:{sha256}"
    skip = gate.last(writer_name)
    end = await end_of(log, "ticks")
    pieces, reached = within_spans(frames, last), await reached_by(log, writer_name)
    newest = await _newest_of(log, writer_name) if skip else 0
    out = _records(log.name, pieces, writer_name, (skip, newest), reached, now)
    appended = 0
    async with log.writer() as writer:
        while batch := list(islice(out, _BATCH)):
            await writer.send(batch)
            appended += len(batch)
    strangers = await end_of(log, "ticks") - end - appended
    if strangers:
        raise BackfillRefusedError(
            f"{log.name}: {strangers} records of others came into ticks "
            f"meanwhile, between the {appended} frames of the file; what stands behind them may "
            "have been late and is not used then: backfill a new log while no `connect` runs"
        )
    return BackfillResult(appended, skip)


def _records(
    log: str,
    frames: Iterable[AssetFrame | TickFrame],
    writer: str,
    done: tuple[int, int],
    reached: int | None,
    now: int,
) -> Iterator[OutRecord]:
    """The records of `ticks` to append, without what is there already: `done` says how many records
    and up to which time (ns).

    Versions before pieces numbered the frames as they were: there the record of that number reaches
    further than the piece, and what it reaches is done.
    """
    (skip, newest), before, checked = done, 0, False
    seq = skip
    for number, frame in enumerate(frames, 1):
        if number == skip and frame.now < newest:
            before = newest
        if number <= skip or frame.now <= before:
            continue
        seq += 1
        if not checked and reached is not None:
            _check_first(log, frame, reached)
        checked = True
        if frame.now > now + AHEAD:
            raise BackfillRefusedError(
                f"frame {number} of the file lies in the future ({iso(frame.now)}); "
                "remove those rows"
            )
        kind, value = encode(frame)
        key = frame.asset[0] if isinstance(frame, AssetFrame) and frame.asset else ""
        yield OutRecord("ticks", 0, key, kind or "", value, writer, seq, frame)


async def _newest_of(log: Log, writer: str) -> int:
    """The time (ns) that a writer's last frame reaches; 0 where none is kept."""
    async for record in backwards(log, "ticks"):
        if record.writer == writer and (reached := time_of(record)) is not None:
            return reached
    return 0


def _check_first(log: str, frame: AssetFrame | TickFrame, reached: int) -> None:
    times = frame.at if isinstance(frame, AssetFrame) else frame.received
    first = times[0] if times else frame.now
    if reached >= first:
        raise BackfillRefusedError(
            f"{log}: the log already goes up to {iso(reached)}, which is not before "
            f"the file's first price, {iso(first)}; backfill a new log, or a file that "
            "starts later"
        )


async def reached_by(log: Log, own: str = "") -> int | None:
    """The log's time (ns); None where nothing shows it yet, or the newest frame is by `own`."""
    async for record in backwards(log, "ticks"):
        if own and record.writer == own:
            return None
        if (reached := time_of(record)) is not None:
            return reached
    return None


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
