"""Record values: JSON to and from the types of the engine.

`encode(type, body)` and `decode(type, v, value, time)` are inverse. Encoding is deterministic: the
same body gives the same bytes. Decoding checks everything that a stage takes for granted, because
anybody may write to a topic; what does not pass raises `CodecError` with the reason.

A column that may be undefined (`market_cap`, `supply`) is null where the engine has NaN, and null
as a whole where no row has a value.
"""

from __future__ import annotations

import math
from itertools import repeat
from math import nan
from typing import Annotated, Any, Literal

import msgspec
import orjson

from engine.index.coin_events import parse_asset
from engine.index.definition import INDEX_ID, DefinitionError, parse_index
from engine.types import (
    SECOND,
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    DefinitionRecord,
    FilledSpan,
    Gap,
    GapSpan,
    Instrument,
    Kind,
    Origin,
    PriceFrame,
    Side,
    Sources,
    TickFrame,
    Trust,
)
from streams.kept_bytes import encode_mapping

VERSION = 1
"""Of every record type. It changes when a reader of the old form would misread the new one."""

AHEAD = 5 * SECOND
"""A time this far beyond the append is a broken clock: it would hold back all that come after. Of a
connector's frames, also beyond the time that the log itself had reached (`streams.runner`)."""

TYPE_OF = {
    TickFrame: "ticks",
    BackfillFrame: "backfill",
    AssetFrame: "assets",
    DefinitionRecord: "definition",
    AssetRecord: "asset",
    PriceFrame: "prices",
}
"""The record type of each frame of the engine. All other types are plain mappings."""

_END_OF_TIME = 2**63  # int64 nanoseconds


class CodecError(ValueError):
    """A record that cannot be read. The text is the reason, fit for a person."""


Time = Annotated[int, msgspec.Meta(ge=0, le=_END_OF_TIME - 1)]
Clock = Literal["", "stepped"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _TickFrame(msgspec.Struct):
    now: Time
    origin: Origin
    instruments: list[Instrument]
    instrument: list[int]
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[str | None]
    ts: list[int]
    received: list[int]
    gaps: list[Gap]
    connector: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Absent from records of before there was one."""
    off_book: tuple[int, ...] = ()
    """Absent where there are none, and from records of before there was one."""
    clock: Clock = ""
    """Absent where the clock is right."""


class _BackfillFrame(msgspec.Struct):
    now: Time
    origin: Origin
    instrument: Instrument
    last_id: str | None
    next_id: str | None
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[str]
    ts: list[Time]
    complete: bool


class _AssetFrame(msgspec.Struct):
    now: Time
    origin: Origin
    asset: list[Text]
    at: list[int]
    price: list[float]
    market_cap: list[float | None] | None
    supply: list[float | None] | None


class _PriceFrame(_AssetFrame):
    sources: dict[str, Sources]
    gaps: list[GapSpan]
    filled: tuple[FilledSpan, ...] = ()
    """Absent from records of before there were any, as `trust` is."""
    trust: tuple[Trust, ...] = ()
    clock: Clock = ""


class _Definition(msgspec.Struct):
    now: Time
    origin: Origin
    index: str
    definition: dict[str, Any] | None


class _Asset(msgspec.Struct):
    now: Time
    origin: Origin
    asset: str
    definition: dict[str, Any]


class _PlainTick(msgspec.Struct):
    """One tick as `decode` prints it, put into `ticks` by somebody else's program."""

    venue: Text
    symbol: Text
    base: Text
    quote: Text
    kind: Kind
    price: float
    size: float
    side: Side | None
    id: str | None
    ts: Time
    received: Time | None = None
    off_book: bool = False


_read_ticks = msgspec.json.Decoder(_TickFrame).decode
_read_backfill = msgspec.json.Decoder(_BackfillFrame).decode
_read_assets = msgspec.json.Decoder(_AssetFrame).decode
_read_prices = msgspec.json.Decoder(_PriceFrame).decode
_read_definition = msgspec.json.Decoder(_Definition).decode
_read_asset = msgspec.json.Decoder(_Asset).decode
_read_tick = msgspec.json.Decoder(_PlainTick).decode


def encode(body: Any) -> tuple[str | None, bytes]:
    """A frame of the engine as (record type, value); the type of a plain mapping is None."""
    record_type = TYPE_OF.get(type(body))
    if record_type is None:
        return None, encode_mapping(body)
    mapping = body._asdict()
    if record_type in ("assets", "prices"):
        for column in ("market_cap", "supply"):
            values = mapping[column]
            if all(value != value for value in values):
                mapping[column] = None
    if mapping.get("clock") == "":  # as it is nearly always: nothing is said
        del mapping["clock"]
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
    if v != VERSION and record_type:
        raise CodecError(f"version {v} of {record_type!r} is not known here (only {VERSION})")
    try:
        match record_type:
            case "ticks":
                return _ticks(_read_ticks(value), time)
            case "backfill":
                return _backfill(_read_backfill(value), time)
            case "prices":
                return _prices(_read_prices(value))
            case "assets":
                return _assets(_read_assets(value), time)
            case "definition":
                return _definition(_read_definition(value))
            case "asset":
                return _asset(_read_asset(value))
            case "" | "tick":
                return _frame_of_one(_read_tick(value), time)
            case _:
                return _mapping(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CodecError(str(error)) from None


def _columns(frame: msgspec.Struct, names: tuple[str, ...], rows: int) -> None:
    for name in names:
        column = getattr(frame, name)
        if column is not None and len(column) != rows:
            raise CodecError(f"column {name} has {len(column)} rows, the first column {rows}")


def _instants(name: str, times: list[int], now: int) -> None:
    # Sorting what is sorted is the fastest way to see in Python that it was.
    if times != sorted(times):
        raise CodecError(f"{name} decreases")
    if times and not 0 <= times[0] <= times[-1] <= now:
        raise CodecError(f"{name} is negative or after the frame's now")


def _not_ahead(now: int, time: int) -> None:
    if now > time + AHEAD:
        raise CodecError(
            f"now is {(now - time) / SECOND:.1f} s ahead of the time of the append; "
            f"at most {AHEAD // SECOND} s are accepted"
        )


def _ticks(frame: _TickFrame, time: int) -> TickFrame:
    rows = len(frame.instrument)
    _columns(frame, ("price", "size", "side", "id", "ts", "received"), rows)
    if rows:
        if min(frame.instrument) < 0 or max(frame.instrument) >= len(frame.instruments):
            raise CodecError("instrument points outside of instruments")
        if min(frame.ts) < 0 or max(frame.ts) >= _END_OF_TIME:
            raise CodecError("ts is out of range")
    _off_book(frame.off_book, rows)
    _instants("received", frame.received, frame.now)
    for instrument in frame.instruments:
        _instrument(instrument)
    for gap in frame.gaps:
        _instrument(gap.instrument)
    _not_ahead(frame.now, time)
    return TickFrame(
        frame.now,
        frame.origin,
        frame.instruments,
        frame.instrument,
        frame.price,
        frame.size,
        frame.side,
        frame.id,
        frame.ts,
        frame.received,
        frame.gaps,
        frame.connector,
        frame.off_book,
        frame.clock,
    )


def _off_book(off_book: tuple[int, ...], rows: int) -> None:
    last = -1
    for row in off_book:
        if not last < row < rows:
            raise CodecError("off_book has rows that do not rise, or that are not in the frame")
        last = row


def _backfill(frame: _BackfillFrame, time: int) -> BackfillFrame:
    _columns(frame, ("size", "side", "id", "ts"), len(frame.price))
    _instrument(frame.instrument)
    _not_ahead(frame.now, time)
    return BackfillFrame(
        frame.now,
        frame.origin,
        frame.instrument,
        frame.last_id,
        frame.next_id,
        frame.price,
        frame.size,
        frame.side,
        frame.id,
        frame.ts,
        frame.complete,
    )


def _instrument(instrument: Instrument) -> None:
    if not (instrument.venue and instrument.symbol and instrument.base and instrument.quote):
        raise CodecError("an instrument needs venue, symbol, base and quote")


def _frame_of_one(tick: _PlainTick, time: int) -> TickFrame:
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


def _undefined(column: list[float | None] | None, rows: int) -> list[float]:
    if column is None:
        return list(repeat(nan, rows))
    return [nan if value is None else value for value in column]


def _asset_columns(frame: _AssetFrame) -> None:
    _columns(frame, ("at", "price", "market_cap", "supply"), len(frame.asset))
    _instants("at", frame.at, frame.now)


def _assets(frame: _AssetFrame, time: int) -> AssetFrame:
    _asset_columns(frame)
    _not_ahead(frame.now, time)
    rows = len(frame.asset)
    caps, supply = _undefined(frame.market_cap, rows), _undefined(frame.supply, rows)
    return AssetFrame(frame.now, frame.origin, frame.asset, frame.at, frame.price, caps, supply)


def _prices(frame: _PriceFrame) -> PriceFrame:
    _asset_columns(frame)
    rows = len(frame.asset)
    if rows and min(frame.price) <= 0.0:
        raise CodecError("a price is not above zero")
    for span in frame.gaps:
        if not 0 <= span.start <= span.end < _END_OF_TIME:
            raise CodecError("a gap ends before it starts or is out of range")
    for filled in frame.filled:
        _filled(filled)
    _instants("trust", [trust.at for trust in frame.trust], frame.now)
    if any(not 0.0 <= trust.heaviest < math.inf for trust in frame.trust):
        raise CodecError("the price of a heaviest cluster is not finite or below zero")
    return PriceFrame(
        frame.now,
        frame.origin,
        frame.asset,
        frame.at,
        frame.price,
        _undefined(frame.market_cap, rows),
        _undefined(frame.supply, rows),
        frame.sources,
        frame.gaps,
        frame.filled,
        frame.trust,
        clock=frame.clock,
    )


def _filled(span: FilledSpan) -> None:
    if not 0 <= span.start <= span.end < _END_OF_TIME:
        raise CodecError("a filled gap ends before it starts or is out of range")
    if span.trades < 0 or (span.low is None) != (span.high is None):
        raise CodecError("a filled gap has less than no trades, or only one of low and high")
    if span.low is not None and span.high is not None and not 0.0 < span.low <= span.high:
        raise CodecError("the prices of a filled gap are not above zero or out of order")


def _definition(record: _Definition) -> DefinitionRecord:
    if not INDEX_ID.fullmatch(record.index):
        raise CodecError(f"{record.index!r} is no index id")
    if record.definition is not None:
        try:
            parse_index(record.index, record.definition)
        except DefinitionError as error:
            raise CodecError(str(error)) from None
    return DefinitionRecord(record.now, record.origin, record.index, record.definition)


def _asset(record: _Asset) -> AssetRecord:
    try:
        parse_asset(record.asset, record.definition)
    except DefinitionError as error:
        raise CodecError(str(error)) from None
    return AssetRecord(record.now, record.origin, record.asset, record.definition)


def _mapping(value: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise CodecError(str(error)) from None
    if not isinstance(body, dict):
        raise CodecError(f"expected a JSON object, got {type(body).__name__}")
    return body
