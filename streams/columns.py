"""The columnar form of `ticks` and `prices`: what JSON says, for machines to read at once.

    4 bytes   "TGT1" (ticks) or "TGP1" (prices)
    4         rows
    8         `now`, ns
    4, 4      lengths of the two parts of the head
    ...       the head, then zeros up to a multiple of 8
    ...       columns (`engine.records.packed_ticks`, `engine.records.packed_prices`)

Integers are little-endian. The first part of the head is JSON of what is told once for the frame.
The second part is a line of JSON for each instrument, or of each asset's name.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final, TypeVar

import msgspec
import orjson

from engine.records import Instrument, PriceFrame, RecordError, TickFrame
from engine.records.bounds import LAST_TIME, Clock, Origin, Text, Word
from engine.records.packed_prices import WIDTH, pack_prices, unpack_prices
from engine.records.packed_ticks import COLUMNS, PackedTicks, packed
from engine.records.prices import FilledSpan, GapSpan, Sources, Trust
from engine.records.ticks import Gap

T = TypeVar("T")

TICKS, PRICES = b"TGT1", b"TGP1"
"""How a value begins. No JSON does."""
_START = Struct("<4sIqII")
_KEPT: Final = 1000
"""Heads and lists of names that are kept as read: those of a writer's frames are nearly always the
same."""
_KEPT_BYTES: Final = 4096
"""Longer lists of names are not kept: they are few, and hardly come again."""


class _TickHead(msgspec.Struct):
    """Of `ticks`; what is usual is left out."""

    origin: Origin
    connector: Word = ""
    clock: Clock = ""
    gaps: list[Gap] = []
    names: list[Word] = []


class _PriceHead(msgspec.Struct):
    """Of `prices`; `known`: there are market caps and supplies."""

    origin: Origin
    sources: dict[str, Sources] = {}
    gaps: list[GapSpan] = []
    filled: tuple[FilledSpan, ...] = ()
    trust: tuple[Trust, ...] = ()
    clock: Clock = ""
    keep: bool = False
    known: bool = False


_read_tick_head = msgspec.json.Decoder(_TickHead).decode
_read_price_head = msgspec.json.Decoder(_PriceHead).decode
_read_instrument = msgspec.json.Decoder(Instrument).decode
_read_name = msgspec.json.Decoder(Text).decode


def encode_ticks(frame: TickFrame) -> bytes:
    """A frame in columnar form."""
    block, names = packed(frame)
    head: dict[str, object] = {"origin": frame.origin}
    if frame.connector:
        head["connector"] = frame.connector
    if frame.clock:
        head["clock"] = frame.clock
    if frame.gaps:
        head["gaps"] = [[list(gap.instrument), *gap[1:]] for gap in frame.gaps]
    if names:
        head["names"] = names
    told = b"\n".join(map(_written, frame.instruments))
    return _joined(TICKS, len(frame.id), frame.now, orjson.dumps(head), told, block)


def decode_ticks(value: bytes) -> PackedTicks:
    """The frame that `encode_ticks` was given; its bounds are checked. Raises RecordError and what
    msgspec raises."""
    rows, now, told, lines, offset = _split(value)
    head = _tick_heads.get(told) or _keep_tick_head(told)
    instruments = _kept_instruments(lines) if len(lines) <= _KEPT_BYTES else _instruments(lines)
    if len(value) - offset != 8 * COLUMNS * rows:
        raise RecordError(f"{len(value)} bytes are not those of {rows} rows")
    frame = PackedTicks(
        *(now, head.origin, instruments, head.gaps, head.connector, head.clock),
        *(rows, value, offset, head.names),
    )
    frame.check()
    return frame


def encode_prices(frame: PriceFrame) -> bytes:
    """A frame of lists in columnar form."""
    block, names, is_known = pack_prices(frame)
    head: dict[str, object] = {"origin": frame.origin}
    if frame.sources:
        head["sources"] = frame.sources
    for name, spans in (("gaps", frame.gaps), ("filled", frame.filled), ("trust", frame.trust)):
        if spans:
            head[name] = [list(span) for span in spans]
    if frame.clock:
        head["clock"] = frame.clock
    if frame.keep:
        head["keep"] = True
    if is_known:
        head["known"] = True
    told = b"\n".join(map(orjson.dumps, names))
    return _joined(PRICES, len(frame.asset), frame.now, orjson.dumps(head), told, block)


def decode_prices(value: bytes) -> PriceFrame:
    """The frame that `encode_prices` was given, its columns as arrays and its bounds checked.
    Raises RecordError and what msgspec raises."""
    rows, now, told, lines, offset = _split(value)
    head = _price_heads.get(told) or _keep_price_head(told)
    names = _kept_names(lines) if len(lines) <= _KEPT_BYTES else _names(lines)
    if len(value) - offset != (WIDTH + 16 * head.known) * rows:
        raise RecordError(f"{len(value)} bytes are not those of {rows} rows")
    spans = head.gaps, head.filled, head.trust
    told_once = head.sources, *spans, head.clock, head.keep
    frame = PriceFrame(now, head.origin, [], [], [], [], [], *told_once)
    frame.check()
    return unpack_prices(frame, rows, value, offset, names, head.known)


def _joined(kind: bytes, rows: int, now: int, head: bytes, told: bytes, block: bytes) -> bytes:
    start = _START.pack(kind, rows, now, len(head), len(told))
    return b"".join((start, head, told, bytes(-(len(head) + len(told)) % 8), block))


def _split(value: bytes) -> tuple[int, int, bytes, bytes, int]:
    """Rows, `now`, both parts of the head, and where the columns begin."""
    if len(value) < _START.size:
        raise RecordError(f"{len(value)} bytes are no frame")
    _, rows, now, first, second = _START.unpack_from(value)
    middle = _START.size + first
    end = middle + second
    if end > len(value):
        raise RecordError("the head is longer than the value")
    if not 0 <= now <= LAST_TIME:
        raise RecordError("now is not a time before the year 2200")
    return rows, now, value[_START.size : middle], value[middle:end], end + -end % 8


def _instruments(lines: bytes) -> tuple[Instrument, ...]:
    return tuple(map(_instrument, lines.split(b"\n"))) if lines else ()


def _names(lines: bytes) -> tuple[str, ...]:
    return tuple(map(_read_name, lines.split(b"\n"))) if lines else ()


def _keep_tick_head(told: bytes) -> _TickHead:
    head = _read_tick_head(told)
    if not (head.gaps or head.names):  # those do not come again
        _make_room(_tick_heads)[told] = head
    return head


def _keep_price_head(told: bytes) -> _PriceHead:
    head = _read_price_head(told)
    if not (head.sources or head.gaps or head.filled or head.trust):
        _make_room(_price_heads)[told] = head
    return head


def _make_room(heads: dict[bytes, T]) -> dict[bytes, T]:
    if len(heads) >= _KEPT:
        heads.clear()
    return heads


_tick_heads: dict[bytes, _TickHead] = {}
_price_heads: dict[bytes, _PriceHead] = {}
_written = lru_cache(10 * _KEPT)(lambda instrument: orjson.dumps(list(instrument)))
_instrument = lru_cache(10 * _KEPT)(_read_instrument)
# One object for all that are alike, so that whoever compares them sees it at once.
_kept_instruments = lru_cache(_KEPT)(_instruments)
_kept_names = lru_cache(_KEPT)(_names)
