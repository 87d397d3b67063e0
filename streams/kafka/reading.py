"""Reading a log on Kafka: partitions up to their end, no longer than it may take, or for ever.

Readers belong to no group and commit nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.address import KafkaLog
from streams.records import LogError, Record

STALL_SECONDS = 30.0
"""Without any progress for so long a read is given up: a reader that hangs reports nothing."""

_MILLISECOND = 1_000_000
_POLL_MS = 100
_MOST = 2000
_FETCH_BYTES = 8 << 20  # of one partition: a checkpoint's chunks come many at a time


async def start_offset(log: KafkaLog, topic: str, partition: int) -> int:
    """The offset of the oldest record kept. Raises LogError."""
    where = TopicPartition(log.topic(topic), partition)
    async with _asking(log, f"the start of {where.topic}") as consumer:
        return int((await consumer.beginning_offsets([where]))[where])


async def offset_at(log: KafkaLog, topic: str, partition: int, time: int) -> int:
    """The offset of the first record that was appended at `time` (ns) or later, or the end. Raises
    LogError."""
    where = TopicPartition(log.topic(topic), partition)
    async with _asking(log, f"the place of a time in {where.topic}") as consumer:
        found = (await consumer.offsets_for_times({where: -(-time // _MILLISECOND)}))[where]
        return int((await consumer.end_offsets([where]))[where] if found is None else found.offset)


async def ends(log: KafkaLog, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The offset of the next record of each (topic, partition). Raises LogError."""
    names = {TopicPartition(log.topic(t), p): (t, p) for t, p in partitions}
    async with _asking(log, "where the topics end") as consumer:
        return {names[n]: end for n, end in (await consumer.end_offsets(list(names))).items()}


@asynccontextmanager
async def _asking(log: KafkaLog, what: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer for a question that is answered soon or not at all."""
    consumer = AIOKafkaConsumer(**log.options, enable_auto_commit=False)
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await consumer.start()
            yield consumer
    except (KafkaError, OSError, TimeoutError) as error:
        reason = str(error) or "no answer"
        raise LogError(f"{log.address}: {what} is not told ({reason})") from error
    finally:
        await consumer.stop()


async def read_partition(
    log: KafkaLog,
    topic: str,
    partition: int,
    *,
    start: int = 0,
    until: int | None = None,
    stall: float = STALL_SECONDS,
) -> AsyncGenerator[Record, None]:
    """The records from offset `start`, or the oldest kept, up to `until`, or the end as it is now.

    Who stops before the end closes the generator
    (`contextlib.aclosing`), and with it the connections. Raises LogError where the broker fails,
    or where nothing comes for `stall` seconds although the end is not reached.
    """
    where = TopicPartition(log.topic(topic), partition)
    consumer = AIOKafkaConsumer(
        **log.options,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_bytes=_FETCH_BYTES,
    )
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(stall):
            await consumer.start()
            consumer.assign([where])
            end = (await consumer.end_offsets([where]))[where]
            end = end if until is None else min(end, until)
            first = (await consumer.beginning_offsets([where]))[where]
        consumer.seek(where, max(start, first))
        deadline = loop.time() + stall
        # The position, not the last record: what compaction removed gives no record.
        while await consumer.position(where) < end:
            found = await consumer.getmany(where, timeout_ms=200)
            if found.get(where):
                deadline = loop.time() + stall
            elif loop.time() > deadline:
                position = await consumer.position(where)
                raise TimeoutError(f"it stands at offset {position} of {end}")
            for message in found.get(where, ()):
                if message.offset < end:
                    yield log.record(message)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogError(
            f"{log.address}: {where.topic}/{partition} cannot be read to its end within "
            f"{stall:g} s ({str(error) or 'no answer'}); is the broker well?"
        ) from error
    finally:
        await consumer.stop()


async def follow(
    log: KafkaLog, start: Mapping[tuple[str, int], int]
) -> AsyncGenerator[list[Record], None]:
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
