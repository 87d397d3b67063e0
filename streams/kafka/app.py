"""The same stages on Kafka: a Faust app with two agents, pricing and indexing.

Faust brings the group, its rebalances and the records. What a number depends on is ours: the state
of a partition lives in a `Runner`, goes into checkpoints of our own, and is dropped as soon as the
partition is taken away. The order is fixed: outputs delivered, then the checkpoint, and only then
are the records that it covers acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import faust
from faust.types import TP, StreamT

from streams.host import StageHost
from streams.kafka.batches import Poll, batches_of, take_polls
from streams.kafka.log import BrokerLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.partition_worker import PartitionWorker
from streams.kafka.watchdog import watch
from streams.passage import Passed, unwatched
from streams.records import StreamError
from streams.runner import (
    PricerStage,
    Runner,
    ShardStage,
    StageError,
    pricer_runner,
    shard_runner,
)

SESSION_SECONDS, HEARTBEAT_SECONDS = 6.0, 2.0
"""A dead worker's partitions are given to others after the first; three beats may be missed."""

_BUFFER = 16
"""Polls that Faust holds for one agent; more only wait longer before a revocation drops them."""
_POLL = 1000
"""Records of a poll at most: what is applied before the loop turns again."""
_FETCH_BYTES = 4 << 20
"""Of a partition at once: some eighty frames of 1,000 ticks."""

GROUP_SECONDS = 5.0
"""How often the group is told where the checkpoints are: nothing rests on it but what others see of
the group's lag."""

logger = logging.getLogger(__name__)


class Worker:
    """One process of the group. `slot` names it for good: a restart gives it the same partitions.

    `new_pricer()` and `new_shard(partition, partitions)` make stages without state. `passed` is
    told what each record took.
    """

    def __init__(
        self,
        log: BrokerLog,
        slot: str,
        new_pricer: Callable[[], PricerStage],
        new_shard: Callable[[int, int], ShardStage],
        *,
        directory: str,
        passed: Passed = unwatched,
    ) -> None:
        self.log, self.kafka, self.slot = log, log.kafka, slot
        self.partitions: dict[TP, PartitionWorker] = {}
        self.sent_back = 0
        """How often Faust had to be sent back to the next offset."""
        self._new_pricer, self._new_shard = new_pricer, new_shard
        self._passed = passed
        self._outbox = KafkaOutbox(log.kafka, log.log_id)
        self._generation = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] | None = None
        self.app = self._make_app(directory)
        self._agent("ticks", "pricing")
        self._agent("prices", "indexing")

    def _make_app(self, directory: str) -> faust.App:
        address, security = self.kafka.address, self.kafka.security
        credentials: Any = None
        if security.user:
            credentials = faust.SASLCredentials(
                username=security.user,
                password=security.password,
                mechanism=security.mechanism,
                ssl_context=security.tls_context() if address.tls else None,
            )
        elif address.tls:
            credentials = faust.SSLCredentials(security.tls_context())
        app = faust.App(
            f"{address.prefix}worker",
            broker=[f"kafka://{server}" for server in address.servers],
            broker_credentials=credentials,
            broker_session_timeout=SESSION_SECONDS,
            broker_heartbeat_interval=HEARTBEAT_SECONDS,
            consumer_group_instance_id=f"{address.prefix}{self.slot}",
            consumer_auto_offset_reset="earliest",
            processing_guarantee="at_least_once",
            stream_buffer_maxsize=_BUFFER,
            broker_max_poll_records=_POLL,
            consumer_max_fetch_size=_FETCH_BYTES,
            stream_wait_empty=False,
            store="memory://",
            datadir=directory,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            autodiscover=False,
        )
        take_polls(app)
        app.on_partitions_revoked.connect(cast(Any, self._revoked))
        app.on_rebalance_complete.connect(cast(Any, self._assigned))
        return app

    def _agent(self, topic: str, name: str) -> None:
        channel = self.app.topic(
            self.kafka.topic(topic),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )

        async def work(stream: StreamT[bytes]) -> None:
            async for event in cast(Any, stream).noack().events():
                try:
                    await self._take(event)
                except Exception as error:  # noqa: BLE001 - Faust would skip the record and go on
                    self.fail(error)
                    await asyncio.Event().wait()  # until the process ends: no further record

        self.app.agent(channel, name=f"{self.kafka.address.prefix}{name}", concurrency=1)(work)

    # --- a worker's life

    @property
    def runners(self) -> list[Runner]:
        """The stages of the partitions that are at work here, the Pricer first."""
        found = (worker.runner for worker in self.partitions.values())
        return sorted(found, key=lambda runner: runner.writer)

    def start(self) -> None:
        """Nothing can be done before the group gives partitions."""

    def writer(self, *, patience: float | None = None) -> KafkaOutbox:
        """Appends to the log: a producer of its own."""
        return self.log.writer(patience=patience)

    def status(self) -> Mapping[str, int]:
        """Figures for a status page: positions, duplicates, rejects, outputs."""
        offsets: dict[str, list[int]] = {"ticks": [], "prices": []}
        for runner in self.runners:
            offsets[runner.topic].append(runner.last_offset)
        return {f"{topic}_offset": min(found) for topic, found in offsets.items() if found} | {
            "duplicates": sum(runner.gate.duplicates for runner in self.runners),
            "rejected": sum(runner.rejected for runner in self.runners),
            "appended": self._outbox.sent,
            "checkpoints": sum(w.host.checkpoints for w in self.partitions.values()),
        }

    def reasons(self) -> list[str]:
        """The broker sees to its disk."""
        return []

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then checkpoint and leave. Raises what ended it before."""
        self._failure = asyncio.get_running_loop().create_future()
        async with self._outbox:
            beside = [asyncio.create_task(self._watch()), asyncio.create_task(self._tell_group())]
            try:
                await self.app.start()
                stopped = asyncio.create_task(stop.wait())
                crashed = asyncio.create_task(self.app.wait_until_stopped())
                ends = (stopped, crashed, self._failure)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if crashed.done():
                    self.fail(StreamError("Faust ended by itself; its log says why"))
                stopped.cancel()
                crashed.cancel()
                if not self._failure.done():
                    await asyncio.gather(*(p.finish() for p in self.partitions.values()))
                    await self._commit({w: p.next_offset for w, p in self.partitions.items()})
            finally:
                for task in beside:
                    task.cancel()
                for worker in self.partitions.values():
                    worker.revoke()
                await self.app.stop()
        if self._failure.done():
            self._failure.result()

    def behind(self, runner: Runner) -> int:
        """How many records one of its stages has yet to take, as far as the broker has told."""
        where = TP(self.kafka.topic(runner.topic), runner.partition)
        if where not in self.partitions:
            return 0
        return max((self.app.consumer.highwater(where) or 0) - runner.last_offset - 1, 0)

    def fail(self, error: BaseException) -> None:
        """End the worker with this error; the first one counts."""
        logger.error("%s", error)
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)

    async def _take(self, event: Poll) -> None:
        for where, records in batches_of(event).items():
            await self._take_batch(where, records)

    async def _take_batch(self, where: TP, records: list[Any]) -> None:
        """Hand on what of a batch comes next in its partition.

        After a rebalance Faust may still deliver what it had fetched before it went back to the
        group's offset. Whatever is ahead is therefore not taken, and Faust is sent back; the last
        such batch ends the confusion.
        """
        worker = self.partitions.get(where)
        if worker is None or records[-1].offset < worker.next_offset:
            return  # taken away already, and this came before the news; or had before
        first = records[0].offset
        if first > worker.next_offset:
            self.sent_back += 1
            logger.info("%s: offset %d came, %d is next: seeking", where, first, worker.next_offset)
            await self.app.consumer.seek_wait({where: worker.next_offset})
            return
        new = records
        if first < worker.next_offset:
            new = [record for record in records if record.offset >= worker.next_offset]
        worker.next_offset = records[-1].offset + 1
        await worker.put(new)

    async def _assigned(self, *_: Any, **__: Any) -> None:
        """Load the state of what was given to us, and set the group's offsets to where it ends.

        Faust awaits this before it seeks to the group's offsets and before any record flows. A
        partition's own checkpoint is the truth; the group may be ahead of it, where a newer
        checkpoint was lost.
        """
        generation = self._generation
        try:
            if self._closing:  # one at a time writes a partition's checkpoints
                await asyncio.gather(*self._closing)
            starts: dict[TP, int] = {}
            for where in self.app.consumer.assignment():
                if where not in self.partitions:
                    worker = await self._open(where)
                    if generation != self._generation:
                        worker.revoke()  # taken away again while its state was read
                        return
                    self.partitions[where] = worker
                    starts[where] = worker.runner.last_offset + 1
            await self._commit(starts)
        except Exception as error:  # noqa: BLE001 - Faust would go on without the state
            self.fail(error)
            await asyncio.Event().wait()  # until the process ends: no record must flow

    async def _tell_group(self) -> None:
        """Tell the group from time to time what the checkpoints cover."""
        told: dict[TP, int] = {}
        while True:
            await asyncio.sleep(GROUP_SECONDS)
            if self.app.rebalancing:
                continue
            covered = {where: p.host.saved + 1 for where, p in self.partitions.items()}
            await self._commit(dict(covered.items() - told.items()))
            told = covered

    async def _commit(self, offsets: Mapping[TP, int]) -> None:
        """Tell the group where partitions stand."""
        if offsets:
            await cast(Any, self.app.consumer)._commit(offsets)

    async def _open(self, where: TP) -> PartitionWorker:
        began = time.monotonic()
        topic = where.topic.removeprefix(self.kafka.address.prefix)
        runner = self._runner(topic, where.partition)
        host = await StageHost.open(self.log, runner, self._outbox, self._outbox)
        try:
            await host.go_over()
        except StageError as error:
            await host.count_failure(error)
            raise
        worker = PartitionWorker(self.kafka, host, self.fail, self._passed)
        logger.info(
            "%s: goes on behind offset %d, after %.2f s", where, runner.last_offset,
            time.monotonic() - began,
        )  # fmt: skip
        return worker

    def _runner(self, topic: str, partition: int) -> Runner:
        if topic == "ticks":
            pricer = self._new_pricer()
            return pricer_runner(pricer, self.log.log_id, self.log.partitions, partition)
        shard = self._new_shard(partition, self.log.partitions["prices"])
        return shard_runner(shard, self.log.log_id, self.log.partitions, partition)

    async def _revoked(self, _: Any, revoked: Iterable[TP], **__: Any) -> None:
        """Drop the state of what was taken away: it may be computed elsewhere from now on."""
        self._generation += 1
        for where in list(revoked):
            worker = self.partitions.pop(where, None)
            if worker is not None:
                worker.revoke()
                ending = asyncio.create_task(worker.ended())
                self._closing.add(ending)
                ending.add_done_callback(self._closing.discard)

    # --- the watchdog

    async def _watch(self) -> None:
        """End the process where the log grows and the position of a partition stands still."""
        try:
            await watch(self.kafka, self._positions)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end unseen
            self.fail(error)

    def _positions(self) -> dict[tuple[str, int], int]:
        """The next offset of every partition at work."""
        prefix = self.kafka.address.prefix
        return {
            (where.topic.removeprefix(prefix), where.partition): worker.runner.last_offset + 1
            for where, worker in self.partitions.items()
        }
