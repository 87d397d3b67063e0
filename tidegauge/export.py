"""`export`: what a log says as tables for others, each row once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from streams.log import Log
from streams.sinks.parquet import ParquetSink
from streams.sinks.rows import EXPORTED
from streams.sinks.sink import Follower
from streams.sinks.text import TextSink
from tidegauge.commands import lasting, run_to_end
from tidegauge.errors import Failure, WrongUse
from tidegauge.opening import Target, holding_tables, target_of
from tidegauge.stopping import stopping

FORMS = ("parquet", "csv", "jsonl")


def form_of(text: str) -> tuple[str, Path]:
    """Form and directory of `--to`; raises WrongUse."""
    form, separator, directory = text.partition(":")
    if not separator or form not in FORMS or not directory:
        raise WrongUse(f"--to {text}: a form and a directory, as parquet:DIR, csv:DIR or jsonl:DIR")
    return form, Path(directory)


def _sink(log: Log, form: str, directory: Path) -> ParquetSink | TextSink:
    if form == "parquet":
        return ParquetSink(directory, log.log_id, log.partitions["prices"], EXPORTED)
    return TextSink(directory, log.log_id, "csv" if form == "csv" else "jsonl", EXPORTED)


async def write_out(target: Target, form: str, directory: Path, follow: bool) -> dict[str, Any]:
    """Write what is there, and with `follow` what comes, until a signal; the counts. Raises
    Failure and StreamError."""
    async with target.open() as log:
        with holding_tables(directory) as other:
            if other is not None:
                raise Failure(f"{directory}: process {other} exports there already")
            sink = _sink(log, form, directory)
            following = Follower(log, sink)
            async with stopping() as stop:  # what was taken is written before the end
                if follow:
                    told = f"{target.name} to {directory}"
                    click.echo(f"{told}: following (Ctrl-C ends)", err=True)
                    await following.follow(stop)
                else:
                    await following.catch_up(stop)
            sink.close()
    return {"rows": sink.written, "missed": following.missed, "rejected": following.rejected}


@click.command(short_help="What a log says as tables for others.")
@click.argument("log")
@click.option("--to", required=True, metavar="FORM:DIR", help="parquet:DIR, csv:DIR or jsonl:DIR")
@click.option("--follow", is_flag=True, help="go on with what comes")
@lasting
def export(log: str, to: str, follow: bool) -> None:
    """Levels, bars, the figures of kept snapshots, alerts and trades as tables, each row once.

    Again into the same directory goes on where the last run stopped, however it ended.
    """
    form, directory = form_of(to)
    counts = run_to_end(write_out(target_of(log), form, directory, follow))
    click.echo(orjson.dumps(counts))
