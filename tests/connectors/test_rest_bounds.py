"""What a venue's REST answers may cost: no redirect is followed, what they unpack to is bounded."""

from __future__ import annotations

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.feed import rest
from connectors.feed.rest import MAX_BODY, Rest, RestError, post_once

SMALL = b'{"trades": [' + b'{"price": 61837.63, "size": 0.02},' * 2000 + b"null]}"
BOMB = gzip.compress(b" " * (400 << 20), 9)
asked: list[str] = []


async def _answer(request: web.Request) -> web.StreamResponse:
    asked.append(request.path)
    match request.path:
        case "/packed":
            headers = {"Content-Encoding": "gzip"}
            return web.Response(body=gzip.compress(SMALL), headers=headers)
        case "/plain":
            return web.Response(body=SMALL)
        case "/bomb":
            return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})
        case "/torn":
            return web.Response(body=BOMB[5:99], headers={"Content-Encoding": "gzip"})
        case "/br":
            return web.Response(body=b"x", headers={"Content-Encoding": "br"})
        case "/endless":
            stream = web.StreamResponse()
            await stream.prepare(request)
            while True:
                await stream.write(b" " * 1_000_000)
        case "/silent":
            stream = web.StreamResponse()
            await stream.prepare(request)
            while True:
                await stream.write(b" ")
                await asyncio.sleep(0.05)
        case path if path.startswith("/to/"):
            target = str(request.url.with_path("/secret"))
            return web.Response(status=int(path[4:]), headers={"Location": target})
        case _:
            return web.Response(body=b"[1]")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", _answer)
    asked.clear()
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_answers_are_read_packed_and_not(url: str) -> None:
    async with Rest(url, 1000) as client:
        assert await client.get("/packed") == await client.get("/plain")
    assert await post_once(f"{url}/packed") == SMALL


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(url: str, status: int) -> None:
    async with Rest(url, 1000) as client:
        for call in (client.get, client.post):
            with pytest.raises(RestError, match=f"HTTP {status}: it leads elsewhere"):
                await call(f"/to/{status}")
    with pytest.raises(RestError, match="is not followed"):
        await post_once(f"{url}/to/{status}")
    assert "/secret" not in asked


async def test_what_an_answer_unpacks_to_is_bounded(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Rest(url, 1000) as client:
        with pytest.raises(RestError, match="bytes unpack to more than"):
            await client.get("/bomb")
        with pytest.raises(RestError, match="cannot be unpacked"):
            await client.get("/torn")
        with pytest.raises(RestError, match="packed as 'br'"):
            await client.get("/br")
        monkeypatch.setattr(rest, "MAX_BODY", 8 << 20)
        with pytest.raises(RestError, match="more than 8 MB"):
            await client.get("/endless")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MAX_BODY * 2 >> 10, f"{grown} KB"


async def test_an_answer_that_drags_on_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "TIMEOUT", 0.3)
    monkeypatch.setattr(rest, "ATTEMPTS", 1)
    async with Rest(url, 1000) as client:
        with pytest.raises(RestError, match="no answer"):
            await client.get("/silent")
