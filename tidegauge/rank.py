"""`rank`: the newest snapshots, of a log or of a file, in the order of a profile."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from connectors.feed.lines import bounded
from engine.profiles import profile_named
from gateway.rank import ranking
from gateway.state import State
from tidegauge.errors import Failure, WrongUse
from tidegauge.recorded.skipped import Skipped

if TYPE_CHECKING:
    from tidegauge.opening import Target

LONGEST_SNAPSHOT = 16 * 2**20
"""Bytes of a snapshot as a line; one with fifty years of months is below a MB."""


def check_profile(name: str) -> None:
    """Refuse an unknown profile, naming those there are."""
    try:
        profile_named(name)
    except ValueError as error:
        raise WrongUse(str(error)) from error


def _empty() -> State:
    return State(max_indices=sys.maxsize)  # a ranking holds them for a moment, not for clients


def state_of_file(file: Path) -> State:
    """The newest snapshot of each index in a file of JSON lines, as `replay` writes them."""
    state = _empty()
    skipped = Skipped(lambda text: click.echo(text, err=True), strict=False, what="lines")
    for number, line in _lines(file):
        where = f"{file}:{number}"
        if line is None:
            skipped.add(where, "long", f"is longer than {LONGEST_SNAPSHOT >> 20} MB")
            continue
        try:
            body = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            skipped.add(where, "json", f"is not JSON: {error}")
            continue
        before = state.dropped["snapshots", "malformed"]
        state.apply("snapshots", body if isinstance(body, dict) else {})
        if state.dropped["snapshots", "malformed"] > before:
            skipped.add(where, "snapshot", "is not a snapshot")
    if summary := skipped.summary():
        click.echo(summary, err=True)
    return _any(state, str(file))


def _lines(file: Path) -> Iterator[tuple[int, bytes | None]]:
    try:
        with file.open("rb") as opened:
            lines = enumerate(bounded(opened, LONGEST_SNAPSHOT), 1)
            yield from ((n, line) for n, line in lines if line is None or line.strip())
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from error


async def state_of_log(target: Target) -> State:
    """What a log says now; raises StreamError."""
    from tidegauge.filling import load_state

    state = _empty()
    async with target.open() as log:
        await load_state(state, log)
    return _any(state, target.name)


def _any(state: State, where: str) -> State:
    if not any(entry.snapshot for entry in state.entries()):
        raise Failure(f"{where}: there is no snapshot to rank yet")
    return state


def show(state: State, profile: str, as_json: bool) -> None:
    """The ranking on stdout: a table on a terminal, else (or if asked) a JSON line an index."""
    found = ranking(state, profile)
    if as_json or not sys.stdout.isatty():
        for row in found["ranking"]:
            click.echo(orjson.dumps(row))
    else:
        Console().print(_table(found))


def _table(found: Mapping[str, Any]) -> Table:
    """A column a metric: the figure and what it adds to the score."""
    weights = found["profile"]["weights"]
    title = f"{found['profile']['name']}: {found['profile']['aim']}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("rank", justify="right")
    table.add_column("index")
    table.add_column("score", justify="right")
    for weight in weights:
        name = weight["path"].rsplit(".", 1)[-1]
        way = "↓" if weight["lower"] else "↑"
        table.add_column(f"{name} {way}\n{weight['weight']:.0%}", justify="right")
    for row in found["ranking"]:
        score = "–" if row["score"] is None else f"{row['score']:.3f}"
        table.add_row(
            str(row["rank"] or "–"),
            row["index"],
            score,
            *(_cell(row, weight["path"]) for weight in weights),
        )
    return table


def _cell(row: Mapping[str, Any], path: str) -> str:
    if path in row["missing"]:
        return f"{row['missing'][path]}\n"
    part = row["contributions"][path]
    return f"{part['value']:.4g}\n+{part['contribution']:.3f}"
