"""Outputs onto Kafka: in order, each delivery awaited, and never one without those before it.

An idempotent producer alone is not enough. It holds several batches of a partition, and when one
of them fails the next may still be sent: a gap, behind which what is missing comes too late. So
a partition's next batch is made only once the broker has all copies of the one before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.codecs import COLUMNS, VERSION, is_columnar
from streams.kafka.address import KafkaLog
from streams.log import Place
from streams.records import LogError, OutRecord, token_of

DELIVERY_SECONDS = 120.0
"""How long a delivery may take: a broker's restart, or a broken network, is over by then."""

STOP_SECONDS = 5.0
"""aiokafka's stop waits for a dead broker for ever."""

_REQUEST_MS = 30_000
"""A partition without a leader for so long fails a delivery, idempotent or not."""

BATCH_BYTES = 256 * 1024
"""Sent at once to a partition. A larger record goes alone."""

_logger = logging.getLogger(__name__)

_HEADS = 1000
"""Headers that are kept as bytes: a process writes some ten types under one name or a few."""
_COLUMNS = ("encoding", COLUMNS.encode())
_Headers = list[tuple[str, bytes]]
_Row = tuple[bytes, bytes | None, _Headers]


class KafkaOutbox:
    """Sends the records of one process to a log. An async context manager.

    `log_id` is the log's UUID. `sent` counts the records that the broker has, `batches` the
    requests that it took.

    After any failure the outbox is broken: what was sent last may or may not be in the log, and
    only a new start from the checkpoint finds out.
    """

    def __init__(
        self, log: KafkaLog, log_id: str, *, delivery_seconds: float = DELIVERY_SECONDS
    ) -> None:
        self._log, self._log_id, self._seconds = log, log_id, delivery_seconds
        self._producer: AIOKafkaProducer | None = None
        self._locks = defaultdict[tuple[str, int], asyncio.Lock](asyncio.Lock)
        self._heads: dict[tuple[str, str], tuple[_Headers, tuple[str, bytes]]] = {}
        self._broken: BaseException | None = None
        self.sent = self.batches = 0

    async def start(self) -> None:
        """Connect; raises LogError."""
        await self._log.reach()
        self._producer = AIOKafkaProducer(
            **self._log.options | {"request_timeout_ms": _REQUEST_MS},
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            compression_type="zstd",
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Close the connections. What was awaited is delivered; there is nothing else."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS if self._broken is None else 0.0):
                await producer.stop()
        except (TimeoutError, KafkaError):
            await _abandon(producer)

    async def __aenter__(self) -> KafkaOutbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Deliver records: batch after batch, those of a partition in the given order, and the
        partitions of a batch side by side.

        An empty value is a tombstone. Returns when the broker has them all in every copy in sync.
        Raises LogError if it does not within `delivery_seconds`.
        """
        for records in batches:
            by_place = defaultdict[Place, list[_Row]](list)
            for record in records:
                by_place[record.topic, record.partition].append(self._row(record))
            await self._all(by_place)

    def _row(self, record: OutRecord) -> _Row:
        before, after = self._heads.get((record.type, record.writer)) or self._head(record)
        headers = [*before, ("seq", str(record.seq).encode()), after]
        if is_columnar(record.value):
            headers.append(_COLUMNS)
        return record.key.encode(), record.value or None, headers

    def _head(self, record: OutRecord) -> tuple[_Headers, tuple[str, bytes]]:
        """What stands before and behind the sequence, the same for all of a type and a writer."""
        type_, writer, log = record.type, record.writer, self._log_id
        texts = {"type": type_, "v": str(VERSION), "log": log, "writer": writer}
        before = [(name, text.encode()) for name, text in texts.items()]
        found = before, ("token", token_of(log, writer).encode())
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        self._heads[type_, writer] = found
        return found

    async def _all(self, by_place: dict[Place, list[_Row]]) -> None:
        if self._broken is not None:
            raise LogError(f"{self._log.address}: sending failed before: {self._broken}")
        names = ", ".join(f"{topic}/{partition}" for topic, partition in by_place)
        try:
            async with asyncio.timeout(self._seconds):
                await self._deliver(by_place)
        except TimeoutError as error:
            self._broken = error
            raise LogError(
                f"{self._log.address}: the broker did not take records of {names} within "
                f"{self._seconds:g} s; is it up, and are enough copies in sync?"
            ) from None
        except KafkaError as cause:
            self._broken = cause
            raise LogError(
                f"{self._log.address}: the broker refused records of {names} ({cause}: "
                f"{getattr(cause, 'description', '')})"
            ) from cause
        except BaseException as error:  # cancelled: what is in the log now is not known
            self._broken = error
            raise

    async def _deliver(self, by_place: dict[Place, list[_Row]]) -> None:
        producer = self._producer
        assert producer is not None, "the outbox is not started"
        async with AsyncExitStack() as held:
            # Callers of one partition wait for each other; each has its records together.
            for place in sorted(by_place):
                await held.enter_async_context(self._locks[place])
            left = {place: self._make_batches(producer, rows) for place, rows in by_place.items()}
            while left:
                sent, waiting = list[BatchBuilder](), list[asyncio.Future[Any]]()
                for (topic, partition), batches in list(left.items()):
                    batch = next(batches, None)
                    if batch is None:
                        del left[topic, partition]
                        continue
                    name = self._log.topic(topic)
                    sent.append(batch)
                    waiting.append(await producer.send_batch(batch, name, partition=partition))
                await asyncio.gather(*waiting)
                self.sent += sum(batch.record_count() for batch in sent)
                self.batches += len(sent)

    @staticmethod
    def _make_batches(producer: AIOKafkaProducer, rows: list[_Row]) -> Iterator[BatchBuilder]:
        batch = producer.create_batch()
        for key, value, headers in rows:
            # The broker stamps the time of its append on every record.
            if batch.append(key=key, value=value, headers=headers, timestamp=None) is None:
                yield batch
                batch = producer.create_batch()
                batch.append(key=key, value=value, headers=headers, timestamp=None)
        if batch.record_count():
            yield batch


async def _abandon(producer: AIOKafkaProducer) -> None:
    """End a producer that still has something to send, for which aiokafka has no way.

    Its sender, once cancelled, waits for the request that it is at; a second cancellation reaches
    that request, and so on for each.
    """
    sender = producer._sender.sender_task
    deadline = asyncio.get_running_loop().time() + STOP_SECONDS
    while sender is not None and not sender.done():
        if asyncio.get_running_loop().time() > deadline:
            _logger.warning("a Kafka producer does not end and is left to its fate")
            break
        sender.cancel()
        await asyncio.wait([sender], timeout=0.05)
    await producer.client.close()
