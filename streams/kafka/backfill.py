"""Recorded prices into a log on Kafka, ahead of the live ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice

from engine.records import AssetFrame, TickFrame
from streams.backfill import BackfillRefusedError, BackfillResult, FileBackfill
from streams.gates import WriterGate
from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.read import read_partition, start_offset
from streams.kafka.tail import ends
from streams.records import Record

QUIET_SECONDS = 1.0
"""A connector writes a clock frame at least every 100 ms: in so long it shows that it is there."""

_BATCH = 20
"""Frames sent at once, 2 MB."""
_PAGE = 500
"""Records of `ticks` looked at for the newest that shows the log's time; definitions do not."""


async def backfill_on(
    log: KafkaLog,
    log_id: str,
    frames: Iterable[AssetFrame | TickFrame],
    sha256: str,
    gate: WriterGate,
    now: int,
) -> BackfillResult:
    """Append the frames of one file to `ticks`, in order, each delivery awaited.

    `gate` knows all writers of `ticks`, and `now` is the time (ns UTC). Raises LogError, and
    BackfillRefusedError where the log's time is not before the file's first price, or others write
    into `ticks` at the same time: what they send would make the prices that follow late.
    """
    end = await _end(log)
    await asyncio.sleep(QUIET_SECONDS)
    if await _end(log) != end:
        raise BackfillRefusedError(
            f"{log.address}: something writes into {log.topic('ticks')}; stop `connect` first"
        )
    work = FileBackfill(str(log.address), sha256)
    skip = gate.last(work.writer)
    out = work.records(frames, skip, await newest_of(log, end), now)
    appended = 0
    async with KafkaOutbox(log, log_id) as outbox:
        while batch := list(islice(out, _BATCH)):
            await outbox.send(batch)
            appended += len(batch)
    strangers = await _end(log) - end - appended
    if strangers:
        raise BackfillRefusedError(
            f"{log.address}: {strangers} records of others came into {log.topic('ticks')} "
            f"meanwhile, between the {appended} frames of the file; what stands behind them may "
            "have been late and is not used then: backfill a new log while no `connect` runs"
        )
    return BackfillResult(appended, skip)


async def _end(log: KafkaLog) -> int:
    return (await ends(log, [("ticks", 0)]))["ticks", 0]


async def newest_of(log: KafkaLog, end: int) -> list[Record]:
    """The last records of `ticks`, which ends at `end`, the newest first."""
    start = max(end - _PAGE, await start_offset(log, "ticks", 0))
    found = [record async for record in read_partition(log, "ticks", 0, start=start)]
    return found[::-1]
