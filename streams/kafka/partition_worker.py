"""One assigned partition at work: its runner and its checkpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from streams.host import StageHost
from streams.kafka.address import KafkaLog
from streams.passage import Passed
from streams.runner import Runner, StageError

_QUEUE = 8
"""Batches that wait."""
_BATCH = 1000
"""Records whose outputs are delivered together: what came in while the last ones were sent."""


class PartitionWorker:
    """Takes the batches of a partition in order, for a host that has gone over from older numbers.

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
        """Of the batch to be handed over next."""
        self._log, self.host, self._fail, self._passed = log, host, fail, passed
        self._queue: asyncio.Queue[list[Any] | None] = asyncio.Queue(_QUEUE)
        self._revoked = False
        self._task = asyncio.create_task(self._run())

    @property
    def runner(self) -> Runner:
        """The stage."""
        return self.host.runner

    async def put(self, records: list[Any]) -> None:
        """Hand over the next batch; waits while too many do."""
        if not self._task.done():
            await self._queue.put(records)

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

    async def _next(self) -> list[list[Any] | None]:
        """What waits, at least one unless a checkpoint is due before."""
        try:
            async with asyncio.timeout(self.host.seconds_left):
                one = await self._queue.get()
        except TimeoutError:
            return []
        given, count = [one], 0
        while one is not None and not self._queue.empty():
            count += len(one)
            if count >= _BATCH:
                break
            one = self._queue.get_nowait()
            given.append(one)
        return given

    async def _apply(self, given: list[list[Any]]) -> None:
        record = self._log.record
        try:
            await self.host.take(record(raw) for records in given for raw in records)
        except StageError as error:
            await self.host.count_failure(error)
            raise
        for passage in self.host.passages():
            self._passed(passage)

    async def _checkpoint(self) -> None:
        """Everything before is delivered: write the state."""
        if not self._revoked:
            await self.host.checkpoint()
