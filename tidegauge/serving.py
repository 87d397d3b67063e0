"""`serve`: the gateway over a log, without connectors and stages."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from engine.cards import CARDS
from gateway.app import create_app
from gateway.server import PortInUse, serve
from gateway.state import State
from streams.records import StreamError
from streams.sqlite_log import SqliteLog
from streams.tail import Tail
from tidegauge.errors import Failure
from tidegauge.live import load_state

_POLL_SECONDS = 0.1
"""Between two looks at the log; the page shows five changes a second."""
_FOLLOWED = ("snapshots", "levels", "alerts")


def run_serve(directory: Path, port: int, seconds: float | None) -> None:
    """Serve until stopped, or for some seconds; follows a log that another process writes."""
    try:
        with SqliteLog(directory, readonly=True) as log:
            asyncio.run(_serve(log, port, seconds))
    except StreamError as error:
        raise Failure(str(error)) from error
    except PortInUse as error:
        raise Failure(str(error)) from error


async def _serve(log: SqliteLog, port: int, seconds: float | None) -> None:
    state = State()
    tail = Tail(log, _FOLLOWED)
    load_state(state, log)
    app = create_app(state, metric_definitions={card.path: asdict(card) for card in CARDS})
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    def started(real: int) -> None:
        click.echo(f"tidegauge serves {log.directory}: http://127.0.0.1:{real}/  (Ctrl-C ends)")

    tasks = [
        asyncio.create_task(serve(app, "127.0.0.1", port, on_start=started)),
        asyncio.create_task(_follow(state, tail)),
        asyncio.create_task(stopping.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(state: State, tail: Tail) -> None:
    while True:
        records = tail.poll()
        for record in records:
            state.apply(record.topic, orjson.loads(record.value))
        if not records:
            await asyncio.sleep(_POLL_SECONDS)
