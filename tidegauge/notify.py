"""`notify`, and the notifier inside `up` and `demo`: alerts to people and programs, by a file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from gateway.exposition import Exposition
from notify.alert import LoggedAlert
from notify.message import Letter
from notify.service import Service
from notify.wording import text_of, title_of
from streams.records import StreamError
from tidegauge.arguments import LOG_OPTION, SECONDS, Listen, monitored_at
from tidegauge.commands import lasting, run_to_end
from tidegauge.errors import Failure
from tidegauge.monitoring import monitored
from tidegauge.opening import Target, target_of
from tidegauge.report_schedule import reporting
from tidegauge.routes import Routes, read_routes, say_unknown
from tidegauge.stopping import stopping


@click.command(short_help="Alerts to people and programs, by a route file.")
@LOG_OPTION
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
    target = target_of(log)
    run_to_end(_test(target, read) if test else _notify(target, read, seconds, listen))


async def _notify(target: Target, routes: Routes, seconds: float | None, listen: Listen) -> None:
    async with target.open() as log:  # says so where there is none
        await say_unknown(routes, log)
    async with target.open(write=True) as log:
        service = Service(log, routes.routes, routes.channels)
        what = f"tidegauge notify on {target.name}"

        def health() -> dict[str, Any]:
            return {"reasons": [*filter(None, [log.lost()]), *service.reasons()]}

        exposition = Exposition()
        exposition.add(service.figures)
        serving = monitored(listen, what, health, exposition)
        async with stopping(seconds) as stop, serving:
            plans = len(routes.routes.reports)
            reports = f", {plans} kinds of reports" if plans else ""
            click.echo(f"{what}: {len(routes.routes.routes)} routes{reports}  (Ctrl-C ends)")
            async with reporting(routes.routes.reports, routes.file, log, target.name):
                await service.run(stop)


async def _test(target: Target, routes: Routes) -> None:
    """One message along each route; exit 1 where one was not taken."""
    if not routes.routes.routes:
        said = "no [[route]], only [[report]]: there is nothing to send a test message along"
        raise Failure(f"{routes.file}: {said}")
    try:
        async with target.open() as log:
            await say_unknown(routes, log)
    except StreamError as error:  # a file may be tried before there is a log
        click.echo(f"indices and rules of the file are not looked up: {error}", err=True)
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
