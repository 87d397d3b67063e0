"""Trades of venues into a log's `ticks`, for the assets of the definitions in force."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Any

from connectors.feed.backfiller import Backfiller
from connectors.feed.connect import VenueSessions
from connectors.feed.transport import SYSTEM_CLOCK
from connectors.venues.history import Missed
from engine.index.coin_events import AssetDefinition
from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import IndexDefinition
from engine.pricing.gate import TradeGate
from engine.pricing.pricer import Pricer
from engine.types import DAY, SECOND
from streams.catching_up import pricer_at_end
from streams.clock import LogClock
from streams.define import defined_in
from streams.ingest import FrameBuilder
from streams.log import Log, end_of
from streams.passage import Passed, unwatched
from streams.records import StreamError
from streams.runner import PricerAdapter, Runner
from streams.sender import DELIVERY_SECONDS, FrameSender
from tidegauge.arguments import Listen, Urls
from tidegauge.figures import Feed, Waiting
from tidegauge.monitoring import monitored
from tidegauge.opening import Stages, Target
from tidegauge.stopping import stopping
from tidegauge.tracing import watched

_CLOSE_SECONDS = 10.0
_ARRIVED_WITHIN = 10 * SECOND
"""ns between a trade and its arrival here, more than any venue's: an open gap has the latter."""

logger = logging.getLogger(__name__)


class Connector:
    """Sessions with venues, the trades they missed, and the way of both into the log.

    `pricer` is what the log knows already: what was missed since is asked for as well. `passed` is
    told how long frames take.
    """

    def __init__(
        self,
        log: Log,
        writers: Log | Stages,
        venues: Sequence[str],
        urls: Urls,
        name: str,
        clock: LogClock,
        pricer: Pricer,
        passed: Passed = unwatched,
    ) -> None:
        self._log, self._venues, self._urls, self._clock = log, venues, urls, clock
        self.sender = FrameSender(
            lambda: writers.writer(patience=DELIVERY_SECONDS), clock=clock.now, passed=passed
        )
        self.builder = FrameBuilder(
            self.sender.offer, name, uuid.uuid4().hex[:12], clock.now, log_clock=clock
        )
        self.backfiller = Backfiller(
            venues,
            self.builder.add,
            *urls,
            known=known_trades(pricer),
            missed=open_gaps(pricer, clock.now()),
            room=self.builder.has_room,
            now_ns=clock.now,
        )
        self.sessions: VenueSessions | None = None
        """Those of the definitions that are in force now."""
        self.feed = Feed(self.builder, self.backfiller, clock, self._unsent)
        self.lost = 0
        """Ticks that were received and could not be stored."""

    def _unsent(self, now: int) -> list[Waiting]:
        oldest = self.sender.oldest
        age = 0 if oldest is None else max(now - oldest, 0)
        return [Waiting("log", self.sender.waiting, age)]

    def reasons(self) -> list[str]:
        """What is wrong with it now."""
        return [*filter(None, [self._log.lost()]), *self.feed.reasons()]

    def figures(self) -> dict[str, Any]:
        """Its figures."""
        sent = {"tidegauge_frames_sent_total": self.sender.sent}
        return self.feed.figures() | sent | {"tidegauge_sender_retries_total": self.sender.retries}

    async def run(self, stop: asyncio.Event) -> None:
        """Until stopped; raises what ended it before. What came in is handed over at the end."""
        parts = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("sender", self.sender.run()),
                ("ingest", self.builder.run()),
                ("backfill", self.backfiller.run()),
                ("sessions", self._subscribe(stop)),
            )
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                await part  # one that ended by itself failed: its exception is the reason
            for part in parts[1:3]:  # no more clock frames, nothing more is fetched
                part.cancel()
            self.lost = await self.builder.close(_CLOSE_SECONDS)
            undelivered = await self.sender.drain(_CLOSE_SECONDS)
            if self.lost or undelivered:
                text = "%d ticks and %d frames were received and could not be stored"
                logger.error(text, self.lost, undelivered)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _subscribe(self, stop: asyncio.Event) -> None:
        """Run sessions until stopped; anew for other assets where the definitions change."""
        clock = SYSTEM_CLOCK._replace(now_ns=self._clock.now)
        while not stop.is_set():
            after = await end_of(self._log, "definitions")
            assets = await _assets(self._log)
            sessions = VenueSessions(
                self._venues, assets, self.backfiller.take, self._urls.websocket, clock=clock
            )
            self.sessions, self.feed.stats = sessions, sessions.stats
            running = asyncio.create_task(sessions.run())
            changed = asyncio.create_task(self._changed(after, assets))
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

    async def _changed(self, after: int, assets: list[str]) -> None:
        """Return when the definitions ask for other assets."""
        async with aclosing(self._log.follow({("definitions", 0): after})) as batches:
            async for records in batches:
                if records and await _assets(self._log) != assets:
                    return


async def run_connector(
    target: Target,
    venues: Sequence[str],
    urls: Urls,
    name: str,
    seconds: float | None,
    listen: Listen,
) -> dict[str, int]:
    """`connect`: until stopped, or for some seconds; what went through. Raises StreamError."""
    async with target.open() as log, watched("connect") as exposition:
        await log.claim(alone=False)
        pricer = await last_pricer(log)
        clock = LogClock(last=pricer.now)
        for reason in clock.reasons():
            logger.warning("%s", reason)
        connector = Connector(log, log, venues, urls, name, clock, pricer, exposition.passed)
        exposition.add(connector.figures)
        what, health = f"tidegauge connect {name}", lambda: {"reasons": connector.reasons()}
        async with stopping(seconds) as stop, monitored(listen, what, health, exposition):
            await connector.run(stop)
    counts, by_venue = connector.builder.counts, connector.backfiller.counts.values()
    return {
        "ticks": counts.ticks,
        "frames": connector.sender.sent,
        "lost": counts.overflowed + connector.lost,
        "backfilled": sum(c.trades for c in by_venue),
        "gaps_filled": sum(c.filled for c in by_venue),
        "gaps_open": sum(c.gaps - c.filled for c in by_venue),
    }


async def last_pricer(log: Log) -> Pricer:
    """The Pricer as it is at the end of `ticks`, or an empty one, and a warning."""
    try:
        return pricer_in(await pricer_at_end(log, Pricer))
    except StreamError as error:
        logger.warning("what was missed before this start is not asked for: %s", error)
        return Pricer()


def pricer_in(runner: Runner) -> Pricer:
    """The Pricer that a runner drives."""
    assert isinstance(runner.stage, PricerAdapter)
    assert isinstance(runner.stage.pricer, Pricer)
    return runner.stage.pricer


async def _assets(log: Log) -> list[str]:
    """The assets that the definitions in force need prices of."""
    found = await defined_in(log)
    return assets_of(found.indices.values(), found.assets.values(), time.time_ns())


def known_trades(pricer: Pricer) -> list[TradeGate]:
    """Copies of the gates of a Pricer: they know each symbol's last trade."""
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
