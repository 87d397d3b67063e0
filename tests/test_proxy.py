"""The proxy that the Kafka tests trust to break things."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.proxy import Proxy


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that says everything back."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


class Client:
    """A connection through a proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, proxy: Proxy) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    async def ask(self, data: bytes, seconds: float = 10.0) -> bytes:
        self.writer.write(data)
        return await asyncio.wait_for(self.reader.readexactly(len(data)), seconds)

    async def took(self, data: bytes) -> float:
        began = time.monotonic()
        assert await self.ask(data) == data
        return time.monotonic() - began


async def test_it_passes_both_ways(echo: int) -> None:
    data = bytes(range(256)) * 4000
    async with Proxy(echo) as proxy:
        one, two = await Client.to(proxy), await Client.to(proxy)
        assert await asyncio.gather(one.ask(data), two.ask(b"x")) == [data, b"x"]
        assert (proxy.connections, proxy.up, proxy.down) == (2, len(data) + 1, len(data) + 1)
        one.writer.close()
        two.writer.close()


async def test_latency_delays_and_does_not_narrow(echo: int) -> None:
    async with Proxy(echo) as proxy:
        client = await Client.to(proxy)
        assert await client.took(b"x") < 0.1
        proxy.latency = 0.1
        assert 0.2 <= await client.took(b"x") < 0.4
        assert 0.2 <= await client.took(b"x" * 500_000) < 0.7  # 31 chunks a way
        client.writer.close()


async def test_bandwidth(echo: int) -> None:
    async with Proxy(echo) as proxy:
        client = await Client.to(proxy)
        proxy.bandwidth = 200_000.0
        assert 0.5 <= await client.took(b"x" * 100_000) < 1.5
        proxy.heal()
        assert await client.took(b"x" * 100_000) < 0.2
        client.writer.close()


async def test_a_black_hole_keeps_what_was_sent(echo: int) -> None:
    async with Proxy(echo) as proxy:
        old = await Client.to(proxy)
        await old.ask(b"x")
        proxy.black_hole(0.5)
        assert proxy.silent
        new = await Client.to(proxy)  # a connection is made, and nothing answers
        answers = await asyncio.gather(old.took(b"old"), new.took(b"new"))
        assert all(0.4 <= seconds < 1.0 for seconds in answers)
        assert not proxy.silent
        old.writer.close()
        new.writer.close()


async def test_a_black_hole_until_it_is_healed(echo: int) -> None:
    async with Proxy(echo) as proxy:
        client = await Client.to(proxy)
        proxy.black_hole()
        with pytest.raises(TimeoutError):
            await client.ask(b"abc", 0.2)
        proxy.heal()
        assert await asyncio.wait_for(client.reader.readexactly(3), 5.0) == b"abc"
        client.writer.close()


async def test_reset(echo: int) -> None:
    async with Proxy(echo) as proxy:
        client = await Client.to(proxy)
        await client.ask(b"x")
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(client.reader.readexactly(1), 5.0)
        client.writer.close()
        again = await Client.to(proxy)
        assert await again.ask(b"x") == b"x"
        again.writer.close()


async def test_refusing_and_nobody_there(echo: int) -> None:
    async with Proxy(echo) as proxy:
        proxy.refusing = True
        client = await Client.to(proxy)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await client.ask(b"x")
        client.writer.close()
    async with Proxy(1) as proxy:
        client = await Client.to(proxy)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await client.ask(b"x")
        client.writer.close()
