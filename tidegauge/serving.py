"""The gateway over a log: what it shows at its start, each record after, and `serve`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import click

from engine.metrics.registry import REGISTRY
from gateway.app import create_app
from gateway.server import CannotListen, serve
from gateway.state import State
from streams.attention import TOPICS_OF_PEOPLE
from streams.log import Log, Place, places
from streams.records import Record, StreamError
from tidegauge.errors import Failure
from tidegauge.filling import load_state, show
from tidegauge.listening import Door
from tidegauge.opening import Target
from tidegauge.progress import keep_out_of_gc
from tidegauge.stopping import stopping
from tidegauge.tables import keeping
from tidegauge.tracing import watched
from tidegauge.trying import trials_over

_FOLLOWED = ("definitions", "snapshots", "levels", "bars", "alerts", *TOPICS_OF_PEOPLE)


def run_serve(target: Target, door: Door, seconds: float | None) -> None:
    """Serve until stopped, or for some seconds; follows a log that other processes write."""
    try:
        asyncio.run(_serve(target, door, seconds))
    except (StreamError, CannotListen) as error:
        raise Failure(str(error)) from error


async def fill(state: State, log: Log) -> dict[Place, int]:
    """Read what a gateway shows at start; returns the offsets to go on from."""
    starts = await log.ends(places(log, *_FOLLOWED))
    await load_state(state, log)
    return starts


async def keep_shown(
    state: State,
    log: Log,
    starts: dict[Place, int],
    told: Callable[[Record], None] = lambda record: None,
) -> None:
    """Follow the outputs into the gateway's state; each is `told`, too."""
    async with aclosing(log.follow(starts)) as batches:
        async for records in batches:
            for record in records:
                show(state, record)
                told(record)
            await asyncio.sleep(0)


async def _serve(target: Target, door: Door, seconds: float | None) -> None:
    state = State()

    def started(real: int) -> None:
        keep_out_of_gc()
        click.echo(f"tidegauge serves {target.name}: {door.url(real)}  (Ctrl-C ends)")

    async with target.open() as log, watched("serve") as exposition:
        starts = await fill(state, log)
        async with keeping(target, log) as tables, stopping(seconds) as stop:

            def health() -> dict[str, Any]:
                said = log.lost(), tables.reason, door.access.keys.wrong
                return {"now": time.time_ns(), "reasons": [*filter(None, said)]}

            exposition.add(tables.figures)
            app = create_app(
                state,
                health=health,
                metric_definitions=REGISTRY.published(),
                exposition=exposition,
                tables=tables.reader,
                trials=trials_over(target.name),
                access=door.access,
                log=log,
            )
            listening = serve(app, door.host, door.port, on_start=started, **door.serving)
            tasks = [
                asyncio.create_task(listening),
                asyncio.create_task(keep_shown(state, log, starts)),
                asyncio.create_task(stop.wait()),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    await task
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
