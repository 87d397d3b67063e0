"""`alerts silence` and `alerts ack`: what people say about alerts, into the log."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from engine.alerts.matching import FIELDS, in_words
from engine.periods import iso
from engine.records import Acknowledgement, Matchers, Silence
from engine.toml_table import DefinitionError, TomlTable
from engine.types import SECOND
from streams.attention import (
    acknowledge,
    attention_in,
    end_silence,
    new_silence,
    one_of,
)
from streams.attention import (
    silence as put_silence,
)
from streams.episodes import firing_in
from streams.records import StreamError
from tidegauge.arguments import LOG_OPTION, login
from tidegauge.commands import run_to_end
from tidegauge.durations import DURATION
from tidegauge.errors import WrongUse
from tidegauge.opening import Target, target_of

T = TypeVar("T")

_who_option = click.option("--who", help="who says so; the user's name if not given")
_comment_option = click.option("--comment", default="", help="why")


class _Moment(click.ParamType):
    """A time as ISO 8601, to ns; without a zone it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """To ns; exit 2 where it is no time."""
        if isinstance(value, int):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; e.g. 2026-12-01T08:00Z", param, ctx)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int(found.timestamp()) * SECOND


_MOMENT = _Moment()


@click.command(short_help="Keep alerts quiet for a time; --list them, --end one.")
@LOG_OPTION
@click.option("--index", multiple=True, help="of these indices; * stands for anything")
@click.option("--kind", multiple=True, help="drawdown, rule, target, no_data, flag, …")
@click.option("--severity", multiple=True, help="info, warning or critical")
@click.option("--rule", multiple=True, help="of rules with these names")
@click.option("--all", "everything", is_flag=True, help="all alerts")
@click.option("--for", "lasting", type=DURATION, help="for so long: 30m, 2h, 1d …")
@click.option("--until", type=_MOMENT, help="until then, e.g. 2026-12-01T08:00Z")
@click.option("--from", "start", type=_MOMENT, help="from then on; from now if not given")
@_who_option
@_comment_option
@click.option("--list", "listing", is_flag=True, help="the silences that hold or are to come")
@click.option("--end", "ending", metavar="ID", help="end this one now")
def silence(
    log: str,
    lasting: int | None,
    until: int | None,
    start: int | None,
    who: str | None,
    comment: str,
    everything: bool,
    listing: bool,
    ending: str | None,
    **patterns: tuple[str, ...],
) -> None:
    """Keep alerts quiet for a time. What still fires when it is over is told then."""
    target, now = target_of(log), time.time_ns()
    if listing:
        for each in run_to_end(_silences(target, now)):
            click.echo(_shown(each))
        return
    if ending is not None:
        ended = run_to_end(_end(target, ending, _name(who), now))
        click.echo(f"ended {ended.id}: {in_words(ended.match)}")
        return
    if (lasting is None) == (until is None):
        raise WrongUse("give either --for DURATION (2h, 1d …) or --until TIME")
    if everything == any(patterns.values()):
        raise WrongUse(
            "say which alerts: --index, --kind, --severity, --rule; or --all for every one"
        )
    begin = now if start is None else start
    end = begin + lasting if lasting is not None else until
    assert end is not None
    try:
        wanted = new_silence(_matchers(patterns), begin, end, _name(who), comment, now)
    except StreamError as error:
        raise WrongUse(str(error)) from error
    run_to_end(_put(target, wanted))
    click.echo(f"silenced {_shown(wanted)}; sooner: tidegauge alerts silence --end {wanted.id}")


@click.command()
@click.argument("episode")
@LOG_OPTION
@_who_option
@_comment_option
@click.option("--undo", is_flag=True, help="take it back")
def ack(episode: str, log: str, who: str | None, comment: str, undo: bool) -> None:
    """Say that somebody sees to an EPISODE (or how its id begins): it is told no more."""
    target, now = target_of(log), time.time_ns()
    alert = run_to_end(_acknowledge(target, episode, _name(who), comment, undo, now))
    done = "taken back" if undo else "acknowledged"
    click.echo(f"{done}: {alert['index']} {alert['rule']} ({alert['episode']})")


def _matchers(patterns: dict[str, tuple[str, ...]]) -> Matchers:
    from notify.routes import matchers_of

    given = {f: list(patterns[f]) for f in FIELDS if patterns[f]}
    try:
        return matchers_of(TomlTable((), given))
    except DefinitionError as error:
        raise WrongUse(f"--{error}") from error


def _name(who: str | None) -> str:
    found = who or login()
    if not 0 < len(found) <= 200:
        raise WrongUse("--who: give a name of 1 to 200 characters")
    return found


def _shown(found: Silence) -> str:
    said = f", {found.comment}" if found.comment else ""
    span = f"{iso(found.start // SECOND * SECOND)} to {iso(found.until // SECOND * SECOND)}"
    return f"{found.id}: {in_words(found.match)} from {span} ({found.who}{said})"


async def _silences(target: Target, now: int) -> list[Silence]:
    async with target.open() as log:
        found = (await attention_in(log)).silences.values()
        return sorted((s for s in found if s.until > now), key=lambda s: (s.until, s.id))


async def _put(target: Target, wanted: Silence) -> None:
    async with target.open():  # says so where there is none
        pass
    async with target.open(write=True) as log:
        await put_silence(log, wanted)


async def _end(target: Target, name: str, who: str, now: int) -> Silence:
    async with target.open() as log:
        return await end_silence(log, name, who, now)


async def _acknowledge(
    target: Target, name: str, who: str, comment: str, undo: bool, now: int
) -> dict[str, Any]:
    async with target.open() as log:
        firing = (await firing_in(log)).open
        episode = one_of(name, firing, "firing episode")
    async with target.open(write=True) as log:
        await acknowledge(log, Acknowledgement(episode, who, comment, now, undo))
    return firing[episode]
