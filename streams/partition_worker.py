"""One assigned partition at work: its runner, its checkpoints, and what none covers yet."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from faust.types import EventT

from streams.checkpoints import Checkpoints
from streams.kafka import KafkaLog
from streams.kafka_outbox import KafkaOutbox
from streams.kafka_read import start_offset
from streams.kafka_store import KafkaStore
from streams.kafka_versions import go_over
from streams.records import LogError
from streams.runner import Runner, StageError, StaysDownError

CHECKPOINT_SECONDS = 5.0
CHECKPOINT_SHARE = 20
"""A checkpoint that took t is followed by at least this many t without one: 5 % of the time."""

ATTEMPTS = 3
"""Failures of the engine at one record after which a restart is no help any more."""

_QUEUE = 1000
_BATCH = 200
"""Records whose outputs are delivered together: what came in while the last ones were sent."""

_FAILURE = "failure/"
_OUTPUTS = 2000
"""Outputs after which a batch is delivered though more records wait: bounds memory."""

Event = EventT[bytes]

logger = logging.getLogger(__name__)


class PartitionWorker:
    """Takes the events of a partition in order. Made by `open_partition`.

    `fail` is called with whatever ends it. After `revoke` nothing more is sent than what is on its
    way.
    """

    def __init__(
        self,
        log: KafkaLog,
        outbox: KafkaOutbox,
        runner: Runner,
        store: KafkaStore,
        checkpoints: Checkpoints,
        fail: Callable[[BaseException], None],
    ) -> None:
        self.runner = runner
        self.next_offset = runner.last_offset + 1
        """Of the event to be handed over next."""
        self.reached = 0
        """When the last record that was applied was appended (ns UTC); 0 before the first."""
        self._log, self._outbox, self._store, self._fail = log, outbox, store, fail
        self._checkpoints = checkpoints
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE)
        self._uncovered: list[Event] = []
        self._revoked = False
        self._next_checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        self._task = asyncio.create_task(self._run())

    @property
    def waiting(self) -> int:
        """Events that were handed over and are not applied."""
        return self._queue.qsize()

    async def put(self, event: Event) -> None:
        """Hand over the next event; waits while too many do."""
        if not self._task.done():
            await self._queue.put(event)

    def revoke(self) -> None:
        """The partition is not ours any more: no further output, no checkpoint."""
        self._revoked = True
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
                if last or time.monotonic() >= self._next_checkpoint:
                    await self._checkpoint()
                if last:
                    return
        except Exception as error:  # noqa: BLE001 - passed on: the worker ends with it
            self._fail(error)

    async def _next(self) -> list[Event | None]:
        """What waits, at least one unless a checkpoint is due before."""
        try:
            async with asyncio.timeout(max(self._next_checkpoint - time.monotonic(), 0.0)):
                events = [await self._queue.get()]
        except TimeoutError:
            return []
        while len(events) < _BATCH and events[-1] is not None and not self._queue.empty():
            events.append(self._queue.get_nowait())
        return events

    async def _apply(self, events: list[Event]) -> None:
        outputs = []
        for event in events:
            try:
                record = self._log.faust_record(event.message)
                outputs += self.runner.apply(record)
                self.reached = record.time
            except StageError as error:
                await count_failure(self._store, error)
                raise
            self._uncovered.append(event)
            if len(outputs) >= _OUTPUTS:
                await self._outbox.send(outputs)
                outputs = []
                if self._revoked:
                    return
        if outputs:
            await self._outbox.send(outputs)

    async def _checkpoint(self) -> None:
        """Everything before is delivered: write the state, then acknowledge what it covers."""
        self._next_checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        if not self._uncovered or self._revoked:
            return
        began = time.monotonic()
        self._checkpoints.save(self.runner.last_offset, self.runner.dump(), time.time_ns())
        for key, _ in list(self._store.items(_FAILURE)):
            if int(key.removeprefix(_FAILURE)) <= self.runner.last_offset:
                self._store.delete(key)
        await self._store.flush()
        covered, self._uncovered = self._uncovered, []
        for event in covered:
            event.ack()
        pause = max(CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (time.monotonic() - began))
        self._next_checkpoint = time.monotonic() + pause


async def count_failure(store: KafkaStore, error: StageError) -> None:
    """The third failure at one record is the last: it is counted beside the checkpoints."""
    key = f"{_FAILURE}{error.offset}"
    before = dict(store.items(key)).get(key, b"0")
    store.put(key, str(int(before) + 1).encode())
    await store.flush()


async def open_partition(
    log: KafkaLog,
    log_id: str,
    outbox: KafkaOutbox,
    stage: str,
    runner: Runner,
    partitions: Mapping[str, int],
    fail: Callable[[BaseException], None],
) -> PartitionWorker:
    """Load the newest checkpoint into `runner` and go on from there, with `partitions` of each
    topic. Where an older version was at work, take over from it first (`streams.kafka_versions`).

    Raises LogError, CheckpointError and StaysDownError.
    """
    topic = f"checkpoints.{stage}"
    store = await KafkaStore.open(log, outbox, topic, runner.partition)
    checkpoints = Checkpoints(store, log_id)
    found = checkpoints.load()
    for note in checkpoints.skipped:
        logger.warning("%s/%d: a checkpoint is torn: %s", topic, runner.partition, note)
    for key, value in store.items(_FAILURE):
        if int(value) >= ATTEMPTS:
            offset = int(key.removeprefix(_FAILURE))
            raise StaysDownError(runner.topic, runner.partition, offset, int(value), "")
    if found is not None:
        runner.load(found.state)
    check_start(runner, await start_offset(log, runner.topic, runner.partition))
    wrote = None if found is None else found.numbers
    try:
        moved = await go_over(log, outbox, runner, dict(partitions), wrote)
    except StageError as error:
        await count_failure(store, error)
        raise
    if moved:
        checkpoints.save(runner.last_offset, runner.dump(), time.time_ns())
        await store.flush()
    return PartitionWorker(log, outbox, runner, store, checkpoints, fail)


def check_start(runner: Runner, start: int) -> None:
    """Refuse a log that begins, at offset `start`, behind the end of the state; raises LogError."""
    if start > runner.last_offset + 1:
        state = f"the checkpoint ends at {runner.last_offset}"
        raise LogError(
            f"{runner.topic}/{runner.partition} starts at offset {start}, and "
            f"{'there is no checkpoint' if runner.last_offset < 0 else state}: what was between is "
            "past its time. Start a new log with another prefix and backfill its prices"
        )
