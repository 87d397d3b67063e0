"""The log's port over Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from streams.kafka.address import KafkaLog
from streams.kafka.holding import holding
from streams.kafka.outbox import DELIVERY_SECONDS, KafkaOutbox
from streams.kafka.reading import (
    STALL_SECONDS,
    ends,
    follow,
    offset_at,
    read_partition,
    start_offset,
)
from streams.kafka.topics import KafkaTopics
from streams.log import Holder, Place
from streams.records import LogError, Record

QUIET_SECONDS = 1.0
"""A connector writes a clock frame at least every 100 ms: in so long it shows that it is there."""


class BrokerLog:
    """A log whose topics were found. It holds no connection; every call makes its own. A read
    without progress for `stall` seconds is given up."""

    def __init__(self, log: KafkaLog, topics: KafkaTopics, *, stall: float = STALL_SECONDS) -> None:
        self.kafka, self._stall = log, stall
        self.name, self.log_id, self.partitions = str(log.address), topics.log, topics.partitions
        self.numbers = None
        self.is_whole = False

    def lost(self) -> str | None:
        """It is where it is."""
        return None

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset that the next record of each place will get."""
        wanted = list(places)
        found = await ends(self.kafka, [place for place in wanted if place[0] in self.partitions])
        return {place: found.get(place, 0) for place in wanted}

    async def start(self, topic: str, partition: int) -> int:
        """The offset of the oldest record kept."""
        return await start_offset(self.kafka, topic, partition)

    async def since(self, topic: str, partition: int, time: int) -> int:
        """The offset of the first record of this time or later."""
        return await offset_at(self.kafka, topic, partition, time)

    async def read(
        self, topic: str, partition: int, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[Record, None]:
        """The records from `start` to `end`, or the end as it is now."""
        if topic in self.partitions:
            where = self.kafka, topic, partition
            async for record in read_partition(*where, start=start, until=end, stall=self._stall):
                yield record

    async def latest(
        self, topic: str, partition: int, prefixes: Sequence[str] = ("",)
    ) -> AsyncGenerator[Record, None]:
        """The records whose keys begin so: the broker compacts in its own time."""
        async for record in self.read(topic, partition):
            if record.key.startswith(tuple(prefixes)):
                yield record

    def follow(self, starts: Mapping[Place, int]) -> AsyncGenerator[list[Record], None]:
        """Batches of what comes, for ever."""
        return follow(self.kafka, starts)

    def writer(self, *, patience: float | None = None) -> KafkaOutbox:
        """A producer of its own."""
        seconds = DELIVERY_SECONDS if patience is None else patience
        return KafkaOutbox(self.kafka, self.log_id, delivery_seconds=seconds)

    def holding(self, role: str) -> AbstractAsyncContextManager[Holder]:
        """Wait until a consumer group gives the role to this process, and have it inside."""
        return holding(self.kafka, role)

    async def claim(self, *, alone: bool) -> None:
        """Any number of connectors may write here. To be alone, listen whether one is there."""
        if not alone:
            return
        before = await self.ends([("ticks", 0)])
        await asyncio.sleep(QUIET_SECONDS)
        if await self.ends([("ticks", 0)]) != before:
            ticks = self.kafka.topic("ticks")
            raise LogError(f"{self.name}: something writes into {ticks}; stop `connect` first")
