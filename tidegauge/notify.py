"""`notify`, and the notifier inside `up` and `demo`: alerts to people and programs, by a file."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from engine.toml_table import DefinitionError
from notify.alert import LoggedAlert
from notify.channels.apprise import AppriseError
from notify.channels.base import Channel
from notify.channels.registry import channel_of
from notify.message import Letter
from notify.routes import RouteFile, parse_routes
from notify.secret_values import Secrets
from notify.service import Service
from notify.wording import text_of, title_of
from streams.define import defined_in
from streams.log import Log
from streams.records import StreamError
from tidegauge.arguments import SECONDS, Listen, monitored_at
from tidegauge.commands import lasting
from tidegauge.errors import Failure, WrongUse
from tidegauge.indices import position
from tidegauge.monitoring import monitored
from tidegauge.opening import Target, target_of
from tidegauge.stopping import stopping
from tidegauge.toml_files import read_toml


class Routes(NamedTuple):
    """A route file that was read: its routes, and the channel of each."""

    file: Path
    routes: RouteFile
    channels: Mapping[str, Channel]


def read_routes(file: Path) -> Routes:
    """The routes of a file; raises WrongUse with file and line."""
    document = read_toml(file)
    try:
        routes = parse_routes(document, Secrets(os.environ))
        channels = {}
        for number, route in enumerate(routes.routes):
            try:
                channels[route.name] = channel_of(route)
            except AppriseError as error:
                path = ("route", f"[{number}]", route.channel)
                raise DefinitionError(path, str(error)) from error
    except DefinitionError as error:
        where = position(file, error.path) if error.path else str(file)
        said = str(error) if error.path else error.message
        raise WrongUse(f"{where}: {said}") from error
    return Routes(file, routes, channels)


async def say_unknown(routes: Routes, log: Log) -> None:
    """Tell of indices in the file that the log does not have: they may come, or be misspelt."""
    from difflib import get_close_matches

    known = (await defined_in(log)).indices
    for number, route in enumerate(routes.routes.routes):
        for index in route.match.index:
            if "*" not in index and index not in known:
                near = get_close_matches(index, known, n=2, cutoff=0.5)
                said = f"; near: {', '.join(near)}" if near else ""
                where = position(routes.file, ("route", f"[{number}]", "match", "index"))
                click.echo(f"{where}: the log has no index {index} yet{said}", err=True)


@click.command(short_help="Alerts to people and programs, by a route file.")
@click.option("--log", default="tidegauge-data", show_default=True, help="the log")
@click.option(
    "--routes", required=True, type=click.Path(path_type=Path), help="TOML file with [[route]]"
)
@click.option("--test", is_flag=True, help="send one message along each route, and end")
@click.option("--seconds", type=SECONDS, help="end by itself after so long")
@monitored_at
@lasting
def notify(log: str, routes: Path, test: bool, seconds: float | None, listen: Listen) -> None:
    """Alerts to people and programs, by a route file; a second one waits for the first to end."""
    read = read_routes(routes)
    try:
        if test:
            asyncio.run(_test(read))
        else:
            asyncio.run(_notify(target_of(log), read, seconds, listen))
    except StreamError as error:
        raise Failure(str(error)) from error


async def _notify(target: Target, routes: Routes, seconds: float | None, listen: Listen) -> None:
    async with target.open() as log:  # says so where there is none
        await say_unknown(routes, log)
    async with target.open(write=True) as log:
        service = Service(log, routes.routes, routes.channels)
        what = f"tidegauge notify on {target.name}"

        def health() -> dict[str, Any]:
            return {"reasons": [*filter(None, [log.lost()]), *service.reasons()]}

        serving = monitored(listen, what, health, service.figures)
        async with stopping(seconds) as stop, serving:
            click.echo(f"{what}: {len(routes.routes.routes)} routes  (Ctrl-C ends)")
            await service.run(stop)


async def _test(routes: Routes) -> None:
    """One message along each route; exit 1 where one was not taken."""
    failed = []
    for route in routes.routes.routes:
        now, page = time.time_ns(), routes.routes.page
        alert = LoggedAlert(_example(now), 0, 0)
        words = route.template, page
        letter = Letter(
            key=f"test:{now}",
            route=route.name,
            reason="test",
            alerts=[alert],
            title=f"Test: {title_of([alert], 'alert', *words)}",
            text=text_of([alert], *words),
            tries=0,
            doubtful=False,
            unlisted=0,
            page=page,
            now=now,
        )
        channel = routes.channels[route.name]
        outcome = await channel.send(letter)
        await channel.close()
        click.echo(f"{route.name} ({route.place}): {outcome.kind}: {outcome.answer}")
        if outcome.kind != "sent":
            failed.append(route.name)
    if failed:
        raise Failure(f"not taken by {', '.join(failed)}; see the answers above")


def _example(now: int) -> dict[str, Any]:
    """An alert that is none, of an index that is none."""
    episode = f"test{now:028d}"
    return {
        "id": f"{episode}:firing",
        "episode": episode,
        "seq": 1,
        "index": "TEST",
        "kind": "drawdown",
        "rule": "drawdown>=0.10",
        "state": "firing",
        "severity": "info",
        "origin": "live",
        "level": 900.0,
        "peak": 1000.0,
        "drawdown": 0.1,
        "at": now,
        "peak_at": now,
    }
