"""Commands over a log: define, backfill, replay."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, TickFrame
from engine.types import SECOND
from streams.backfill import BackfillResult, backfill
from streams.catching_up import pricer_at_end
from streams.codecs import AHEAD
from streams.define import DefineResult, define, defined_in
from streams.log import Log
from streams.replay import replay_log as replayed_from
from streams.runner import Runner
from tidegauge.errors import WrongUse
from tidegauge.opening import Directory, Target
from tidegauge.progress import progress
from tidegauge.recorded.frames import engine_frames
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.summary import holding, refuse_empty, report, say_skipped
from tidegauge.replay import Collected
from tidegauge.tables import written_tables
from tidegauge.warm import compiling_told


async def define_in(
    target: Target, defined: IndexFile, retire: Sequence[str], late: bool, by: str = ""
) -> tuple[DefineResult, list[str]]:
    """Put definitions into a log; what it did, and which assets wait for their first price, where
    that can be known. Raises DefinitionError and StreamError."""
    async with target.open(write=True, patient=True) as log:
        result = await define(
            log,
            defined.indices,
            retire,
            assets=defined.assets,
            late=late,
            now=time.time_ns(),
            by=by,
        )
    return result, pending_in(await target.settle())


def pending_in(runners: Iterable[Runner]) -> list[str]:
    """The assets that planned changes have added and that have no price yet, by index."""
    return [
        f"{basket.id}: {', '.join(basket.pending)}"
        for runner in runners
        if isinstance(shard := runner.stage, Shard)
        for basket in shard.baskets.all
        if basket.pending and shard.roster.owns(basket.id)
    ]


async def backfill_in(
    target: Target, files: Sequence[Path], strict: bool
) -> tuple[BackfillResult, str]:
    """Recorded prices into a log, and what the files hold, in words. Raises StreamError, and
    WrongUse where the log has no index: one that is defined later would see none of them."""
    with recorded(files, strict) as (found, digest, last, holds):
        async with target.open(write=True, patient=True) as log:
            if not (await defined_in(log)).indices:
                raise WrongUse(
                    f"{log.name}: no index is defined yet, and what is defined behind these prices "
                    f"sees none of them; first: tidegauge define FILE --log {log.name}"
                )
            await target.settle()
            gate = (await pricer_at_end(log, Pricer)).gate
            result = await backfill(log, found, digest, gate, time.time_ns(), last)
    await target.settle()
    if isinstance(target, Directory):  # of one on Kafka each machine keeps tables of its own
        async with target.open() as log:
            await written_tables(target, log)  # of years: charts and reports have them at once
    return result, holds


@contextmanager
def recorded(
    files: Sequence[Path], strict: bool
) -> Iterator[tuple[Iterator[AssetFrame | TickFrame], str, int | None, str]]:
    """The frames of recorded prices, their progress shown, the digest of the files, the time of
    the newest price, and what they hold, in words."""
    checked = Reader(files, report, strict)
    with progress("checked", checked.size) as shown:
        for _ in checked.frames():
            shown(checked.good, checked.done)
    say_skipped(checked)
    refuse_empty(checked)
    _not_ahead(checked)
    # All is said; a bad row among the first must not leave a part of the file in the log.
    reader = Reader(files, lambda _: None, strict=False)
    digest = reader.digest()
    with progress("backfill", reader.size) as shown:

        def found() -> Iterator[AssetFrame | TickFrame]:
            for rows in reader.frames():
                shown(reader.good, reader.done)
                yield from engine_frames(rows, reader.names, "backfill")

        last = None if checked.last is None else checked.last[0]
        yield found(), digest, last, holding(checked)


def _not_ahead(reader: Reader) -> None:
    """Refuse files that reach into the future: a log's time would run ahead of what comes live."""
    last, where = reader.last or (0, "")
    if last > time.time_ns() + AHEAD:
        at = datetime.fromtimestamp(last // SECOND, UTC)
        raise WrongUse(
            f"{where}: lies in the future ({at:%Y-%m-%dT%H:%M:%SZ}); a bare date is "
            "the close of its day; remove such rows"
        )


async def replay_log(target: Target, every: int | None, collected: Collected) -> None:
    """A kept log through the engine into `collected`; `every` None is the published cadence.
    Raises StreamError."""
    with compiling_told():
        async with target.open() as log:
            await _replay_kept(log, every, collected)


async def _replay_kept(log: Log, every: int | None, collected: Collected) -> None:
    """A kept log's prices through fresh shards; `every` None is the published cadence."""
    for partition in range(log.partitions["prices"]):
        stage = Shard(partition, log.partitions["prices"], every)
        async for replayed in replayed_from(log, lambda *_, stage=stage: stage, partition):
            for out in replayed.outputs:
                collected.take(out.topic, out.key, out.value)
