"""The small server of a process that has no page: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import click

from gateway.access.guard import AccessGuard
from gateway.access.names import is_loopback
from gateway.access.policy import LOOPBACK_HOSTS, Access
from gateway.exposition import Exposition
from gateway.operations import create_monitor
from gateway.server import CannotListen, serve
from tidegauge.arguments import Listen
from tidegauge.errors import Failure


@asynccontextmanager
async def monitored(
    listen: Listen,
    what: str,
    health: Callable[[], Mapping[str, Any]],
    exposition: Exposition,
) -> AsyncIterator[int]:
    """Serve what a process says of itself inside; gives the port, which stderr is told as well.

    Raises Failure where the address is taken.
    """
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_monitor(health, exposition)
    if is_loopback(listen.host):  # elsewhere it has as many names as the network gives it
        known = Access(hosts=LOOPBACK_HOSTS | {listen.host.lower()})
        app.add_middleware(AccessGuard, access=known)
    server = asyncio.create_task(serve(app, *listen, on_start=started.set_result))
    try:
        await asyncio.wait((server, started), return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            await server
        port = await started
        click.echo(f"{what}: http://{listen.host}:{port}/metrics", err=True)
        yield port
    except CannotListen as error:
        raise Failure(str(error)) from error
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError, CannotListen):
            await server
