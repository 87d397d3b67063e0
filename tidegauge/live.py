"""Everything in one process, as `up` and `demo` run it: sessions, log, stages and gateway."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from connectors.feed.backfiller import Backfiller
from connectors.feed.connect import VenueSessions
from connectors.feed.transport import SYSTEM_CLOCK
from connectors.venues.history import Missed
from engine.index.coin_events import AssetDefinition
from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import DefinitionError, IndexDefinition
from engine.index.shard import Shard
from engine.metrics.registry import REGISTRY
from engine.pricing.gate import TradeGate
from engine.pricing.pricer import Pricer
from engine.types import DAY, SECOND
from gateway.app import create_app
from gateway.server import CannotListen, serve
from gateway.state import State
from streams.clock import LogClock
from streams.define import DefineResult, define, defined_in
from streams.ingest import FrameBuilder, Ingested, queue_sink
from streams.local import LocalDriver
from streams.records import StreamError
from streams.runner import PricerAdapter
from streams.sqlite_log import SqliteLog
from tidegauge.errors import Failure, WrongUse
from tidegauge.figures import Feed, Position, Waiting, rejected, stage_figures, stage_reasons
from tidegauge.filling import load_state
from tidegauge.progress import starting
from tidegauge.stopping import SIGNALS
from tidegauge.tables import TableKeeper
from tidegauge.warm import compile_engine

_FRAMES_WAITING = 1000
"""Frames between the event loop and the driver's thread: some seconds, a few MB."""
_CLOSE_SECONDS = 10.0
_ARRIVED_WITHIN = 10 * SECOND
"""ns between a trade and its arrival here, more than any venue's: an open gap has the latter."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Settings:
    """What a live run needs to know.

    `urls` and `rest_urls` replace venues' base URLs; without the latter, the trades missed on a
    venue of the former are not asked for. `seconds` ends the run.
    """

    directory: Path
    venues: Sequence[str]
    definitions: Sequence[IndexDefinition]
    urls: Mapping[str, str] = field(default_factory=dict)
    rest_urls: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8321
    seconds: float | None = None
    assets: Sequence[AssetDefinition] = ()


class Live:
    """One run. `on_start(self)` is called when all is up, `on_alert(body)` at every alert."""

    def __init__(
        self,
        settings: Settings,
        on_start: Callable[[Live], None],
        on_alert: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.settings, self.on_start, self.on_alert = settings, on_start, on_alert
        self.state = State(wall=lambda: self.clock.now())
        self.published = Counter[str]()
        self.port = 0
        self.stopping = asyncio.Event()
        self._failure: BaseException | None = None
        self._began = time.monotonic()
        self._frames: queue.Queue[Ingested | None] = queue.Queue(_FRAMES_WAITING)

    @property
    def pricer(self) -> Pricer:
        """The stage itself, for its counters."""
        adapter = self.driver.pricer.stage
        assert isinstance(adapter, PricerAdapter)
        assert isinstance(adapter.pricer, Pricer)
        return adapter.pricer

    @property
    def counts(self) -> dict[str, float]:
        """What went through so far."""
        return {
            "ticks": self.builder.counts.ticks,
            "snapshots": self.published["snapshots"],
            "alerts": self.published["alerts"],
            "gaps": self.pricer.counters.gaps,
            "seconds": round(time.monotonic() - self._began, 3),
        }

    async def run(self) -> dict[str, float]:
        """Run until stopped; returns the final counts. Raises Failure and WrongUse."""
        settings = self.settings
        try:
            with SqliteLog(settings.directory) as log:
                self.log = log
                newest = log.backwards("ticks", 0, log.end("ticks", 0), 1)
                self.clock = LogClock(last=newest[0].time if newest else 0)
                self.driver = LocalDriver(log, Pricer, Shard, self.clock.now)
                with starting() as self.driver.progress:
                    recovered = self.driver.start()
                    self.clock.go_on_from(self.pricer.now)
                    given = settings.definitions
                    self._define(define(self.driver, given, assets=settings.assets))
                    load_state(self.state, log)
                for reason in self.clock.reasons():
                    logger.warning("%s", reason)
                if recovered.applied:
                    logger.info("caught up with %d records of the log", recovered.applied)
                await self._run_on(log)
                self.driver.stop()
        except DefinitionError as error:
            raise WrongUse(str(error)) from error
        except StreamError as error:
            raise Failure(str(error)) from error
        if self._failure is not None:
            raise Failure(str(self._failure)) from self._failure
        return self.counts

    async def _run_on(self, log: SqliteLog) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:  # until here they ended the start at once
            loop.add_signal_handler(number, self.stopping.set)
        defined = defined_in(log)
        assets = assets_of(defined.indices.values(), defined.assets.values(), time.time_ns())
        self.builder = FrameBuilder(
            queue_sink(self._frames),
            "up",
            uuid.uuid4().hex[:12],
            self.clock.now,
            log_clock=self.clock,
        )
        settings = self.settings
        self.backfiller = Backfiller(
            settings.venues,
            self.builder.add,
            settings.urls,
            settings.rest_urls,
            known=known_trades(self.pricer),
            missed=open_gaps(self.pricer, self.clock.now()),
            room=self.builder.has_room,
            now_ns=self.clock.now,
        )
        self.sessions = VenueSessions(
            settings.venues,
            assets,
            self.backfiller.take,
            settings.urls,
            clock=SYSTEM_CLOCK._replace(now_ns=self.clock.now),
        )

        self.feed = Feed(self.builder, self.backfiller, self.clock, self._unapplied)
        self.feed.stats = self.sessions.stats

        def hand_over(topic: str, body: Any) -> None:
            loop.call_soon_threadsafe(self._output, topic, body)

        self.driver.on_output(hand_over)
        driving = threading.Thread(target=self._drive, args=(loop,), name="driver")
        driving.start()
        self.tables = TableKeeper(log.directory)
        self.tables.start()
        try:
            await self._serve_and_connect()
        finally:
            left = await self.builder.close(_CLOSE_SECONDS)
            if left:
                logger.error("%d ticks were received and could not be stored", left)
            self._frames.put(None)
            await asyncio.to_thread(driving.join)
            await asyncio.to_thread(self.tables.stop)
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    async def _serve_and_connect(self) -> None:
        """Gateway first, so that a taken port is reported before anything is subscribed."""
        listening = asyncio.Event()

        def started(port: int) -> None:
            self.port = port
            listening.set()

        app = create_app(
            self.state,
            health=self._health,
            metric_definitions=REGISTRY.published(),
            metrics=self._metrics,
            tables=self.tables.reader,
        )
        server = serve(app, self.settings.host, self.settings.port, on_start=started)
        tasks = [asyncio.create_task(server, name="gateway")]
        try:
            await _first(tasks[0], listening.wait())
            tasks.append(asyncio.create_task(self.builder.run(), name="ingest"))
            tasks.append(asyncio.create_task(self.backfiller.run(), name="backfill"))
            tasks.append(asyncio.create_task(self.sessions.run(), name="sessions"))
            self._began = time.monotonic()
            self.on_start(self)
            await self._until_stopped(tasks)
        except CannotListen as error:
            raise Failure(str(error)) from error
        finally:
            self.sessions.stop()
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        stopping = asyncio.create_task(self.stopping.wait())
        try:
            done, _ = await asyncio.wait(
                [*tasks, stopping],
                timeout=self.settings.seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done - {stopping}:
                await task  # a part that ended by itself failed: its exception is the reason
        finally:
            stopping.cancel()

    def _drive(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self.driver.run(self._frames)
        except Exception as error:  # noqa: BLE001 - the thread's last words; run() raises them
            self._failure = error
            logger.error("the engine stopped: %s", error)
            loop.call_soon_threadsafe(self.stopping.set)
            # The queue must not block whoever closes it down.
            while self._frames.get() is not None:
                pass

    def _output(self, topic: str, body: Any) -> None:
        self.published[topic] += 1
        if topic in ("snapshots", "levels", "alerts"):
            self.state.apply(topic, body)
        if topic == "alerts":
            self.on_alert(body)

    def _define(self, result: DefineResult) -> None:
        for what in ("added", "changed"):
            if names := getattr(result, what):
                logger.info("%s: %s", what, ", ".join(names))

    def _unapplied(self, now: int) -> list[Waiting]:
        """Frames on their way to the engine. Its time stands at that of the last one it took."""
        number = self._frames.qsize()
        return [Waiting("engine", number, max(now - self.pricer.now, 0) if number else 0)]

    def _health(self) -> Mapping[str, Any]:
        positions = self._positions()
        return {
            "reasons": [
                *filter(None, [self.log.lost()]),
                *self.feed.reasons(),
                *stage_reasons(positions),
                *filter(None, [self.tables.reason]),
            ],
            "ticks": self.builder.counts.ticks,
            "now": self.clock.now(),
            "rejected": rejected(positions),
        }

    def _positions(self) -> list[Position]:
        """Of the Pricer, whose frames wait in the queue, and of the shards, which are one commit
        with it."""
        [waiting] = self._unapplied(self.clock.now())
        pricer, shards = self.driver.pricer, self.driver.shards
        number = waiting.number
        ticks = Position("ticks/0", pricer.last_offset, number, 0, number, pricer.rejected)
        return [
            ticks._replace(lag=waiting.age),
            *(
                Position(f"prices/{s.partition}", s.last_offset, 0, 0, 0, s.rejected)
                for s in shards
            ),
        ]

    def _metrics(self) -> Mapping[str, Any]:
        found = self.feed.figures() | stage_figures(self._positions())
        for name, value in self.driver.status().items():
            found[f"tidegauge_{name}"] = value
        for name, value in asdict(self.pricer.counters).items():
            found[f"tidegauge_pricer_{name}_total"] = value
        found |= self.tables.figures()
        return found


async def _first(task: asyncio.Task[None], event: Any) -> None:
    """Wait for an event unless the task that is to set it fails before."""
    waiting = asyncio.ensure_future(event)
    done, _ = await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    if task in done:
        waiting.cancel()
        await task


def known_trades(pricer: Pricer) -> list[TradeGate]:
    """Copies of the gates of a Pricer that does not run yet: they know each symbol's last trade."""
    sources = pricer.book.sources.values()
    return [TradeGate.load(source.instrument, source.gate.dump()) for source in sources]


def open_gaps(pricer: Pricer, now: int) -> list[Missed]:
    """What is missing of the last day: older trades count in nothing any more.

    Only where ids count: elsewhere it is not known which trades the one after a gap stood for.
    """
    found = []
    for market, open_gaps in pricer.book.open_gaps.items():
        instrument = pricer.book.sources[market].instrument
        for gap in open_gaps.open if instrument.counts else ():
            if gap.end > now - DAY:
                ids = gap.last_id, gap.next_id
                found.append(Missed(instrument, *ids, gap.start - _ARRIVED_WITHIN, None))
    return found


def assets_of(
    definitions: Iterable[IndexDefinition], coins: Iterable[AssetDefinition] = (), now: int = 0
) -> list[str]:
    """All assets that the definitions need prices of: benchmarks, what they become, and what has
    yet to become a benchmark after `now` (ns)."""
    definitions, timeline = list(definitions), CoinTimeline()
    for coin in coins:
        timeline.learn(coin, 0)
    timeline.coming = [effect for effect in timeline.coming if effect.at > now]
    ids = {d.id for d in definitions}
    benchmarks = [b for d in definitions for b in d.benchmarks if b not in ids]
    named = [a for d in definitions for a in d.all_assets()]
    return timeline.with_successors([*named, *timeline.with_predecessors(benchmarks)])


def run_live(
    settings: Settings,
    on_start: Callable[[Live], None],
    on_alert: Callable[[Mapping[str, Any]], None],
) -> dict[str, float]:
    """Compile what is to be compiled, then run until stopped or `seconds` have passed."""
    compile_engine()

    async def main() -> dict[str, float]:
        return await Live(settings, on_start, on_alert).run()

    return asyncio.run(main())
