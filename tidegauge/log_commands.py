"""What is done with a log itself: definitions and recorded prices put into it, records read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.toml_table import DefinitionError
from streams.records import Record
from tidegauge.arguments import LOG_OPTION, OFFSET, Whole, definitions_of, login
from tidegauge.commands import Commands, run_to_end
from tidegauge.errors import WrongUse
from tidegauge.opening import target_of


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@LOG_OPTION
@click.option("--retire", multiple=True, metavar="ID", help="an index to take out of force")
@click.option("--late", is_flag=True, help="events of coins behind the last price take effect now")
@click.option("--by", default="", metavar="NAME", help="who changes it; the login if not given")
def define(file: Path, log: str, retire: tuple[str, ...], late: bool, by: str) -> None:
    """Put definitions of indices and coins into the log; says what changes."""
    from tidegauge.stored import define_in

    target, defined = target_of(log), definitions_of(file)
    try:
        result, pending = run_to_end(define_in(target, defined, retire, late, by or login()))
    except DefinitionError as error:
        from tidegauge.indices import position

        raise WrongUse(f"{position(file, error.path)}: {error}") from error
    for what in ("added", "changed", "retired", "unchanged"):
        for name in getattr(result, what):
            gone = what == "unchanged" and name in retire
            click.echo(
                f"{what}: {name}" + (" (not in force, so not to be retired)" if gone else "")
            )
    for line in (*result.notes, *(f"pending (no price yet): {line}" for line in pending)):
        click.echo(line)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@LOG_OPTION
@click.option("--strict", is_flag=True, help="a bad row ends the run")
def backfill(files: tuple[Path, ...], log: str, strict: bool) -> None:
    """Recorded prices into the log, ahead of live ones, for indices that are defined in it: columns
    ts,asset,price as CSV, JSON lines or Parquet."""
    from tidegauge.stored import backfill_in

    result, holds = run_to_end(backfill_in(target_of(log), list(files), strict))
    there = f"appended {result.appended} frames, {result.skipped} were there already"
    click.echo(f"{there}: {holds}")


@click.command()
@click.argument("log")
@click.argument("topic")
@click.option("--from", "start", type=OFFSET, default=0, help="first offset")
@click.option("--values", is_flag=True, help="the values only")
def tap(log: str, topic: str, start: int, values: bool) -> None:
    """A log's records as JSON lines."""
    from tidegauge.topics import check_tap, record_line, record_value, tap_records

    check_tap(topic)

    def write(record: Record) -> None:
        line = record_value(record) if values else record_line(record)
        sys.stdout.buffer.write(line + b"\n")

    run_to_end(tap_records(target_of(log), topic, start, write))
    sys.stdout.flush()


@click.command()
@click.argument("action", type=click.Choice(["create", "check"]))
@LOG_OPTION
@click.option("--partitions", type=Whole(1, 1024), help="of prices and outputs")
@click.option("--replication", type=Whole(1, 9), help="copies of each partition (Kafka)")
def topics(action: str, log: str, partitions: int | None, replication: int | None) -> None:
    """Make or check the topics of a log."""
    from tidegauge.topics import described

    target = target_of(log)
    if action == "create":
        run_to_end(target.make(partitions, replication))
    for line in run_to_end(described(target)):
        click.echo(line)


@click.group("log", cls=Commands)
def log_() -> None:
    """What a log takes on the disk."""


@log_.command()
@click.argument("log")
def size(log: str) -> None:
    """The bytes of each topic of a log, of its tables, and in all."""
    from tidegauge.topics import sized

    for line in run_to_end(sized(target_of(log))):
        click.echo(line)
