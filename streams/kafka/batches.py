"""Faust, a batch of records at a time.

Faust hands over record by record: two tasks, a queue and a stream's turn for each, some 60 µs
(`docs/performance.md`). Here an event holds what a poll has brought of one partition.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import faust
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP, EventT

Batch = EventT[list[Any]]
"""Consecutive records of a partition, as the client gives them."""


class BatchConsumer(Consumer):
    """Yields one message for each partition of a poll: its value is the list of the records, and
    its offset that of the first of them, so that Faust never commits beyond what is acknowledged.
    """

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's
        """What a poll has brought."""
        found, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if not found or self.should_stop:
            return
        for where, records in found.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return  # a rebalance has begun
            if active is not None and where not in active | self._buffered_partitions:
                continue
            if records:
                message: Any = self._to_message(where, records[0])
                message.value = records
                yield where, message


def take_batches(app: faust.App) -> None:
    """Make the consumer of an app that has not started hand over batches."""
    cast(Any, app.transport).Consumer = BatchConsumer


def records_of(event: Batch) -> list[Any]:
    """The records of an event."""
    return cast(list[Any], event.message.value)
