"""A kept log once more through fresh stages: the proof that what was published is a function of it.

What comes out are the records as they were appended, without their offsets and times, so that they
can be compared to the byte with those in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from streams.checkpoints import Checkpoints
from streams.records import LogError, OutRecord, Record
from streams.runner import PricerStage, Runner, ShardStage, pricer_runner, shard_runner
from streams.sqlite.file import SqliteLog
from streams.sqlite.store import CheckpointTopic

_PAGE = 500  # records read at once


class Replayed(NamedTuple):
    """A record of the log, and what the stage made of it."""

    record: Record
    outputs: list[OutRecord]


def replay_log(
    log: SqliteLog,
    new_shard: Callable[[int, int], ShardStage],
    partition: int = 0,
    *,
    until: int | None = None,
) -> Iterator[Replayed]:
    """`prices` through a fresh Shard with the same receipts, up to the record at offset `until`.

    Where the start of `prices` is past its time, it begins with the oldest archived checkpoint.
    Raises LogError if there is none.
    """
    shard = new_shard(partition, log.partitions["prices"])
    runner = shard_runner(shard, log.log_id, log.partitions, partition)
    return _replay(log, runner, until)


def retick(
    log: SqliteLog, new_pricer: Callable[[], PricerStage], *, until: int | None = None
) -> Iterator[Replayed]:
    """`ticks` through a fresh Pricer; its outputs for `prices` are to equal those of the log."""
    return _replay(log, pricer_runner(new_pricer(), log.log_id, log.partitions), until)


def _replay(log: SqliteLog, runner: Runner, until: int | None) -> Iterator[Replayed]:
    start = log.start(runner.topic, runner.partition)
    if start > 0:
        _load_archived(log, runner, start)
    while page := log.read(runner.topic, runner.partition, runner.last_offset, _PAGE):
        for record in page:
            if until is not None and record.offset > until:
                return
            yield Replayed(record, runner.apply(record))


def _load_archived(log: SqliteLog, runner: Runner, start: int) -> None:
    stage = runner.writer.split(":")[0]
    store = CheckpointTopic(log, f"checkpoints.{stage}", runner.partition, lambda: 0)
    checkpoints = Checkpoints(store, log.log_id)
    for offset in sorted({manifest.offset for _, manifest in checkpoints.manifests()}):
        if offset >= start - 1 and (checkpoint := checkpoints.load(at_most=offset)):
            if checkpoint.offset < start - 1:
                continue
            runner.load(checkpoint.state)
            return
    raise LogError(
        f"{log.directory}: {runner.topic}/{runner.partition} starts at offset {start} and no "
        "checkpoint from there on is kept, so it cannot be replayed"
    )
