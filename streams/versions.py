"""Which version of the numbers wrote which span of a log: the records of the topic `versions`.

A stage that goes on with other numbers than were used before it enters so, with the offset of its
input from which its outputs are of that version. Until the next such entry of the same partition
they are. The key names partition and offset, so that compaction keeps every entry.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import orjson

from engine.records import NumbersSpan
from streams.checkpoints import is_newer, newer
from streams.log import Log, places
from streams.reading import read_or_log
from streams.records import LogError, OutRecord, Record

TOPIC = "versions"
LEGACY = "engine"
"""Note of a directory log in which versions before this topic left their number."""


def parse(records: Iterable[Record]) -> list[NumbersSpan]:
    """The spans in records of `versions`, by partition of the input and in its order.

    What is none, or from somebody else, is left out and logged.
    """
    found = dict[tuple[str, int, int], NumbersSpan]()
    for record in records:
        body = read_or_log(record)
        if body is not None and record.type == "version":
            span = msgspec.convert(body, NumbersSpan)
            found[span.topic, span.partition, span.start] = span
    return [found[key] for key in sorted(found)]


def encode_span(span: NumbersSpan, seq: int) -> OutRecord:
    """The record that enters a span, as the `seq`-th one of its partition."""
    where = f"{span.topic}/{span.partition}"
    body = msgspec.to_builtins(span)
    key, writer = f"{where}/{span.start}", f"versions:{where}"
    return OutRecord(TOPIC, 0, key, "version", orjson.dumps(body), writer, seq, body)


def spans_of(spans: Iterable[NumbersSpan], topic: str, partition: int) -> list[NumbersSpan]:
    """Those of one partition."""
    return [span for span in spans if (span.topic, span.partition) == (topic, partition)]


async def stored_spans(log: Log) -> list[NumbersSpan]:
    """The spans that are entered in a log; none in one that no later version than the first has
    worked on."""
    return parse([record async for record in log.read(TOPIC, 0)])


async def versions_of(log: Log) -> list[NumbersSpan]:
    """The spans of a log, also of one that was never opened since there are spans."""
    found = await stored_spans(log)
    if log.numbers is not None:
        found += [
            NumbersSpan(log.numbers, *place, 0, 0)
            for place in places(log, "prices", "ticks")
            if not spans_of(found, *place)
        ]
    return sorted(found, key=lambda span: (span.topic, span.partition, span.start))


def refuse_newer(where: object, spans: Iterable[NumbersSpan]) -> None:
    """Raise LogError if a later version has worked on the log."""
    for span in spans:
        if is_newer(span.numbers):
            raise LogError(
                f"{where}: {span.topic}/{span.partition} from offset {span.start} on "
                f"{newer(span.numbers)}"
            )


def to_enter(
    known: list[NumbersSpan], numbers: str, topic: str, partition: int, start: int, at: int
) -> list[OutRecord]:
    """The record that says that `numbers` go on from `start`; none if the last entry says so.

    `known` are the spans of this partition, `start` the offset of the first record of theirs.
    """
    if known and known[-1].numbers == numbers:
        return []
    return [encode_span(NumbersSpan(numbers, topic, partition, start, at), len(known) + 1)]
