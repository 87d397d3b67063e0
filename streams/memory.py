"""A log in memory: the third adapter of the port, for tests and for what is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain

from streams.codecs import VERSION
from streams.log import Place
from streams.records import OutRecord, Record
from streams.topics import partition_counts


class MemoryLog:
    """Keeps all records until it is gone."""

    def __init__(self, log_id: str = "memory", *, prices: int = 1, now: int = 0) -> None:
        self.name = self.log_id = log_id
        self.partitions: Mapping[str, int] = partition_counts(prices)
        self.numbers = None
        self.is_whole = False
        self.now = now
        """What is appended is stamped with it (ns UTC)."""
        self._records: dict[Place, list[Record]] = {
            (topic, p): [] for topic, count in self.partitions.items() for p in range(count)
        }
        self._more = asyncio.Event()
        self._roles: dict[str, asyncio.Lock] = {}

    def lost(self) -> str | None:
        """It is where it is."""
        return None

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset of the next record of each place."""
        return {place: len(self._records[place]) for place in places}

    async def start(self, topic: str, partition: int) -> int:
        """Nothing is ever removed."""
        return 0

    async def since(self, topic: str, partition: int, time: int) -> int:
        """The offset of the first record of this time or later."""
        kept = self._records[topic, partition]
        return next((r.offset for r in kept if r.time >= time), len(kept))

    async def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[Record, None]:
        """The records from `start` to `end`, or the end as it is now."""
        for record in self._records[topic, partition][start:end]:
            yield record

    async def latest(
        self, topic: str, partition: int, prefixes: Sequence[str] = ("",)
    ) -> AsyncGenerator[Record, None]:
        """The records whose keys begin so."""
        async for record in self.read(topic, partition):
            if record.key.startswith(tuple(prefixes)):
                yield record

    async def follow(self, starts: Mapping[Place, int]) -> AsyncGenerator[list[Record], None]:
        """Batches of what comes, for ever."""
        at = dict(starts)
        while True:
            self._more.clear()
            found = [record for place, offset in at.items() for record in self._from(place, offset)]
            at |= {place: len(self._records[place]) for place in at}
            yield found
            if not found:
                await self._more.wait()

    def _from(self, place: Place, offset: int) -> list[Record]:
        return self._records[place][offset:]

    @asynccontextmanager
    async def writer(self, *, patience: float | None = None) -> AsyncIterator[MemoryLog]:
        """Itself."""
        yield self

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Append records."""
        for topic, p, key, kind, value, writer, seq, _ in chain(*batches):
            kept = self._records[topic, p]
            head = topic, p, len(kept), key, kind, VERSION, self.log_id
            kept.append(Record(*head, writer, seq, self.now, value))
        self._more.set()

    async def claim(self, *, alone: bool) -> None:
        """Nobody else has it."""

    @asynccontextmanager
    async def holding(self, role: str) -> AsyncIterator[MemoryLog]:
        """One after the other."""
        async with self._roles.setdefault(role, asyncio.Lock()):
            yield self

    def holds(self) -> bool:
        """Nobody takes it away."""
        return True
