"""Connecting to KuCoin: the token before each connection, against a small KuCoin on loopback."""

import asyncio
import itertools
import json
import random
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from websockets.asyncio.server import Server, ServerConnection, serve

from connectors.feed.connect import VenueSessions
from connectors.feed.rest import RestError
from connectors.feed.retry import AttemptBudget
from connectors.feed.session import Session
from connectors.venues.kucoin import Kucoin
from engine.records import Tick
from tests.connectors.faults.scripted_session import Exchange, Highest, Received, VirtualTime
from tests.connectors.wire import wire
from tests.waiting import wait_until
from tidegauge.arguments import urls_of, venues_of
from tidegauge.errors import WrongUse

REFUSED = {"code": "429000", "msg": "too many requests in a short period of time"}


class SmallKucoin:
    """Tokens over HTTP and the `/market/match` topics over a websocket, each token once."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        """Status and body instead of a token, for the next requests."""
        self.tokens: list[str] = []
        self.methods: list[str] = []
        self.heard: list[list[Any]] = []
        self.url = ""
        self._ws: Server | None = None
        app = web.Application()
        app.router.add_route("*", "/api/v1/bullet-public", self._token)
        self._http = TestServer(app)
        self._open: list[ServerConnection] = []

    async def __aenter__(self) -> Self:
        self._ws = await serve(self._converse, "127.0.0.1", 0)
        await self._http.start_server()
        self.url = str(self._http.make_url("")).rstrip("/")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._ws is not None
        self._ws.close()
        await self._ws.wait_closed()
        await self._http.close()

    @property
    def ws_url(self) -> str:
        assert self._ws is not None
        return f"ws://127.0.0.1:{next(iter(self._ws.sockets)).getsockname()[1]}/"

    async def _token(self, request: web.Request) -> web.Response:
        self.methods.append(request.method)
        if self.answers:
            status, body = self.answers.pop(0)
            return web.json_response(body, status=status)
        self.tokens.append(f"token{len(self.tokens)}==")
        server = {"endpoint": self.ws_url, "pingInterval": 1000, "pingTimeout": 1000}
        data = {"token": self.tokens[-1], "instanceServers": [server]}
        return web.json_response({"code": "200000", "data": data})

    async def _converse(self, connection: ServerConnection) -> None:
        asked = parse_qs(urlsplit(connection.request.path if connection.request else "").query)
        heard: list[Any] = [asked]
        self.heard.append(heard)
        self._open.append(connection)
        await connection.send('{"id":"hQvf8jkno","type":"welcome"}')
        async for frame in connection:
            said = json.loads(frame)
            heard.append(said)
            kind = {"subscribe": "ack", "ping": "pong"}[said["type"]]
            await connection.send(json.dumps({"id": said["id"], "type": kind}))
            if kind == "ack":
                await connection.send(wire("kucoin"))

    async def cut(self) -> None:
        """Close all connections."""
        for connection in self._open:
            await connection.close(1001, "24 hours")
        self._open.clear()


async def test_tokens_are_asked_for_until_one_comes_and_anew_for_each_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    received = Received()
    async with SmallKucoin() as kucoin:
        kucoin.answers = [(200, REFUSED), (503, {"oops": 1})]
        sessions = VenueSessions(["kucoin"], ["BTC"], received, {"kucoin": kucoin.url})
        running = asyncio.create_task(sessions.run())
        [stats] = sessions.stats
        await wait_until(lambda: stats.ticks == 1)
        assert (stats.state, stats.connections, stats.failed_attempts) == ("live", 1, 2)
        assert kucoin.methods == ["POST"] * 3
        await wait_until(lambda: stats.heartbeats >= 1, 10)  # its interval, not ours of 18 s
        assert kucoin.heard[0][1]["topic"] == "/market/match:BTC-USDT"
        assert kucoin.heard[0][2] == {"id": "keep-alive", "type": "ping"}
        await kucoin.cut()
        await wait_until(lambda: stats.connections == 2)
        await wait_until(lambda: stats.ticks == 2)
        sessions.stop()
        await asyncio.wait_for(running, 15)
    assert [heard[0]["token"] for heard in kucoin.heard] == [["token0=="], ["token1=="]]
    first, second = (heard[0]["connectId"][0] for heard in kucoin.heard)
    assert first != second
    [tick] = [e for e in received.events() if isinstance(e, Tick)][:1]
    assert (tick.instrument.symbol, tick.price, tick.size) == ("BTC-USDT", 61837.5, 0.25)
    assert [reason for _, _, reason in received.gaps()] == ["session", "session"]
    told = [record.getMessage() for record in caplog.records]
    assert f"kucoin: cannot get a token to connect with: no KuCoin token: {REFUSED['msg']}" in told
    assert any("bullet-public: HTTP 503: " in text for text in told)
    assert not any("token0" in text for text in told)


async def test_a_websocket_in_place_of_kucoin_is_connected_to_without_a_token() -> None:
    async with SmallKucoin() as kucoin:
        received = Received()
        sessions = VenueSessions(["kucoin"], ["BTC"], received, {"kucoin": kucoin.ws_url})
        running = asyncio.create_task(sessions.run())
        await wait_until(lambda: received.ids("BTC-USDT") == ["6057bb822e113d292396c272"])
        sessions.stop()
        await asyncio.wait_for(running, 15)
        assert kucoin.methods == []
        assert kucoin.heard[0][0] == {}


async def test_refused_tokens_are_failed_attempts_within_the_budget() -> None:
    time = VirtualTime()
    exchange = Exchange(time)
    asked: list[tuple[float, str]] = []
    answers: list[bytes | Exception] = [
        RestError("https://api.kucoin.com: no answer: TimeoutError"),
        b"<html>",
        OSError("no route"),
        json.dumps(REFUSED).encode(),
    ]

    async def post(url: str) -> bytes:
        asked.append((time.now, url))
        answer = answers[len(asked) - 1] if len(asked) <= len(answers) else answers[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    venue = Kucoin()
    session = Session(
        venue,
        venue.instruments(["BTC"]),
        Received(),
        attempts=AttemptBudget(venue.limits),
        clock=time.clock,
        connect=exchange,
        rng=Highest(),
        post=post,
    )
    task = asyncio.create_task(session.run())
    await time.advance(100.0)
    assert {url for _, url in asked} == {"https://api.kucoin.com/api/v1/bullet-public"}
    times = [at for at, _ in asked]
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert session.stats.failed_attempts == 9
    assert session.stats.state == "waiting"
    assert exchange.attempts == []
    session.stop()
    await asyncio.wait_for(task, 5)


async def test_stopping_while_a_token_is_asked_for() -> None:
    async def never(url: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    venue = Kucoin()
    session = Session(
        venue, venue.instruments(["BTC"]), Received(), post=never, rng=random.Random(1)
    )
    task = asyncio.create_task(session.run())
    await asyncio.sleep(0)
    session.stop()
    await asyncio.wait_for(task, 5)


def test_the_command_line_takes_kucoin() -> None:
    assert venues_of("binance,kucoin") == ["binance", "kucoin"]
    for url in ("ws://127.0.0.1:9", "http://127.0.0.1:9", "https://api.kucoin.com"):
        assert urls_of((f"kucoin={url}",)) == ({"kucoin": url}, {})
    with pytest.raises(WrongUse, match=r"expected VENUE=ws://… or wss://…$"):
        urls_of(("kraken=http://127.0.0.1:9",))
    with pytest.raises(WrongUse, match=r"expected VENUE=ws://… or wss://… or http://… or https"):
        urls_of(("kucoin=ftp://127.0.0.1:9",))


# ---- the token's answer

BULLET: dict[str, Any] = {
    "code": "200000",
    "data": {
        "token": "2neAiuYvAU61ZDXANAGAsiL4==",
        "instanceServers": [
            {
                "endpoint": "wss://ws-api-spot.kucoin.com/",
                "encrypt": True,
                "protocol": "websocket",
                "pingInterval": 18000,
                "pingTimeout": 10000,
            }
        ],
    },
}


def test_kucoin_token() -> None:
    venue = Kucoin()
    assert venue.token_url(None) == "https://api.kucoin.com/api/v1/bullet-public"
    assert venue.token_url("http://127.0.0.1:9/") == "http://127.0.0.1:9/api/v1/bullet-public"
    assert venue.token_url("ws://127.0.0.1:9") is None
    url = "wss://ws-api-spot.kucoin.com/?token=2neAiuYvAU61ZDXANAGAsiL4==&connectId=c7"
    assert venue.connection(json.dumps(BULLET), "c7") == (url, 18.0)
    url, every = venue.connection(bullet(endpoint="ws://127.0.0.1:9/", pingInterval=9000), "c7")
    assert (url.partition("?")[0], every) == ("ws://127.0.0.1:9/", 9.0)


def bullet(**server: Any) -> str:
    servers = [BULLET["data"]["instanceServers"][0] | server]
    return json.dumps(BULLET | {"data": BULLET["data"] | {"instanceServers": servers}})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"code":"429000","msg":"Too Many Requests"}', "Too Many Requests"),
        ("<html>", "JSON|unexpected"),
        ("[]", "list"),
        ('{"code":"200000"}', "data"),
        ('{"code":"200000","data":{"token":"a","instanceServers":[]}}', "index"),
        (bullet(endpoint="http://evil.example/"), "secure"),
        (bullet(endpoint="ws://ws-api-spot.kucoin.com/"), "secure"),
        (bullet(endpoint=7), "startswith"),
        (bullet(pingInterval=0), "secure"),
        (bullet(pingInterval="x"), "unsupported"),
    ],
)
def test_kucoin_answers_without_token(answer: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"no KuCoin token: .*({reason})"):
        Kucoin().connection(answer, "1")
