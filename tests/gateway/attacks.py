"""What attackers need, and a healthy client that must not notice them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect

from gateway.connections import ServerLimits
from gateway.state import State
from tests.gateway import records
from tests.gateway.serving import served

DEADLINE = 20.0
SOON = ServerLimits(head=0.4, body=0.4, unread=0.6, handshake=0.4, lingering=0.8, refusal=0.5)
"""The gateway's own bounds, in less time."""
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def state(indices: int = 1) -> State:
    """One with something to show."""
    found = State(wall=records.wall)
    for n in range(indices):
        found.apply("definitions", records.definition(f"I{n}", "An index"))
        found.apply("snapshots", records.live(f"I{n}"))
    return found


@asynccontextmanager
async def attacked(
    shown: State | None = None, limits: ServerLimits = SOON, **parts: Any
) -> AsyncIterator[int]:
    """A gateway with a healthy client on it, by REST and by WebSocket, all the while: each of its
    requests is answered, and its stream goes on to the end. Gives the port."""
    shown = shown or state()
    async with served(shown, server={"limits": limits}, **parts) as port:
        url = f"http://127.0.0.1:{port}"
        answered = 0

        async def ask() -> None:
            nonlocal answered
            async with httpx.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as http:
                while True:
                    assert (await http.get("/v1/indices/I0")).status_code == 200
                    answered += 1
                    await asyncio.sleep(0.02)

        async with connect(f"{url.replace('http', 'ws', 1)}/v1/stream?view=levels") as stream:
            asking = asyncio.create_task(ask())
            try:
                yield port
                before = answered
                async with asyncio.timeout(DEADLINE):
                    while answered < before + 3:
                        assert not asking.done(), asking.exception()
                        await asyncio.sleep(0.01)
                    shown.apply("levels", records.level("I0", seq=10**6, at=records.T0 + 1))
                    while orjson.loads(await stream.recv())["type"] != "levels":
                        pass
            finally:
                asking.cancel()
                with suppress(asyncio.CancelledError):
                    await asking


async def opened(
    port: int, source: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw connection, from another address of the loopback if need be."""
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """All until the server closes; what came, where it cuts."""
    found = bytearray()
    async with asyncio.timeout(DEADLINE):
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                found += part
    return bytes(found)


async def exchange(port: int, *parts: bytes) -> bytes:
    """All that is answered to some bytes, until the server closes."""
    reader, writer = await opened(port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    try:
        return await rest_of(reader)
    finally:
        writer.close()


def is_problem(answer: bytes, status: int, kind: str) -> bool:
    """Whether an answer is this problem."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first = head.split(b"\r\n")[0].startswith(b"HTTP/1.1 %d " % status)
    media = b"application/problem+json" in head
    return first and media and b"/v1/problems/" + kind.encode() in body
