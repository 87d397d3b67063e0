"""The market's venues as websocket servers on loopback."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from connectors.simulator import binance, coinbase, kraken
from connectors.simulator.desks import Desk, Fill, MakeDesk, decimals
from connectors.simulator.market import ASSETS, STEP, Market, Trade
from engine.types import SECOND


class _Wire(NamedTuple):
    """How a venue writes symbols, and who sits at its end of a connection."""

    symbol: Callable[[str, str], str]
    desk: MakeDesk


WIRES = {
    "binance": _Wire(binance.symbol, binance.BinanceDesk),
    "coinbase": _Wire(coinbase.symbol, coinbase.CoinbaseDesk),
    "kraken": _Wire(kraken.symbol, kraken.KrakenDesk),
}
RECENT = 50
"""Trades kept per symbol: as many as Kraken sends for history."""
FIRST_ID = 1_000_000
SLOWEST = 4 * 2**20
"""Bytes waiting for one client; beyond that it is cut off, as exchanges do with slow consumers."""
CATCH_UP = 1.0
"""Seconds; when the machine was away for longer, the market goes on from now instead."""


class _Exchange:
    """One venue: its symbols, ids, latest fills and connections."""

    def __init__(self, wire: _Wire) -> None:
        self.wire = wire
        self.recent: dict[str, deque[Fill]] = {}
        self.desks: dict[ServerConnection, Desk] = {}
        self.muted: set[str] = set()
        self.all_muted = False
        self.server: Server | None = None

    def book(self, trade: Trade, ts: int) -> Fill:
        """Give a trade its symbol, id and texts, and keep it."""
        name = self.wire.symbol(trade.asset, trade.quote)
        recent = self.recent[name]
        number = recent[-1].id + 1 if recent else FIRST_ID + len(self.recent)
        price = f"{trade.price:.{decimals(trade.price)}f}"
        size = f"{max(trade.size, 1e-8):.8f}"
        fill = Fill(name, number, price, size, trade.side, ts)
        recent.append(fill)
        return fill


class Simulator:
    """Exchanges to connect to: `async with Simulator(seed=1) as sim: ... sim.urls["binance"]`.

    `rate` trades a second over all venues; `pace` simulated seconds a second of wall time (the
    trades carry the wall time). `port` is the first venue's port, the others follow; 0 takes free
    ones. Prices and sizes are the same for the same seed, assets, venues and rate.
    """

    def __init__(
        self,
        seed: int = 1,
        venues: Sequence[str] = tuple(WIRES),
        assets: Iterable[str] = tuple(ASSETS),
        rate: float = 300.0,
        pace: float = 1.0,
        port: int = 0,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        for name in venues:
            if name not in WIRES:
                raise ValueError(f"no simulated venue {name!r}; there are {', '.join(WIRES)}")
        self.market = Market(seed, assets, venues, rate / pace)
        self.urls: dict[str, str] = {}
        self.sent = 0
        self._pace = pace
        self._port = port
        self._now_ns = now_ns
        self._exchanges = {name: _Exchange(WIRES[name]) for name in venues}
        self._tasks: list[asyncio.Task[None]] = []
        for venue, asset, quote in self.market.markets:
            exchange = self._exchanges[venue]
            exchange.recent[exchange.wire.symbol(asset, quote)] = deque(maxlen=RECENT)

    async def __aenter__(self) -> Self:
        """Open the ports; history exists from the first moment on. OSError if a port is taken."""
        past = self._now_ns() - SECOND
        for trade in self.market.opening():
            self._exchanges[trade.venue].book(trade, past)
        try:
            for place, (name, exchange) in enumerate(self._exchanges.items()):
                port = self._port + place if self._port else 0
                handler = self._handler(exchange)
                exchange.server = await serve(handler, "127.0.0.1", port, compression=None)
                bound = next(iter(exchange.server.sockets)).getsockname()[1]
                self.urls[name] = f"ws://127.0.0.1:{bound}"
        except OSError:
            await self._close()
            raise
        self._tasks = [asyncio.create_task(self._trade()), asyncio.create_task(self._heartbeat())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything; a failure of the market comes out here."""
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close()
        for end in ends:
            if isinstance(end, Exception) and error is None:
                raise end

    async def _close(self) -> None:
        for exchange in self._exchanges.values():
            if exchange.server is not None:
                exchange.server.close()
                await exchange.server.wait_closed()

    # ---- for tests

    def drop(self, venue: str) -> int:
        """Cut all connections of a venue, without a closing handshake. Returns how many."""
        connections = list(self._exchanges[venue].desks)
        for connection in connections:
            connection.transport.abort()
        return len(connections)

    def mute(self, venue: str, symbol: str | None = None, muted: bool = True) -> None:
        """Send no trades of a symbol (all, with None) while heartbeats go on.

        The market goes on too, so ids have a hole once it is unmuted.
        """
        exchange = self._exchanges[venue]
        if symbol is None:
            exchange.all_muted = muted
        elif muted:
            exchange.muted.add(symbol)
        else:
            exchange.muted.discard(symbol)

    def connections(self, venue: str) -> int:
        """How many clients a venue has."""
        return len(self._exchanges[venue].desks)

    # ---- serving

    def _handler(self, exchange: _Exchange) -> Callable[[ServerConnection], Awaitable[None]]:
        async def handle(connection: ServerConnection) -> None:
            target = connection.request.path if connection.request else "/"
            desk = exchange.wire.desk(target, exchange.recent)
            exchange.desks[connection] = desk
            try:
                for answer in desk.greet(self._now_ns()):
                    await connection.send(answer)
                async for frame in connection:
                    for answer in desk.receive(frame, self._now_ns()):
                        await connection.send(answer)
            except ConnectionClosed:
                pass  # clients come and go as they like
            finally:
                del exchange.desks[connection]

        return handle

    async def _trade(self) -> None:
        """Let the market go on, in step with the wall clock."""
        due = time.monotonic()
        while True:
            due = max(due + STEP / self._pace, time.monotonic() - CATCH_UP)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            for trade in self.market.step():
                exchange = self._exchanges[trade.venue]
                fill = exchange.book(trade, self._now_ns())
                if not exchange.all_muted and fill.symbol not in exchange.muted:
                    self._publish(exchange, fill)

    def _publish(self, exchange: _Exchange, fill: Fill) -> None:
        for connection, desk in list(exchange.desks.items()):
            if fill.symbol in desk.subscribed:
                self._send(connection, desk.fill(fill))

    def _send(self, connection: ServerConnection, frame: str) -> None:
        """Send without waiting for the client."""
        if connection.transport.get_write_buffer_size() > SLOWEST:
            connection.transport.abort()
        else:
            broadcast((connection,), frame)
            self.sent += 1

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for exchange in self._exchanges.values():
                for connection, desk in list(exchange.desks.items()):
                    for frame in desk.heartbeat(self._now_ns()):
                        self._send(connection, frame)
