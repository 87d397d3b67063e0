"""Fetches missed trades from the venues' REST interfaces, beside the live ones.

It stands between the sessions and their sink. What comes is passed on at once and then looked at by
gates of its own, which find the gaps that the Pricer is going to find in the same trades. Each gap
whose two ids are known is asked for, one after the other for each venue, and what comes of it goes
into the same sink, behind the live trades that showed the gap.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.feed.rest import Rest, RestError
from connectors.venues.events import printable
from connectors.venues.history import Historian, HistoryError, Missed, Pages
from connectors.venues.registry import venue
from engine.numbers import is_power_of_two
from engine.pricing.gate import ACCEPTED, REORDERED, TradeGate
from engine.records import Backfill, Gap, Tick

logger = logging.getLogger(__name__)

PAGES = 100
"""Requests for one gap: 100,000 trades (OKX: 10,000), two minutes of Kraken's time. Of a longer one
the oldest part is fetched, which follows on what is known; then others have their turn."""
JOBS = 500
"""Gaps of a venue that wait to be filled. Beyond that the oldest is let go: trades weigh less with
every hour, and the Pricer keeps 256 open gaps of a symbol."""
PAUSES = (5.0, 60.0)
"""Seconds before a gap is asked for again: the REST interface may lag behind the websocket, and
what has cut a connection off may have hit it too."""

ROOM_EVERY = 0.5
"""Seconds between two looks whether there is room again."""

Room = Callable[[int], bool]
"""Whether so many trades more can be taken now."""
Sink = Callable[[int, Sequence[Tick | Gap | Backfill]], None]
"""Takes items and when they arrived (ns UTC)."""


class RestClient(Protocol):
    """What is needed of `connectors.feed.rest.Rest`."""

    requests: int

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON answer. Raises RestError."""
        ...


OpenRest = Callable[[str, float], AbstractAsyncContextManager[RestClient]]
"""Opens a client for a base URL and so many requests a second."""


@dataclass(slots=True)
class BackfillCounts:
    """What became of the gaps of one venue."""

    gaps: int = 0
    """Seen; those without two ids in order cannot be asked for."""
    jobs: int = 0
    """To be filled."""
    filled: int = 0
    """All of their trades came."""
    partial: int = 0
    """Only the oldest of their trades came."""
    failed: int = 0
    """None came."""
    dropped: int = 0
    """Let go while they waited."""
    trades: int = 0
    """Handed over."""
    requests: int = 0
    """Sent, repeated ones included."""


@dataclass(slots=True, eq=False)
class Job:
    """One gap to be filled."""

    missed: Missed
    pages: Pages
    due: float = 0.0
    """Not before this time of the event loop."""
    tries: int = 0
    requests: int = 0
    trades: int = 0


@dataclass(slots=True)
class SymbolStream:
    """The trades of one symbol as they come."""

    gate: TradeGate
    last_ts: int
    """Time of the last new trade."""


class Backfiller:
    """Give `take` to the sessions, and let `run` run beside them.

    `urls` are the venues' other websocket URLs and `rest_urls` their other REST URLs. A venue that
    has only the former is a simulation or a proxy: its history is not asked for. From an earlier
    run, `known` holds gates that know each symbol's last trade, which are used up, and `missed`
    what was not filled yet. While there is no `room` a backfill waits, and no other is asked for.
    Raises UnknownVenueError.
    """

    def __init__(
        self,
        venues: Iterable[str],
        sink: Sink,
        urls: Mapping[str, str] | None = None,
        rest_urls: Mapping[str, str] | None = None,
        *,
        known: Iterable[TradeGate] = (),
        missed: Iterable[Missed] = (),
        room: Room = lambda ticks: True,
        now_ns: Callable[[], int] = time.time_ns,
        open_rest: OpenRest = Rest,
    ) -> None:
        self._sink, self._open_rest = sink, open_rest
        self._queues: dict[str, _VenueQueue] = {}
        urls, rest_urls = urls or {}, rest_urls or {}
        for name in dict.fromkeys(venues):
            historian = venue(name)
            if isinstance(historian, Historian) and (name in rest_urls or name not in urls):
                url = rest_urls.get(name, historian.rest_url)
                self._queues[name] = _VenueQueue(name, historian, url, sink, room, now_ns)
        for gate in known:
            queue = self._queues.get(gate.instrument.venue)
            if queue is not None:
                queue.streams[gate.instrument.symbol] = SymbolStream(gate, gate.last_ts)
        for one in missed:
            queue = self._queues.get(one.instrument.venue)
            if queue is not None:
                queue.request(one)

    @property
    def counts(self) -> dict[str, BackfillCounts]:
        """By venue, of those whose history is asked for; they are updated in place."""
        return {name: queue.counts for name, queue in self._queues.items()}

    @property
    def waiting(self) -> int:
        """Gaps to be filled, the ones in work included."""
        return sum(self.waiting_at(name) for name in self._queues)

    def waiting_at(self, venue: str) -> int:
        """Those of one venue whose history is asked for."""
        queue = self._queues[venue]
        return len(queue.waiting) + (queue.job is not None)

    def take(self, received: int, events: Sequence[Tick | Gap]) -> None:
        """Pass the events of one message on, and note what is missing."""
        self._sink(received, events)
        for following, event in enumerate(events, 1):
            queue = self._queues.get(event.instrument.venue)
            if queue is None:
                continue
            if isinstance(event, Tick):
                queue.observe_tick(event)
            else:
                queue.observe_gap(event, events[following] if following < len(events) else None)

    async def run(self) -> None:
        """Fill gaps until cancelled. Raises what the sink raised."""
        tasks = [
            asyncio.create_task(queue.run(self._open_rest), name=f"backfill {name}")
            for name, queue in self._queues.items()
        ]
        try:
            await (asyncio.gather(*tasks) if tasks else asyncio.Event().wait())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self.waiting:
                logger.warning("%d gaps were still to be filled", self.waiting)


class _VenueQueue:
    """The gaps of one venue, filled one after the other."""

    def __init__(
        self,
        name: str,
        historian: Historian,
        url: str,
        sink: Sink,
        room: Room,
        now_ns: Callable[[], int],
    ) -> None:
        self.name, self.counts = name, BackfillCounts()
        self.streams: dict[str, SymbolStream] = {}
        self.waiting: list[Job] = []
        self.job: Job | None = None
        """The one in work."""
        self._historian, self._url, self._now_ns = historian, url, now_ns
        self._sink, self._room = sink, room
        self._arrived = asyncio.Event()

    # ---- which trades are missing

    def observe_gap(self, gap: Gap, following: Tick | Gap | None) -> None:
        """Note a gap that a session or a parser reports, and the event right after it."""
        stream = self.streams.get(gap.instrument.symbol)
        if stream is None:
            return  # before a symbol's first trade nothing is missed
        if gap.last_id is None or gap.next_id is None:
            stream.gate.suspect_loss(gap.reason)
            return
        after = following if isinstance(following, Tick) else None
        if after is not None and (after.instrument, after.id) != (gap.instrument, gap.next_id):
            after = None
        self.request(Missed(gap.instrument, gap.last_id, gap.next_id, stream.last_ts, after))

    def observe_tick(self, tick: Tick) -> None:
        """Note a trade."""
        stream = self.streams.get(tick.instrument.symbol)
        if stream is None:
            stream = SymbolStream(TradeGate(tick.instrument), 0)
            self.streams[tick.instrument.symbol] = stream
        stream.gate.instrument = tick.instrument
        verdict = stream.gate.admit(tick.ts, tick.id)
        if verdict is ACCEPTED or verdict is REORDERED:
            before, stream.last_ts = stream.last_ts, tick.ts
            gap = stream.gate.take_gap()
            if gap is None:
                return
            if gap.last_id is None or gap.next_id is None:
                self.counts.gaps += 1
            else:
                self.request(Missed(gap.instrument, gap.last_id, gap.next_id, before, tick))

    def request(self, missed: Missed) -> None:
        """Trades to be asked for, if they can be."""
        self.counts.gaps += 1
        pages = self._historian.history(missed)
        if pages is not None:
            self.counts.jobs += 1
            self._put(Job(missed, pages))

    def _put(self, job: Job) -> None:
        if len(self.waiting) >= JOBS:
            dropped = self.waiting.pop(0)
            self.counts.dropped += 1
            self._note(dropped, f"more than {JOBS} gaps are waiting")
        self.waiting.append(job)
        self._arrived.set()

    # ---- asking for them

    async def run(self, open_rest: OpenRest) -> None:
        """Work off what waits, for ever."""
        async with open_rest(self._url, self._historian.rest_per_second) as rest:
            while True:
                self.job = await self._next()
                try:
                    await self._fill(self.job, rest)
                except (RestError, HistoryError) as error:
                    self._try_again(self.job, str(error))
                self.job = None

    async def _next(self) -> Job:
        """The first job that is due, taken out of the queue."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            for index, job in enumerate(self.waiting):
                if job.due <= now:
                    return self.waiting.pop(index)
            self._arrived.clear()
            due = min((job.due for job in self.waiting), default=None)
            try:
                async with asyncio.timeout_at(due):
                    await self._arrived.wait()
            except TimeoutError:
                pass

    async def _fill(self, job: Job, rest: RestClient) -> None:
        """Ask page by page and hand over each as it comes."""
        pages = job.pages
        if pages.complete:  # no id lies between
            await self._hand_over(job, [])
        while not pages.complete:
            if job.requests >= PAGES:
                self._end(job, f"it takes more than {PAGES} requests")
                return
            job.requests += 1
            query = pages.request()
            try:
                answer = await rest.get(query.path, query.params)
            finally:
                self.counts.requests = rest.requests
            ticks = pages.take(answer)
            if ticks or pages.complete:
                await self._hand_over(job, ticks)
        self.counts.filled += 1

    async def _hand_over(self, job: Job, ticks: list[Tick]) -> None:
        reported = False
        while not self._room(len(ticks)):
            if not reported:
                logger.warning("%s: a backfill waits until there is room for it", self.name)
                reported = True
            await asyncio.sleep(ROOM_EVERY)
        instrument, last_id, next_id = job.missed[:3]
        backfill = Backfill(instrument, last_id, next_id, ticks, job.pages.complete)
        self._sink(self._now_ns(), [backfill])
        job.trades += len(ticks)
        self.counts.trades += len(ticks)

    def _try_again(self, job: Job, why: str) -> None:
        """Put a job back for later, until it has been tried often enough."""
        if job.tries >= len(PAUSES):
            self._end(job, why)
            return
        job.due = asyncio.get_running_loop().time() + PAUSES[job.tries]
        job.tries += 1
        self._put(job)

    def _end(self, job: Job, why: str) -> None:
        """Give a job up; its gap stays open."""
        if job.trades:
            self.counts.partial += 1
        else:
            self.counts.failed += 1
        self._note(job, why)

    def _note(self, job: Job, why: str) -> None:
        counts, missed = self.counts, job.missed
        number = counts.partial + counts.failed + counts.dropped
        if is_power_of_two(number):
            text = "%s %s: gap number %d not filled, between trades %s and %s, %d came: %s"
            ids = printable(missed.last_id), printable(missed.next_id)
            symbol = printable(missed.instrument.symbol)
            logger.warning(text, self.name, symbol, number, *ids, job.trades, printable(why))
