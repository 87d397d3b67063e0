"""Topics on Kafka for the other programs: made, filled, read, and no more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

LINGER_MS = 5
FETCH_BYTES = 8 << 20
POLL_MS = 200


async def create(address: str, names: Iterable[str]) -> None:
    """Topics of one partition, whose records have the time of their append."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        settings = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(n, 1, 1, topic_configs=settings) for n in names])
    finally:
        await admin.close()


async def fill(address: str, topic: str, values: Sequence[bytes]) -> None:
    """Append values, in order."""
    producer = AIOKafkaProducer(
        bootstrap_servers=address, linger_ms=LINGER_MS, max_request_size=FETCH_BYTES,
        enable_idempotence=True,
    )  # fmt: skip
    await producer.start()
    try:
        for value in values:
            last = await producer.send(topic, value, key=b"x")
        await last
        await producer.flush()
    finally:
        await producer.stop()


async def read(
    address: str, topic: str, count: int, check: Callable[[], None]
) -> list[tuple[int, bytes]]:
    """The first so many records, as they come: when each was appended (ms), and its value. `check`
    is called in between and raises where waiting makes no sense any more."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address, enable_auto_commit=False, auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )  # fmt: skip
    await consumer.start()
    found: list[tuple[int, bytes]] = []
    try:
        where = TopicPartition(topic, 0)
        consumer.assign([where])
        await consumer.seek_to_beginning(where)
        while len(found) < count:
            batches = await consumer.getmany(timeout_ms=POLL_MS)
            found += [(m.timestamp, m.value or b"") for m in batches.get(where, ())]
            check()
    finally:
        await consumer.stop()
    return found[:count]
