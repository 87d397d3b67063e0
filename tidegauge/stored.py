"""Commands over a log that nothing else writes: define, backfill, replay."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, TickFrame
from engine.types import SECOND
from streams.backfill import BackfillResult, backfill
from streams.codecs import AHEAD
from streams.define import DefineResult, define, definitions_in_force
from streams.local import LocalDriver
from streams.records import StreamError
from streams.replay import replay_log
from streams.sqlite_log import SqliteLog
from tidegauge.errors import Failure, WrongUse
from tidegauge.progress import progress, starting
from tidegauge.recorded.frames import engine_frames
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.summary import refuse_empty, report, say_skipped
from tidegauge.replay import Collected
from tidegauge.topics import reading
from tidegauge.warm import compiling_told


@contextmanager
def _driver(directory: Path) -> Iterator[LocalDriver]:
    """A started driver on the directory's log; stream errors become one line."""
    try:
        with compiling_told(), SqliteLog(directory) as log:
            driver = LocalDriver(log, Pricer, Shard)
            with starting() as driver.progress:
                driver.start()
            yield driver
            driver.stop()
    except StreamError as error:
        raise Failure(str(error)) from error


def define_in(
    directory: Path, defined: IndexFile, retire: Sequence[str], late: bool
) -> tuple[DefineResult, list[str]]:
    """Put definitions into a directory's log; what it did, and which assets wait for their first
    price. Raises DefinitionError."""
    with _driver(directory) as driver, starting() as driver.progress:
        result = define(driver, defined.indices, retire, assets=defined.assets, late=late)
        return result, pending_in(driver)


def pending_in(driver: LocalDriver) -> list[str]:
    """The assets that planned changes have added and that have no price yet, by index."""
    found = list[str]()
    for runner in driver.shards:
        shard = runner.stage
        assert isinstance(shard, Shard)
        found += [
            f"{basket.id}: {', '.join(basket.pending)}"
            for basket in shard.baskets.all
            if basket.pending and shard.roster.owns(basket.id)
        ]
    return found


def backfill_in(directory: Path, files: Sequence[Path], strict: bool) -> BackfillResult:
    """Recorded prices into a directory's log."""
    with recorded(files, strict) as (found, digest), _driver(directory) as driver:
        if not definitions_in_force(driver.log):
            say_undefined(str(directory))
        return backfill(driver, found, digest)


@contextmanager
def recorded(
    files: Sequence[Path], strict: bool
) -> Iterator[tuple[Iterator[AssetFrame | TickFrame], str]]:
    """The frames of recorded prices, their progress shown, and the digest of the files."""
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

        yield found(), digest


def _not_ahead(reader: Reader) -> None:
    """Refuse files that reach into the future: a log's time would run ahead of what comes live."""
    last, where = reader.last or (0, "")
    if last > time.time_ns() + AHEAD:
        at = datetime.fromtimestamp(last // SECOND, UTC)
        raise WrongUse(
            f"{where}: lies in the future ({at:%Y-%m-%dT%H:%M:%SZ}); a bare date is "
            "the close of its day; remove such rows"
        )


def say_undefined(log: str) -> None:
    """Recorded prices go into a log in which there is no index."""
    report(f"{log}: no index is defined yet, so nothing is computed from these")


def replay_directory(directory: Path, every: int | None, collected: Collected) -> None:
    """A kept log through the engine into `collected`; `every` None is the published cadence."""
    with compiling_told(), reading(directory) as log:
        _replay_kept(log, every, collected)


def _replay_kept(log: SqliteLog, every: int | None, collected: Collected) -> None:
    """A kept log's prices through fresh shards; `every` None is the published cadence."""
    try:
        for partition in range(log.partitions["prices"]):
            stage = Shard(partition, log.partitions["prices"], every)
            for replayed in replay_log(log, lambda *_, stage=stage: stage, partition):
                for out in replayed.outputs:
                    collected.take(out.topic, out.key, out.value)
    except StreamError as error:
        raise Failure(str(error)) from error
