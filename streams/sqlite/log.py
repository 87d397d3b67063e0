"""The log's port over the file of a directory."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from itertools import chain

from streams.log import PAGE, Place
from streams.log_files import advice
from streams.records import LogError, OutRecord, Record
from streams.sqlite.file import SqliteLog
from streams.sqlite.lock import LOCK_FILES, DirectoryLock, LogHeldError
from streams.sqlite.wake import listening
from streams.topics import TOPICS
from streams.versions import LEGACY, TOPIC

TAKE_OVER_SECONDS = 0.2
"""Between two looks whether a role is free."""
POLL_SECONDS = 0.02
"""Between two looks whether others have written; one costs some microseconds."""


class DirectoryLog:
    """Reads by `file`, and writes by it if it is open for writing; else a writer is a connection
    of its own. `clock` (ns UTC) stamps what is appended."""

    def __init__(self, file: SqliteLog, clock: Callable[[], int] = time.time_ns) -> None:
        self.file, self._clock = file, clock
        self.name, self.log_id = str(file.directory), file.log_id

    @property
    def partitions(self) -> Mapping[str, int]:
        """How many partitions each topic has."""
        return self.file.partitions

    @property
    def is_whole(self) -> bool:
        """`streams.sqlite.driver` sees to it."""
        return True

    @cached_property
    def numbers(self) -> str | None:
        """Which numbers wrote the log, where a version before the topic `versions` noted it."""
        return self.file.meta(LEGACY)

    def lost(self) -> str | None:
        """What is wrong where the directory leads to this file no more."""
        return self.file.lost()

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset that the next record of each place will get."""
        with self._reading():
            return {place: self.file.end(*place) for place in places}

    async def start(self, topic: str, partition: int) -> int:
        """The offset of the oldest record kept."""
        with self._reading():
            return self.file.start(topic, partition)

    async def since(self, topic: str, partition: int, time: int) -> int:
        """The offset of the first record of this time or later."""
        with self._reading():
            low, high = self.file.start(topic, partition), self.file.end(topic, partition)
            while low < high:
                middle = (low + high) // 2
                found = self.file.read(topic, partition, middle - 1, 1)
                if found and found[0].time < time:
                    low = found[0].offset + 1
                else:
                    high = middle
        return low

    async def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[Record, None]:
        """The records from `start` to `end`, or the end as it is now."""
        if end is None:
            end = (await self.ends([(topic, partition)]))[topic, partition]
        while page := self._page(topic, partition, start, PAGE):
            for record in page:
                if record.offset >= end:
                    return
                yield record
            start = page[-1].offset + 1

    async def latest(
        self, topic: str, partition: int, prefixes: Sequence[str] = ("",)
    ) -> AsyncGenerator[Record, None]:
        """The last record of every key that begins so."""
        for prefix in prefixes:
            found = self.file.latest(topic, partition, prefix)
            while (record := self._next(found)) is not None:
                yield record

    async def follow(self, starts: Mapping[Place, int]) -> AsyncGenerator[list[Record], None]:
        """Batches of what comes, for ever; what was removed before it was read is passed over."""
        at = dict(starts)
        with listening(self.file.directory, {topic for topic, _ in at}) as commits:
            while True:
                commits.clear()
                found = list[Record]()
                for place, start in at.items():
                    page = self._page(*place, start)
                    if page:
                        at[place] = page[-1].offset + 1
                        found += page
                yield found
                if not found:
                    await commits.wait(POLL_SECONDS)

    def _page(self, topic: str, partition: int, start: int, limit: int = PAGE) -> list[Record]:
        with self._reading():
            return self.file.read(topic, partition, start - 1, limit)

    def _next(self, records: Iterator[Record]) -> Record | None:
        with self._reading():
            return next(records, None)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What SQLite cannot read now is the log's trouble, as with any other log."""
        try:
            yield
        except sqlite3.Error as error:
            raise LogError(f"{self.name}: cannot read the log {advice(error)}") from error

    @asynccontextmanager
    async def writer(self, *, patience: float | None = None) -> AsyncIterator[DirectoryWriter]:
        """Appends, each call in one commit."""
        if not self.file.readonly:
            yield DirectoryWriter(self.file, self._clock)
            return
        with SqliteLog(self.file.directory, role=None) as file:
            yield DirectoryWriter(file, self._clock)

    async def claim(self, *, alone: bool) -> None:
        """Be the one that writes trades; there is never another here."""
        self.file.claim("connectors")

    @asynccontextmanager
    async def holding(self, role: str) -> AsyncIterator[LockHolder]:
        """Wait for the lock of a role, and hold it inside."""
        if role not in LOCK_FILES:
            raise LogError(f"{self.name}: there is no role {role}")
        while True:
            try:
                lock = DirectoryLock(self.file.directory, role)
                break
            except LogHeldError:
                await asyncio.sleep(TAKE_OVER_SECONDS)
        try:
            yield LockHolder()
        finally:
            lock.release()


class LockHolder:
    """A lock of the kernel: nobody takes it from a process that lives."""

    def holds(self) -> bool:
        """As long as it is there."""
        return True


class DirectoryWriter:
    """Appends to a file, stamped with a clock."""

    def __init__(self, file: SqliteLog, clock: Callable[[], int]) -> None:
        self._file, self._clock = file, clock

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Append records in one commit."""
        with self._file.transaction():
            now = self._clock()
            for topic, p, key, kind, value, writer, seq, body in chain(*batches):
                if not value and TOPICS[topic].compacted and self._file.delete(topic, p, key):
                    continue
                self._file.append(topic, p, key, kind, value, writer, seq, now)
                if topic == TOPIC and body["topic"] == "ticks":
                    # A version that knows no spans refuses by this note.
                    self._file.set_meta(LEGACY, body["numbers"])
