"""What is subscribed, how it is answered; times and numbers."""

import json
from typing import Any

import pytest

from connectors.venues.base import (
    Ack,
    Heartbeat,
    Limits,
    Notice,
    Refused,
    iso_ns,
    json_number,
    text_number,
)
from connectors.venues.registry import VENUES
from engine.types import Instrument, Tick
from tests.connectors.wire import FIELDS, feed, wire


def test_what_prices_an_asset() -> None:
    symbols = {n: [i.symbol for i in VENUES[n].instruments(["BTC", "SOL", "BTC"])] for n in FIELDS}
    assert symbols == {
        "binance": ["BTCUSDT", "SOLUSDT"],
        "coinbase": ["BTC-USD", "SOL-USD", "USDT-USD"],
        "kraken": ["BTC/USD", "SOL/USD", "USDT/USD", "USDC/USD"],
    }
    assert VENUES["binance"].instruments(["USDT", "USD"]) == []
    assert [i.symbol for i in VENUES["coinbase"].instruments(["USDC", "USDT"])] == ["USDT-USD"]


def test_a_subscribed_instrument_is_the_one_given() -> None:
    given = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
    [tick] = VENUES["binance"].parser([given]).feed(wire("binance"))
    assert isinstance(tick, Tick)
    assert tick.instrument is given


def test_binance_subscription() -> None:
    venue = VENUES["binance"]
    assets = [f"A{n}" for n in range(450)]
    parser = venue.parser(venue.instruments(assets))
    frames = [json.loads(frame) for frame in parser.subscribe()]
    assert [len(f["params"]) for f in frames] == [200, 200, 50]
    assert frames[0]["params"][0] == "a0usdt@trade"
    assert [f["id"] for f in frames] == [1, 2, 3]
    acks = parser.feed('{"result":null,"id":3}')
    assert acks == [Ack(f"A{n}USDT") for n in range(400, 450)]
    assert parser.feed('{"result":null,"id":3}') == []
    refused = parser.feed('{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":2}')
    assert len(refused) == 200
    assert refused[0] == Refused("A200USDT", "Invalid request: invalid stream")
    assert parser.feed('{"code":3,"msg":"Invalid JSON"}') == [Refused(None, "Invalid JSON")]
    url = venue.endpoint("ws://127.0.0.1:1/", venue.instruments(assets))
    assert url == "ws://127.0.0.1:1/ws?timeUnit=MICROSECOND"


def test_binance_shutdown_is_a_closing_notice() -> None:
    frames = (
        '{"e":"serverShutdown","E":1770123456789}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    )
    for frame in frames:
        [event] = feed("binance", frame)
        assert isinstance(event, Notice)
        assert event.closing


def test_coinbase_subscription() -> None:
    venue = VENUES["coinbase"]
    parser = venue.parser(venue.instruments(["BTC", "NOPE"]))
    assert [json.loads(frame) for frame in parser.subscribe()] == [
        {"type": "subscribe", "product_ids": [p], "channels": ["matches", "heartbeat"]}
        for p in ("BTC-USD", "NOPE-USD", "USDT-USD")
    ]
    answer = {
        "type": "subscriptions",
        "channels": [
            {"name": "matches", "product_ids": ["BTC-USD"]},
            {"name": "heartbeat", "product_ids": ["BTC-USD", "USDT-USD"]},
        ],
    }
    assert parser.feed(json.dumps(answer)) == [Ack("BTC-USD")]
    assert parser.feed(json.dumps(answer)) == [], "the answer repeats what is subscribed"
    error = {"type": "error", "message": "Failed to subscribe", "reason": "x"}
    error["reason"] = "NOPE-USD is not a valid product"
    assert parser.feed(json.dumps(error)) == [
        Refused("NOPE-USD", "Failed to subscribe: NOPE-USD is not a valid product")
    ]
    error["reason"] = "No channels provided"
    assert parser.feed(json.dumps(error)) == [
        Refused(None, "Failed to subscribe: No channels provided")
    ]
    assert parser.feed('{"type":"heartbeat","last_trade_id":1}') == [Heartbeat()]


def test_kraken_subscription() -> None:
    venue = VENUES["kraken"]
    parser = venue.parser(venue.instruments(["BTC"]))
    assert [json.loads(frame) for frame in parser.subscribe()] == [
        {
            "method": "subscribe",
            "params": {
                "channel": "trade",
                "symbol": ["BTC/USD", "USDT/USD", "USDC/USD"],
                "snapshot": False,
            },
        }
    ]
    ack = {"method": "subscribe", "success": True, "result": {"channel": "trade"}}
    ack["result"]["symbol"] = "BTC/USD"  # type: ignore[index]
    assert parser.feed(json.dumps(ack)) == [Ack("BTC/USD")]
    assert parser.feed('{"channel":"heartbeat"}') == [Heartbeat()]
    status = '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
    assert parser.feed(status) == [Notice("system status: maintenance")]
    assert parser.feed(status.replace("maintenance", "online")) == []


@pytest.mark.parametrize("venue", FIELDS)
def test_limits_are_sane(venue: str) -> None:
    limits = VENUES[venue].limits
    assert isinstance(limits, Limits)
    documented = {"binance": (1024, 5), "coinbase": (10_000, 100), "kraken": (10_000, 100)}[venue]
    assert 1 <= limits.subscriptions <= documented[0]
    assert 0 < limits.messages_per_second < documented[1]


# ---- times and numbers


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-07-07T22:58:16.156605Z", 1783465096_156605_000),
        ("2026-07-07T22:58:16Z", 1783465096_000000_000),
        ("2026-07-07T22:58:16.1Z", 1783465096_100000_000),
        ("2026-07-07T22:58:16.123456789Z", 1783465096_123456_789),
        ("2026-07-07T22:58:16.123456789987Z", 1783465096_123456_789),
        ("2024-02-29T23:59:59.999999999Z", 1709251199_999999_999),
        ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
    ],
)
def test_iso_times_are_exact(text: str, ns: int) -> None:
    assert iso_ns(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-07T22:58:16.Z",
        "2026-07-07T22:58:16.15",
        "2026-07-07 22:58:16.15Z",
        "2026-07-07T22:58:60Z",
        "2026-02-29T00:00:00Z",
        "0001-01-01T00:00:00.000000Z",
        "2262-04-11T23:47:16.854775808Z",
        "2026-07-07T22:58:16.1_5Z",
        "2026-07-07T22:58:16.-15Z",
        "2026-07-07T22:58:16.٣Z",
        "2026-W27-2T22:58:16Z",
        "",
        "Z",
        None,
        1783465096,
        1.5,
    ],
)
def test_times_that_are_none(text: Any) -> None:
    with pytest.raises(ValueError, match=r"time|month|day|second|range"):
        iso_ns(text)


def test_numbers() -> None:
    assert text_number("0.00000291") == 0.00000291
    assert json_number(63501) == 63501.0
    for bad in (True, "1", None, 0, -1, float("nan"), float("inf"), [1]):
        with pytest.raises(ValueError, match="number"):
            json_number(bad)
    for worse in (1.0, None, "", "-0", "inf", "1_0"):
        with pytest.raises(ValueError, match=r"number|convert"):
            text_number(worse)
