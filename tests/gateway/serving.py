"""A gateway on a real socket, for the tests of the stream, the server and the page."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from gateway.app import create_app
from gateway.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.state import State


@asynccontextmanager
async def served(
    state: State,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    server: Mapping[str, Any] | None = None,
    **parts: Any,
) -> AsyncIterator[int]:
    """Serve `state` on loopback; gives the port. `parts` are for `create_app`, `server` for
    `serve`."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(state, **parts)
    serving = serve(app, host, port, on_start=started.set_result, **(server or {}))
    task = asyncio.create_task(serving)
    try:
        done, _ = await asyncio.wait(
            (task, started), timeout=20.0, return_when=asyncio.FIRST_COMPLETED
        )
        assert done, "the server did not start"
        if task in done:
            task.result()
        yield await started
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
