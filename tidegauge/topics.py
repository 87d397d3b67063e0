"""A log as it is: its topics, and the records in them."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from streams.codecs import as_json
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
    """A record as one line of JSON, in which its value is nested."""
    fields, value = record._asdict(), record_value(record)
    try:
        fields["value"] = orjson.Fragment(value)
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:
        fields["value"] = record.value.decode("utf-8", "replace")
        return orjson.dumps(fields)
