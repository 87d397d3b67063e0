"""Following a log on Kafka from outside any group: for the gateway, and for looking things up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.address import KafkaLog
from streams.records import LogError, Record

_POLL_MS = 100
_MOST = 2000


async def follow(
    log: KafkaLog, start: Mapping[tuple[str, int], int]
) -> AsyncIterator[list[Record]]:
    """Batches of records from these offsets on, for ever; empty ones while nothing comes.

    Raises LogError where the broker fails for good.
    """
    partitions = {TopicPartition(log.topic(t), p): offset for (t, p), offset in start.items()}
    consumer = AIOKafkaConsumer(
        **log.options, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(list(partitions))
        for partition, offset in partitions.items():
            consumer.seek(partition, offset)
        while True:
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST)
            yield [log.record(m) for messages in found.values() for m in messages]
    except KafkaError as error:
        raise LogError(f"{log.address}: the broker does not answer ({error})") from error
    finally:
        await consumer.stop()


async def ends(log: KafkaLog, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The offset of the next record of each (topic, partition)."""
    names = {TopicPartition(log.topic(t), p): (t, p) for t, p in partitions}
    consumer = AIOKafkaConsumer(**log.options, enable_auto_commit=False)
    await consumer.start()
    try:
        found = await consumer.end_offsets(list(names))
    finally:
        await consumer.stop()
    return {names[name]: end for name, end in found.items()}
