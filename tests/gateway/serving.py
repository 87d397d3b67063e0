"""A gateway on a real socket, for the tests of the stream, the server and the page."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from gateway.app import create_app
from gateway.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.state import State


@asynccontextmanager
async def served(state: State, port: int = 0, **parts: Any) -> AsyncIterator[int]:
    """Serve `state` on loopback; gives the port."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(state, **parts)
    server = asyncio.create_task(serve(app, "127.0.0.1", port, on_start=started.set_result))
    try:
        done, _ = await asyncio.wait(
            (server, started), timeout=20.0, return_when=asyncio.FIRST_COMPLETED
        )
        assert done, "the server did not start"
        if server in done:
            server.result()
        yield await started
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server
