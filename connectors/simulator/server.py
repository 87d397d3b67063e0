"""The market's venues as websocket servers on loopback, with the REST interface of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from connectors.simulator import faults
from connectors.simulator.crypto import CryptoMarket
from connectors.simulator.desks import Fill
from connectors.simulator.exchange import WIRES, Exchange
from connectors.simulator.market import ASSETS, STEP, Market
from connectors.simulator.rest_server import RestServer
from connectors.simulator.socket_link import SocketLink
from engine.types import SECOND

VENUES = ("binance", "coinbase", "kraken")
"""Those that are simulated unless others are asked for: one quoted in USDT, two in dollars."""
CATCH_UP = 1.0
"""Seconds; when the machine was away for longer, the market goes on from now instead."""


class Simulator:
    """Exchanges to connect to: `async with Simulator(seed=1) as sim: ... sim.urls["binance"]`.

    `rest_urls` has the REST interfaces of those whose missed trades can be asked for.

    `rate` trades a second over all venues; `pace` simulated seconds a second of wall time (the
    trades carry the wall time). `port` is the first venue's port, the others follow, then the REST
    interfaces; 0 takes free ones. Prices and sizes are the same for the same seed, assets, venues
    and rate. `truth`, where given, gets every trade made, as (venue, trade). `market`, where given,
    is traded instead of the one that tests are made for; its venues must be `venues`.
    """

    def __init__(
        self,
        seed: int = 1,
        venues: Sequence[str] = VENUES,
        assets: Iterable[str] = tuple(ASSETS),
        rate: float = 300.0,
        pace: float = 1.0,
        port: int = 0,
        now_ns: Callable[[], int] = time.time_ns,
        truth: list[tuple[str, Fill]] | None = None,
        market: Market | CryptoMarket | None = None,
    ) -> None:
        for name in venues:
            if name not in WIRES:
                raise ValueError(f"no simulated venue {name!r}; there are {', '.join(WIRES)}")
        self.market = market or Market(seed, assets, venues, rate / pace)
        self.urls: dict[str, str] = {}
        self.rest_urls: dict[str, str] = {}
        self.exchanges = {name: Exchange(name, now_ns) for name in venues}
        self._pace = pace
        self._port = port
        self._now_ns = now_ns
        self._truth = truth
        self._servers: list[Server] = []
        self._rest_servers: list[RestServer] = []
        self._links: dict[SocketLink, None] = {}
        self._tasks: list[asyncio.Task[None]] = []
        for venue, asset, quote in self.market.markets:
            self.exchanges[venue].list_market(asset, quote)

    @property
    def sent(self) -> int:
        """Trades and heartbeats sent, over all connections."""
        return sum(exchange.sent for exchange in self.exchanges.values())

    async def __aenter__(self) -> Self:
        """Open the ports; history exists from the first moment on. OSError if a port is taken."""
        past = self._now_ns() - SECOND
        for trade in self.market.opening():
            self.exchanges[trade.venue].book(trade, past)
        try:
            for number, (name, exchange) in enumerate(self.exchanges.items()):
                server = await serve(
                    self._handler(exchange),
                    "127.0.0.1",
                    self._port + number if self._port else 0,
                    compression="deflate",  # offered, as exchanges do; our sessions do not want it
                    process_request=_gatekeeper(exchange),
                )
                self._servers.append(server)
                bound = next(iter(server.sockets)).getsockname()[1]
                self.urls[name] = f"ws://127.0.0.1:{bound}"
            await self._open_rest()
        except OSError:
            await self._close()
            raise
        self._tasks = [asyncio.create_task(self._trade()), asyncio.create_task(self._heartbeat())]
        return self

    async def _open_rest(self) -> None:
        asked = [e for e in self.exchanges.values() if e.wire.history is not None]
        for number, exchange in enumerate(asked, len(self.exchanges)):
            server = RestServer(exchange)
            self._rest_servers.append(server)
            port = self._port + number if self._port else 0
            self.rest_urls[exchange.name] = await server.start(port)

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
        for link in tuple(self._links):
            link.thaw()
        for server in self._servers:
            server.close()
            await server.wait_closed()
        for rest in self._rest_servers:
            await rest.close()

    # ---- what goes wrong

    def drop(self, venue: str) -> int:
        """Cut all connections of a venue, without a closing handshake. Returns how many."""
        clients = list(self.exchanges[venue].clients)
        for client in clients:
            client.link.reset()
        return len(clients)

    def mute(self, venue: str, symbol: str | None = None, muted: bool = True) -> None:
        """Send no trades of a symbol (all, with None) while heartbeats go on.

        The market goes on too, so ids have a hole once it is unmuted.
        """
        exchange = self.exchanges[venue]
        if symbol is None:
            exchange.all_muted = muted
        elif muted:
            exchange.muted.add(symbol)
        else:
            exchange.muted.discard(symbol)

    def connections(self, venue: str) -> int:
        """How many clients a venue has."""
        return len(self.exchanges[venue].clients)

    def halt(self) -> None:
        """Trade no more; the exchanges stay open."""
        self._tasks[0].cancel()

    async def suffer(self, planned: Iterable[faults.Planned]) -> None:
        """Let faults begin and end at their times, from now on."""
        await asyncio.gather(*(self._suffer_one(one) for one in planned))

    async def _suffer_one(self, planned: faults.Planned) -> None:
        exchange = self.exchanges[planned.venue]
        await asyncio.sleep(planned.at)
        faults.strike(exchange, planned.fault)
        await asyncio.sleep(planned.fault.seconds)
        faults.relent(exchange, planned.fault)

    # ---- serving

    def _handler(self, exchange: Exchange) -> Callable[[ServerConnection], Awaitable[None]]:
        async def handle(connection: ServerConnection) -> None:
            target = connection.request.path if connection.request else "/"
            link = SocketLink(connection)
            self._links[link] = None
            client = exchange.admit(target, link)
            try:
                async for frame in connection:
                    exchange.receive(client, frame)
            except ConnectionClosed:
                pass  # clients come and go as they like
            finally:
                exchange.leave(client)
                await link.done()
                del self._links[link]

        return handle

    async def _trade(self) -> None:
        """Let the market go on, in step with the wall clock."""
        due = time.monotonic()
        while True:
            due = max(due + STEP / self._pace, time.monotonic() - CATCH_UP)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            for trade in self.market.step():
                exchange = self.exchanges[trade.venue]
                fill = exchange.book(trade, self._now_ns())
                if self._truth is not None:
                    self._truth.append((trade.venue, fill))
                exchange.publish(fill)

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for exchange in self.exchanges.values():
                exchange.heartbeat()


def _gatekeeper(exchange: Exchange) -> Callable[[ServerConnection, Request], Response | None]:
    """Answers HTTP 429 while the exchange refuses."""

    def process_request(connection: ServerConnection, request: Request) -> Response | None:
        if exchange.knock():
            return None
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "too many requests\n")
        response.headers["Retry-After"] = "1"
        return response

    return process_request
