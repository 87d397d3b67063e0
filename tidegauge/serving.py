"""`serve`: the gateway over a log, without connectors and stages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.metrics.registry import REGISTRY
from gateway.app import create_app
from gateway.server import CannotListen, serve
from gateway.state import State
from streams.log_tail import LogTail
from streams.records import StreamError
from streams.sqlite_log import SqliteLog
from tidegauge.errors import Failure
from tidegauge.filling import load_state, show
from tidegauge.stopping import stopping
from tidegauge.tables import TableKeeper

if TYPE_CHECKING:
    from streams.kafka import KafkaLog

_POLL_SECONDS = 0.1
"""Between two looks at the log; the page shows five changes a second."""
_FOLLOWED = ("definitions", "snapshots", "levels", "alerts")


def run_serve(log: Path | KafkaLog, host: str, port: int, seconds: float | None) -> None:
    """Serve until stopped, or for some seconds; follows a log that other processes write."""
    try:
        if isinstance(log, Path):
            with SqliteLog(log, readonly=True) as kept:
                asyncio.run(_serve_directory(kept, host, port, seconds))
        else:
            asyncio.run(_serve_kafka(log, host, port, seconds))
    except (StreamError, CannotListen) as error:
        raise Failure(str(error)) from error


async def _serve_directory(log: SqliteLog, host: str, port: int, seconds: float | None) -> None:
    state = State()
    tail = LogTail(log, _FOLLOWED)
    load_state(state, log)
    tables = TableKeeper(log.directory)
    tables.start()
    try:
        name = str(log.directory)
        await _serve(state, _follow(state, tail), name, host, port, seconds, tables, log.lost)
    finally:
        await asyncio.to_thread(tables.stop)


async def _serve_kafka(log: KafkaLog, host: str, port: int, seconds: float | None) -> None:
    from streams.kafka_topics import check_topics
    from tidegauge.on_kafka import fill_state, keep_shown

    state = State()
    start = await fill_state(log, await check_topics(log), state)
    await _serve(state, keep_shown(log, state, start), str(log.address), host, port, seconds)


async def _serve(
    state: State,
    following: Coroutine[Any, Any, None],
    name: str,
    host: str,
    port: int,
    seconds: float | None,
    tables: TableKeeper | None = None,
    lost: Callable[[], str | None] = lambda: None,
) -> None:
    def health() -> dict[str, Any]:
        said = lost(), None if tables is None else tables.reason
        return {"now": time.time_ns(), "reasons": [*filter(None, said)]}

    app = create_app(
        state,
        health=health,
        metric_definitions=REGISTRY.published(),
        metrics=None if tables is None else tables.figures,
        tables=None if tables is None else tables.reader,
    )

    def started(real: int) -> None:
        click.echo(f"tidegauge serves {name}: http://{host}:{real}/  (Ctrl-C ends)")

    async with stopping(seconds) as stop:
        tasks = [
            asyncio.create_task(serve(app, host, port, on_start=started)),
            asyncio.create_task(following),
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


async def _follow(state: State, tail: LogTail) -> None:
    while True:
        records = tail.poll()
        for record in records:
            show(state, record)
        await asyncio.sleep(0.0 if records else _POLL_SECONDS)
