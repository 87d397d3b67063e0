"""A gateway of one's own over a log, in this process, for whoever watches a log and no gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.metrics.registry import REGISTRY
from gateway.app import create_app
from gateway.server import serve
from gateway.state import State
from tidegauge.listening import Listening, door_of
from tidegauge.opening import Target
from tidegauge.serving import fill, keep_shown
from tidegauge.tables import keeping
from tidegauge.trying import trials_over
from tidegauge.watch.link import GatewayLink


@asynccontextmanager
async def gateway_over(target: Target) -> AsyncIterator[GatewayLink]:
    """The way to it, with a key of its own, so that alerts can be silenced and acknowledged.
    Raises StreamError."""
    state, listening = State(), asyncio.get_running_loop().create_future()
    door = door_of(Listening("127.0.0.1", 0), target, once=True)
    async with target.open() as log:
        starts = await fill(state, log)
        async with keeping(target, log) as tables:
            app = create_app(
                state,
                health=lambda: {"now": time.time_ns(), "reasons": [*filter(None, [log.lost()])]},
                metric_definitions=REGISTRY.published(),
                tables=tables.reader,
                trials=trials_over(target.name),
                access=door.access,
                log=log,
            )
            server = serve(app, door.host, door.port, on_start=listening.set_result, **door.serving)
            tasks = [
                asyncio.create_task(server),
                asyncio.create_task(keep_shown(state, log, starts)),
            ]
            try:
                yield GatewayLink(door.url(await listening), door.once)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
