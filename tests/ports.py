"""The log's port as tests use it that wait for nothing: on the file of a directory."""

from __future__ import annotations

from typing import Any

from engine.index.definition import IndexDefinition
from engine.records import NumbersSpan
from streams import backfill as backfilling
from streams import define as defining
from streams import replay
from streams.log import at_once
from streams.replay import Replayed
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from streams.versions import versions_of


def define(driver: LocalDriver, *args: Any, **options: Any) -> defining.DefineResult:
    """Define in a driver's log, and let it take that up."""
    options = {"now": driver.now()} | options
    result = at_once(defining.define(driver.log, *args, **options))
    driver.poll()
    return result


def backfill(
    driver: LocalDriver, frames: Any, sha256: str, last: int | None = None
) -> backfilling.BackfillResult:
    """Backfill a driver's log, and let it take that up."""
    gate = driver.pricer.gate
    try:
        return at_once(backfilling.backfill(driver.log, frames, sha256, gate, driver.now(), last))
    finally:
        driver.file.give_up("connectors")
        driver.poll()


def all_of(generator: Any) -> list[Any]:
    """What an async generator yields that waits for nobody."""

    async def collect() -> list[Any]:
        return [item async for item in generator]

    return at_once(collect())


def port(log: SqliteLog) -> DirectoryLog:
    """The log's port over an open file."""
    return DirectoryLog(log)


def spans(log: SqliteLog) -> list[NumbersSpan]:
    """Which numbers wrote what of a log."""
    return at_once(versions_of(port(log)))


def defined(log: SqliteLog) -> dict[str, IndexDefinition]:
    """The index definitions in force."""
    return at_once(defining.defined_in(port(log))).indices


def retick(log: SqliteLog, new_pricer: Any) -> list[Replayed]:
    """`ticks` through a fresh Pricer."""
    return all_of(replay.retick(port(log), new_pricer))


def replay_log(log: SqliteLog, new_shard: Any, partition: int = 0) -> list[Replayed]:
    """`prices` through a fresh Shard."""
    return all_of(replay.replay_log(port(log), new_shard, partition))
