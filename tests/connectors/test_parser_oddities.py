"""What is special to the trades of one venue: streams, times, sides and ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.venues.events import Malformed
from engine.records import Instrument, Tick
from tests.connectors.wire import (
    BITFINEX,
    TRADE,
    feed,
    frame_of,
    wire,
)


def test_binance_raw_and_combined_are_the_same_trade() -> None:
    combined = json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance"]})
    assert feed("binance", combined) == feed("binance", wire("binance"))
    assert feed("binance", combined.encode()) == feed("binance", wire("binance"))


def test_binance_times_in_microseconds() -> None:
    [tick] = feed("binance", wire("binance", T=1723161255342167, E=1723161255342999))
    assert tick.ts == 1723161255342_167_000


@pytest.mark.parametrize("stream", ["aggTrade", "kline", "depthUpdate", "blockTrade", "avgPrice"])
def test_other_binance_events_say_nothing(stream: str) -> None:
    assert feed("binance", wire("binance", e=stream)) == []


def test_binance_usdm_tells_futures_from_spot_and_the_market_from_the_rest() -> None:
    [trade] = feed("binance_usdm", wire("binance_usdm"))
    [spot] = feed("binance_usdm", wire("binance_usdm", M=True))
    assert isinstance(spot, Malformed)
    [old] = feed("binance_usdm", wire("binance_usdm", X=...))
    assert old == trade
    [fund] = feed("binance_usdm", wire("binance_usdm", X="INSURANCE_FUND"))
    assert fund == trade._replace(off_book=True)
    [bad] = feed("binance_usdm", wire("binance_usdm", X=[]))
    assert isinstance(bad, Malformed)
    combined = json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance_usdm"]})
    assert feed("binance_usdm", combined) == [trade]


def test_one_trade_of_bitfinex() -> None:
    instrument = Instrument("bitfinex", "ETHJPY", "ETH", "JPY", "spot", False)
    last = ("658733916", 1617643611128_000_000)
    sale = Tick(instrument, 230890.0, 0.7574881, "sell", *last)
    assert feed("bitfinex", frame_of("bitfinex", BITFINEX)) == [sale]
    bought = [*BITFINEX[:2], 2, 0.5, "a field of the future"]
    assert feed("bitfinex", frame_of("bitfinex", bought)) == [
        Tick(instrument, 0.5, 2.0, "buy", *last)
    ]
    again = json.dumps([7, "tu", BITFINEX])
    assert feed("bitfinex", frame_of("bitfinex", BITFINEX), again) == [sale], "te and tu are one"
    assert feed("bitfinex", json.dumps([7, [BITFINEX, BITFINEX]])) == [], "history"
    [unknown] = feed("bitfinex", json.dumps([8, "te", BITFINEX]))
    assert isinstance(unknown, Malformed)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", [None, [], {}, "1", "", True, 0, 1e400])
def test_bitfinex_values_of_a_wrong_type(place: int, value: Any) -> None:
    trade = [*BITFINEX[:place], value, *BITFINEX[place + 1 :]]
    events = feed("bitfinex", frame_of("bitfinex", trade))
    if place == 0 and value == 0 and value is not True:
        assert [e.id for e in events] == ["0"]
    else:
        assert [type(e) for e in events] == [Malformed]
    assert [type(e) for e in feed("bitfinex", json.dumps([7, "te"]))] == [Malformed]
    assert [type(e) for e in feed("bitfinex", json.dumps([7, "te", BITFINEX[:3]]))] == [Malformed]


@pytest.mark.parametrize(
    "text", ["1619093546958.", ".5", "1619093546958.1.1", "1e12", "٣", "-1", " 1619093546958"]
)
def test_times_in_text_that_are_none(text: str) -> None:
    for venue, name in (("gate", "create_time_ms"), ("okx", "ts"), ("bitstamp", "microtimestamp")):
        [event] = feed(venue, wire(venue, **{name: text}))
        assert isinstance(event, Malformed), venue


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1682689046123.0", 1682689046123_000_000),
        ("1619093543708.2642", 1619093543708_264_200),
        ("1619093543708.264212345", 1619093543708_264_212),
        ("1619093543708", 1619093543708_000_000),
    ],
)
def test_gate_times_are_exact(text: str, ns: int) -> None:
    [tick] = feed("gate", wire("gate", create_time_ms=text))
    assert tick.ts == ns


def test_gemini_block_trades_have_no_side_and_tid_comes_first() -> None:
    [tick] = feed("gemini", wire("gemini", side="block"))
    assert tick.side is None
    [tick] = feed("gemini", wire("gemini", tid=2840141017342098))
    assert tick.id == "2840141017342098"


def test_gemini_v3_times_are_exact() -> None:
    trade = {"E": 1783981140085684201, "s": "btcusd", "t": 7, "p": "62145.38", "q": "1", "m": True}
    [tick] = feed("gemini", json.dumps(trade))
    assert (tick.ts, tick.side, tick.id) == (1783981140085684201, "sell", "7")
    assert [type(e) for e in feed("gemini", json.dumps(trade | {"m": 1}))] == [Malformed]
