"""What each parser says to trades and to what is none."""

import json
from typing import Any

import pytest

from connectors.venues.base import (
    Malformed,
)
from connectors.venues.registry import VENUES
from engine.types import Instrument, Tick
from tests.connectors.wire import BINANCE, FIELDS, KRAKEN, PRICE, feed, wire


def test_one_trade_of_each() -> None:
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


def test_binance_raw_and_combined_are_the_same_trade() -> None:
    combined = json.dumps({"stream": "btcusdt@trade", "data": BINANCE})
    assert feed("binance", combined) == feed("binance", wire("binance"))
    assert feed("binance", combined.encode()) == feed("binance", wire("binance"))


def test_binance_times_in_microseconds() -> None:
    [tick] = feed("binance", wire("binance", T=1723161255342167, E=1723161255342999))
    assert tick.ts == 1723161255342_167_000


@pytest.mark.parametrize("stream", ["aggTrade", "kline", "depthUpdate", "blockTrade", "avgPrice"])
def test_other_binance_events_say_nothing(stream: str) -> None:
    assert feed("binance", wire("binance", e=stream)) == []


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("ETHBTC", "ETH", "BTC"),
        ("BNBFDUSD", "BNB", "FDUSD"),
        ("BTCTUSD", "BTC", "TUSD"),
        ("USDCUSDT", "USDC", "USDT"),
        ("DOGEBNB", "DOGE", "BNB"),
        ("1INCHUSDT", "1INCH", "USDT"),
        ("BTCEURI", "BTC", "EURI"),
        ("BTCEUR", "BTC", "EUR"),
        ("SHIBDOGE", "SHIB", "DOGE"),
        ("XRPETH", "XRP", "ETH"),
    ],
)
def test_binance_symbols_are_split(symbol: str, base: str, quote: str) -> None:
    [tick] = feed("binance", wire("binance", s=symbol))
    assert (tick.instrument.base, tick.instrument.quote) == (base, quote)


@pytest.mark.parametrize(
    "symbol", ["BTCUSD_PERP", "btcusdt", "USDT", "BTCXYZ", "", None, 7, [], {}]
)
def test_binance_symbols_that_are_none(symbol: Any) -> None:
    assert [type(e) for e in feed("binance", wire("binance", s=symbol))] == [Malformed]


def test_kraken_old_names_become_ours() -> None:
    for symbol, base in (("XBT/USD", "BTC"), ("XDG/USD", "DOGE"), ("AAPLx/USD", "AAPLX")):
        [tick] = feed("kraken", wire("kraken", symbol=symbol))
        assert (tick.instrument.symbol, tick.instrument.base) == (symbol, base)


def test_kraken_uses_the_good_trades_of_a_frame() -> None:
    bad = KRAKEN | {"price": -1.0, "trade_id": 2}
    rows = [KRAKEN | {"trade_id": 1}, bad, KRAKEN | {"trade_id": 3}]
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


@pytest.mark.parametrize("venue", FIELDS)
def test_a_missing_field_is_malformed_and_named(venue: str) -> None:
    for name in FIELDS[venue]:
        [event] = feed(venue, wire(venue, **{name: ...}))
        assert isinstance(event, Malformed), name
        assert repr(name) in event.reason


@pytest.mark.parametrize("venue", FIELDS)
def test_a_field_of_a_wrong_type_is_malformed(venue: str) -> None:
    for name in FIELDS[venue]:
        for value in (None, [], {}, [1], {"a": 1}, "x", "", -1.5, -1):
            [event] = feed(venue, wire(venue, **{name: value}))
            assert isinstance(event, Malformed), (name, value)


@pytest.mark.parametrize("venue", FIELDS)
@pytest.mark.parametrize("price", ["0", "-1", "1e999", "-1e999"])
def test_prices_that_are_none(venue: str, price: str) -> None:
    text = price if venue == "kraken" else json.dumps(price)
    frame = wire(venue, **{PRICE[venue]: 0.125}).replace("0.125", text)
    assert text in frame
    assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", ["binance", "coinbase"])
@pytest.mark.parametrize("price", ["NaN", "nan", "inf", "Infinity", "1_000", "0x10", "1,5"])
def test_texts_that_are_no_price(venue: str, price: str) -> None:
    assert [type(e) for e in feed(venue, wire(venue, **{PRICE[venue]: price}))] == [Malformed]


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
    [event] = feed(venue, frame)
    assert isinstance(event, Malformed)
    assert len(event.excerpt) <= 120


@pytest.mark.parametrize("venue", FIELDS)
def test_half_a_frame_is_malformed(venue: str) -> None:
    whole = wire(venue)
    for end in range(len(whole)):
        assert [type(e) for e in feed(venue, whole[:end])] == [Malformed]


def test_deep_nesting_does_not_raise() -> None:
    for venue in VENUES:
        for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000):
            assert all(isinstance(e, Malformed) for e in feed(venue, frame))
