"""`alerts list`: what fires now, how deep now against at firing, since when, who sees to it."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import Any

import click
import orjson

from engine.periods import iso
from engine.types import SECOND
from notify.wording import lasted
from streams.attention import attention_in
from streams.episodes import OpenEpisode, firing_in, is_daily, open_episodes, shown, snapshots_in
from streams.log import Log
from streams.reading import read_or_log
from tidegauge.arguments import LOG_OPTION
from tidegauge.commands import run_to_end
from tidegauge.opening import Target, target_of


@click.command("list")
@LOG_OPTION
@click.option("--json", "as_json", is_flag=True, help="JSON lines")
def list_(log: str, as_json: bool) -> None:
    """What fires now: the worst first, slow warning signs apart; and what was not delivered."""
    now = time.time_ns()
    episodes, failed = run_to_end(_listed(target_of(log), now))
    if as_json:
        for episode in episodes:
            click.echo(orjson.dumps(shown(episode)))
        return
    urgent = [each for each in episodes if not is_daily(each.alert)]
    slow = [each for each in episodes if is_daily(each.alert)]
    for each in urgent:
        click.echo(line(each, now))
    if slow:
        click.echo("warning signs, judged once a day:")
        for each in slow:
            click.echo(f"  {line(each, now)}")
    if not episodes:
        click.echo("nothing fires")
    for said in failed:
        click.echo(said, err=True)


async def _listed(target: Target, now: int) -> tuple[list[OpenEpisode], list[str]]:
    async with target.open() as log:
        firing, attention = await firing_in(log), await attention_in(log)
        indices = {alert["index"] for alert in firing.open.values()}
        snapshots = await snapshots_in(log, indices)
        return open_episodes(firing, snapshots, attention, now), await _failed(log)


async def _failed(log: Log) -> list[str]:
    """Of each route the deliveries that were given up, in short."""
    count, last = dict[str, int](), dict[str, tuple[int, str]]()
    async with aclosing(log.latest("notifications", 0)) as records:
        async for record in records:
            if record.type != "notification" or not record.value:
                continue
            body = read_or_log(record)
            for route, delivery in (body or {}).get("routes", {}).items():
                if delivery["status"] == "failed":
                    count[route] = count.get(route, 0) + 1
                    told = delivery["at"], str(delivery.get("answer", ""))
                    last[route] = max(last.get(route, (0, "")), told)
    return [
        f"route {route}: {n} alerts were not delivered; the last at {_time(last[route][0])}: "
        f"{last[route][1]}"
        for route, n in sorted(count.items())
    ]


def line(episode: OpenEpisode, now: int) -> str:
    """An open episode as a line."""
    alert = episode.alert
    parts = [
        f"{alert.get('severity', ''):8} {alert['index']:12} {alert['rule']:24}",
        f"since {_time(alert['at'])} ({lasted(max(now - alert['at'], 0))})",
    ]
    if episode.figure is not None and episode.then is not None:
        percent = alert.get("kind") == "drawdown"
        then, after = _value(episode.then, percent), _value(episode.now, percent)
        parts.append(f"{episode.figure} {then} then, {after} now")
    if episode.acknowledged is not None:
        said = f": {episode.acknowledged.comment}" if episode.acknowledged.comment else ""
        parts.append(f"acknowledged by {episode.acknowledged.who}{said}")
    if episode.silenced is not None:
        parts.append(f"silenced until {_time(episode.silenced.until)}")
    parts.append(alert["episode"][:12])
    return "  ".join(parts)


def _value(value: Any, percent: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:.1%}" if percent else f"{value:.4g}"


def _time(ns: int) -> str:
    return iso(ns // SECOND * SECOND)
