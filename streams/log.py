"""The log's port: all that commands, stages and the gateway know of a log, whichever it is.

Two adapters, `streams.sqlite.log` and `streams.kafka.log`, and one in memory (`streams.memory`). On
a directory nothing here waits for anybody, so `at_once` runs such a coroutine without a loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Protocol, TypeVar

from streams.records import OutRecord, Record

T = TypeVar("T")

LOG_KEY = "log"
"""Key of the first record of `definitions`: it names the log. No index id has small letters."""

LOG_SCHEMA = 2
"""Of that record. In logs of 1 writers show no token."""

PAGE = 500
"""Records read at once."""
_FIRST_PAGE = 50
"""Of those that are read backwards; each further page is twice as long, up to `PAGE`. A record of
the levels of 10,000 indices has most of a megabyte."""

Place = tuple[str, int]
"""A topic, and a partition of it."""


class Writer(Protocol):
    """Appends to a log."""

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Append records: those of a place in the given order, and of a batch none before the log
        has all of the batches before; an empty value forgets its key.

        Returns when the log has them; raises LogError where it does not take them, and then nobody
        knows how many it has. On a directory they are one commit.
        """


class Holder(Protocol):
    """Who has a role of a log that one process has at a time."""

    def holds(self) -> bool:
        """Whether it still has it; who lost it must do no more of its work."""


class Log(Protocol):
    """An open log. All methods raise LogError."""

    @property
    def name(self) -> str:
        """What its user calls it."""

    @property
    def log_id(self) -> str:
        """Its UUID."""

    @property
    def partitions(self) -> Mapping[str, int]:
        """How many partitions each of its topics has; one that an older log lacks is empty."""

    @property
    def numbers(self) -> str | None:
        """Which numbers wrote it, where the log notes that elsewhere than in `versions`."""

    @property
    def is_whole(self) -> bool:
        """Whether a record of `prices` and all that the shards make of it are one commit."""

    async def ends(self, places: Iterable[Place], /) -> dict[Place, int]:
        """The offset that the next record of each place will get."""

    async def start(self, topic: str, partition: int, /) -> int:
        """The offset of the oldest record that is kept; the end where there is none."""

    async def since(self, topic: str, partition: int, time: int, /) -> int:
        """The offset of the first record that was appended at `time` (ns UTC) or later; the end
        where there is none."""

    def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[Record, None]:
        """The records from offset `start`, or the oldest kept, up to `end`, or the end as it is
        now. Who stops before closes the generator."""

    def latest(
        self, topic: str, partition: int, prefixes: Sequence[str] = ("",)
    ) -> AsyncGenerator[Record, None]:
        """Of a compacted topic the last record of every key that begins with one of these; where
        others wait to be removed, or the key was forgotten, they come as well: the last counts."""

    def follow(self, starts: Mapping[Place, int], /) -> AsyncGenerator[list[Record], None]:
        """Batches of records from these offsets on, for ever, each place in its order; empty ones
        while nothing comes."""

    def writer(self, *, patience: float | None = None) -> AbstractAsyncContextManager[Writer]:
        """Appends as long as it is open. `patience` is how many seconds a delivery may take."""

    def lost(self) -> str | None:
        """What is wrong where its name leads to this log no more."""

    async def claim(self, *, alone: bool) -> None:
        """Be about to write trades, from here to the end; `alone`: nobody else may. Raises
        LogError where that cannot be."""

    def holding(self, role: str) -> AbstractAsyncContextManager[Holder]:
        """Wait until no other process has this role, and have it inside."""


def places(log: Log, *topics: str) -> list[Place]:
    """All places of these topics."""
    return [(topic, p) for topic in topics for p in range(log.partitions.get(topic, 0))]


async def end_of(log: Log, topic: str, partition: int = 0) -> int:
    """The offset that the next record of one place will get."""
    return (await log.ends([(topic, partition)]))[topic, partition]


async def backwards(log: Log, topic: str, partition: int = 0) -> AsyncGenerator[Record, None]:
    """The records of a place, the newest first."""
    end, first = await end_of(log, topic, partition), await log.start(topic, partition)
    size = _FIRST_PAGE
    while end > first:
        begin = max(end - size, first)
        async with aclosing(log.read(topic, partition, begin, end)) as page:
            found = [record async for record in page]
        for record in reversed(found):
            yield record
        end, size = begin, min(2 * size, PAGE)


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nobody: on a log of a directory, or in memory."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("this log makes its callers wait")
