"""Route files on disk: to checked routes and their channels, with the line of what is wrong."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import click

from engine.alerts.matching import fits
from engine.alerts.registry import told_rules
from engine.alerts.standings import lost_name
from engine.index.definition import IndexDefinition
from engine.index.disputes import HEAVIEST
from engine.toml_table import DefinitionError
from notify.channels.apprise import AppriseError
from notify.channels.base import Channel
from notify.channels.registry import channel_of
from notify.routes import RouteFile, parse_routes
from notify.secret_values import Secrets
from streams.define import defined_in
from streams.log import Log
from tidegauge.errors import WrongUse
from tidegauge.indices import position
from tidegauge.report_schedule import check_plans
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
        check_plans(routes.reports)
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
    """Tell of indices and rules in the file that the log does not have: they may come, or be
    misspelt."""
    known = (await defined_in(log)).indices
    rules = _rule_names(known.values())
    for n, route in enumerate(routes.routes.routes):
        path = ("route", f"[{n}]", "match")
        _say(routes.file, (*path, "index"), "index", route.match.index, known)
        _say(routes.file, (*path, "rule"), "rule", route.match.rule, rules)
    for n, plan in enumerate(routes.routes.reports):
        _say(routes.file, ("report", f"[{n}]", "index"), "index", plan.index, known)


def _say(
    file: Path, path: tuple[str, ...], what: str, wanted: Iterable[str], known: Collection[str]
) -> None:
    for pattern in wanted:
        if any(fits(pattern, name) for name in known) or (what == "index" and "*" in pattern):
            continue
        near = get_close_matches(pattern, known, n=2, cutoff=0.5)
        said = f"; near: {', '.join(near)}" if near else ""
        click.echo(f"{position(file, path)}: the log has no {what} {pattern} yet{said}", err=True)


def _rule_names(definitions: Iterable[IndexDefinition]) -> list[str]:
    """All that alerts of these may name as their rule: also what only the heaviest venues see, and
    that the figure of a rule is missing."""
    names = dict.fromkeys(setting.name for each in definitions for _, setting in told_rules(each))
    return [*names, *(name + HEAVIEST for name in names), *map(lost_name, names)]


def routes_of(file: Path | None) -> Routes | None:
    """The routes of a file, if one is given."""
    return None if file is None else read_routes(file)
