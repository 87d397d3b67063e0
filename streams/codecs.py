"""Record values: JSON to and from the records of the engine (`engine.records`).

`encode(body)` and `decode(type, v, value, time)` are inverse. Encoding is deterministic: the same
body gives the same bytes. Decoding checks every bound, because anybody may write to a topic; what
does not pass raises `CodecError` with the reason, and nothing raises anything else.

A column that may be undefined (`market_cap`, `supply`) is null where the engine has NaN, and null
as a whole where no row has a value.

Frames of some rows have a columnar form besides (`streams.columns`), which costs a fraction of it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import repeat
from math import nan
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from engine.index.canonical import parse_canonical
from engine.index.coin_events import parse_asset
from engine.records import (
    Acknowledgement,
    AlertHead,
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    BarHead,
    Body,
    DefinitionRecord,
    Instrument,
    Level,
    LevelColumns,
    LogRecord,
    Notification,
    Notified,
    NumbersSpan,
    PlainTick,
    PriceFrame,
    RecordError,
    Rejected,
    Silence,
    SnapshotHead,
    TickFrame,
)
from engine.records.bounds import LAST_TIME, FreeMapping
from engine.types import SECOND
from streams.kept_bytes import encode_mapping

if TYPE_CHECKING:
    from engine.records.packed_ticks import PackedTicks

VERSION = 1
"""Of every record type. It changes when a reader of the old form would misread the new one."""

AHEAD = 5 * SECOND
"""A time this far beyond the append is a broken clock: it would hold back all that come after. Of a
connector's frames, also beyond the time that the log itself had reached (`streams.runner`)."""

LONGEST = 16 << 20
"""Bytes of a value. The longest of ours are frames of all prices of an instant: 1 MB at 10,000."""

COLUMNS_FROM: dict[type[Any], int] = {TickFrame: 4, PriceFrame: 20}
"""Rows from which on frames are written as columns. Of fewer JSON costs no more, and is readable as
it stands."""
COLUMNS = "columns"
"""What the header `encoding` says of such a value; there is none where it is JSON."""
_COLUMNAR = (b"TGT1", b"TGP1")

TYPE_OF: dict[type[Any], str] = {
    TickFrame: "ticks",
    BackfillFrame: "backfill",
    AssetFrame: "assets",
    DefinitionRecord: "definition",
    AssetRecord: "asset",
    PriceFrame: "prices",
}
"""The record type of each frame of the engine. All other types are plain mappings."""

HEADS: dict[str, type[Body]] = {
    "level": Level,
    "levels": LevelColumns,
    "snapshot": SnapshotHead,
    "day_snapshot": SnapshotHead,
    "alert": AlertHead,
    "bar": BarHead,
    "hour_bar": BarHead,
    "minute_bar": BarHead,
    "rejected": Rejected,
    "version": NumbersSpan,
    "notification": Notification,
    "notified": Notified,
    "silence": Silence,
    "acknowledgement": Acknowledgement,
    "log": LogRecord,
}
"""Of plain mappings: what must stand in them."""

Read = Callable[[str, bytes, int], Any]
"""Makes the body of a record's type, value and time."""


class CodecError(ValueError):
    """A record that cannot be read. The text is the reason, fit for a person."""


class WireAssets(AssetFrame, frozen=True):
    """As it stands in a record."""

    market_cap: list[float | None] | None  # type: ignore[assignment]
    supply: list[float | None] | None  # type: ignore[assignment]


class WirePrices(PriceFrame, frozen=True):
    """As it stands in a record."""

    market_cap: list[float | None] | None  # type: ignore[assignment]
    supply: list[float | None] | None  # type: ignore[assignment]


_read_ticks = msgspec.json.Decoder(TickFrame).decode
_read_backfill = msgspec.json.Decoder(BackfillFrame).decode
_read_assets = msgspec.json.Decoder(WireAssets).decode
_read_prices = msgspec.json.Decoder(WirePrices).decode
_read_definition = msgspec.json.Decoder(DefinitionRecord).decode
_read_asset = msgspec.json.Decoder(AssetRecord).decode
_read_tick = msgspec.json.Decoder(PlainTick).decode
_read_mapping = msgspec.json.Decoder(FreeMapping).decode


def encode(body: Any) -> tuple[str | None, bytes]:
    """A frame of the engine as (record type, value); the type of a plain mapping is None."""
    kind = type(body)
    if kind in COLUMNS_FROM and len(body.price) >= COLUMNS_FROM[kind]:
        from streams import columns  # compiled code, which short commands do without

        try:
            if kind is TickFrame:
                return "ticks", columns.encode_ticks(body)
            return "prices", columns.encode_prices(body)
        except struct.error:  # a number that no reader will take
            pass
    return encode_json(body)


def encode_json(body: Any) -> tuple[str | None, bytes]:
    """The same, as JSON in any case."""
    record_type = TYPE_OF.get(type(body))
    if record_type is None:
        return None, encode_mapping(body)
    mapping = msgspec.structs.asdict(body)
    if record_type in ("assets", "prices"):
        for column in ("market_cap", "supply"):
            values = mapping[column]
            # Counting finds the one NaN that most columns are made of, without a look at its value.
            if values.count(nan) == len(values) or all(value != value for value in values):
                mapping[column] = None
    for name in ("clock", "by"):  # nothing is said, as nearly always
        if mapping.get(name) == "":
            del mapping[name]
    if mapping.get("keep") is False:
        del mapping["keep"]
    # Named tuples are no JSON for orjson: it would call the default for each of them.
    if record_type == "ticks":
        mapping["instruments"] = [list(i) for i in body.instruments]
        mapping["gaps"] = [[list(g.instrument), *g[1:]] for g in body.gaps]
        if not body.off_book:
            del mapping["off_book"]
    elif record_type == "prices":
        mapping["gaps"] = [list(span) for span in body.gaps]
        mapping["filled"] = [list(span) for span in body.filled]
        mapping["trust"] = [list(trust) for trust in body.trust]
    elif record_type == "backfill":
        mapping["instrument"] = list(body.instrument)
    return record_type, orjson.dumps(mapping)


def decode(record_type: str, v: int, value: bytes, time: int) -> Any:
    """The body of a record: a frame of the engine, or the mapping of any other type.

    `time` is when the record was appended (ns). A record without a type, or of type `tick`, is one
    plain tick and becomes a frame of one. Raises CodecError.
    """
    body = decode_for_stage(record_type, v, value, time)
    if is_columnar(value):
        from engine.records.packed_prices import as_lists

        return body.unpack() if record_type == "ticks" else as_lists(body)
    return body


def decode_for_stage(record_type: str, v: int, value: bytes, time: int) -> Any:
    """The same, but that a frame in columnar form is as the Pricer and the shards want it:
    `engine.records.packed_ticks.PackedTicks`, or a price frame whose columns are arrays."""
    if v != VERSION and record_type:
        raise CodecError(f"version {v} of {record_type!r} is not known here (only {VERSION})")
    if len(value) > LONGEST:
        raise CodecError(f"the value has {len(value)} bytes; at most {LONGEST} are read")
    read: Read = _READ.get(record_type, _mapping)
    try:
        return read(record_type, value, time)
    except RecursionError:  # in a field that nobody reads; the others say themselves what they hold
        raise CodecError("the value is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise CodecError(str(error)) from None


def is_columnar(value: bytes) -> bool:
    """Whether a value is in columnar form."""
    return value[:4] in _COLUMNAR


def as_json(record_type: str, v: int, value: bytes) -> bytes:
    """A value as JSON, which it is already but in columnar form; as it is where it is none."""
    if not is_columnar(value):
        return value
    try:
        return encode_json(decode(record_type, v, value, LAST_TIME))[1]
    except CodecError:
        return value


def says(record_type: str, value: bytes, other: bytes) -> bool:
    """Whether two values are the same, be it in two forms: earlier versions wrote JSON alone."""
    if value == other or is_columnar(value) == is_columnar(other):
        return value == other
    return as_json(record_type, VERSION, value) == as_json(record_type, VERSION, other)


def _not_ahead(now: int, time: int) -> None:
    if now > time + AHEAD:
        raise RecordError(
            f"now is {(now - time) / SECOND:.1f} s ahead of the time of the append; "
            f"at most {AHEAD // SECOND} s are accepted"
        )


def _ticks(_: str, value: bytes, time: int) -> TickFrame | PackedTicks:
    if value[:4] == _COLUMNAR[0]:
        from streams import columns

        packed = columns.decode_ticks(value)
        _not_ahead(packed.now, time)
        return packed
    frame = _read_ticks(value)
    frame.check()
    _not_ahead(frame.now, time)
    return frame


def _backfill(_: str, value: bytes, time: int) -> BackfillFrame:
    frame = _read_backfill(value)
    frame.check()
    _not_ahead(frame.now, time)
    return frame


def _tick(_: str, value: bytes, time: int) -> TickFrame:
    tick = _read_tick(value)
    received = time if tick.received is None else tick.received
    _not_ahead(received, time)
    # Whether ids step by one does not stand here; without it a gap in them means nothing.
    instrument = Instrument(tick.venue, tick.symbol, tick.base, tick.quote, tick.kind, False)
    return TickFrame(
        now=received,
        origin="live",
        instruments=[instrument],
        instrument=[0],
        price=[tick.price],
        size=[tick.size],
        side=[tick.side],
        id=[tick.id],
        ts=[tick.ts],
        received=[received],
        gaps=[],
        off_book=(0,) if tick.off_book else (),
    )


def _defined(column: list[float | None] | None, rows: int) -> list[float]:
    """NaN where nothing is told."""
    if column is None:
        return list(repeat(nan, rows))
    return [nan if value is None else value for value in column]


def _assets(_: str, value: bytes, time: int) -> AssetFrame:
    told = _read_assets(value)
    rows = len(told.asset)
    caps, supply = _defined(told.market_cap, rows), _defined(told.supply, rows)
    columns = (told.asset, told.at, told.price, caps, supply)
    frame = AssetFrame(told.now, told.origin, *columns, told.keep)
    frame.check()
    _not_ahead(frame.now, time)
    return frame


def _prices(_: str, value: bytes, __: int) -> PriceFrame:
    if value[:4] == _COLUMNAR[1]:
        from streams import columns

        return columns.decode_prices(value)
    told = _read_prices(value)
    rows = len(told.asset)
    frame = PriceFrame(
        told.now,
        told.origin,
        told.asset,
        told.at,
        told.price,
        _defined(told.market_cap, rows),
        _defined(told.supply, rows),
        told.sources,
        told.gaps,
        told.filled,
        told.trust,
        told.clock,
        told.keep,
    )
    frame.check()
    return frame


def _definition(_: str, value: bytes, __: int) -> DefinitionRecord:
    record = _read_definition(value)
    if record.definition is not None:
        parse_canonical(record.index, record.definition)
    return record


def _asset(_: str, value: bytes, __: int) -> AssetRecord:
    record = _read_asset(value)
    parse_asset(record.asset, record.definition)
    return record


def _mapping(record_type: str, value: bytes, _: int) -> dict[str, Any]:
    body: dict[str, Any] = _read_mapping(value)
    head = HEADS.get(record_type)
    if head is not None:
        msgspec.convert(body, head)
    return body


_READ: dict[str, Read] = {
    "ticks": _ticks,
    "backfill": _backfill,
    "prices": _prices,
    "assets": _assets,
    "definition": _definition,
    "asset": _asset,
    "tick": _tick,
    "": _tick,
}
