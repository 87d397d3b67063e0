"""What every parser says to trades and to what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.venues.base import Malformed
from connectors.venues.registry import VENUES
from engine.records import Instrument, Tick
from tests.connectors.wire import (
    FIELDS,
    NS,
    PRICE,
    SAME_TRADE,
    TRADE,
    feed,
    frame_of,
    live_parser,
    wire,
)

ONE = {
    "okx": Tick(
        Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False),
        *(30236.0, 0.0002, "buy", "338476307", 1652459224818_000_000),
    ),
    "bybit": Tick(
        Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False),
        *(65114.2, 0.004, "sell", "a9188a0a-82bc-50de-be60-03eedbe3cdd7", 1786310819680_000_000),
    ),
    "binance_usdm": Tick(
        Instrument("binance_usdm", "BTCUSDT", "BTC", "USDT", "perpetual", True),
        *(61800.3, 0.006, "buy", "5266583935", 1723161256321_000_000),
    ),
    "coinbase_advanced": Tick(
        Instrument("coinbase_advanced", "BTC-USD", "BTC", "USD", "spot", True),
        *(65083.67, 0.01034361, "buy", "1068572091", 1786309548_167634_000),  # the maker sold
    ),
    "kraken_futures": Tick(
        Instrument("kraken_futures", "PF_XBTUSD", "BTC", "USD", "perpetual", False),
        *(39054.5, 0.25, "buy", "e2429e31-8b9d-4195-900e-fd42be2dec89", 1626994929946_000_000),
    ),
    "bitstamp": Tick(
        Instrument("bitstamp", "ethusd", "ETH", "USD", "spot", False),
        *(3805.44, 0.0792, "sell", "216000477", 1641343699596123_000),
    ),
    "gemini": Tick(
        Instrument("gemini", "LTCUSD", "LTC", "USD", "spot", False),
        *(315.2, 1.86438, "buy", "34359635986", 1618677946452_000_000),
    ),
    "gate": Tick(
        Instrument("gate", "NEO_BTC", "NEO", "BTC", "spot", False),
        *(0.0018735, 0.5, "buy", "816995970", 1619093546958_116_400),
    ),
}
WANTED = {
    "deribit": ("BTC_USDC-PERPETUAL", "USDC", "perpetual", False, "48079254", 0),
    "bitmex": ("XBTUSD", "USD", "perpetual", False, "d1b82d61-d902-349c-936c-2588b8204aff", 0),
    "htx": ("btcusdt", "USDT", "spot", True, "102357140867", 0),
    "kucoin": ("BTC-USDT", "USDT", "spot", False, "6057bb822e113d292396c272", 781),
    "cryptocom": ("BTC_USD", "USD", "spot", False, "4611686018428108637", 123_456),
    "bitget": ("BTCUSDT", "USDT", "spot", False, "1235671058980749319", 0),
    "upbit": ("USDT-BTC", "USDT", "spot", False, "17231612553420000", 0),
    "hyperliquid": ("BTC", "USDC", "perpetual", False, "809065877559592", 0),
}

SAME = {
    venue: Tick(
        Instrument(venue, symbol, "BTC", quote, kind, counts),
        *(61837.5, 0.25, "sell", number, NS + ns),
    )
    for venue, (symbol, quote, kind, counts, number, ns) in WANTED.items()
}
WRONG: tuple[Any, ...] = (None, [], {}, [1], {"a": 1}, "", -1.5, -1)
"""No field can be any of these."""
JSON_PRICES = {"kraken", "kraken_futures", "deribit", "bitmex", "htx", "upbit"}
"""Venues whose prices are JSON numbers."""
NO_PRICE = ("0", "-1", "1e999", "-1e999")
NO_TEXT_PRICE = ("NaN", "nan", "inf", "Infinity", "1_000", "0x10", "1,5")


@pytest.mark.parametrize("venue", ONE | SAME)
def test_one_trade_of_each(venue: str) -> None:
    wanted = (ONE | SAME)[venue]
    assert feed(venue, wire(venue)) == [wanted]
    assert feed(venue, wire(venue).encode()) == [wanted]


def test_one_trade_each_of_binance_coinbase_and_kraken() -> None:
    btc = ("BTC", "USDT", "spot", True)
    assert feed("binance", wire("binance")) == [
        Tick(
            Instrument("binance", "BTCUSDT", *btc),
            61837.63,
            0.02,
            "sell",  # the buyer was the maker
            "3735683259",
            1723161255342_000_000,
        )
    ]
    btc = ("BTC", "USD", "spot", True)
    assert feed("coinbase", wire("coinbase")) == [
        Tick(
            Instrument("coinbase", "BTC-USD", *btc),
            63514.6,
            0.2,
            "buy",  # the maker sold
            "1052119289",
            1783465097_164892_000,
        )
    ]
    assert feed("kraken", wire("kraken")) == [
        Tick(
            Instrument("kraken", "BTC/USD", *btc),
            63501.5,
            0.00147959,
            "buy",
            "64175815",
            1783465204_585581_000,
        )
    ]


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
        *((price, venue) for price in ("NaN", "1_000", "0x10", "1,5") for venue in SAME),
    ],
)
def test_prices_that_are_none(venue: str, price: str) -> None:
    text = price if venue in JSON_PRICES else json.dumps(price)
    frame = wire(venue, **{PRICE[venue]: 0.125}).replace("0.125", text)
    assert text in frame
    assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", [v for v in FIELDS if v not in JSON_PRICES | SAME.keys()])
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
