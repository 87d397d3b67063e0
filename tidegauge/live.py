"""Everything in one process, as `up` and `demo` run it: sessions, log, stages and gateway."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.index.coin_events import AssetDefinition
from engine.index.definition import DefinitionError, IndexDefinition
from engine.metrics.registry import REGISTRY
from engine.pricing.pricer import Pricer
from gateway.app import create_app
from gateway.exposition import Exposition
from gateway.server import CannotListen, serve
from gateway.state import State
from streams.clock import LogClock
from streams.codecs import CodecError
from streams.define import DefineResult, define
from streams.log import Log, Place, backwards
from streams.reading import left_out, read
from streams.records import Record, StreamError
from tidegauge.arguments import Urls
from tidegauge.connecting import Connector, last_pricer, pricer_in
from tidegauge.errors import Failure, WrongUse
from tidegauge.figures import (
    positions_of,
    rejected,
    stage_figures,
    stage_reasons,
    status_figures,
)
from tidegauge.listening import Door, Listening, door_of
from tidegauge.opening import Stages, Target
from tidegauge.progress import keep_out_of_gc
from tidegauge.serving import fill, keep_shown
from tidegauge.stopping import on_signal
from tidegauge.tables import TableKeeper, keeping
from tidegauge.tracing import watched
from tidegauge.trying import trials_over
from tidegauge.venue_feeds import venue_feeds
from tidegauge.warm import compile_engine
from tidegauge.working import pricer_figures

if TYPE_CHECKING:
    from notify.service import Service
    from tidegauge.routes import Routes

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Settings:
    """What a live run needs to know.

    `urls` and `rest_urls` replace venues' base URLs; without the latter, the trades missed on a
    venue of the former are not asked for. `seconds` ends the run.
    """

    log: Target
    venues: Sequence[str]
    definitions: Sequence[IndexDefinition]
    urls: Mapping[str, str] = field(default_factory=dict)
    rest_urls: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8321
    seconds: float | None = None
    assets: Sequence[AssetDefinition] = ()
    routes: Routes | None = None
    door: Door | None = None
    """Where the gateway listens and whom it lets in; on loopback for all who look, if not given."""


class Live:
    """One run. `on_start(self)` is called when all is up, `on_alert(body)` at every alert."""

    stages: Stages
    connector: Connector
    clock: LogClock
    tables: TableKeeper
    exposition: Exposition

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
        self.notifier: Service | None = None
        self.stopping = asyncio.Event()
        told = Listening(settings.host, settings.port)
        self.door = settings.door or door_of(told, settings.log)
        self._began = time.monotonic()

    @property
    def url(self) -> str:
        """Of the page, once it is served."""
        return self.door.url(self.port)

    @property
    def pricer(self) -> Pricer | None:
        """The stage itself, for its counters, if it is at work here."""
        found = [runner for runner in self.stages.runners if runner.topic == "ticks"]
        return pricer_in(found[0]) if found else None

    @property
    def counts(self) -> dict[str, float]:
        """What went through so far."""
        return {
            "ticks": self.connector.builder.counts.ticks,
            "snapshots": self.published["snapshots"],
            "alerts": self.published["alerts"],
            "gaps": self.pricer.counters.gaps if self.pricer else 0,
            "seconds": round(time.monotonic() - self._began, 3),
        }

    async def run(self) -> dict[str, float]:
        """Run until stopped; returns the final counts. Raises Failure and WrongUse."""
        settings = self.settings
        try:
            await settings.log.make()
            async with settings.log.open() as log, watched("up") as self.exposition:
                self.exposition.add(self._metrics)
                self.clock = LogClock(last=await _last_time(log))
                await log.claim(alone=False)
                stages = settings.log.stages(self.clock.now, passed=self.exposition.passed)
                async with stages as self.stages:
                    await self._start(log)
                    await self._run_on(log)
        except DefinitionError as error:
            raise WrongUse(str(error)) from error
        except (StreamError, CannotListen) as error:
            raise Failure(str(error)) from error
        return self.counts

    async def _start(self, log: Log) -> None:
        settings = self.settings
        given = settings.definitions
        self._say(await define(log, given, assets=settings.assets, now=self.clock.now()))
        self.stages.start()
        pricer = await last_pricer(log)
        self.clock.go_on_from(pricer.now)
        for reason in self.clock.reasons():
            logger.warning("%s", reason)
        urls = Urls(dict(settings.urls), dict(settings.rest_urls))
        self.connector = Connector(
            *(log, self.stages, settings.venues, urls, "up", self.clock, pricer),
            self.exposition.passed,
        )

    async def _run_on(self, log: Log) -> None:
        """The gateway to the last; what it shows comes from stages that outlive the connectors."""
        starts = await fill(self.state, log)
        try:
            with on_signal(self.stopping.set):  # until here they ended the start at once
                async with keeping(self.settings.log, log) as self.tables:
                    await self._work(log, starts)
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _work(self, log: Log, starts: dict[Place, int]) -> None:
        stop_stages = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            following = keep_shown(self.state, log, starts, self._told)
            shown = [group.create_task(following, name="gateway's log")]
            shown.append(await self._listening(group, log))
            stages = group.create_task(self.stages.run(stop_stages), name="stages")
            self._began = time.monotonic()
            self.on_start(self)
            if self.settings.seconds:
                asyncio.get_running_loop().call_later(self.settings.seconds, self.stopping.set)
            stop_notifier = asyncio.Event()
            notifier = group.create_task(self._notify(log, stop_notifier), name="notifier")
            await self.connector.run(self.stopping)
            for task in shown:
                task.cancel()
            stop_notifier.set()
            await notifier
            stop_stages.set()
            await stages

    async def _notify(self, log: Log, stop: asyncio.Event) -> None:
        """Send alerts along the routes, if there are any."""
        routes = self.settings.routes
        if routes is None:
            return
        from notify.service import Service
        from tidegauge.report_schedule import reporting
        from tidegauge.routes import say_unknown

        await say_unknown(routes, log)
        self.notifier = Service(log, routes.routes, routes.channels, writers=self.stages)
        async with reporting(routes.routes.reports, routes.file, log, self.settings.log.name):
            await self.notifier.run(stop)

    async def _listening(self, group: asyncio.TaskGroup, log: Log) -> asyncio.Task[None]:
        """Before anything is subscribed: a taken port is reported at once, by the group."""
        listening = asyncio.Event()

        def started(port: int) -> None:
            keep_out_of_gc()
            self.port = port
            listening.set()

        door = self.door
        app = create_app(
            self.state,
            health=self._health,
            metric_definitions=REGISTRY.published(),
            exposition=self.exposition,
            tables=self.tables.reader,
            trials=trials_over(self.settings.log.name),
            access=door.access,
            log=log,
            feeds=self._feeds,
        )
        server = serve(app, door.host, door.port, on_start=started, **door.serving)
        task = group.create_task(server, name="gateway")
        await listening.wait()
        return task

    def _told(self, record: Record) -> None:
        self.published[record.topic] += 1
        if record.topic == "alerts":
            try:
                self.on_alert(read(record))
            except (CodecError, KeyError, TypeError, ValueError) as error:  # of nobody of ours
                left_out(record, repr(error))

    def _say(self, result: DefineResult) -> None:
        for what in ("added", "changed"):
            if names := getattr(result, what):
                logger.info("%s: %s", what, ", ".join(names))

    def _health(self) -> Mapping[str, Any]:
        now = self.clock.now()
        positions = positions_of(self.stages, now)
        return {
            "reasons": [
                *self.connector.reasons(),
                *stage_reasons(positions),
                *self.stages.reasons(),
                *filter(None, [self.tables.reason, self.door.access.keys.wrong]),
                *(self.notifier.reasons() if self.notifier else ()),
            ],
            "ticks": self.connector.builder.counts.ticks,
            "now": now,
            "rejected": rejected(positions),
        }

    def _feeds(self) -> dict[str, dict[str, Any]]:
        sessions, backfiller = self.connector.sessions, self.connector.backfiller
        waiting = {v: (c, backfiller.waiting_at(v)) for v, c in backfiller.counts.items()}
        stats = [] if sessions is None else sessions.stats
        return venue_feeds(stats, waiting, self.pricer, self.clock.now())

    def _metrics(self) -> Mapping[str, Any]:
        found = self.connector.figures() | pricer_figures(self.stages)
        found |= status_figures(self.stages) | self.tables.figures()
        if self.notifier is not None:
            found |= self.notifier.figures()
        return found | stage_figures(positions_of(self.stages, self.clock.now()))


async def _last_time(log: Log) -> int:
    """When the last record of `ticks` was appended (ns); 0 where there is none."""
    async with aclosing(backwards(log, "ticks")) as records:
        async for record in records:
            return record.time
    return 0


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
