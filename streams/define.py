"""Index definitions in the log: what is in force, and how it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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
from streams.sqlite_log import LOG_KEY, SqliteLog


class DefineResult(NamedTuple):
    """Index ids by what `define` did with them. Nothing is written for `unchanged`."""

    added: list[str]
    changed: list[str]
    retired: list[str]
    unchanged: list[str]


def definitions_in_force(log: SqliteLog) -> dict[str, IndexDefinition]:
    """The definitions in the log that are not retired, by index id."""
    found = dict[str, IndexDefinition]()
    for record in log.latest("definitions", 0):
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
    log = driver.log
    before = definitions_in_force(log)
    wanted, gone = {d.id: d for d in definitions}, list(dict.fromkeys(retire))
    for index in gone:
        if index in wanted:
            raise DefinitionError(("index", index), "is defined and retired at once; do either")
    for index, definition in wanted.items():
        check_change(before.get(index), definition)
    after = {index: d for index, d in (before | wanted).items() if index not in gone}
    check_together(after.values())

    result = DefineResult([], [], [], [])
    at = driver.now() if now is None else now
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
    _append(driver, records)
    return result


def _append(driver: LocalDriver, records: list[DefinitionRecord]) -> None:
    if not records:
        return
    # The place in the log is part of the name: going back to an earlier definition is a new change.
    place = driver.log.end("definitions", 0)
    text = orjson.dumps([place, *(list(record) for record in records)])
    writer = f"define:{hashlib.sha256(text).hexdigest()[:16]}"
    appends = list[Append]()
    for seq, record in enumerate(records, 1):
        record_type, value = encode(record)
        for topic in ("definitions", "ticks"):
            appends.append(Append(topic, record.index, record_type or "", value, writer, seq))
    driver.take(appends)
