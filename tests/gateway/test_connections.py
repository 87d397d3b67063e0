"""Connections are bounded in number and in silence, and each bound has its answer."""

from __future__ import annotations

import asyncio
import resource

import httpx
import pytest
from websockets.asyncio.client import connect

from gateway.connections import KEPT_FREE, MOST, ServerLimits, most_connections
from gateway.state import State
from tests.gateway import records
from tests.gateway.serving import served

DEADLINE = 20.0


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """All until the server closes."""
    async with asyncio.timeout(DEADLINE):
        return await reader.read()


async def test_a_connection_too_many_is_told_and_one_that_says_nothing_is_closed() -> None:
    limits = ServerLimits(connections=3, head=0.3)
    async with served(State(wall=records.wall), server={"limits": limits}) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        idle[1][1].write(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n")  # and no more of it
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = await rest_of(reader)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"application/problem+json" in answer
        assert b"/v1/problems/too-many-connections" in answer
        writer.close()
        said = [await rest_of(reader) for reader, _ in idle]
        assert (said[0], said[2]) == (b"", b"")
        assert said[1].startswith(b"HTTP/1.1 408 ")
        assert b"/v1/problems/too-slow" in said[1]
        for _, writer in idle:
            writer.close()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/healthz")).status_code == 200


async def test_who_has_asked_for_something_may_stay() -> None:
    limits = ServerLimits(head=0.5)
    async with served(State(wall=records.wall), server={"limits": limits}) as port:
        async with connect(f"ws://127.0.0.1:{port}/v1/stream") as stream:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(2):
                writer.write(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
                async with asyncio.timeout(DEADLINE):
                    assert b" 200 OK" in await reader.readline()
                    assert (await reader.readuntil(b'{"alive":true}')).endswith(b"}")
                    await stream.recv()
                await asyncio.sleep(1.0)  # twice the deadline
        writer.close()


def test_some_files_are_left_to_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((256, 128), (100, 50), (1024, 1024 - KEPT_FREE), (10**6, MOST)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert most_connections() == most
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert most_connections() == MOST
