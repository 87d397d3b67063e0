"""Filling a gateway's memory from a log: what stands in it at the start, and each record after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import msgspec

from engine.index.canonical import parse_canonical
from engine.records import AssetRecord, DefinitionRecord
from gateway.state import State
from streams.attention import TOPICS_OF_PEOPLE
from streams.codecs import CodecError
from streams.log import LOG_KEY, Log, Place, backwards, places
from streams.reading import read
from streams.records import Record

ALERTS_SHOWN = 1000
"""Alerts read back from the log at start; as many as the gateway keeps."""
LEVELS_SHOWN = 20_000
"""Levels read back of a partition, so that the page's lines go on after a restart: the quarter of
an hour that is shown, of a few indices; some tenths of a second."""

BARS_SHOWN = 10_000
"""Closed candles read back of a partition: what the tables may not have yet."""


class _Indices(msgspec.Struct):
    index: str | list[str]


_read_indices = msgspec.json.Decoder(_Indices).decode


async def load_state(state: State, log: Log) -> None:
    """Fill a gateway's state with what the log says now."""
    for place in places(log, "definitions", "snapshots", *TOPICS_OF_PEOPLE):
        async for record in log.latest(*place):
            show(state, record)
    for place in places(log, "levels"):
        for record in reversed(await _newest(log, place, LEVELS_SHOWN, _levels_in)):
            show(state, record)
    for place in places(log, "bars"):
        for record in reversed(await _newest(log, place, BARS_SHOWN, lambda _: 1)):
            show(state, record)
    for place in places(log, "alerts"):
        for record in reversed(await _newest(log, place, ALERTS_SHOWN, lambda _: 1)):
            show(state, record)


async def _newest(
    log: Log, place: Place, wanted: int, count: Callable[[Record], int]
) -> list[Record]:
    """The newest records, the newest first, of which each holds `count(record)` of the `wanted`."""
    found, held = list[Record](), 0
    async with aclosing(backwards(log, *place)) as records:
        async for record in records:
            found.append(record)
            held += count(record)
            if held >= wanted:
                break
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
    if record.topic == "definitions" and record.key == LOG_KEY:
        return
    if record.topic in TOPICS_OF_PEOPLE:
        state.attend(record)
        return
    try:
        body = read(record)
        if isinstance(body, AssetRecord):
            state.coins.take(body)  # its codec has checked it
            return
        if isinstance(body, DefinitionRecord):
            body = _with_digest(body)
    except CodecError as error:
        state.reject(record.topic, record.offset, str(error))
        return
    state.apply(record.topic, body, record.offset, record.partition, record.time)


def _with_digest(record: DefinitionRecord) -> dict[str, Any]:
    mapping = record.definition
    sha256 = None if mapping is None else parse_canonical(record.index, mapping).digest()
    return {"now": record.now, "index": record.index, "definition": mapping, "sha256": sha256}
