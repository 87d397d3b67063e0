"""The parts of tidegauge as processes of their own, on a log on Kafka."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from connectors.feed.backfiller import Backfiller
from connectors.feed.connect import VenueSessions
from connectors.feed.session import Sink
from connectors.feed.transport import SYSTEM_CLOCK, Clock
from engine.index.index_file import IndexFile
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from gateway.state import State
from streams.app import Worker
from streams.backfill import BackfillResult, time_of
from streams.checkpoints import Checkpoints
from streams.clock import LogClock
from streams.codecs import encode
from streams.define import Defined, DefineResult, all_in_force, key_of, plan, writer_of
from streams.ingest import FrameBuilder
from streams.kafka import KafkaLog
from streams.kafka_backfill import backfill_on, newest_of
from streams.kafka_ingest import KafkaSender
from streams.kafka_outbox import KafkaOutbox
from streams.kafka_read import read_partition, start_offset
from streams.kafka_store import KafkaStore
from streams.kafka_tail import ends, follow
from streams.kafka_topics import KafkaTopics, check_topics, complete_topics, create_topics
from streams.partition_worker import check_start
from streams.records import LogError, OutRecord, Record, StreamError
from streams.runner import PricerAdapter, Runner, pricer_runner, shard_runner
from tidegauge.arguments import Listen, Urls
from tidegauge.figures import Feed, Position, Waiting, rejected, stage_figures, stage_reasons
from tidegauge.filling import ALERTS_SHOWN, show
from tidegauge.live import assets_of, known_trades, open_gaps
from tidegauge.monitoring import monitored
from tidegauge.replay import Collected
from tidegauge.stopping import stopping
from tidegauge.stored import recorded, say_undefined
from tidegauge.warm import compile_engine

_CLOSE_SECONDS = 10.0
_CATCH_UP = 50_000
"""Records of `ticks` read at the start of a connector: eight minutes of frames, some seconds."""

logger = logging.getLogger(__name__)


async def definitions(log: KafkaLog) -> Defined:
    """The definitions in force."""
    return all_in_force([record async for record in read_partition(log, "definitions", 0)])


async def _assets(log: KafkaLog) -> list[str]:
    """The assets that the definitions in force need prices of."""
    found = await definitions(log)
    return assets_of(found.indices.values(), found.assets.values(), time.time_ns())


async def define_on(
    log: KafkaLog, wanted: IndexFile, retire: Iterable[str], late: bool = False
) -> DefineResult:
    """Put definitions into force; raises DefinitionError and LogError.

    First into `ticks`, where they take effect, and then into `definitions`: whoever dies between
    leaves something that the next attempt repeats, and a repeated definition changes nothing.
    """
    topics = await check_topics(log)
    end = (await ends(log, [("ticks", 0)]))["ticks", 0]
    times = [time_of(record) for record in await newest_of(log, end)]
    reached = next((at for at in times if at is not None), 0)
    before = await definitions(log)
    result, records = plan(
        before, wanted.indices, retire, time.time_ns(), wanted.assets, reached, late
    )
    if records:
        end_of_definitions = (await ends(log, [("definitions", 0)]))["definitions", 0]
        writer = writer_of(end_of_definitions, records)
        async with KafkaOutbox(log, topics.log) as outbox:
            for topic in ("ticks", "definitions"):
                rows = []
                for seq, record in enumerate(records, 1):
                    kind, value = encode(record)
                    key = key_of(record)
                    out = OutRecord(topic, 0, key, kind or "", value, writer, seq, record)
                    rows.append(out)
                await outbox.send(rows)
    return result


async def connect(
    log: KafkaLog,
    venues: Sequence[str],
    urls: Urls,
    name: str,
    seconds: float | None,
    listen: Listen,
) -> dict[str, int]:
    """Trades of venues into `ticks`, for the assets of the definitions in force.

    What was missed since an earlier run is asked for as well, as far as the log knows of it.
    """
    topics = await check_topics(log)
    pricer = await pricer_of(log, topics)
    sender = KafkaSender(log, topics.log)
    clock = LogClock(last=pricer.now)
    for reason in clock.reasons():
        logger.warning("%s", reason)
    builder = FrameBuilder(sender.offer, name, uuid.uuid4().hex[:12], clock.now, log_clock=clock)
    known, missed = known_trades(pricer), open_gaps(pricer, clock.now())
    backfiller = Backfiller(
        venues,
        builder.add,
        *urls,
        known=known,
        missed=missed,
        room=builder.has_room,
        now_ns=clock.now,
    )

    def unsent(now: int) -> list[Waiting]:
        age = 0 if sender.oldest is None else max(now - sender.oldest, 0)
        return [Waiting("broker", sender.waiting, age)]

    feed = Feed(builder, backfiller, clock, unsent)

    def figures() -> dict[str, Any]:
        sent = {"tidegauge_frames_sent_total": sender.sent}
        return feed.figures() | sent | {"tidegauge_broker_retries_total": sender.retries}

    sending = asyncio.create_task(sender.run())
    polling = asyncio.create_task(builder.run())
    filling = asyncio.create_task(backfiller.run())
    try:
        health = monitored(
            listen, f"tidegauge connect {name}", lambda: {"reasons": feed.reasons()}, figures
        )
        async with stopping(seconds) as stop, health:
            timing = SYSTEM_CLOCK._replace(now_ns=clock.now)
            await _subscribe(log, venues, urls.websocket, backfiller.take, timing, stop, feed)
        filling.cancel()
        left = await builder.close(_CLOSE_SECONDS)
        undelivered = await sender.drain(_CLOSE_SECONDS)
        if left or undelivered:
            logger.error("%d ticks and %d frames were not delivered", left, undelivered)
    finally:
        for task in (filling, polling, sending):
            task.cancel()
        stopped, *_ = await asyncio.gather(filling, polling, sending, return_exceptions=True)
        if isinstance(stopped, Exception):
            logger.error("missed trades were not asked for any more: %r", stopped)
    counts, by_venue = builder.counts, backfiller.counts.values()
    return {
        "ticks": counts.ticks,
        "frames": sender.sent,
        "lost": counts.overflowed + left,
        "backfilled": sum(c.trades for c in by_venue),
        "gaps_filled": sum(c.filled for c in by_venue),
        "gaps_open": sum(c.gaps - c.filled for c in by_venue),
    }


async def pricer_of(log: KafkaLog, topics: KafkaTopics) -> Pricer:
    """The Pricer as it is at the end of `ticks`, or an empty one, and a warning."""
    try:
        runner = await _caught_up(log, topics)
    except StreamError as error:
        logger.warning("what was missed before this start is not asked for: %s", error)
        return Pricer()
    assert isinstance(runner.stage, PricerAdapter)
    assert isinstance(runner.stage.pricer, Pricer)
    return runner.stage.pricer


async def _caught_up(log: KafkaLog, topics: KafkaTopics) -> Runner:
    """The Pricer's runner at the end of `ticks`: its last checkpoint, and what came since.

    Raises StreamError where that would take too long, or cannot be read.
    """
    runner = pricer_runner(Pricer(), topics.log, topics.partitions)
    store = await KafkaStore.open(
        log, KafkaOutbox(log, topics.log), "checkpoints.pricer", runner.partition
    )
    found = Checkpoints(store, topics.log).load()
    if found is not None:
        runner.load(found.state)
    check_start(runner, await start_offset(log, "ticks", runner.partition))
    start = runner.last_offset + 1
    if (await ends(log, [("ticks", 0)]))["ticks", 0] - start > _CATCH_UP:
        raise LogError(
            f"{log.address}: no checkpoint of the Pricer within the last {_CATCH_UP} records of "
            f"{log.topic('ticks')}; let a worker run until it has caught up"
        )
    async for record in read_partition(log, "ticks", runner.partition, start=start):
        runner.apply(record)
    return runner


async def backfill(log: KafkaLog, files: Sequence[Path], strict: bool) -> BackfillResult:
    """Recorded prices into `ticks`; raises StreamError."""
    topics = await check_topics(log)
    if not (await definitions(log)).indices:
        say_undefined(str(log.address))
    with recorded(files, strict) as (found, digest):
        gate = (await _caught_up(log, topics)).gate
        return await backfill_on(log, topics.log, found, digest, gate, time.time_ns())


async def _subscribe(
    log: KafkaLog,
    venues: Sequence[str],
    urls: dict[str, str],
    sink: Sink,
    clock: Clock,
    stop: asyncio.Event,
    feed: Feed,
) -> None:
    """Run sessions until stopped; anew for other assets where the definitions change."""
    after = 0
    while not stop.is_set():
        assets = await _assets(log)
        after = (await ends(log, [("definitions", 0)]))["definitions", 0]
        sessions = VenueSessions(venues, assets, sink, urls, clock=clock)
        feed.stats = sessions.stats
        running = asyncio.create_task(sessions.run())
        changed = asyncio.create_task(_changed(log, after, assets))
        stopped = asyncio.create_task(stop.wait())
        if not assets:
            logger.warning("no index is defined; waiting for `tidegauge define`")
        try:
            waiting = {changed, stopped} | ({running} if assets else set())
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            sessions.stop()
            for task in (changed, stopped):
                task.cancel()
            await asyncio.gather(running, changed, stopped, return_exceptions=True)


async def _changed(log: KafkaLog, after: int, assets: list[str]) -> None:
    """Return when the definitions ask for other assets."""
    async for records in follow(log, {("definitions", 0): after}):
        if records and await _assets(log) != assets:
            return


async def work(log: KafkaLog, slot: str | None, seconds: float | None, listen: Listen) -> None:
    """Pricing and indexing for as many partitions as the group gives this worker."""
    topics = await complete_topics(log)
    compile_engine()
    with tempfile.TemporaryDirectory(prefix="tidegauge-worker-") as directory:
        worker = Worker(
            log,
            topics,
            slot or socket.gethostname(),
            Pricer,
            Shard,
            directory=directory,
        )
        what = f"tidegauge worker {worker.slot}"
        health = monitored(
            listen, what, lambda: _worker_health(worker), lambda: _worker_figures(worker)
        )
        async with stopping(seconds) as stop, health:
            click.echo(f"tidegauge worker {worker.slot} on {log.address}  (Ctrl-C ends)")
            await worker.run(stop)


def _positions(worker: Worker) -> list[Position]:
    now, prefix = time.time_ns(), worker.log.address.prefix
    found = []
    for where, part in sorted(worker.partitions.items()):
        behind = worker.behind(where)
        lag = max(now - part.reached, 0) if behind and part.reached else 0
        name, runner = f"{where.topic.removeprefix(prefix)}/{where.partition}", part.runner
        found.append(Position(name, runner.last_offset, behind, lag, part.waiting, runner.rejected))
    return found


def _worker_health(worker: Worker) -> dict[str, Any]:
    positions = _positions(worker)
    reasons = stage_reasons(positions)
    if not positions:
        reasons.append("no partition is given to this worker yet; more workers than partitions?")
    return {"reasons": reasons, "rejected": rejected(positions)}


def _worker_figures(worker: Worker) -> dict[str, Any]:
    found = stage_figures(_positions(worker))
    for part in worker.partitions.values():
        stage = part.runner.stage
        if isinstance(stage, PricerAdapter) and isinstance(stage.pricer, Pricer):
            counters = asdict(stage.pricer.counters).items()
            found |= {f"tidegauge_pricer_{name}_total": n for name, n in counters}
    return found


async def fill_state(
    log: KafkaLog, topics: KafkaTopics, state: State
) -> dict[tuple[str, int], int]:
    """Read what a gateway shows at start; returns the offsets to go on from."""
    partitions = [
        (topic, partition)
        for topic in ("definitions", "snapshots", "alerts", "levels")
        for partition in range(topics.partitions[topic])
    ]
    start = await ends(log, partitions)
    for (topic, partition), end in start.items():
        if topic == "levels":
            continue
        first = max(end - ALERTS_SHOWN, 0) if topic == "alerts" else 0
        async for record in read_partition(log, topic, partition, start=first):
            show(state, record)
    return start


async def keep_shown(log: KafkaLog, state: State, start: dict[tuple[str, int], int]) -> None:
    """Follow the outputs into the gateway's state."""
    async for records in follow(log, start):
        for record in records:
            show(state, record)
        await asyncio.sleep(0)


async def tap(log: KafkaLog, topic: str, start: int, write: Callable[[Record], None]) -> None:
    """Give `write` the records of a topic as it is now."""
    found = await check_topics(log)
    for partition in range(found.partitions.get(topic, 0)):
        async for record in read_partition(log, topic, partition, start=start):
            write(record)


async def replay(log: KafkaLog, every: int | None, collected: Collected) -> None:
    """A kept log's prices through fresh shards; `every` None is the published cadence."""
    found = await check_topics(log)
    count = found.partitions["prices"]
    for partition in range(count):
        shard = Shard(partition, count, every)
        runner = shard_runner(shard, found.log, found.partitions, partition)
        check_start(runner, await start_offset(log, "prices", partition))
        async for record in read_partition(log, "prices", partition):
            for out in runner.apply(record):
                collected.take(out.topic, out.key, out.value)


async def topics(
    log: KafkaLog, create: bool, partitions: int | None, copies: int | None
) -> list[str]:
    """Make or check the topics; one line each."""
    if create:
        found = await create_topics(log, prices=partitions, copies=copies)
    else:
        found = await check_topics(log)
    return [f"{log.topic(t)}: {n} partitions" for t, n in found.partitions.items()]
