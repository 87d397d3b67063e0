"""Reading the log of a directory as it is: its topics, and the records in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from streams.records import Record, StreamError
from streams.sqlite.file import SqliteLog
from streams.topics import DIRECTORY_PARTITIONS, TOPICS
from tidegauge.errors import Failure, WrongUse


@contextmanager
def reading(directory: Path) -> Iterator[SqliteLog]:
    """The log, opened for reading; stream errors become one line."""
    try:
        with SqliteLog(directory, readonly=True) as log:
            yield log
    except StreamError as error:
        raise Failure(str(error)) from error


def check_tap(topic: str) -> None:
    """Refuse a topic that is none, or that holds nothing to read."""
    if topic not in TOPICS:
        raise WrongUse(f"unknown topic {topic!r}; there are: {', '.join(TOPICS)}")
    if topic.startswith("checkpoints"):
        raise WrongUse(f"{topic} holds binary state; there is nothing to read in it")


def tap_records(directory: Path, topic: str, start: int, write: Callable[[Record], None]) -> None:
    """Give `write` the records of a topic from an offset on, one partition after the other."""
    with reading(directory) as log:
        for partition in range(log.partitions[topic]):
            after = start - 1
            while page := log.read(topic, partition, after):
                for record in page:
                    write(record)
                after = page[-1].offset


def record_line(record: Record) -> bytes:
    """A record as one line of JSON; its value is nested as it is."""
    fields = record._asdict()
    try:
        fields["value"] = orjson.Fragment(record.value)
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:
        fields["value"] = record.value.decode("utf-8", "replace")
        return orjson.dumps(fields)


def create_topics(directory: Path, partitions: int | None) -> list[str]:
    """Make the log of a directory, or say that it is there."""
    try:
        with SqliteLog(directory, prices=partitions or DIRECTORY_PARTITIONS) as log:
            if partitions and log.partitions["prices"] != partitions:
                have = log.partitions["prices"]
                raise Failure(
                    f"{directory}: prices has {have} partitions, not {partitions}; the number "
                    "stays what it is for the life of a log"
                )
    except StreamError as error:
        raise Failure(str(error)) from error
    return check_topics(directory)


def check_topics(directory: Path) -> list[str]:
    """One line a topic: partitions and records."""
    with reading(directory) as log:
        return [
            f"{topic}: {log.partitions[topic]} partitions, "
            f"{sum(log.end(topic, p) for p in range(log.partitions[topic]))} records so far"
            for topic in TOPICS
        ]
