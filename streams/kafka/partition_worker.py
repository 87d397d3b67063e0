"""One assigned partition at work: its runner, its checkpoints, and what none covers yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from faust.types import EventT

from streams.host import StageHost
from streams.kafka.address import KafkaLog
from streams.runner import Runner, StageError

_QUEUE = 1000
_BATCH = 200
"""Records whose outputs are delivered together: what came in while the last ones were sent."""

Event = EventT[bytes]


class PartitionWorker:
    """Takes the events of a partition in order, for a host that has gone over from older numbers.

    `fail` is called with whatever ends it. After `revoke` nothing more is sent than what is on its
    way.
    """

    def __init__(
        self, log: KafkaLog, host: StageHost, fail: Callable[[BaseException], None]
    ) -> None:
        self.next_offset = host.runner.last_offset + 1
        """Of the event to be handed over next."""
        self._log, self.host, self._fail = log, host, fail
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE)
        self._uncovered: list[Event] = []
        self._revoked = False
        self._task = asyncio.create_task(self._run())

    @property
    def runner(self) -> Runner:
        """The stage."""
        return self.host.runner

    async def put(self, event: Event) -> None:
        """Hand over the next event; waits while too many do."""
        if not self._task.done():
            await self._queue.put(event)

    def revoke(self) -> None:
        """The partition is not ours any more: no further output, no checkpoint."""
        self._revoked = self.host.stopped = True
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def finish(self) -> None:
        """Work off what was handed over, write a checkpoint, end."""
        await self._queue.put(None)
        await self._task

    async def ended(self) -> None:
        """Wait until nothing is on its way any more."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while True:
                events = await self._next()
                if self._revoked:
                    return
                await self._apply([event for event in events if event is not None])
                last = None in events
                if last or self.host.is_due:
                    await self._checkpoint()
                if last:
                    return
        except Exception as error:  # noqa: BLE001 - passed on: the worker ends with it
            self._fail(error)

    async def _next(self) -> list[Event | None]:
        """What waits, at least one unless a checkpoint is due before."""
        try:
            async with asyncio.timeout(self.host.seconds_left):
                events = [await self._queue.get()]
        except TimeoutError:
            return []
        while len(events) < _BATCH and events[-1] is not None and not self._queue.empty():
            events.append(self._queue.get_nowait())
        return events

    async def _apply(self, events: list[Event]) -> None:
        try:
            await self.host.take(self._log.faust_record(event.message) for event in events)
        except StageError as error:
            await self.host.count_failure(error)
            raise
        self._uncovered += events

    async def _checkpoint(self) -> None:
        """Everything before is delivered: write the state, then acknowledge what it covers."""
        if self._revoked:
            return
        await self.host.checkpoint()
        covered, self._uncovered = self._uncovered, []
        for event in covered:
            event.ack()
