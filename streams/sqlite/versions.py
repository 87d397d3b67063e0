"""What a directory log says of who worked on it, and how another version enters itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.records import NumbersSpan
from engine.types import NUMBERS
from streams.bridge import Published, newest
from streams.reading import read_or_log
from streams.records import Record
from streams.runner import Runner
from streams.sqlite.file import SqliteLog
from streams.topics import outputs_of
from streams.versions import LEGACY, TOPIC, encode_span, parse, spans_of, to_enter

_PAGE = 500


def published_by(log: SqliteLog, writer: str) -> dict[str, Published]:
    """The last that a stage has in each topic/partition it writes to."""
    found = dict[str, Published]()
    for topic, partition in outputs_of(writer, log.partitions):
        last = log.last(topic, partition, writer)
        if last is not None and (found_last := newest([last], writer)):
            found[f"{topic}/{partition}"] = found_last
    return found


def alerts_since(log: SqliteLog, runner: Runner) -> list[dict[str, Any]]:
    """The bodies of a shard's alerts whose cause is behind its state, in order."""
    if runner.topic != "prices":
        return []
    found = list[dict[str, Any]]()
    for record in _backwards(log, "alerts", runner.partition):
        body = read_or_log(record)
        if body is None:
            continue
        if body.get("receipt", {}).get("offset", -1) <= runner.last_offset:
            break
        found.append(body)
    return found[::-1]


def _backwards(log: SqliteLog, topic: str, partition: int) -> Iterator[Record]:
    before = log.end(topic, partition)
    while page := log.backwards(topic, partition, before, _PAGE):
        yield from page
        before = page[-1].offset


def enter(log: SqliteLog, runner: Runner, known: list[NumbersSpan], start: int, now: int) -> None:
    """Note that outputs of what stands at `start` and behind are of our numbers.

    `known` are the spans so far. Those that only a note of an older version has are entered too.
    """
    topic, partition = runner.topic, runner.partition
    stored = spans_of(parse(log.read(TOPIC, 0, -1, 1_000_000)), topic, partition)
    older = [] if stored else [encode_span(span, 1) for span in known]
    for out in older + to_enter(known, NUMBERS, topic, partition, start, now):
        log.append(TOPIC, 0, out.key, out.type, out.value, out.writer, out.seq, now)
    if topic == "ticks":  # the last one: a version that knows no spans refuses by this note
        log.set_meta(LEGACY, NUMBERS)
