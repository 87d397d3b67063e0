"""The columnar form of `ticks` and `prices` says what JSON says, and lets nothing unsound in."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_codecs import LATER, asset_columns, filled_spans, same, sources, spans, text, tick_frames

from engine.index.price_columns import PriceColumns
from engine.records import Instrument, PriceFrame, TickFrame, Trust
from engine.records.packed_ticks import COLUMNS, PackedTicks
from streams.codecs import (
    CodecError,
    as_json,
    decode,
    decode_for_stage,
    encode,
    encode_json,
    is_columnar,
)
from streams.columns import encode_prices, encode_ticks

A = Instrument("a", "BTCUSD", "BTC", "USD", "spot", True)
B = Instrument("b", "BTC/USD", "BTC", "USD", "spot", False)


def ticks(**other: Any) -> TickFrame:
    columns: dict[str, Any] = {
        "now": 50,
        "origin": "live",
        "instruments": [A, B],
        "instrument": [0, 1, 1, 0, 0],
        "price": [1.5, 2.5, 3.5, 4.5, 5.5],
        "size": [0.0, 1.0, 2.0, 3.0, 4.0],
        "side": ["buy", "sell", None, "buy", "sell"],
        "id": ["7", "007", None, "x\ny", "9223372036854775808"],
        "ts": [1, 2, 3, 4, 5],
        "received": [10, 20, 20, 40, 50],
        "gaps": [],
        "connector": "eu1",
        "off_book": (1, 4),
    }
    return TickFrame(**columns | other)


def prices(**other: Any) -> PriceFrame:
    columns: dict[str, Any] = {
        "now": 50,
        "origin": "live",
        "asset": ["BTC", "ETH", "BTC", "SOL"],
        "at": [10, 10, 30, 50],
        "price": [1.5, 2.5, 3.5, 4.5],
        "market_cap": [float("nan")] * 4,
        "supply": [float("nan")] * 4,
        "sources": {},
        "gaps": [],
    }
    return PriceFrame(**columns | other)


@settings(deadline=None)  # the first one compiles
@given(tick_frames())
def test_ticks_survive(frame: TickFrame) -> None:
    value = encode_ticks(frame)
    assert same(decode("ticks", 1, value, LATER), frame)
    assert same(decode("ticks", 1, as_json("ticks", 1, value), LATER), frame)
    packed = decode_for_stage("ticks", 1, value, LATER)
    assert same(packed.unpack(), PackedTicks.of(frame).unpack())


def test_any_rows_of_a_frame_are_those_of_the_whole() -> None:
    frame = ticks()
    packed = decode_for_stage("ticks", 1, encode(frame)[1], LATER)
    for begin in range(6):
        for end in range(begin, 6):
            told = packed.take(begin, end)
            for name in ("instrument", "price", "size", "id", "ts", "received"):
                assert getattr(told, name) == getattr(frame, name)[begin:end]
            assert told.off_book == {row for row in frame.off_book if begin <= row < end}


@settings(deadline=None)
@given(
    asset_columns(),
    st.dictionaries(text, sources, max_size=2),
    st.lists(spans, max_size=2),
    st.lists(filled_spans, max_size=2),
)
def test_prices_survive(columns: Any, told: Any, gaps: Any, filled: Any) -> None:
    frame = PriceFrame(**columns, sources=told, gaps=gaps, filled=tuple(filled))
    frame = frame._replace(trust=tuple(Trust("X", at, True, False, 1.0, []) for at in frame.at))
    value = encode_prices(frame)
    assert same(decode("prices", 1, value, LATER), frame)
    assert same(decode("prices", 1, as_json("prices", 1, value), LATER), frame)
    place = {name: row for row, name in enumerate(sorted({*frame.asset} - {*frame.asset[:1]}))}
    of_arrays = PriceColumns.of(decode_for_stage("prices", 1, value, LATER), place)
    assert same(of_arrays, PriceColumns.of(frame, place))


def test_frames_of_some_rows_are_written_as_columns() -> None:
    few = ticks(**{n: getattr(ticks(), n)[:3] for n in ("price", "size", "side", "id", "ts")})
    few = few._replace(instrument=[0, 1, 1], received=[10, 20, 20], off_book=())
    assert [is_columnar(encode(frame)[1]) for frame in (ticks(), few)] == [True, False]
    assert is_columnar(encode(prices())[1])
    assert same(decode("ticks", 1, encode(few)[1], LATER), few)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": [1.0, 2.0, float("nan"), 1.0, 1.0]}, "price and size must be finite"),
        ({"size": [1.0, 2.0, float("inf"), 1.0, 1.0]}, "price and size must be finite"),
        ({"ts": [1, 2, -3, 4, 5]}, "ts and received must not be negative"),
        ({"received": [10, 30, 20, 40, 50]}, "received decreases"),
        ({"now": 49}, "received is after the frame's now"),
        ({"instrument": [0, 1, 2, 0, 0]}, "instrument points outside of instruments"),
        ({"now": -1}, "now is not a time before the year 2200"),
        ({"origin": "elsewhere"}, "Invalid enum value 'elsewhere'"),
        ({"instruments": [A, B._replace(kind="swap")]}, "Invalid enum value 'swap'"),
        ({"instruments": [A, B._replace(venue="")]}, "Expected `str` of length >= 1"),
    ],
)
def test_ticks_out_of_bounds_are_refused(wrong: Any, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        decode_for_stage("ticks", 1, encode_ticks(ticks(**wrong)), LATER)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": [1.0, 0.0, 1.0, 1.0]}, "a price is not above zero"),
        ({"price": [1.0, float("inf"), 1.0, 1.0]}, "a price is not above zero, or not finite"),
        ({"price": [1.0, float("nan"), 1.0, 1.0]}, "a price is not above zero, or not finite"),
        ({"at": [10, 30, 20, 50]}, "at decreases"),
        ({"at": [-1, 30, 40, 50]}, "at is negative"),
        ({"now": 49}, "at is after the frame's now"),
        ({"supply": [1.0, float("inf"), 1.0, 1.0]}, "a market cap or a supply is infinite"),
        ({"asset": ["BTC", "", "BTC", "SOL"]}, "Expected `str` of length >= 1"),
        ({"trust": (Trust("X", 99, True, False, 1.0, []),)}, "trust is after the frame's now"),
    ],
)
def test_prices_out_of_bounds_are_refused(wrong: Any, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        decode_for_stage("prices", 1, encode_prices(prices(**wrong)), LATER)


def test_a_frame_ahead_of_its_append_is_refused() -> None:
    with pytest.raises(CodecError, match=r"now is 6\.0 s ahead"):
        decode("ticks", 1, encode_ticks(ticks(now=6_000_000_050)), 50)


def test_a_side_and_an_id_that_are_none_are_refused() -> None:
    value = bytearray(encode_ticks(ticks()))
    rows = len(value) - 8 * COLUMNS * 5
    for column, bad in ((4, -3), (5, 3)):
        odd = bytearray(value)
        struct.pack_into("<q", odd, rows + 8 * 5 * column, bad)
        with pytest.raises(CodecError, match="a side or an id is none"):
            decode_for_stage("ticks", 1, bytes(odd), LATER)
    struct.pack_into("<q", value, rows + 8 * 5 * 4, -1)
    with pytest.raises(CodecError, match="4 ids are texts, and there are 3 texts"):
        decode_for_stage("ticks", 1, bytes(value), LATER)


@pytest.mark.parametrize("kind", ["ticks", "prices"])
def test_whatever_the_bytes_are_it_is_a_frame_or_a_reason(kind: str) -> None:
    r = random.Random(3)
    whole = encode_ticks(ticks()) if kind == "ticks" else encode_prices(prices())
    read = 0
    for _ in range(4000):
        value = bytearray(whole)
        for _ in range(r.randint(1, 4)):
            value[r.randrange(4, len(value))] = r.randrange(256)
        value = value[: r.choice([len(value), r.randrange(4, len(value))])]
        try:
            body = decode(kind, 1, bytes(value), LATER)
        except CodecError:
            continue
        body.check()
        decode(kind, 1, encode_json(body)[1], LATER)
        read += 1
    assert read > 100


def test_as_json_leaves_what_is_no_frame_as_it_is() -> None:
    assert as_json("ticks", 1, b"TGT1nonsense") == b"TGT1nonsense"
    assert as_json("ticks", 1, b'{"a":1}') == b'{"a":1}'
