"""Slow, silent, greedy, forged: each attack over HTTP has its answer, and nobody else notices."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import socket
import zlib

import httpx

from gateway.access.policy import Access
from gateway.access.rates import Rates
from gateway.connections import ServerLimits
from tests.gateway.attacks import (
    DEADLINE,
    GET,
    SOON,
    attacked,
    exchange,
    is_problem,
    opened,
    rest_of,
    state,
)
from tests.waiting import wait_until

POST = b"POST /v1/what-if HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def trickle(writer: asyncio.StreamWriter, data: bytes, seconds: float = 0.02) -> None:
    """A byte now and a byte then."""
    for byte in data:
        writer.write(bytes([byte]))
        await asyncio.sleep(seconds)


async def test_slow_loris() -> None:
    async with attacked() as port:
        conversations = [await opened(port) for _ in range(50)]
        slow = [
            asyncio.create_task(trickle(writer, b"GET / HTTP/1.1\r\nX: " + b"a" * 500))
            for _, writer in conversations
        ]
        for reader, writer in conversations:
            assert is_problem(await rest_of(reader), 408, "too-slow")
            writer.close()
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_slow_loris_on_a_connection_that_has_asked_before() -> None:
    async with attacked() as port:
        reader, writer = await opened(port)
        writer.write(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b'{"alive":true}')
        slow = asyncio.create_task(trickle(writer, b"GET / HTTP/1.1\r\nX: " + b"a" * 500))
        assert is_problem(await rest_of(reader), 408, "too-slow")
        slow.cancel()
        writer.close()


async def test_slow_body() -> None:
    async with attacked() as port:
        reader, writer = await opened(port)
        writer.write(POST + b"Content-Length: 1000\r\n\r\n{")
        slow = asyncio.create_task(trickle(writer, b" " * 500))
        assert is_problem(await rest_of(reader), 408, "too-slow")
        slow.cancel()
        writer.close()


async def test_idle_connections_are_closed_without_a_word() -> None:
    async with attacked(limits=dataclasses.replace(SOON, idle=1)) as port:
        idle = [await opened(port) for _ in range(100)]
        assert {await rest_of(reader) for reader, _ in idle} == {b""}
        for _, writer in idle:
            writer.close()
        reader, writer = await opened(port)
        writer.write(GET)
        answer = await rest_of(reader)  # and then no more
        assert answer.endswith(b'{"alive":true}')
        writer.close()


async def test_who_has_half_closed_is_answered_and_closed() -> None:
    async with attacked() as port:
        for sent in (b"", b"GET / HT", POST + b"Content-Length: 9\r\n\r\n{"):
            reader, writer = await opened(port)
            writer.write(sent)
            writer.write_eof()
            await rest_of(reader)
            writer.close()
        reader, writer = await opened(port)
        writer.write(GET)
        writer.write_eof()
        assert b'{"alive":true}' in await rest_of(reader)
        writer.close()


async def test_who_reads_no_answer_is_cut() -> None:
    """An answer of a megabyte, to clients whose system takes some KB and who read none."""
    shown = state(1500)
    async with attacked(shown) as port:
        greedy = []
        for _ in range(8):
            made = socket.socket()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            made.connect(("127.0.0.1", port))
            made.setblocking(False)
            made.send(b"GET /v1/indices?limit=1500 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            greedy.append(made)

        def is_cut(made: socket.socket) -> bool:
            try:  # the rest was thrown away, and is not to come
                made.send(b"x")
            except BlockingIOError:
                return False
            except OSError:
                return True
            return False

        await wait_until(lambda: all(map(is_cut, greedy)))
        for made in greedy:
            made.close()


async def test_a_flood_of_requests_is_slowed_down() -> None:
    access = Access(rates=Rates(100, 1.0, near=1.0))
    healthy = ServerLimits(**{f: getattr(SOON, f) for f in ("head", "body", "refusal")})
    async with attacked(limits=healthy, access=access) as port:
        reader, writer = await opened(port, "127.0.0.9")
        writer.write(GET * 300)
        writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = await rest_of(reader)
        assert answer.count(b"HTTP/1.1 200") == 100
        assert answer.count(b"HTTP/1.1 429") == 201
        assert answer.count(b"/v1/problems/too-often") == 201
        assert b"ratelimit-limit: 100\r\nratelimit-remaining: 0\r\n" in answer
        assert b"retry-after: 1\r\n" in answer
        writer.close()


async def test_connections_are_bounded_in_all_and_for_each_address() -> None:
    limits = dataclasses.replace(SOON, connections=60, per_address=20, near=True, head=DEADLINE)
    async with attacked(limits=limits) as port:
        many = [await opened(port, "127.0.0.7") for _ in range(30)]
        told = [await rest_of(reader) for reader, _ in many[20:]]
        assert all(is_problem(answer, 503, "too-many-connections") for answer in told)
        assert all(b"connections of 127.0.0.7 are open" in answer for answer in told)
        for host in ("127.0.0.8", "127.0.0.9"):
            many += [await opened(port, host) for _ in range(20)]
        told = [await rest_of(reader) for reader, _ in many[-2:]]
        assert all(is_problem(answer, 503, "too-many-connections") for answer in told)
        assert all(b"60 connections are open" in answer for answer in told)
        for _, writer in many:
            writer.close()
        await asyncio.sleep(0)

        async def is_free() -> bool:
            return b'{"alive":true}' in await exchange(
                port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            )

        async with asyncio.timeout(DEADLINE):
            while not await is_free():
                pass


HEADS = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 2_000_000,
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 200 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 200_000,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b;" * 5000 + b"\r\n\r\n",
]


async def test_heads_have_a_size() -> None:
    async with attacked() as port:
        for head in HEADS:
            assert is_problem(await exchange(port, head), 431, "head-too-large"), head[:50]


async def test_bodies_have_a_size_and_are_not_unpacked() -> None:
    async with attacked() as port:
        said = await exchange(port, POST + b"Content-Length: 99999999999\r\n\r\n" + b" " * 9999)
        assert is_problem(said, 413, "too-large")
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        said = await exchange(port, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20)
        assert is_problem(said, 413, "too-large")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            bomb = gzip.compress(b" " * 50_000_000)
            for name, packed in (("gzip", bomb), ("deflate", zlib.compress(b"{}")), ("br", b"x")):
                headers = {"Content-Encoding": name, "Content-Type": "application/json"}
                answer = await http.post("/v1/what-if", content=packed, headers=headers)
                assert (answer.status_code, answer.json()["type"]) == (415, "/v1/problems/encoded")


SMUGGLED = b"GET /v1/indices HTTP/1.1\r\nHost: localhost\r\n\r\n"
TWO_LENGTHS = POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED


FORMS = [
    POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
    TWO_LENGTHS,
    POST + b"Content-Length: 0, 45\r\n\r\n" + SMUGGLED,
    POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    POST + b"Content-Length: 0x0\r\n\r\n" + SMUGGLED,
    POST + b"Content-Length : 0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" + SMUGGLED,
    POST + b" X: y\x00z\r\n\r\n" + SMUGGLED,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" + SMUGGLED,
    b"GET / HTTP/1.1\r\n\r\n" + SMUGGLED,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n" + SMUGGLED,
    b"GET / HTTP/1.1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + SMUGGLED,
    b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n" + SMUGGLED,
    b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n" + SMUGGLED,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SMUGGLED,
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nContent-Length: 45\r\n\r\n" + SMUGGLED,
]


async def test_what_two_readers_could_read_in_two_ways_is_refused() -> None:
    """And what is hidden behind it is never answered (RFC 9112, 11.2)."""
    async with attacked() as port:
        for form in FORMS:
            said = await exchange(port, form)
            assert is_problem(said, 400, "bad-head"), (form, said)
            assert said.count(b"content-length: ") == 1, form  # one answer


async def test_upgrades_to_what_is_not_there_change_nothing() -> None:
    async with attacked() as port:
        for to in (b"h2c", b"websocket, h2c", b"TLS/1.0", b"\xff"):
            said = await exchange(
                port,
                b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n"
                b"Upgrade: " + to + b"\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
            )
            assert said.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400")), said
