"""What every parser says to trades and to what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.wire import (
    FIELDS,
    PRICE,
    SAME_TRADE,
    TICK,
    TRADE,
    feed,
    frame_of,
    live_parser,
    wire,
)

WRONG: tuple[Any, ...] = (None, [], {}, [1], {"a": 1}, "", -1.5, -1)
"""No field can be any of these."""
JSON_PRICES = {venue for venue in TRADE if isinstance(TRADE[venue][PRICE[venue]], float)}
"""Venues whose prices are JSON numbers."""
NO_PRICE = ("0", "-1", "1e999", "-1e999")
NO_TEXT_PRICE = ("NaN", "nan", "inf", "Infinity", "1_000", "0x10", "1,5")


@pytest.mark.parametrize("venue", VENUES)
def test_one_trade_of_each(venue: str) -> None:
    assert feed(venue, wire(venue)) == [TICK[venue]]
    assert feed(venue, wire(venue).encode()) == [TICK[venue]]


@pytest.mark.parametrize("venue", SAME_TRADE)
def test_a_buyer_is_a_buyer(venue: str) -> None:
    [name] = [n for n in ("side", "direction", "s", "ask_bid") if n in TRADE[venue]]
    buy = {"bitmex": "Buy", "cryptocom": "BUY", "upbit": "BID", "hyperliquid": "B"}
    [tick] = feed(venue, wire(venue, **{name: buy.get(venue, "buy")}))
    assert tick.side == "buy"


@pytest.mark.parametrize("venue", FIELDS)
def test_a_missing_field_is_malformed_and_named(venue: str) -> None:
    for name in FIELDS[venue]:
        if name == "homeNotional":
            continue  # BitMEX's can be done without
        [event] = feed(venue, wire(venue, **{name: ...}))
        assert isinstance(event, Malformed), name
        assert repr(name) in event.reason


@pytest.mark.parametrize("venue", FIELDS)
def test_a_field_of_a_wrong_type_is_malformed(venue: str) -> None:
    more: Any = True if venue in SAME_TRADE else "x" * 99
    for name in FIELDS[venue]:
        for value in (*WRONG, more):
            if name == "homeNotional" and value is None:
                continue
            [event] = feed(venue, wire(venue, **{name: value}))
            assert isinstance(event, Malformed), (name, value)


@pytest.mark.parametrize(
    ("price", "venue"),
    [
        *((price, venue) for price in NO_PRICE for venue in FIELDS),
        *((price, venue) for price in ("NaN", "1_000", "0x10", "1,5") for venue in SAME_TRADE),
    ],
)
def test_prices_that_are_none(venue: str, price: str) -> None:
    text = price if venue in JSON_PRICES else json.dumps(price)
    frame = wire(venue, **{PRICE[venue]: 0.125}).replace("0.125", text)
    assert text in frame
    assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", [v for v in FIELDS if v not in JSON_PRICES | {*SAME_TRADE}])
@pytest.mark.parametrize("price", NO_TEXT_PRICE)
def test_texts_that_are_no_price(venue: str, price: str) -> None:
    assert [type(e) for e in feed(venue, wire(venue, **{PRICE[venue]: price}))] == [Malformed]


@pytest.mark.parametrize("venue", [*FIELDS, "bitfinex"])
def test_half_a_frame_is_malformed(venue: str) -> None:
    parser = live_parser(venue)
    whole = wire(venue)
    for end in range(len(whole)):
        assert [type(e) for e in parser.feed(whole[:end])] == [Malformed]


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "null",
        "true",
        "7",
        '"e"',
        "[]",
        "[1]",
        "{}",
        "[[[",
        b"\xff\xfe\x00",
        b"\x1f\x8b\x08",
    ],
)
def test_junk_is_malformed(venue: str, frame: str | bytes) -> None:
    [event] = VENUES[venue].parser(()).feed(frame)
    assert isinstance(event, Malformed)
    assert len(event.excerpt) <= 120


@pytest.mark.parametrize("venue", SAME_TRADE)
@pytest.mark.parametrize(
    "frame",
    ["", "{", "null", "7", '"e"', "[]", "[1]", "{}", "[[[", "ping", b"\xff\xfe\x00", b"\x1f\x8b"],
)
def test_junk_in_the_middle_of_a_connection_is_malformed(venue: str, frame: str | bytes) -> None:
    [event] = feed(venue, frame)
    assert isinstance(event, Malformed)
    assert len(event.excerpt) <= 120


def test_deep_nesting_does_not_raise() -> None:
    for venue in VENUES:
        for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000):
            assert all(isinstance(e, Malformed) for e in VENUES[venue].parser(()).feed(frame))


@pytest.mark.parametrize("venue", SAME_TRADE)
def test_deep_nesting_in_the_middle_of_a_connection(venue: str) -> None:
    for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000):
        assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", sorted(set(SAME_TRADE) - {"kucoin", "upbit"}))
def test_the_good_trades_of_a_frame_are_used(venue: str) -> None:
    good, bad = TRADE[venue], TRADE[venue] | {PRICE[venue]: "-1"}
    events = feed(venue, frame_of(venue, good, bad, good))
    assert sorted(type(e).__name__ for e in events) == ["Malformed", "Tick", "Tick"]


def test_the_good_trades_of_okx_and_bybit_are_used_in_order() -> None:
    for venue, name, value in (("okx", "px", "-1"), ("bybit", "S", "sell")):
        good = TRADE[venue]
        events = feed(venue, frame_of(venue, good, good | {name: value}, good))
        assert [type(e) for e in events] == [Tick, Malformed, Tick]


def test_kraken_uses_the_good_trades_of_a_frame() -> None:
    bad = TRADE["kraken"] | {"price": -1.0, "trade_id": 2}
    rows = [TRADE["kraken"] | {"trade_id": 1}, bad, TRADE["kraken"] | {"trade_id": 3}]
    frame = json.dumps({"channel": "trade", "type": "update", "data": rows})
    events = feed("kraken", frame)
    assert [type(e) for e in events] == [Tick, Malformed, Tick]
    assert [events[0].id, events[2].id] == ["1", "3"]


def test_large_integers_stay_exact() -> None:
    number = 2**53 + 1
    assert float(number) != number
    names = {"binance": "t", "coinbase": "trade_id", "kraken": "trade_id"}
    for venue, name in names.items():
        [tick] = feed(venue, wire(venue, **{name: number}))
        assert tick.id == "9007199254740993"
        [bad] = feed(venue, wire(venue, **{name: 2**70}))
        assert isinstance(bad, Malformed)


def test_large_integers_in_ids_stay_exact() -> None:
    number = 2**53 + 1
    names: dict[str, tuple[str, Any]] = {
        "okx": ("tradeId", str(number)),
        "binance_usdm": ("t", number),
        "coinbase_advanced": ("trade_id", str(number)),
        "bitstamp": ("id", number),
        "gemini": ("event_id", number),
        "gate": ("id", number),
    }
    for venue, (name, value) in names.items():
        [tick] = feed(venue, wire(venue, **{name: value}))
        assert tick.id == "9007199254740993"
