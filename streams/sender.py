"""A connector's frames into the log: in order, and again until the log has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from engine.records import TickFrame
from streams.codecs import encode
from streams.ingest import Ingested, key_of
from streams.log import Writer
from streams.passage import Passage, Passed, unwatched
from streams.records import LogError, OutRecord

WAITING = 1000
"""Frames that wait here; beyond, they wait in the `FrameBuilder`, which counts what is too much."""

_BATCH = 100
DELIVERY_SECONDS = 20.0
"""After so long the same frames are tried again by another writer."""
_RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class FrameSender:
    """Takes frames by `offer` and delivers them in `run`.

    `new_writer` opens a writer of the log. After a failure the same frames are sent again by a new
    one. What the log had already is a duplicate of its writer, which the Pricer's gate counts and
    skips. `retries` counts that. `passed` is told of each tick frame that the log has confirmed, by
    the time of `clock` (ns UTC), which is the one that `received` is of.
    """

    def __init__(
        self,
        new_writer: Callable[[], AbstractAsyncContextManager[Writer]],
        *,
        clock: Callable[[], int] = time.time_ns,
        passed: Passed = unwatched,
    ) -> None:
        self._new_writer = new_writer
        self._clock, self._passed = clock, passed
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
        """Frames that the log has not confirmed."""
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
                async with self._new_writer() as writer:
                    while True:
                        await self._deliver(writer)
            except LogError as error:
                self.retries += 1
                logger.warning("%s; %d frames wait", error, len(self._waiting))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _deliver(self, writer: Writer) -> None:
        while not self._waiting:
            self._empty.set()
            self._came.clear()
            await self._came.wait()
        batch = [self._waiting[k] for k in range(min(len(self._waiting), _BATCH))]
        await writer.send([_record(ingested) for ingested in batch])
        for _ in batch:
            self._waiting.popleft()
        self.sent += len(batch)
        if self._passed is not unwatched:
            self._tell(batch)

    def _tell(self, batch: list[Ingested]) -> None:
        now = self._clock()
        for frame in (ingested.frame for ingested in batch):
            if isinstance(frame, TickFrame):
                began = frame.received[0] if frame.received else frame.now
                self._passed(Passage("socket_to_log", began, now, frame.now, rows=len(frame.price)))


def _record(ingested: Ingested) -> OutRecord:
    frame, writer, seq = ingested
    kind, value = encode(frame)
    return OutRecord("ticks", 0, key_of(frame), kind or "ticks", value, writer, seq, frame)
