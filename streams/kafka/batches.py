"""Faust, a poll at a time.

Faust hands over record by record: two tasks, a queue and a stream's turn for each, some 60 µs. Here
an event holds what a poll has brought of a topic, of all its partitions. What Faust counts by event
(acknowledgements, gaps between offsets, stalls) says nothing then: `streams.kafka.app` tells the
group where its partitions stand, and `streams.kafka.watchdog` sees to what stands still.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.types import TP, EventT

Batches = Mapping[TP, list[Any]]
"""Consecutive records of each partition, as the client gives them."""
Poll = EventT[Batches]


WAIT_MS = 50
"""How long the broker may keep a request that finds nothing. The client asks for no partition of
which it still holds records, so what comes there meanwhile waits for that request's end."""


class _Thread(AIOKafkaConsumerThread):
    """Where the client runs. Faust lets it wait for 1.5 s, and has no setting for it."""

    def _create_worker_consumer(self, *args: Any, **more: Any) -> Any:
        client = super()._create_worker_consumer(*args, **more)
        client._fetch_max_wait_ms = WAIT_MS
        return client


class PollConsumer(Consumer):
    """Yields one message for each topic of a poll: its value is the records, by partition, and its
    place that of the first of them."""

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's
        """What a poll has brought."""
        found, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if not found or self.should_stop:
            return
        topics: dict[str, dict[TP, list[Any]]] = {}
        for where, records in found.items():
            if records and (active is None or where in active | self._buffered_partitions):
                topics.setdefault(where.topic, {})[where] = records
        for batches in topics.values():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return  # a rebalance has begun
            where, records = next(iter(batches.items()))
            message: Any = self._to_message(where, records[0])
            message.value = batches
            self._read_offset[where] = None  # or Faust drops what it takes for old, and keeps gaps
            yield where, message

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would complain of partitions whose records came under another one's name."""


def take_polls(app: faust.App) -> None:
    """Make the consumer of an app that has not started hand over polls."""
    cast(Any, app.transport).Consumer = PollConsumer


def batches_of(event: Poll) -> Batches:
    """The records of an event."""
    return cast(Batches, event.message.value)
