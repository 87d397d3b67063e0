"""`serve`: ports, signals, cancellation."""

from __future__ import annotations

import asyncio
import signal
import socket

import httpx
import pytest

from gateway.app import create_app
from gateway.server import PortInUse, serve
from gateway.state import State
from tests.gateway.serving import served


async def test_port_in_use_says_what_to_do() -> None:
    async with served(State()) as port:
        with pytest.raises(PortInUse, match=f"^port {port} is in use: .*--port$") as raised:
            async with served(State(), port):
                pass
    assert raised.value.port == port
    assert isinstance(raised.value, OSError)


async def test_the_port_is_free_again_after_cancellation() -> None:
    async with served(State()) as port, httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    async with served(State(), port) as again:
        assert again == port


async def test_signal_handlers_are_left_alone() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with served(State()):
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert during == before


async def test_cancellation_is_passed_on() -> None:
    server = asyncio.create_task(serve(create_app(State()), "127.0.0.1", 0))
    await asyncio.sleep(0)
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server


async def test_an_address_that_is_not_here_is_an_os_error() -> None:
    with pytest.raises(OSError, match="address"):
        await serve(None, "192.0.2.1", 0)
