"""`export`: what a log says as tables for others, each row once."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import click
import orjson

from streams.lock import DirectoryLock, LogHeldError
from streams.records import StreamError
from streams.sinks.parquet import ParquetSink
from streams.sinks.rows import EXPORTED
from streams.sinks.sink import Follower
from streams.sinks.text import TextSink
from streams.sqlite_log import SqliteLog
from tidegauge.arguments import log_of
from tidegauge.commands import lasting
from tidegauge.errors import Failure, WrongUse
from tidegauge.stopping import SIGNALS
from tidegauge.topics import reading

FORMS = ("parquet", "csv", "jsonl")


def target_of(text: str) -> tuple[str, Path]:
    """Form and directory of `--to`; raises WrongUse."""
    form, separator, directory = text.partition(":")
    if not separator or form not in FORMS or not directory:
        raise WrongUse(f"--to {text}: a form and a directory, as parquet:DIR, csv:DIR or jsonl:DIR")
    return form, Path(directory)


def _sink(log: SqliteLog, form: str, directory: Path) -> ParquetSink | TextSink:
    if form == "parquet":
        return ParquetSink(directory, log.log_id, log.partitions["prices"], EXPORTED)
    return TextSink(directory, log.log_id, "csv" if form == "csv" else "jsonl", EXPORTED)


def write_out(log: Path, form: str, directory: Path, follow: bool) -> dict[str, Any]:
    """Write what is there, and with `follow` what comes, until a signal; the counts."""
    with reading(log) as kept:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = DirectoryLock(directory)
        except LogHeldError as error:
            raise Failure(f"{directory}: process {error.pid} exports there already") from error
        except StreamError as error:
            raise Failure(str(error)) from error
        try:
            sink = _sink(kept, form, directory)
            following, stop = Follower(kept, sink), threading.Event()
            for number in SIGNALS:  # what was taken is written before the end
                signal.signal(number, lambda *_: stop.set())
            if follow:
                click.echo(f"{log} to {directory}: following (Ctrl-C ends)", err=True)
                following.follow(stop.wait)
            else:
                following.catch_up(stop.is_set)
            sink.close()
        except StreamError as error:
            raise Failure(str(error)) from error
        finally:
            lock.release()
    counts = {"rows": sink.written, "missed": following.missed, "rejected": following.rejected}
    return counts


@click.command(short_help="What a log says as tables for others.")
@click.argument("log")
@click.option("--to", required=True, metavar="FORM:DIR", help="parquet:DIR, csv:DIR or jsonl:DIR")
@click.option("--follow", is_flag=True, help="go on with what comes")
@lasting
def export(log: str, to: str, follow: bool) -> None:
    """Levels, bars, the figures of kept snapshots, alerts and trades as tables, each row once.

    Again into the same directory goes on where the last run stopped, however it ended.
    """
    form, directory = target_of(to)
    target = log_of(log)
    if not isinstance(target, Path):
        raise WrongUse(f"{log}: logs on Kafka are not exported yet; name a log's directory")
    click.echo(orjson.dumps(write_out(target, form, directory, follow)))
