"""Topics on Kafka as any program has them: filled, and read from their beginning.

What the bench puts into a log of ours and takes out of it is as `docs/records.md` says.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

LINGER_MS = 5
FETCH_BYTES = 8 << 20
POLL_MS = 100
MILLISECOND = 1_000_000


class Value(NamedTuple):
    """What is appended: a value, and its type where it has one."""

    type: str
    value: bytes


class Appended(NamedTuple):
    """What is read: its type, its value, and when the broker appended it (ns)."""

    type: str
    value: bytes
    time: int


def new_prefix() -> str:
    """A prefix for the topics of one run."""
    return f"bench-{uuid.uuid4().hex[:8]}."


async def create(address: str, names: Iterable[str]) -> None:
    """Topics of one partition, whose records have the time of their append."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        settings = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(n, 1, 1, topic_configs=settings) for n in names])
    finally:
        await admin.close()


class Filler:
    """Appends to one topic, in order. An async context manager, at whose end all is there."""

    def __init__(self, address: str, topic: str) -> None:
        self._topic = topic
        self._producer = AIOKafkaProducer(
            bootstrap_servers=address, linger_ms=LINGER_MS, max_request_size=FETCH_BYTES,
            enable_idempotence=True,
        )  # fmt: skip

    async def __aenter__(self) -> Filler:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def append(self, values: Iterable[Value]) -> None:
        """Send them; returns when the last one is delivered."""
        last = None
        for kind, value in values:
            headers = [("type", kind.encode()), ("v", b"1")] if kind else []
            last = await self._producer.send(self._topic, value, partition=0, headers=headers)
        if last is not None:
            await last


async def fill(address: str, topic: str, values: Sequence[Value]) -> None:
    """Append all of these."""
    async with Filler(address, topic) as filler:
        await filler.append(values)


async def follow(address: str, topic: str) -> AsyncIterator[list[Appended]]:
    """The records of all partitions from their beginning on, for ever; nothing while none comes."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=address, group_id=None, enable_auto_commit=False,
        auto_offset_reset="earliest", max_partition_fetch_bytes=FETCH_BYTES,
    )  # fmt: skip
    await consumer.start()
    try:
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS)
            yield [
                Appended(dict(m.headers).get("type", b"").decode(), m.value or b"",
                         m.timestamp * MILLISECOND)
                for messages in found.values()
                for m in messages
            ]  # fmt: skip
    finally:
        await consumer.stop()


async def read(address: str, topic: str, count: int, check: Callable[[], None]) -> list[Appended]:
    """The first so many records, as they come. `check` is called in between and raises where
    waiting makes no sense any more."""
    found = list[Appended]()
    async for records in follow(address, topic):
        found += records
        if len(found) >= count:
            break
        check()
    return found[:count]
