"""Every record type survives its encoding, and what is not sound is refused with a reason."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_fakes import BTC, START, asset_frame, tick_frame

from engine.index.definition import parse_index
from engine.records import (
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    DefinitionRecord,
    FilledSpan,
    Gap,
    GapSpan,
    Instrument,
    PriceFrame,
    Sources,
    Tick,
    TickFrame,
)
from streams.codecs import CodecError, decode, encode
from streams.shown import gap_json, tick_json

LATER = 2**62
text = st.text(min_size=1, max_size=12)
times = st.integers(0, 2**61)
numbers = st.floats(allow_nan=False, allow_infinity=False)
prices = st.floats(1e-12, 1e12)
origins = st.sampled_from(["live", "backfill", "replay"])
kinds = st.sampled_from(["spot", "perpetual", "future", "option"])
instruments = st.builds(Instrument, text, text, text, text, kinds, st.booleans())
gaps = st.builds(Gap, instruments, st.none() | text, st.none() | text, text)


@st.composite
def tick_frames(draw: Any) -> TickFrame:
    known = draw(st.lists(instruments, min_size=1, max_size=3))
    received = sorted(draw(st.lists(times, max_size=6)))
    n = len(received)

    def column(of: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(of, min_size=n, max_size=n))

    return TickFrame(
        now=(received[-1] if received else 0) + draw(st.integers(0, 100)),
        origin=draw(origins),
        instruments=known,
        instrument=column(st.integers(0, len(known) - 1)),
        price=column(numbers),
        size=column(numbers),
        side=column(st.sampled_from(["buy", "sell", None])),
        id=column(st.none() | text),
        ts=column(times),
        received=received,
        gaps=draw(st.lists(gaps, max_size=2)),
        off_book=tuple(row for row in range(n) if draw(st.booleans())),
    )


@st.composite
def asset_columns(draw: Any) -> dict[str, Any]:
    at = sorted(draw(st.lists(times, max_size=6)))
    n = len(at)

    def column(of: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(of, min_size=n, max_size=n))

    undefined = st.just(math.nan) | prices
    return {
        "now": (at[-1] if at else 0) + draw(st.integers(0, 100)),
        "origin": draw(origins),
        "asset": column(text),
        "at": at,
        "price": column(prices),
        "market_cap": column(undefined),
        "supply": column(undefined),
    }


sources = st.builds(
    Sources, st.lists(text, max_size=2), st.dictionaries(text, text, max_size=2), st.lists(text)
)
spans = st.builds(
    lambda a, v, s, start, length, why: GapSpan(a, v, s, start, start + length, why),
    *(text, text, text, times, times, text),
)


amounts = st.none() | st.tuples(prices, prices).map(sorted)
filled_spans = st.builds(
    lambda a, v, s, start, length, n, range_: FilledSpan(
        a, v, s, start, start + length, n, *(range_ or (None, None))
    ),
    *(text, text, text, times, times, st.integers(0, 9), amounts),
)


@st.composite
def backfill_frames(draw: Any) -> BackfillFrame:
    n = draw(st.integers(0, 6))
    of = (numbers, numbers, st.sampled_from(["buy", "sell", None]), text, times)
    columns = [draw(st.lists(column, min_size=n, max_size=n)) for column in of]
    ids = draw(st.none() | text), draw(st.none() | text)
    begin = (draw(times), draw(origins), draw(instruments), *ids)
    return BackfillFrame(*begin, *columns, draw(st.booleans()))


def same(a: Any, b: Any) -> bool:
    """Equality in which NaN equals NaN; repr is exact for floats."""
    return repr(a) == repr(b)


@settings(deadline=None)  # the first one compiles
@given(tick_frames())
def test_tick_frames_survive(frame: TickFrame) -> None:
    record_type, value = encode(frame)
    assert record_type == "ticks"
    assert same(decode("ticks", 1, value, LATER), frame)
    assert encode(decode("ticks", 1, value, LATER)) == (record_type, value)


@given(backfill_frames())
def test_backfill_frames_survive(frame: BackfillFrame) -> None:
    record_type, value = encode(frame)
    assert record_type == "backfill"
    assert same(decode("backfill", 1, value, LATER), frame)
    assert encode(decode("backfill", 1, value, LATER)) == (record_type, value)


@given(asset_columns())
def test_asset_frames_survive(columns: dict[str, Any]) -> None:
    frame = AssetFrame(**columns)
    assert same(decode("assets", 1, encode(frame)[1], LATER), frame)


@settings(deadline=None)
@given(
    asset_columns(),
    st.dictionaries(text, sources, max_size=2),
    st.lists(spans, max_size=2),
    st.lists(filled_spans, max_size=2),
)
def test_price_frames_survive(columns: Any, told: Any, gaps: Any, filled: Any) -> None:
    frame = PriceFrame(**columns, sources=told, gaps=gaps, filled=tuple(filled))
    assert same(decode("prices", 1, encode(frame)[1], LATER), frame)


def test_a_price_frame_from_before_gaps_were_filled_can_be_read() -> None:
    frame = PriceFrame(START, "live", ["BTC"], [START], [2.0], [1.0], [1.0], {}, [])
    old = orjson.loads(encode(frame)[1])
    assert old.pop("filled") == []
    assert decode("prices", 1, orjson.dumps(old), START) == frame


def test_a_clock_that_is_right_is_not_told_and_no_other_word_of_it_is_known() -> None:
    right = PriceFrame(START, "live", [], [], [], [], [], {}, [])
    stepped = right._replace(clock="stepped")
    assert b"clock" not in encode(right)[1]
    assert decode("prices", 1, encode(stepped)[1], START) == stepped
    with pytest.raises(CodecError, match="Invalid enum value"):
        decode("prices", 1, encode(right._replace(clock="wrong"))[1], START)


def test_definitions_survive() -> None:
    definition = parse_index("TOP2", {"weights": {"BTC": 2, "ETH": 1}, "base_level": 100})
    for mapping in (definition.to_mapping(), None):
        record = DefinitionRecord(START, "live", "TOP2", mapping)
        assert decode("definition", 1, encode(record)[1], LATER) == record


def test_coins_survive_and_wrong_ones_are_refused() -> None:
    mapping = {"event": [{"at": START, "becomes": "POL", "ratio": 2.0}], "exclude": ["a:B/USD"]}
    record = AssetRecord(START, "live", "MATIC", mapping)
    kind, value = encode(record)
    assert decode(kind or "", 1, value, LATER) == record
    with pytest.raises(CodecError, match=r"event\[0\].ratio"):
        decode("asset", 1, value.replace(b"2.0", b"-2.0"), LATER)


def test_a_column_without_any_value_is_null() -> None:
    frame = asset_frame(1)
    assert orjson.loads(encode(frame)[1])["supply"] is None
    assert orjson.loads(encode(frame)[1])["market_cap"] == [None, 2.0]


PLAIN = {
    "venue": "mine", "symbol": "BTC-EUR", "base": "BTC", "quote": "EUR", "kind": "spot",
    "price": 61837, "size": 0.5, "side": None, "id": None, "ts": START,
}  # fmt: skip


@pytest.mark.parametrize("record_type", ["tick", ""])
def test_a_plain_tick_is_a_frame_of_one(record_type: str) -> None:
    frame = decode(record_type, 1, orjson.dumps(PLAIN), START + 7)
    assert frame.instruments == [Instrument("mine", "BTC-EUR", "BTC", "EUR", "spot", False)]
    assert (frame.price, frame.size, frame.ts) == ([61837.0], [0.5], [START])
    assert (frame.received, frame.now, frame.origin) == ([START + 7], START + 7, "live")
    told = decode(record_type, 1, orjson.dumps(PLAIN | {"received": START + 3}), START + 7)
    assert (told.received, told.now) == ([START + 3], START + 3)


def broken(**changes: Any) -> bytes:
    frame = TickFrame(
        START, "live", [BTC], [0, 0], [1.0, 2.0], [1.0, 1.0], ["buy", None], ["1", "2"],
        [START, START], [START - 1, START], [],
    )  # fmt: skip
    return orjson.dumps(orjson.loads(encode(frame)[1]) | changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": [1.0]}, "column price has 1 rows"),
        ({"price": [1.0, None]}, "price"),
        ({"price": [1.0, "2"]}, "price"),
        ({"side": ["buy", "up"]}, "side"),
        ({"instrument": [0, 1]}, "outside"),
        ({"instrument": [-1, 0]}, r">= 0 - at `\$.instrument\[0\]`"),
        ({"received": [START, START - 1]}, "received decreases"),
        ({"received": [START, START + 1]}, "after the frame's now"),
        ({"received": [-1, START]}, r">= 0 - at `\$.received"),
        ({"ts": [-1, 5]}, r">= 0 - at `\$.ts"),
        ({"ts": [1, 2**63]}, r"at `\$.ts\[1\]`"),
        ({"origin": "dream"}, "origin"),
        ({"now": None}, "now"),
        ({"instruments": [["binance", "B", "BTC", "USDT", "stock", True]]}, "instruments"),
        (
            {"instruments": [["binance", "B", "", "USDT", "spot", True]]},
            r"length >= 1 - at `\$.instruments\[0\]\[2\]`",
        ),
        ({"gaps": [["a", 1]]}, "gaps"),
        ({"off_book": [2]}, "off_book has rows"),
        ({"off_book": [-1]}, r">= 0 - at `\$.off_book"),
        ({"off_book": [1, 0]}, "off_book has rows"),
        ({"off_book": [1, 1]}, "off_book has rows"),
        ({"off_book": [0.5]}, "off_book"),
        ({"off_book": None}, "off_book"),
        ({"now": START + 6_000_000_001}, "6.0 s ahead"),
    ],
)
def test_unsound_frames_are_refused(changes: dict[str, Any], reason: str) -> None:
    assert decode("ticks", 1, broken(), START).price == [1.0, 2.0]
    with pytest.raises(CodecError, match=reason):
        decode("ticks", 1, broken(**changes), START)


def broken_backfill(**changes: Any) -> bytes:
    columns = [1.0, 2.0], [1.0, 1.0], ["buy", None], ["6", "7"], [START, START - 1]
    frame = BackfillFrame(START, "live", BTC, "5", "8", *columns, True)
    return orjson.dumps(orjson.loads(encode(frame)[1]) | changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"size": [1.0]}, "column size has 1 rows, the first column 2"),
        ({"id": ["6"]}, "column id has 1 rows"),
        ({"ts": [START] * 3}, "column ts has 3 rows"),
        ({"side": ["buy"]}, "column side has 1 rows"),
        ({"side": ["buy", "up"]}, "side"),
        ({"id": ["6", None]}, "id"),
        ({"id": ["6", 7]}, "id"),
        ({"price": [1.0, None]}, "price"),
        ({"size": [1.0, "2"]}, "size"),
        ({"ts": [-1, 5]}, "ts"),
        ({"ts": [1, 2**63]}, "ts"),
        ({"last_id": 5}, "last_id"),
        ({"complete": None}, "complete"),
        ({"origin": "dream"}, "origin"),
        ({"instrument": ["binance", "B", "BTC", "USDT", "stock", True]}, "instrument"),
        (
            {"instrument": ["binance", "", "BTC", "USDT", "spot", True]},
            r"length >= 1 - at `\$.instrument\[1\]`",
        ),
        ({"now": START + 6_000_000_001}, "6.0 s ahead"),
    ],
)
def test_unsound_backfills_are_refused(changes: dict[str, Any], reason: str) -> None:
    assert decode("backfill", 1, broken_backfill(), START).id == ["6", "7"]
    with pytest.raises(CodecError, match=reason):
        decode("backfill", 1, broken_backfill(**changes), START)


@pytest.mark.parametrize("value", [b"1e999", b"NaN", b"Infinity"])
def test_a_backfilled_price_is_finite(value: bytes) -> None:
    with pytest.raises(CodecError):
        decode("backfill", 1, broken_backfill().replace(b"2.0", value), START)


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (("BTC", "a", "s", 5, 4, 1, 1.0, 2.0), "before it starts"),
        (("BTC", "a", "s", 4, 5, -1, 1.0, 2.0), ">= 0"),
        (("BTC", "a", "s", 4, 5, 1, None, 2.0), "only one"),
        (("BTC", "a", "s", 4, 5, 1, 2.0, 1.0), "out of order"),
        (("BTC", "a", "s", 4, 5, 1, 0.0, 1.0), r"> 0\.0"),
    ],
)
def test_unsound_filled_gaps_are_refused(span: Any, reason: str) -> None:
    columns = [["BTC"], [START], [2.0], [1.0], [1.0]]
    frame = PriceFrame(START, "live", *columns, {}, [], (FilledSpan(*span),))  # type: ignore[arg-type]
    with pytest.raises(CodecError, match=reason):
        decode("prices", 1, encode(frame)[1], START)


def definition(**changes: Any) -> bytes:
    body = {"now": 1, "origin": "live", "index": "A", "definition": {"assets": ["BTC"], **changes}}
    return orjson.dumps(body)


@pytest.mark.parametrize(
    ("record_type", "value", "reason"),
    [
        ("ticks", b"\xff\xfe", "malformed"),
        ("ticks", b"", "truncated"),
        ("ticks", b'{"now":1', "truncated"),
        ("tick", orjson.dumps(PLAIN | {"kind": "stock"}), "kind"),
        ("tick", orjson.dumps(PLAIN | {"price": None}), "price"),
        ("tick", orjson.dumps(PLAIN).replace(b"61837", b"1e999"), "price"),
        ("tick", orjson.dumps(PLAIN | {"received": START + 10**11}), "ahead"),
        ("definition", b'{"now":1,"origin":"live","index":"TOP 2","definition":null}', "index"),
        ("definition", b'{"now":1,"origin":"live","index":"A","definition":{"x":1}}', "index.A"),
        ("definition", definition(alerts=0), r"index.A.alerts: expected a table, got 0"),
        ("definition", definition(change=[1]), r"change\[0\]: expected a table, got 1"),
        ("definition", definition(weighting=[]), r"weighting: expected one of"),
        ("snapshot", b"[1]", "object"),
        ("snapshot", b"nonsense", "malformed"),
    ],
)
def test_unsound_records_are_refused(record_type: str, value: bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        decode(record_type, 1, value, START)


def test_a_price_of_zero_is_no_price() -> None:
    frame = PriceFrame(START, "live", ["BTC"], [START], [0.0], [1.0], [1.0], {}, [])
    with pytest.raises(CodecError, match=r"> 0\.0"):
        decode("prices", 1, encode(frame)[1], START)


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(CodecError, match="version 2"):
        decode("ticks", 2, broken(), START)


RECORD_TYPES = ["ticks", "backfill", "assets", "prices", "definition", "tick"]


@given(st.binary(max_size=60), st.sampled_from(RECORD_TYPES))
def test_no_bytes_raise_anything_else(value: bytes, record_type: str) -> None:
    with pytest.raises(CodecError):
        decode(record_type, 1, value, START)


def test_tick_and_gap_as_in_the_contract() -> None:
    tick = Tick(BTC, 61837.63, 0.02, "buy", "3735683259", 1723161255342000000)
    assert orjson.dumps(tick_json(tick)) == (
        b'{"venue":"binance","symbol":"BTCUSDT","base":"BTC","quote":"USDT","kind":"spot",'
        b'"price":61837.63,"size":0.02,"side":"buy","id":"3735683259","ts":1723161255342000000}'
    )
    assert gap_json(Gap(BTC, "1", "5", "ids")) == {
        "venue": "binance",
        "symbol": "BTCUSDT",
        "gap": {"from": "1", "to": "5", "reason": "ids"},
    }


def test_what_tick_json_prints_can_be_put_into_ticks() -> None:
    tick = Tick(BTC, 1.5, 2.0, "sell", "9", START)
    assert "off_book" not in tick_json(tick)
    outside = decode("", 1, orjson.dumps(tick_json(tick._replace(off_book=True))), START)
    assert outside.off_book == (0,)
    frame = decode("", 1, orjson.dumps(tick_json(tick)), START)
    assert frame.off_book == ()
    assert b"off_book" not in encode(frame)[1]
    assert (frame.price, frame.size, frame.side, frame.id) == ([1.5], [2.0], ["sell"], ["9"])


def test_encoding_twice_gives_the_same_bytes() -> None:
    import random

    frame = tick_frame(3, random.Random(1))
    assert encode(frame) == encode(tick_frame(3, random.Random(1)))
