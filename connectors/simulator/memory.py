"""The exchanges in memory: the same wire formats and faults, without sockets.

Give `MemorySimulator.connect` to sessions. It runs on the event loop's clock; on a loop whose time
is virtual, minutes take milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidStatus,
)
from websockets.frames import Close
from websockets.http11 import Response

from connectors.feed.rest import RestError
from connectors.feed.transport import CLOSE_TIMEOUT, MAX_MESSAGE, PING_EVERY, RECEIVE_QUEUE
from connectors.simulator.desks import Fill
from connectors.simulator.exchange import Client, Exchange
from connectors.simulator.faults import Planned, relent, strike
from connectors.venues.events import Frame

LATENCY = 0.02
"""Seconds one way: within a continent."""
HANDSHAKE = 3 * LATENCY
"""TCP and HTTP; encryption adds as much again where there is any."""


class MemoryLink:
    """A connection in memory.

    It is a `connectors.simulator.exchange.ClientLink` for the exchange, and through
    `MemoryConnection` a `connectors.feed.session.Connection` for the session.
    """

    def __init__(self, exchange: Exchange, latency: float = LATENCY) -> None:
        self.exchange = exchange
        self._latency = latency
        self._loop = asyncio.get_running_loop()
        self._flight: deque[tuple[float, str | ConnectionClosed]] = deque()
        self._inbox: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._drip = 0.0
        self._opened = self._loop.time()
        self.frozen = False
        self.end: ConnectionClosed | None = None
        """Why the client's end is closed; None while it is open."""
        self.ending = False
        """Nothing more is sent."""
        self.most_unread = 0
        self.client: Client | None = None

    # ---- the exchange's end

    def send(self, frame: str) -> None:
        """Let it arrive after the link's latency."""
        if self.ending or self.frozen:
            return
        if len(frame) > MAX_MESSAGE:
            self._under_way(ConnectionClosedError(None, Close(1009, "message too big")))
            self._over()
        else:
            self._under_way(frame)

    def _under_way(self, what: str | ConnectionClosed) -> None:
        due = self._loop.time() + self._latency
        if self._drip:
            due = max(due, self._flight[-1][0] if self._flight else 0.0) + self._drip
        self._flight.append((due, what))

    def _over(self) -> None:
        self.ending = True
        if self.client is not None:
            self.exchange.leave(self.client)

    def close(self, code: int, reason: str) -> None:
        """The close frame comes after what is under way."""
        if not self.ending:
            close = Close(code, reason)
            self._under_way(ConnectionClosedOK(close, close, True))
            self._over()

    def fin(self) -> None:
        """The end comes after what is under way."""
        if not self.ending:
            self._under_way(ConnectionClosedError(None, None))
            self._over()

    def reset(self) -> None:
        """What is under way is lost."""
        self._flight.clear()
        self._over()
        self._closed(ConnectionClosedError(None, None))

    def cut_within(self, frame: str) -> None:
        """A half frame is none."""
        self.fin()

    def freeze(self) -> None:
        """What is under way is lost, and the client's next ping is not answered."""
        self.frozen = True
        self._flight.clear()
        age = self._loop.time() - self._opened
        timeout = ConnectionClosedError(None, Close(1011, "keepalive ping timeout"))
        self._loop.call_later(2 * PING_EVERY - age % PING_EVERY, self._closed, timeout)

    def drip(self, seconds: float) -> None:
        """Space out what is to come; 0 lets all arrive now."""
        self._drip = seconds
        if not seconds:
            now = self._loop.time()
            self._flight = deque(
                (min(due, now + self._latency), what) for due, what in self._flight
            )

    def send_compressed(self, frame: str) -> None:
        """The client ends it: a reserved bit is set."""
        if not self.ending:
            self._under_way(ConnectionClosedError(None, Close(1002, "reserved bits must be 0")))
            self._over()

    # ---- the client's end

    def arrive(self) -> None:
        """Let arrive what is due, as far as there is room for it."""
        now, flight, inbox = self._loop.time(), self._flight, self._inbox
        while flight and flight[0][0] <= now and len(inbox) < RECEIVE_QUEUE:
            what = flight.popleft()[1]
            if isinstance(what, str):
                inbox.append(what.encode())
            else:
                self._closed(what)
        if inbox:
            self.most_unread = max(self.most_unread, len(inbox))
            self._wake()

    def _closed(self, why: ConnectionClosed) -> None:
        if self.end is None:
            self.end = why
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def check(self) -> None:
        """Raises ConnectionClosed, one of its own each time, if the client's end is closed."""
        if self.end is not None:
            raise type(self.end)(self.end.rcvd, self.end.sent, self.end.rcvd_then_sent)

    async def receive(self) -> bytes:
        """The next message. Raises ConnectionClosed once all are given out and it is closed."""
        while not self._inbox:
            self.check()
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._inbox.popleft()

    async def leave(self) -> None:
        """The client closes: all that is under way still arrives, as far as there is time."""
        if self.end is not None:
            return
        self._over()
        if self.frozen or self._drip:
            await asyncio.sleep(CLOSE_TIMEOUT)
            self._flight.clear()
            self._closed(ConnectionClosedError(None, None))
            return
        for _, what in self._flight:
            if isinstance(what, str):
                self._inbox.append(what.encode())
        self._flight.clear()
        close = Close(1000, "")
        self._closed(ConnectionClosedOK(close, close, False))
        await asyncio.sleep(2 * self._latency)


class MemoryConnection:
    """See `connectors.feed.session.Connection`."""

    def __init__(self, link: MemoryLink, exchange: Exchange) -> None:
        self._link, self._exchange = link, exchange

    async def recv(self, decode: bool | None = None) -> Frame:
        """The next message, as bytes: sessions ask for no other."""
        return await self._link.receive()

    async def send(self, message: Frame) -> None:
        """Send one message; it is answered after the way there and back."""
        link = self._link
        link.check()
        if link.client is not None and not link.ending and not link.frozen:
            self._exchange.receive(link.client, message)

    async def close(self) -> None:
        """Close it."""
        await self._link.leave()


class MemoryRest:
    """A `connectors.feed.backfiller.RestClient`. It paces as `connectors.feed.rest` does."""

    def __init__(self, exchange: Exchange, per_second: float) -> None:
        self.requests = 0
        self._exchange, self._pause = exchange, 1.0 / per_second

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        """The answer as JSON makes it. Raises RestError."""
        await asyncio.sleep(max(self._pause, 2 * LATENCY))
        self.requests += 1
        query = {name: str(value) for name, value in (params or {}).items()}
        status, body = self._exchange.answer(path, query)
        if status != 200:
            raise RestError(f"{path}: HTTP {status}: {body}")
        return orjson.loads(orjson.dumps(body))


class MemorySimulator:
    """Exchanges by name, to be played a tape of trades and faults.

    `urls` and `rest_urls` are what sessions and a backfiller are to be given; they lead to
    `connect` and `open_rest` only. `latency` gives the seconds one way of the next link.
    """

    def __init__(
        self, exchanges: Iterable[Exchange], latency: Callable[[], float] = lambda: LATENCY
    ) -> None:
        self._latency = latency
        self.exchanges = {exchange.name: exchange for exchange in exchanges}
        self.urls = {name: f"ws://{name}.memory" for name in self.exchanges}
        self.rest_urls = {name: f"http://{name}.memory" for name in self.exchanges}
        self.links: list[MemoryLink] = []
        """Every link ever."""
        self._open: dict[MemoryLink, None] = {}

    async def connect(self, url: str) -> MemoryConnection:
        """Open a link. Raises InvalidStatus (429) when the exchange refuses."""
        address, exchange = urlsplit(url), self._at(url)
        admitted = exchange.knock()
        await asyncio.sleep(HANDSHAKE)
        if not admitted:
            headers = Headers([("Retry-After", "1")])
            raise InvalidStatus(Response(429, "Too Many Requests", headers))
        link = MemoryLink(exchange, self._latency())
        self.links.append(link)
        self._open[link] = None
        link.client = exchange.admit(f"{address.path}?{address.query}", link)
        return MemoryConnection(link, exchange)

    @asynccontextmanager
    async def open_rest(self, url: str, per_second: float) -> AsyncIterator[MemoryRest]:
        """A client of the REST interface."""
        yield MemoryRest(self._at(url), per_second)

    def _at(self, url: str) -> Exchange:
        return self.exchanges[(urlsplit(url).hostname or "").removesuffix(".memory")]

    async def play(
        self,
        tape: Iterable[Sequence[tuple[str, Fill]]],
        step: float,
        faults: Sequence[Planned] = (),
        after_step: Callable[[], None] = lambda: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Play (venue, trade) pairs, those of one step every `step` seconds, and the faults.

        `pause` waits for the next step.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        due = sorted(
            [(planned.at, 0, strike, planned) for planned in faults]
            + [(p.at + p.fault.seconds, 1, relent, p) for p in faults],
            key=lambda entry: entry[:2],
        )
        beat = 1.0
        for number, trades in enumerate(tape, 1):
            await pause(begun + number * step - loop.time())
            now = loop.time() - begun
            while due and due[0][0] <= now:
                _, _, act, planned = due.pop(0)
                act(self.exchanges[planned.venue], planned.fault)
            for venue, fill in trades:
                exchange = self.exchanges[venue]
                exchange.keep(fill)
                exchange.publish(fill)
            if now >= beat:
                beat += 1.0
                for exchange in self.exchanges.values():
                    exchange.heartbeat()
            for link in tuple(self._open):
                link.arrive()
                if link.end is not None:
                    del self._open[link]
            after_step()
