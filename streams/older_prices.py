"""Prices older than a partition of `prices` keeps, from `prices.history`.

Behind the first record of each second every partition has been told of the same frames
(`streams.spread`), `prices.history` too. A shard is archived behind such a record (`streams.host`).
So its state can go on with the records of `prices.history` behind the one of the same `now`; and
these lead to the first such record that its own partition still has, behind which it goes on there.

What comes of it is what was published, but for what hangs on how prices are cut into records: there
is one a second in the older part. So there are fewer levels, receipts name other records, rules of
what a record ends (`quality`, `status`, `composition`) are judged once a second, and what an alarm
tells of the venues is as of the end of its second.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple

from engine.types import MINUTE
from streams.archive import archive_of, checkpoint_of
from streams.checkpoints import Checkpoint
from streams.log import Log
from streams.reading import read_or_log
from streams.records import LogError, Record
from streams.runner import Runner
from streams.spread import SLOW

TOPIC = "prices.history"


class Turn(NamedTuple):
    """A record that is the first of its second, and its `now` (ns)."""

    now: int
    record: Record


class Join(NamedTuple):
    """A state, the record of `prices.history` behind which it goes on, and the one of the shard's
    own partition behind which that does."""

    checkpoint: Checkpoint
    begin: Turn
    end: Turn


async def find_join(log: Log, runner: Runner) -> Join | None:
    """How to begin a replay of a partition before its oldest record; None where nothing older is
    kept. Raises LogError and CheckpointError."""
    async with aclosing(_turns(log, runner.topic, runner.partition)) as own:
        end = await anext(own, None)
    if end is None:
        return None
    async with (
        aclosing(archive_of(log, runner)) as archive,
        aclosing(_turns(log, TOPIC, 0)) as turns,
    ):
        turn = await anext(turns, None)
        async for archived in archive:
            if turn is not None and archived.manifest.time + MINUTE < turn.record.time:
                continue  # of before what the history has: not worth being read
            found = checkpoint_of(log, archived)
            if found is None:
                continue
            reached = found.state.get("reached", (0, 0))[0]
            while turn is not None and turn.now < reached:
                turn = await anext(turns, None)
            if turn is None or turn.now >= end.now:
                return None
            if turn.now == reached:
                return Join(found, turn, end)
    return None


async def older_prices(log: Log, join: Join) -> AsyncGenerator[Record, None]:
    """The records of `prices.history` between both ends of a join. Raises LogError where they do
    not meet."""
    async with aclosing(log.read(TOPIC, 0, join.begin.record.offset + 1)) as records:
        async for record in records:
            yield record
            body = read_or_log(record)
            if body is not None and body.now >= join.end.now:
                if body.now == join.end.now:
                    return
                break
    raise LogError(
        f"{log.name}: {TOPIC} has no record of the time at which {join.end.record.topic}/"
        f"{join.end.record.partition} begins (offset {join.end.record.offset}); what is between "
        "is lost, and the older prices cannot be replayed"
    )


async def _turns(log: Log, topic: str, partition: int) -> AsyncGenerator[Turn, None]:
    """The records that are each the first of a second. Of a partition whose start is gone nobody
    knows that of the first."""
    first = await log.start(topic, partition)
    reached = 0
    async with aclosing(log.read(topic, partition, first)) as records:
        async for record in records:
            body = read_or_log(record)
            if body is None:
                continue
            if body.now // SLOW > reached // SLOW and (reached or first == 0):
                yield Turn(body.now, record)
            reached = max(reached, body.now)
