"""The one websocket session, for all venues: connect, subscribe, watch, reconnect.

All knowledge of a venue is in its parser; all waiting, retrying and failing is here.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.uri import parse_uri

from connectors.health import Pulse, StallRule
from connectors.listing import see_listing
from connectors.retry import AttemptBudget, Backoff
from connectors.stats import SessionStats, SymbolStats
from connectors.venue import (
    Ack,
    Event,
    Frame,
    Heartbeat,
    Malformed,
    Notice,
    Parser,
    Refused,
    Reply,
    Venue,
)
from engine.types import Gap, Instrument, Tick

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_MESSAGE = 8 * 2**20
"""Bytes: the largest frames of any venue, full order books, are a few MB."""
RECEIVE_QUEUE = 1024
"""Frames read ahead of us; beyond that the socket is not read, so TCP holds the venue back."""
REPLY_QUEUE = 256
"""Replies and pings waiting for the message budget; a venue that wants more is not right."""
PING_EVERY = 20.0
"""Seconds, and as many for the answer: a dead line is noticed within 40 s even without trades."""
OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 3.0
"""Seconds for the closing handshake; by then a peer that answers at all has done so."""
ANSWER_WITHIN = 30.0
"""Seconds after which symbols without answer and without data are named in the log."""

LATE = 3.0
"""Times its due: a look at the health that comes later than this is not used."""

Sink = Callable[[int, list[Tick | Gap]], None]
"""Takes the events of one websocket message and when it arrived (ns UTC)."""


class Connection(Protocol):
    """An open websocket. All methods raise websockets' ConnectionClosed once it is closed."""

    def recv(self, decode: bool | None = None) -> Coroutine[Any, Any, Frame]:
        """The next message; what arrived before the closing is still given out after it."""
        ...

    def send(self, message: Frame) -> Coroutine[Any, Any, None]:
        """Send one message."""
        ...

    def close(self) -> Coroutine[Any, Any, None]:
        """Close it; never raises, closing twice is once."""
        ...


class Clock(NamedTuple):
    """The time, as arguments, so that tests can use a virtual one."""

    now_ns: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


SYSTEM_CLOCK = Clock(time.time_ns, time.monotonic, asyncio.sleep)


async def open_websocket(url: str) -> Connection:
    """Connect. Raises OSError, TimeoutError or websockets' WebSocketException.

    Without compression: inflating costs more than parsing. A proxy of the environment is used,
    except for the loopback.
    """
    loopback = parse_uri(url).host in ("127.0.0.1", "::1", "localhost")
    return await websockets_connect(
        url,
        compression=None,
        max_size=MAX_MESSAGE,
        max_queue=RECEIVE_QUEUE,
        open_timeout=OPEN_TIMEOUT,
        close_timeout=CLOSE_TIMEOUT,
        ping_interval=PING_EVERY,
        ping_timeout=PING_EVERY,
        proxy=None if loopback else True,
    )


class Session:
    """Keeps one connection of a venue up, for as many instruments as fit on one.

    `sink` is called synchronously, once for each message that has events. An exception of the sink
    ends the session and comes out of `run`: what it could not take must not be lost in silence.
    """

    def __init__(
        self,
        venue: Venue,
        instruments: Sequence[Instrument],
        sink: Sink,
        *,
        name: str | None = None,
        base_url: str | None = None,
        attempts: AttemptBudget | None = None,
        stall: StallRule | None = None,
        clock: Clock = SYSTEM_CLOCK,
        connect: Callable[[str], Awaitable[Connection]] = open_websocket,
        rng: random.Random | None = None,
    ) -> None:
        self._venue = venue
        self._asked = list(instruments)
        self._instruments = {i.symbol: i for i in instruments}
        self._sink = sink
        self._stall = stall or StallRule()
        self._clock = clock
        self._connect = connect
        self._backoff = Backoff(rng or random.Random())
        self._attempts = attempts or AttemptBudget(venue.limits)
        self._stop = asyncio.Event()
        self._pulse = Pulse(self._stall)
        self._pulses = {symbol: Pulse(self._stall) for symbol in self._instruments}
        url = venue.endpoint(base_url or venue.url, instruments)
        self.stats = SessionStats(name or venue.name, venue.name, url)
        self.stats.symbols = {symbol: SymbolStats() for symbol in self._instruments}
        # Of one connection:
        self._parser: Parser = venue.parser(instruments)
        self._outbox: asyncio.Queue[Frame] = asyncio.Queue()
        self._begun: set[str] = set()
        self._doubted: dict[str, str] = {}
        self._closing: str | None = None

    def stop(self) -> None:
        """Ask `run` to close the connection, take in what had arrived, and return."""
        self._stop.set()

    async def run(self) -> None:
        """Connect again and again until stopped. What the venue does never ends it."""
        try:
            while not self._stop.is_set():
                self.stats.state = "connecting"
                connection = await self._open()
                if connection is not None:
                    await self._converse(connection)
                if not self._stop.is_set():
                    self.stats.state = "waiting"
                    await self._unless_stopped(self._clock.sleep(self._backoff.next_delay()))
        finally:
            self.stats.state = "stopped"

    async def _open(self) -> Connection | None:
        """A connection within the venue's budget of attempts, or None and the log says why."""
        while wait := self._attempts.reserve(self._clock.monotonic()):
            await self._unless_stopped(self._clock.sleep(wait))
            if self._stop.is_set():
                return None
        try:
            return await self._unless_stopped(self._connect(self.stats.url))
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            self.stats.failed_attempts += 1
            self._note(f"cannot connect to {self.stats.url}: {error or type(error).__name__}")
            return None

    async def _converse(self, connection: Connection) -> None:
        """One connection, from subscribing to its end."""
        self._begin()
        helpers = [
            asyncio.create_task(self._send(connection)),
            asyncio.create_task(self._keep_alive()),
            asyncio.create_task(self._watch(connection)),
            asyncio.create_task(self._close_when_stopped(connection)),
        ]
        try:
            while True:
                self._take(await connection.recv(decode=False))
        except ConnectionClosed as closed:
            if not self._stop.is_set():
                self._note(f"connection ended: {self._closing or closed}")
        finally:
            for helper in helpers:
                helper.cancel()
            ends = await asyncio.gather(*helpers, return_exceptions=True)
            await connection.close()
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, ConnectionClosed):
                raise end

    def _begin(self) -> None:
        """A connection stands: a fresh parser, its frames to send, silence counted from now."""
        self.stats.state = "subscribing"
        self.stats.connections += 1
        self.stats.reconnects = self.stats.connections - 1
        self._parser = self._venue.parser(self._asked)
        frames = self._parser.subscribe()
        self._outbox = asyncio.Queue(len(frames) + REPLY_QUEUE)
        for frame in frames:
            self._outbox.put_nowait(frame)
        self._begun = set()
        self._closing = None
        now = self._clock.monotonic()
        for pulse in (self._pulse, *self._pulses.values()):
            pulse.begin(now)
        for symbol in self.stats.symbols.values():
            symbol.state, symbol.reason = "asked", None
        logger.info("%s: connected to %s", self.stats.name, self.stats.url)

    async def _send(self, connection: Connection) -> None:
        """Send what waits in the outbox, no faster than the venue allows."""
        pause = 1.0 / self._venue.limits.messages_per_second
        while True:
            await connection.send(await self._outbox.get())
            await self._clock.sleep(pause)

    async def _keep_alive(self) -> None:
        """Send the frame that the venue wants to have now and then, if it wants one."""
        if self._venue.limits.keep_alive is None:
            return
        every, frame = self._venue.limits.keep_alive
        while True:
            await self._clock.sleep(every)
            self._post(frame)

    def _post(self, frame: Frame) -> None:
        """Put a frame into the outbox; where that is full, this connection is not right."""
        if self._outbox.full():
            self._closing = f"more than {REPLY_QUEUE} frames are waiting to be sent"
        else:
            self._outbox.put_nowait(frame)

    async def _close_when_stopped(self, connection: Connection) -> None:
        await self._stop.wait()
        await connection.close()

    # ---- messages

    def _take(self, frame: Frame) -> None:
        """One message: count it, and pass its ticks and gaps on together."""
        received = self._clock.now_ns()
        stats = self.stats
        stats.messages += 1
        events: list[Tick | Gap] = []
        for event in self._parser.feed(frame):
            if type(event) is Tick:
                symbol = event.instrument.symbol
                if symbol not in self._begun:
                    self._begin_symbol(event.instrument, events)
                if stats.state != "live":
                    stats.state = "live"
                    self._backoff.reset()
                of_symbol = stats.symbols[symbol]
                of_symbol.ticks += 1
                of_symbol.last_data = received
                of_symbol.last_id = event.id
                stats.ticks += 1
                now = self._clock.monotonic()
                self._pulses[symbol].beat(now)
                self._pulse.beat(now)
                events.append(event)
            else:
                self._take_other(event, events)
        if events:
            self._sink(received, events)

    def _begin_symbol(self, instrument: Instrument, events: list[Tick | Gap]) -> None:
        """A symbol is heard of for the first time on this connection: what came before is lost."""
        symbol = instrument.symbol
        self._begun.add(symbol)
        if symbol not in self._instruments:  # not asked for; a playback may have such
            self._instruments[symbol] = instrument
            self._pulses[symbol] = Pulse(self._stall)
            self.stats.symbols[symbol] = SymbolStats()
        self.stats.symbols[symbol].state = "accepted"
        self.stats.gaps += 1
        events.append(Gap(instrument, None, None, "session"))

    def _take_other(self, event: Event, events: list[Tick | Gap]) -> None:
        """An event that is no tick."""
        stats = self.stats
        match event:
            case Gap():
                stats.gaps += 1
                events.append(event)
            case Heartbeat():
                stats.heartbeats += 1
            case Ack(symbol):
                if symbol in self._instruments and symbol not in self._begun:
                    self._begin_symbol(self._instruments[symbol], events)
            case Refused(symbol, reason):
                stats.refused += 1
                of_symbol = stats.symbols.get(symbol or "")
                if of_symbol is not None:
                    of_symbol.state, of_symbol.reason = "refused", reason
                see = see_listing(self._venue.name, self._instruments.get(symbol or ""))
                self._note(f"{symbol or 'a request'} was refused: {reason}; {see}")
            case Malformed(reason, excerpt):
                stats.malformed += 1
                if stats.malformed & (stats.malformed - 1) == 0:  # 1st, 2nd, 4th, 8th …
                    self._note(f"malformed frame number {stats.malformed}: {reason}: {excerpt}")
                self._doubt(reason, excerpt, events)
            case Notice(text, closing):
                self._note(text)
                if closing:
                    self._closing = text
            case Reply(reply):
                self._post(reply)

    def _doubt(self, reason: str, excerpt: str, events: list[Tick | Gap]) -> None:
        """A trade that cannot be read is missed: gaps of the symbols that it may be of.

        Where ids count, the gate sees the hole by itself. One gap between two trades is enough.
        """
        blind = [s for s in self._begun if not self._instruments[s].counts]
        named = [s for s in blind if f'{s}"' in excerpt]
        for symbol in named or (blind if reason == "not JSON" else ()):
            last_id = self.stats.symbols[symbol].last_id
            if last_id is not None and self._doubted.get(symbol) != last_id:
                self._doubted[symbol] = last_id
                self.stats.gaps += 1
                events.append(Gap(self._instruments[symbol], last_id, None, "malformed"))

    # ---- health

    async def _watch(self, connection: Connection) -> None:
        """Look at the health of the connection again and again; end it when it has none."""
        begun = self._clock.monotonic()
        lifetime = self._venue.limits.lifetime
        unanswered_told = False
        try:
            while self._closing is None:
                before = self._clock.monotonic()
                await self._clock.sleep(self._stall.check)
                now = self._clock.monotonic()
                if now - before > LATE * self._stall.check:
                    continue  # it was we who were away: what came meanwhile is not read yet
                if not unanswered_told and now - begun > ANSWER_WITHIN:
                    unanswered_told = True
                    self._tell_unanswered()
                if lifetime is not None and now - begun > lifetime:
                    self._closing = f"renewed after {lifetime:.0f} s, before the venue cuts it"
                if self.stats.state == "subscribing" and now - begun > self._stall.first:
                    self.stats.stalls += 1
                    self._closing = f"no data at all in {self._stall.first:.0f} s"
                self._find_stalls(now)
        finally:
            await connection.close()  # also when the sink failed: `_converse` then raises that

    def _find_stalls(self, now: float) -> None:
        """Gaps for the symbols that have fallen silent; then the connection is to be renewed."""
        if self._pulse.stalled(now):
            silent = [s for s, stats in self.stats.symbols.items() if stats.ticks]
        else:
            silent = [symbol for symbol, pulse in self._pulses.items() if pulse.stalled(now)]
            for symbol in silent:
                # One renewal for one silence: a pair whose trading is halted must not cut off the
                # others again and again.
                self._pulses[symbol].forget()
        if not silent:
            return
        gaps: list[Tick | Gap] = [
            Gap(self._instruments[s], self.stats.symbols[s].last_id, None, "stall") for s in silent
        ]
        self.stats.stalls += 1
        self.stats.gaps += len(gaps)
        self._closing = f"no data for too long from {', '.join(silent)}"
        self._sink(self._clock.now_ns(), gaps)

    def _tell_unanswered(self) -> None:
        for symbol, stats in self.stats.symbols.items():
            see = see_listing(self._venue.name, self._instruments[symbol])
            if stats.state == "asked":
                self._note(f"{symbol}: no answer to the subscription and no data; {see}")
            elif stats.state == "accepted" and stats.last_data is None:
                self._note(f"{symbol}: accepted, but no trade yet; {see}")

    # ---- small things

    def _note(self, text: str) -> None:
        self.stats.last_error = text
        logger.warning("%s: %s", self.stats.name, text)

    async def _unless_stopped(self, awaitable: Awaitable[T]) -> T | None:
        """Its result, or None as soon as the session is stopped."""
        work = asyncio.ensure_future(awaitable)
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else None
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
