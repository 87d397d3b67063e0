"""A log as it is: its topics, and the records in them."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from streams.codecs import as_json
from streams.log import places
from streams.records import Record
from streams.topics import TOPICS
from tidegauge.errors import WrongUse
from tidegauge.opening import Target


def check_tap(topic: str) -> None:
    """Refuse a topic that is none, or that holds nothing to read."""
    if topic not in TOPICS:
        raise WrongUse(f"unknown topic {topic!r}; there are: {', '.join(TOPICS)}")
    if topic.startswith("checkpoints"):
        raise WrongUse(f"{topic} holds binary state; there is nothing to read in it")


async def described(target: Target) -> list[str]:
    """One line a topic, if all are as they must be: its partitions, and how many records came."""
    async with target.open() as log:
        ends = await log.ends(places(log, *TOPICS))
        return [
            f"{topic}: {count} partitions, "
            f"{sum(ends.get((topic, p), 0) for p in range(count))} records so far"
            for topic, count in log.partitions.items()
        ]


async def sized(target: Target) -> list[str]:
    """One line a topic with its bytes, and their sum."""
    found = await target.sizes()
    return [f"{name:20} {n:>16,}" for name, n in {**found, "all": sum(found.values())}.items()]


async def tap_records(
    target: Target, topic: str, start: int, write: Callable[[Record], None]
) -> None:
    """Give `write` the records of a topic from an offset on, one partition after the other."""
    async with target.open() as log:
        for partition in range(log.partitions.get(topic, 0)):
            async for record in log.read(topic, partition, start):
                write(record)


def record_value(record: Record) -> bytes:
    """Its value, as JSON where it is in another form."""
    return as_json(record.type, record.v, record.value)


def record_line(record: Record) -> bytes:
    """A record as one line of JSON, in which its value is nested, or text where it is no JSON."""
    fields, value = record._asdict(), record_value(record)
    try:
        told = orjson.loads(value)
        fields["value"] = told if b"\n" in value else orjson.Fragment(value)
    except orjson.JSONDecodeError:
        fields["value"] = value.decode("utf-8", "replace")
    return orjson.dumps(fields)
