"""`drill`: market disasters through the whole chain, with the truth known."""

from __future__ import annotations

import os
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from tidegauge.errors import Failure, WrongUse

if TYPE_CHECKING:
    from engine.pricing.rules import Rules


@click.command()
@click.argument("scenarios", nargs=-1)
@click.option("--seeds", type=click.IntRange(min=1), help="of each scenario (20; 1 with --seed)")
@click.option("--seed", type=click.IntRange(min=0), help="the first one (0)")
@click.option("--jobs", type=click.IntRange(min=1), help="processes; as many as there are cores")
@click.option("--without", multiple=True, metavar="RULE", help="with a pricing rule switched off")
@click.option("--list", "listed", is_flag=True, help="say what there is, and end")
@click.option(
    "--write", type=click.Path(path_type=Path), help="put the table into a page of Markdown"
)
def drill(
    scenarios: tuple[str, ...],
    seeds: int | None,
    seed: int | None,
    jobs: int | None,
    without: tuple[str, ...],
    listed: bool,
    write: Path | None,
) -> None:
    """Market disasters through the whole chain, with the truth known.

    A table, then one JSON line. With one seed of one scenario, also what happened in it. Exit 1
    where a promise is broken.
    """
    from drill.catalogue import SCENARIOS
    from drill.report import markdown, print_table, put_table
    from drill.tally import Played, play_all, summary
    from drill.trace import trace

    if listed:
        for scenario in SCENARIOS.values():
            undecidable = "" if scenario.decidable else " (undecidable)"
            click.echo(f"{scenario.name}: {scenario.title}{undecidable}")
        return
    for name in scenarios:
        if name not in SCENARIOS:
            raise WrongUse(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}")
    rules, names = _rules(without), list(dict.fromkeys(scenarios)) or list(SCENARIOS)
    count = seeds or (20 if seed is None else 1)
    numbers = range(seed or 0, (seed or 0) + count)
    page = _page(write)
    if count == len(names) == 1:
        for line in trace(names[0], numbers[0], rules):
            click.echo(line)
    results: list[Played] = []
    cores = jobs or min(os.cpu_count() or 1, len(names) * count)
    try:
        for played in play_all(names, numbers, rules, 1 if len(names) * count == 1 else cores):
            results.append(played)
            if sys.stderr.isatty():
                click.echo(f"\r{len(results)} of {len(names)} scenarios", err=True, nl=False)
    except BrokenProcessPool as error:
        raise Failure("a process of the drill was ended from outside: run it again") from error
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    from rich.console import Console

    print_table(results, Console())
    totals = summary(results)
    if write is not None:
        day = f"{datetime.now(UTC):%-d %B %Y}"
        head = f"{day}: seeds {numbers[0]} to {numbers[-1]} of each scenario."
        write.write_text(put_table(page, markdown(results, head)))
    click.echo(orjson.dumps(totals))
    if totals["broken"]:
        raise Failure("; ".join(totals["broken"]))


def _page(write: Path | None) -> str:
    """The page to put a table into, checked before the long run."""
    from drill.report import put_table

    if write is None:
        return ""
    try:
        page = write.read_text()
        put_table(page, "")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise WrongUse(f"--write {write}: {getattr(error, 'strerror', None) or error}") from error
    return page


def _rules(without: tuple[str, ...]) -> Rules:
    """The pricing rules with some switched off."""
    from engine.pricing.rules import RULES

    switches = [f.name for f in fields(RULES) if isinstance(getattr(RULES, f.name), bool)]
    for name in without:
        if name not in switches:
            raise WrongUse(f"--without {name}: no such rule; there are {', '.join(switches)}")
    return replace(RULES, **dict.fromkeys(without, False))
