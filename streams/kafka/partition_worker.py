"""One assigned partition at work: its runner, its checkpoints, and what none covers yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from streams.host import StageHost
from streams.kafka.address import KafkaLog
from streams.kafka.batches import Batch
from streams.passage import Passed
from streams.runner import Runner, StageError

_QUEUE = 8
"""Batches that wait."""
_BATCH = 1000
"""Records whose outputs are delivered together: what came in while the last ones were sent."""

Given = tuple[Batch, list[Any]]
"""An event, and those of its records that are to be taken."""


class PartitionWorker:
    """Takes the events of a partition in order, for a host that has gone over from older numbers.

    `fail` is called with whatever ends it, `passed` is told what each record took. After `revoke`
    nothing more is sent than what is on its way.
    """

    def __init__(
        self,
        log: KafkaLog,
        host: StageHost,
        fail: Callable[[BaseException], None],
        passed: Passed,
    ) -> None:
        self.next_offset = host.runner.last_offset + 1
        """Of the event to be handed over next."""
        self._log, self.host, self._fail, self._passed = log, host, fail, passed
        self._queue: asyncio.Queue[Given | None] = asyncio.Queue(_QUEUE)
        self._uncovered: list[Batch] = []
        self._revoked = False
        self._task = asyncio.create_task(self._run())

    @property
    def runner(self) -> Runner:
        """The stage."""
        return self.host.runner

    async def put(self, event: Batch, records: list[Any]) -> None:
        """Hand over the next event, and which of its records to take; waits while too many do."""
        if not self._task.done():
            await self._queue.put((event, records))

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
                given = await self._next()
                if self._revoked:
                    return
                await self._apply([one for one in given if one is not None])
                last = None in given
                if last or self.host.is_due:
                    await self._checkpoint()
                if last:
                    return
        except Exception as error:  # noqa: BLE001 - passed on: the worker ends with it
            self._fail(error)

    async def _next(self) -> list[Given | None]:
        """What waits, at least one unless a checkpoint is due before."""
        try:
            async with asyncio.timeout(self.host.seconds_left):
                one = await self._queue.get()
        except TimeoutError:
            return []
        given, count = [one], 0
        while one is not None and not self._queue.empty():
            count += len(one[1])
            if count >= _BATCH:
                break
            one = self._queue.get_nowait()
            given.append(one)
        return given

    async def _apply(self, given: list[Given]) -> None:
        record = self._log.record
        try:
            await self.host.take(record(raw) for _, records in given for raw in records)
        except StageError as error:
            await self.host.count_failure(error)
            raise
        for passage in self.host.passages():
            self._passed(passage)
        self._uncovered += [event for event, _ in given]

    async def _checkpoint(self) -> None:
        """Everything before is delivered: write the state, then acknowledge what it covers."""
        if self._revoked:
            return
        await self.host.checkpoint()
        covered, self._uncovered = self._uncovered, []
        for event in covered:
            event.ack()
