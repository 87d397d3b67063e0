"""Index definitions in the log: what is in force, and how it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from engine.definitions import (
    DefinitionError,
    IndexDefinition,
    check_change,
    check_together,
    parse_index,
)
from engine.types import DefinitionRecord
from streams.codecs import decode, encode
from streams.local import Append, LocalDriver
from streams.records import Record
from streams.sqlite_log import LOG_KEY, SqliteLog


class DefineResult(NamedTuple):
    """Index ids by what `define` did with them. Nothing is written for `unchanged`."""

    added: list[str]
    changed: list[str]
    retired: list[str]
    unchanged: list[str]


def definitions_in_force(log: SqliteLog) -> dict[str, IndexDefinition]:
    """The definitions in the log that are not retired, by index id."""
    return in_force(log.latest("definitions", 0))


def in_force(records: Iterable[Record]) -> dict[str, IndexDefinition]:
    """The definitions of these records of `definitions` that are not retired, by index id."""
    found = dict[str, IndexDefinition]()
    for record in records:
        if record.key in found:
            del found[record.key]  # a later record of the same index counts
        if record.key != LOG_KEY:
            body = decode(record.type, record.v, record.value, record.time)
            if body.definition is not None:
                found[body.index] = parse_index(body.index, body.definition)
    return found


def define(
    driver: LocalDriver,
    definitions: Iterable[IndexDefinition],
    retire: Iterable[str] = (),
    *,
    now: int | None = None,
) -> DefineResult:
    """Put definitions into force and retire others, in one commit; twice is once.

    `now` (ns) is when they enter force, the driver's clock if not given. Raises DefinitionError
    where they do not fit together with those in force.
    """
    before = definitions_in_force(driver.log)
    at = driver.now() if now is None else now
    result, records = plan(before, definitions, retire, at)
    if records:
        appends = list[Append]()
        writer = writer_of(driver.log.end("definitions", 0), records)
        for seq, record in enumerate(records, 1):
            record_type, value = encode(record)
            for topic in ("definitions", "ticks"):
                appends.append(Append(topic, record.index, record_type or "", value, writer, seq))
        driver.take(appends)
    return result


def plan(
    before: Mapping[str, IndexDefinition],
    definitions: Iterable[IndexDefinition],
    retire: Iterable[str],
    at: int,
) -> tuple[DefineResult, list[DefinitionRecord]]:
    """What becomes of definitions, given those in force, and the records that do it at `at` (ns).

    Raises DefinitionError where they do not fit together.
    """
    wanted, gone = {d.id: d for d in definitions}, list(dict.fromkeys(retire))
    for index in gone:
        if index in wanted:
            raise DefinitionError(("index", index), "is defined and retired at once; do either")
    for index, definition in wanted.items():
        check_change(before.get(index), definition)
    after = {index: d for index, d in {**before, **wanted}.items() if index not in gone}
    check_together(after.values())

    result = DefineResult([], [], [], [])
    records = list[DefinitionRecord]()
    for index, definition in wanted.items():
        if before.get(index) == definition:
            result.unchanged.append(index)
            continue
        (result.changed if index in before else result.added).append(index)
        records.append(DefinitionRecord(at, "live", index, definition.to_mapping()))
    for index in gone:
        (result.retired if index in before else result.unchanged).append(index)
        if index in before:
            records.append(DefinitionRecord(at, "live", index, None))
    return result, records


def writer_of(place: int, records: list[DefinitionRecord]) -> str:
    """The name of the writer of these records, which are to stand at `place` in `definitions`.

    The place is part of the name: going back to an earlier definition is a new change.
    """
    text = orjson.dumps([place, *(list(record) for record in records)])
    return f"define:{hashlib.sha256(text).hexdigest()[:16]}"
