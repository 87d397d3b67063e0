"""A kept log once more through fresh stages: the proof that what was published is a function of it.

What comes out are the records as they were appended, without their offsets and times, so that they
can be compared to the byte with those in the log.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import NamedTuple

from streams.archive import from_archive
from streams.log import Log
from streams.older_prices import find_join, older_prices
from streams.records import LogError, OutRecord, Record
from streams.runner import PricerStage, Runner, ShardStage, pricer_runner, shard_runner
from streams.topics import has_price_history
from streams.versions import spans_of, stored_spans


class Replayed(NamedTuple):
    """A record of the log, and what the stage made of it."""

    record: Record
    outputs: list[OutRecord]


def replay_log(
    log: Log,
    new_shard: Callable[[int, int], ShardStage],
    partition: int = 0,
    *,
    until: int | None = None,
) -> AsyncGenerator[Replayed, None]:
    """`prices` through a fresh Shard with the same receipts, up to the record at offset `until`.

    Where the start of `prices` is past its time, it begins with the oldest archived checkpoint, and
    with what `prices.history` has behind that (`streams.older_prices`), or where there is no such
    topic, with the oldest from which on the partition is whole. Raises LogError if there is none.
    """
    shard = new_shard(partition, log.partitions["prices"])
    runner = shard_runner(shard, log.log_id, log.partitions, partition)
    return _replay(log, runner, until)


def retick(
    log: Log, new_pricer: Callable[[], PricerStage], *, until: int | None = None
) -> AsyncGenerator[Replayed, None]:
    """`ticks` through a fresh Pricer; its outputs for `prices` are to equal those of the log."""
    return _replay(log, pricer_runner(new_pricer(), log.log_id, log.partitions), until)


async def _replay(log: Log, runner: Runner, until: int | None) -> AsyncGenerator[Replayed, None]:
    start = await log.start(runner.topic, runner.partition)
    if start > 0:
        has_older = runner.topic == "prices" and has_price_history(log.partitions)
        join = await find_join(log, runner) if has_older else None
        if join is None:
            await _load_archived(log, runner, start)
        else:
            runner.load(join.checkpoint.state)
            runner.resume(join.begin.record)
            async with aclosing(older_prices(log, join)) as older:
                async for record in older:
                    yield Replayed(record, runner.apply(record))
            runner.resume(join.end.record)
    elif known := spans_of(await stored_spans(log), runner.topic, runner.partition):
        runner.spread.is_on = known[0].waits
    end = None if until is None else until + 1
    async for record in log.read(runner.topic, runner.partition, runner.last_offset + 1, end):
        yield Replayed(record, runner.apply(record))


async def _load_archived(log: Log, runner: Runner, start: int) -> None:
    checkpoint = await from_archive(log, runner, start)
    if checkpoint is None:
        raise LogError(
            f"{log.name}: {runner.topic}/{runner.partition} starts at offset {start} and no "
            "checkpoint from there on is kept, so it cannot be replayed"
        )
    runner.load(checkpoint.state)
