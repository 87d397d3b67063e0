"""A connector's frames onto Kafka: in order, and again until the broker has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque

from streams.codecs import encode
from streams.ingest import Ingested, key_of
from streams.kafka import KafkaLog
from streams.kafka_outbox import KafkaOutbox
from streams.records import LogError, OutRecord

WAITING = 1000
"""Frames that wait here; beyond, they wait in the `FrameBuilder`, which counts what is too much."""

_BATCH = 100
_DELIVERY_SECONDS = 20.0
_RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class KafkaSender:
    """Takes frames by `offer` and delivers them in `run`.

    After a failure the same frames are sent again by a new producer. What the broker had already
    is a duplicate of its writer, which the Pricer's gate counts and skips. `retries` counts that.
    """

    def __init__(self, log: KafkaLog, log_id: str) -> None:
        self._log, self._log_id = log, log_id
        self._waiting: deque[Ingested] = deque()
        self._came, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self.sent = self.retries = 0

    def offer(self, ingested: Ingested) -> bool:
        """Take a frame, or refuse it for want of room."""
        if len(self._waiting) >= WAITING:
            return False
        self._waiting.append(ingested)
        self._empty.clear()
        self._came.set()
        return True

    @property
    def waiting(self) -> int:
        """Frames that the broker has not confirmed."""
        return len(self._waiting)

    @property
    def oldest(self) -> int | None:
        """When the oldest of them was closed (ns UTC); None where there is none."""
        return self._waiting[0].frame.now if self._waiting else None

    async def drain(self, seconds: float) -> int:
        """Wait until everything is confirmed, for at most `seconds`; how many frames are not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)
        return len(self._waiting)

    async def run(self) -> None:
        """Deliver for ever; cancel it once nothing waits."""
        while True:
            try:
                outbox = KafkaOutbox(self._log, self._log_id, delivery_seconds=_DELIVERY_SECONDS)
                async with outbox:
                    while True:
                        await self._deliver(outbox)
            except LogError as error:
                self.retries += 1
                logger.warning("%s; %d frames wait", error, len(self._waiting))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _deliver(self, outbox: KafkaOutbox) -> None:
        while not self._waiting:
            self._empty.set()
            self._came.clear()
            await self._came.wait()
        batch = [self._waiting[k] for k in range(min(len(self._waiting), _BATCH))]
        await outbox.send([_record(ingested) for ingested in batch])
        for _ in batch:
            self._waiting.popleft()
        self.sent += len(batch)


def _record(ingested: Ingested) -> OutRecord:
    frame, writer, seq = ingested
    kind, value = encode(frame)
    return OutRecord("ticks", 0, key_of(frame), kind or "ticks", value, writer, seq, frame)
