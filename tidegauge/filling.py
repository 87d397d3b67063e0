"""Filling a gateway's memory from a log: what stands in it at the start, and each record after."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.index.canonical import parse_canonical
from engine.records import DefinitionRecord
from gateway.state import State
from streams.codecs import CodecError
from streams.reading import read
from streams.records import Record
from streams.sqlite_log import LOG_KEY, SqliteLog

ALERTS_SHOWN = 1000
"""Alerts read back from the log at start; as many as the gateway keeps."""
LEVELS_SHOWN = 20_000
"""Levels read back of a partition, so that the page's lines go on after a restart: the quarter of
an hour that is shown, of a few indices; some tenths of a second."""
_PAGE = 50
"""Records of levels read at a time: one of 10,000 indices has most of a megabyte."""


class _Indices(msgspec.Struct):
    index: str | list[str]


_read_indices = msgspec.json.Decoder(_Indices).decode


def load_state(state: State, log: SqliteLog) -> None:
    """Fill a gateway's state with what the log says now."""
    for record in log.latest("definitions", 0):
        show(state, record)
    for partition in range(log.partitions["snapshots"]):
        for record in log.latest("snapshots", partition):
            show(state, record)
    for partition in range(log.partitions["levels"]):
        for record in reversed(_newest_levels(log, partition)):
            show(state, record)
    for partition in range(log.partitions["alerts"]):
        newest = log.backwards("alerts", partition, log.end("alerts", partition), ALERTS_SHOWN)
        for record in reversed(newest):
            show(state, record)


def _newest_levels(log: SqliteLog, partition: int) -> list[Record]:
    """The newest records in which `LEVELS_SHOWN` levels stand, the newest first."""
    found, levels, before = list[Record](), 0, log.end("levels", partition)
    while page := log.backwards("levels", partition, before, _PAGE):
        for record in page:
            found.append(record)
            levels += _levels_in(record)
            if levels >= LEVELS_SHOWN:
                return found
        before = page[-1].offset
    return found


def _levels_in(record: Record) -> int:
    """How many levels stand in it; one where it is none, which whoever reads it will say."""
    try:
        index = _read_indices(record.value).index
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 1
    return 1 if isinstance(index, str) else len(index)


def show(state: State, record: Record) -> None:
    """Hand a record to the gateway's state."""
    if record.topic == "definitions" and (record.key == LOG_KEY or record.type == "asset"):
        return
    try:
        body = read(record)
        if isinstance(body, DefinitionRecord):
            body = _with_digest(body)
    except CodecError as error:
        state.reject(record.topic, record.offset, str(error))
        return
    state.apply(record.topic, body, record.offset)


def _with_digest(record: DefinitionRecord) -> dict[str, Any]:
    mapping = record.definition
    sha256 = None if mapping is None else parse_canonical(record.index, mapping).digest()
    return {"now": record.now, "index": record.index, "definition": mapping, "sha256": sha256}
