"""Where a log is opened: the one room that knows whether it is a directory or on Kafka.

Everything else works on the port (`streams.log`) and on `Stages`.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from streams.passage import Passed, unwatched
from streams.records import LogError, StreamError
from tidegauge.errors import WrongUse

if TYPE_CHECKING:
    import asyncio

    from streams.kafka.address import KafkaLog
    from streams.log import Log, Writer
    from streams.runner import Runner
    from streams.sqlite.driver import LocalDriver

TABLES = "tables"
"""The directory of tables beside the file of a log."""
KEYS = "keys.jsonl"
_TABLES_OF_KAFKA = "tidegauge-tables"

Clock = Callable[[], int]
"""ns UTC."""


class Stages(Protocol):
    """Pricing and indexing in this process."""

    @property
    def runners(self) -> Sequence[Runner]:
        """The stages that are at work here."""

    def start(self) -> object:
        """Come to the end of the log, as far as that is possible before `run`."""

    async def run(self, stop: asyncio.Event, /) -> None:
        """Work until stopped, then checkpoint. Raises what ended it before."""

    def writer(self, *, patience: float | None = None) -> AbstractAsyncContextManager[Writer]:
        """Appends to the log, by the shortest way from here to the stages."""

    def behind(self, runner: Runner, /) -> int:
        """How many records one of them has yet to take."""

    def status(self) -> Mapping[str, int]:
        """Figures of its work."""

    def reasons(self) -> list[str]:
        """What is wrong with the log that it works on, beside being late."""


class Target(Protocol):
    """A log that a user has named. All methods raise StreamError."""

    name: str
    keys: Path | None
    """The file of its gateway's keys: what is beside a log goes where the log goes, and is as much
    its owner's alone. None where there is no such place."""

    def tables_of(self, log: Log) -> Path:
        """Where this machine keeps the tables of the log, which is open."""

    async def make(self, partitions: int | None = None, copies: int | None = None) -> None:
        """Make the log, or what it lacks; refuses other `partitions` than it has."""

    async def sizes(self) -> dict[str, int]:
        """The bytes of each topic on the disk, and of what stands beside them."""

    def open(
        self, *, write: bool = False, patient: bool = False
    ) -> AbstractAsyncContextManager[Log]:
        """The log as it is; `write` makes one in a directory where there is none, and topics that
        a log of an older version lacks. `patient` is for commands that write while others do."""

    def stages(
        self, clock: Clock, slot: str | None = None, passed: Passed = unwatched
    ) -> AbstractAsyncContextManager[Stages]:
        """The stages on a log that is there, not started yet; `passed` is told what they take."""

    async def settle(self) -> Sequence[Runner]:
        """Let the stages take what was appended, where nobody else sees to that; those stages."""


def target_of(text: str, keep: int | None = None) -> Target:
    """A directory, or a log on Kafka with the settings `TIDEGAUGE_KAFKA_*`. A directory's stages
    `keep` it within so many bytes."""
    if not re.match(r"\w+:/", text):
        return Directory(Path(text), keep)
    if keep is not None:
        raise WrongUse(
            f"--keep: {text} is on Kafka, whose topics are kept by their own settings; set "
            "retention.bytes there with kafka-configs.sh"
        )
    from streams.kafka.address import KafkaAddress, KafkaLog, KafkaSecurity

    try:
        return Broker(KafkaLog(KafkaAddress.parse(text), KafkaSecurity.from_settings()))
    except StreamError as error:
        raise WrongUse(str(error)) from error


@contextmanager
def holding_tables(directory: Path) -> Iterator[int | None]:
    """Be the one process that writes tables in a directory, which is made where it is not there.
    Gives None, or where another process does so the id of that (0 if unknown). Raises
    StreamError."""
    from streams.sqlite.lock import DirectoryLock, LogHeldError

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock = DirectoryLock(directory, "tables")
    except LogHeldError as error:
        yield error.pid
        return
    try:
        yield None
    finally:
        lock.release()


def bytes_in(directory: Path, but: str = "") -> int:
    """Of all files in a directory but those of a name."""
    found = 0
    for place, _, names in os.walk(directory):
        for name in names:
            if name == but:
                continue
            with suppress(OSError):  # just removed
                found += os.lstat(os.path.join(place, name)).st_size
    return found


class Directory:
    """The log of a directory."""

    def __init__(self, path: Path, keep: int | None = None) -> None:
        self.path, self.name, self._keep = path, str(path), keep
        self.keys: Path | None = path / KEYS

    def tables_of(self, log: Log) -> Path:
        """Beside the file."""
        return self.path / TABLES

    async def make(self, partitions: int | None = None, copies: int | None = None) -> None:
        """Make the file."""
        from streams.sqlite.file import SqliteLog
        from streams.topics import DIRECTORY_PARTITIONS

        with SqliteLog(self.path, role=None, prices=partitions or DIRECTORY_PARTITIONS) as file:
            have = file.partitions["prices"]
            if partitions and have != partitions:
                raise LogError(
                    f"{self.name}: prices has {have} partitions, not {partitions}; the number "
                    "stays what it is for the life of a log"
                )

    async def sizes(self) -> dict[str, int]:
        """As they lie packed in the file; with the tables, and what of the file is free."""
        from streams.sqlite.file import SqliteLog

        with SqliteLog(self.path, readonly=True) as file:
            topics = file.sizes()
        beside = bytes_in(self.path / TABLES)
        return {
            **topics,
            "tables": beside,
            "other": bytes_in(self.path) - beside - sum(topics.values()),
        }

    @asynccontextmanager
    async def open(self, *, write: bool = False, patient: bool = False) -> AsyncIterator[Log]:
        """The log, which any number may have open."""
        from streams.sqlite.file import SqliteLog
        from streams.sqlite.log import DirectoryLog

        with SqliteLog(self.path, role=None, readonly=not write, patient=patient) as file:
            yield DirectoryLog(file)

    @asynccontextmanager
    async def stages(
        self, clock: Clock, slot: str | None = None, passed: Passed = unwatched
    ) -> AsyncIterator[Stages]:
        """All stages; there is one process of them."""
        from streams.sqlite.file import SqliteLog

        SqliteLog(self.path, readonly=True).close()  # says so where there is no log
        with self._driver(clock, passed) as stages:
            yield stages

    @contextmanager
    def _driver(self, clock: Clock, passed: Passed = unwatched) -> Iterator[_Told]:
        from engine.index.shard import Shard
        from engine.pricing.pricer import Pricer
        from streams.sqlite.driver import LocalDriver
        from streams.sqlite.file import FILE, SqliteLog

        with SqliteLog(self.path, keep=self._keep) as file:
            driver = LocalDriver(file, Pricer, Shard, clock)
            driver.beside, driver.passed = lambda: bytes_in(self.path, but=FILE), passed
            yield _Told(driver)

    async def complete(self) -> None:
        """Let the stages take what was appended, pack it and write its tables: the log is as it
        would become by itself in time, and no larger than it must be."""
        import sqlite3

        from streams.sinks.parquet import ParquetSink
        from streams.sinks.sink import Follower
        from streams.sqlite.file import FILE
        from streams.sqlite.packer import pack_all

        with self._driver(time.time_ns) as stages:
            stages.start()
            pack_all(stages.file)
        with closing(sqlite3.connect(self.path / FILE)) as file:
            file.execute("VACUUM")
        async with self.open() as log:
            sink = ParquetSink(self.tables_of(log), log.log_id, log.partitions["prices"])
            try:
                await Follower(log, sink).catch_up()
            finally:
                sink.close()

    async def settle(self) -> Sequence[Runner]:
        """Run the stages to the end of the log, if no other process has them."""
        from streams.sqlite.lock import LogHeldError

        try:
            with self._driver(time.time_ns) as stages:
                stages.start()
                return stages.runners
        except LogHeldError:
            return ()


class _Told:
    """The driver of a directory, which says how far its start is."""

    def __init__(self, driver: LocalDriver) -> None:
        self._driver = driver
        self.runners: Sequence[Runner] = driver.runners
        self.run, self.writer = driver.run, driver.writer
        self.behind, self.status, self.reasons = driver.behind, driver.status, driver.reasons
        self.file = driver.file

    def start(self) -> None:
        """Catch up with the log, and keep where that led to.

        First comes what is to be compiled: that takes a minute on a machine's first start, and
        others could not write meanwhile.
        """
        from tidegauge.progress import starting
        from tidegauge.stopping import end_if_stopped
        from tidegauge.warm import compile_engine, compiling_told

        with compiling_told(), starting() as shown:
            compile_engine()

            def progress(what: str, done: int, total: int) -> None:
                end_if_stopped()
                shown(what, done, total)

            end_if_stopped()
            self._driver.progress = progress
            self._driver.start()
            self._driver.checkpoint()


class Broker:
    """A log on Kafka."""

    def __init__(self, kafka: KafkaLog) -> None:
        self.kafka, self.name = kafka, str(kafka.address)
        self.keys: Path | None = None

    def tables_of(self, log: Log) -> Path:
        """A directory of the log where the process was started."""
        return Path(_TABLES_OF_KAFKA) / log.log_id

    async def make(self, partitions: int | None = None, copies: int | None = None) -> None:
        """Make the topics that are missing."""
        from streams.kafka.topics import create_topics

        await create_topics(self.kafka, prices=partitions, copies=copies)

    async def sizes(self) -> dict[str, int]:
        """Of one copy of each; with the tables that this machine keeps."""
        from streams.kafka.sizes import topic_sizes

        async with self.open() as log:
            topics = await topic_sizes(self.kafka, log.partitions)
            return {**topics, "tables": bytes_in(self.tables_of(log)), "other": 0}

    @asynccontextmanager
    async def open(self, *, write: bool = False, patient: bool = False) -> AsyncIterator[Log]:
        """The log, if its topics are as they must be."""
        from streams.kafka.log import BrokerLog
        from streams.kafka.topics import check_topics, complete_topics

        found = complete_topics if write else check_topics
        yield BrokerLog(self.kafka, await found(self.kafka))

    @asynccontextmanager
    async def stages(
        self, clock: Clock, slot: str | None = None, passed: Passed = unwatched
    ) -> AsyncIterator[Stages]:
        """The partitions that the group gives to this process."""
        from engine.index.shard import Shard
        from engine.pricing.pricer import Pricer
        from streams.kafka.app import Worker
        from streams.kafka.log import BrokerLog
        from streams.kafka.topics import complete_topics
        from tidegauge.warm import compile_engine

        log = BrokerLog(self.kafka, await complete_topics(self.kafka))
        compile_engine()
        with tempfile.TemporaryDirectory(prefix="tidegauge-worker-") as directory:
            name = slot or socket.gethostname()
            yield Worker(log, name, Pricer, Shard, directory=directory, passed=passed)

    async def settle(self) -> Sequence[Runner]:
        """Workers see to it."""
        return ()
