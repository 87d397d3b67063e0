"""A session on a scripted connection in virtual time."""

import asyncio
import heapq
import json
import random
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK

from connectors.feed.health import StallRule
from connectors.feed.session import Session
from connectors.feed.transport import Clock
from connectors.venues.base import Limits
from connectors.venues.kraken import Kraken
from engine.records import Gap, Tick

HEARTBEAT = '{"channel":"heartbeat"}'
ALL = ("BTC/USD", "USDT/USD", "USDC/USD")
LIMITS = Limits(100, 10.0, attempts=10, attempts_window=60.0, lifetime=60.0)


class VirtualTime:
    """A clock that moves only in `advance`, and then wakes the sleepers in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.clock = Clock(lambda: 10**18 + int(self.now * 1e9), lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, len(self.slept), future))
        await future

    async def advance(self, seconds: float) -> None:
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self.now = max(self.now, due)
                future.set_result(None)
                await settle()
        self.now = end


async def settle() -> None:
    """Let everything that can run, run."""
    for _ in range(30):
        await asyncio.sleep(0)


class Highest(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


class Wire:
    """A connection that the test plays the exchange on."""

    def __init__(self, time: VirtualTime) -> None:
        self.sent: list[tuple[float, Any]] = []
        self.closed = False
        self._time = time
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()

    def give(self, *frames: Any) -> None:
        for frame in frames:
            self._inbox.put_nowait(frame)

    def cut(self) -> None:
        self.give(ConnectionClosedError(None, None))

    async def recv(self, decode: bool | None = None) -> str | bytes:
        frame = await self._inbox.get()
        if isinstance(frame, Exception):
            raise frame
        return bytes(frame, "utf-8") if isinstance(frame, str) else frame

    async def send(self, message: str | bytes) -> None:
        self.sent.append((self._time.now, json.loads(message)))

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.give(ConnectionClosedOK(None, None))


class Exchange:
    """Opens wires, or refuses to."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.wires: list[Wire] = []
        self.attempts: list[float] = []
        self.down = False

    async def __call__(self, url: str) -> Wire:
        self.attempts.append(self.time.now)
        if self.down:
            raise OSError("down")
        self.wires.append(Wire(self.time))
        return self.wires[-1]


class Received(list[tuple[int, list[Tick | Gap]]]):
    """The sink."""

    def __call__(self, received: int, events: list[Tick | Gap]) -> None:
        self.append((received, events))

    def events(self) -> list[Tick | Gap]:
        return [event for _, events in self for event in events]

    def ids(self, symbol: str) -> list[str | None]:
        ticks = [e for e in self.events() if isinstance(e, Tick)]
        return [t.id for t in ticks if t.instrument.symbol == symbol]

    def gaps(self) -> list[tuple[str, str | None, str]]:
        gaps = [e for e in self.events() if isinstance(e, Gap)]
        return [(g.instrument.symbol, g.last_id, g.reason) for g in gaps]


def ack(symbol: str) -> str:
    result = {"channel": "trade", "symbol": symbol}
    return json.dumps({"method": "subscribe", "success": True, "result": result})


def trades(*rows: tuple[str, int]) -> str:
    data = [
        {
            "symbol": symbol,
            "side": "buy",
            "price": 100.0,
            "qty": 1.0,
            "trade_id": number,
            "timestamp": "2026-07-07T23:00:04.585581Z",
        }
        for symbol, number in rows
    ]
    return json.dumps({"channel": "trade", "type": "update", "data": data})


class Setup:
    """A session on a virtual Kraken that prices BTC, running."""

    def __init__(
        self,
        *,
        sink: Callable[[int, list[Tick | Gap]], None] | None = None,
        limits: Limits | None = None,
        assets: tuple[str, ...] = ("BTC",),
        stall: StallRule | None = None,
    ) -> None:
        self.time = VirtualTime()
        self.exchange = Exchange(self.time)
        self.received = Received()
        venue = Kraken()
        if limits is not None:
            venue.limits = limits
        self.session = Session(
            venue,
            venue.instruments(assets),
            sink or self.received,
            clock=self.time.clock,
            connect=self.exchange,
            rng=Highest(),
            stall=stall,
        )
        self.task = asyncio.create_task(self.session.run())

    @property
    def wire(self) -> Wire:
        return self.exchange.wires[-1]

    async def end(self) -> None:
        self.session.stop()
        await asyncio.wait_for(self.task, 5)


async def feed_regularly(s: Setup, symbols: dict[str, float], seconds: int, first_id: int) -> None:
    """A trade of each symbol each so many seconds."""
    for second in range(seconds):
        rows = [(x, first_id + second) for x, every in symbols.items() if second % every == 0]
        s.wire.give(trades(*rows), HEARTBEAT)
        await s.time.advance(1.0)


async def renewing(limits: Limits = LIMITS) -> Setup:
    """All symbols live, and the second connection just opened; the old one has said up to 58."""
    s = Setup(limits=limits)
    await s.time.advance(0.1)
    s.wire.give(*map(ack, ALL))
    await feed_regularly(s, dict.fromkeys(ALL, 1), 59, 0)
    while len(s.exchange.wires) < 2:
        assert s.time.now < 65.0
        await s.time.advance(0.1)
    assert not s.exchange.wires[0].closed, "the new connection is up first"
    assert s.received.gaps() == [(symbol, None, "session") for symbol in ALL]
    return s
