"""Recorded frames that are no trades: acknowledgements, refusals, pings, and other markets."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from connectors.feed.decode import decode
from connectors.venues.base import Parser
from connectors.venues.events import Ack, Event, Heartbeat, Malformed, Refused, Reply
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.recorded_rows import ROWS
from tests.connectors.recordings import (
    feed,
    frames,
    lines_of,
    needs_recordings,
)
from tests.shared import DATA

pytestmark = needs_recordings


ACKED = {
    "deribit": 20,
    "bitmex": 20,
    "htx": 10,
    "bitget": 8,
}


@pytest.mark.parametrize("venue", [v for v in ROWS if v not in ("binance", "coinbase", "kraken")])
def test_recorded_answers(venue: str) -> None:
    found = [e for _, e in feed(venue, frames(venue))]
    acks = [e.symbol for e in found if isinstance(e, Ack)]
    assert len(acks) == ACKED.get(venue, 0)
    assert not [e for e in found if isinstance(e, Refused)]
    if venue == "deribit":
        assert {"ETH-30JUL21-2800-C", "BTC-18APR21-59000-C"} <= set(acks)
    if venue == "bitmex":
        assert {"XBTUSD", "LINKUSDTM21"} <= set(acks)
        assert len(set(acks)) == 18, "two connections with two symbols in common"
    replies = [e for e in found if isinstance(e, Reply | Heartbeat)]
    assert replies == {
        "htx": [Heartbeat(), Reply('{"pong":1618678073643}')],
        "cryptocom": [
            Heartbeat(),
            Reply('{"id":1637709519420,"method":"public/respond-heartbeat"}'),
        ],
    }.get(venue, [])


def test_recorded_acknowledgements() -> None:
    acks = {"okx": 16, "kraken_futures": 10, "bitstamp": 20, "bitfinex": 15}
    for venue, count in acks.items():
        lines = frames(venue).read_text().splitlines()
        events = fed(VENUES[venue].parser(()), lines)
        assert sum(isinstance(e, Ack) for e in events) == count, venue
        assert not any(isinstance(e, Refused) for e in events)
    heartbeats = {"coinbase_advanced": 11, "bitfinex": 42, "gemini": 31}
    for venue, count in heartbeats.items():
        lines = frames(venue).read_text().splitlines()
        events = fed(VENUES[venue].parser(()), lines)
        assert sum(isinstance(e, Heartbeat) for e in events) == count, venue


def test_recorded_refusals_and_acknowledgements() -> None:
    cases = [
        json.loads(line)
        for line in (DATA / "singles" / "control_and_errors.jsonl").read_text().splitlines()
    ]
    kraken = VENUES["kraken"].parser(())
    events = [
        e
        for c in cases
        if c["exchange"] == "kraken_v2"
        for e in kraken.feed(json.dumps(c["frame"]))
    ]
    refusals = [(e.symbol, e.reason) for e in events if type(e).__name__ == "Refused"]
    assert refusals == [
        ("XBT/USD", "Currency pair not supported XBT/USD"),
        (
            None,
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
        ),
    ]
    assert not [e for e in events if isinstance(e, Malformed)]
    lines = frames("kraken").read_text().splitlines()
    acks = [e for line in lines for e in kraken.feed(line) if type(e).__name__ == "Ack"]
    assert [a.symbol for a in acks] == ["BTC/USD", "ETH/USD"]
    lines = frames("coinbase").read_text().splitlines()
    venue = VENUES["coinbase"]
    coinbase = venue.parser(venue.instruments(["BTC", "ETH"]))
    acks = [e for line in lines for e in coinbase.feed(line) if type(e).__name__ == "Ack"]
    assert sorted(a.symbol for a in acks) == ["BTC-USD", "ETH-USD"]


def fed(parser: Parser, lines: Iterable[str]) -> list[Event]:
    return [event for line in lines for event in parser.feed(line)]


def test_recorded_controls() -> None:
    cases = [json.loads(x) for x in lines_of("singles", "control_and_errors.jsonl")]

    def events(source: str, venue: str, assets: list[str]) -> list[Event]:
        parser = VENUES[venue].parser(VENUES[venue].instruments(assets))
        return fed(parser, [json.dumps(c["frame"]) for c in cases if c["exchange"] == source])

    assert events("bybit_v5", "bybit", ["BTC"]) == [
        Refused(None, "Invalid topic: invalid.topic.BTCUSDT")
    ]
    found = events("coinbase_advanced", "coinbase_advanced", ["BTC", "ETH"])
    assert found == [Ack("BTC-USD"), Ack("ETH-USD"), Heartbeat()]
    [tick] = events("okx_v5", "okx", ["BTC"])
    assert isinstance(tick, Tick)
    assert (tick.instrument.symbol, tick.instrument.quote, tick.id) == (
        "BTC-USD",
        "USD",
        "130639474",
    )
    assert (tick.price, tick.size, tick.ts) == (42219.9, 0.12060306, 1630048897897000000)


def test_control_messages_and_errors() -> None:
    lines = (DATA / "singles" / "control_and_errors.jsonl").read_text().splitlines()
    frames = [json.loads(line) for line in lines]
    own = [json.dumps(f["frame"]) for f in frames if f["exchange"] == "deribit"]
    parser = VENUES["deribit"].parser(())
    error, answer, test_request, trades = (parser.feed(frame) for frame in own)
    [refused] = error
    assert isinstance(refused, Refused)
    assert refused.symbol is None
    assert "too_many_requests" in refused.reason
    assert answer == [Ack("BTC-PERPETUAL")]
    heartbeat, reply = test_request
    assert heartbeat == Heartbeat()
    assert isinstance(reply, Reply)
    assert json.loads(reply.frame)["method"] == "public/test"
    assert [(t.id, t.size) for t in trades if isinstance(t, Tick)] == [
        ("403691824", 10 / 92294.5),
        ("403691825", 750 / 92288.5),
    ]


@pytest.mark.parametrize("venue", ["okx", "bybit"])
def test_an_answer_of_the_rest_interface_is_malformed(venue: str) -> None:
    answer = (DATA / "rest" / f"{venue}.json").read_text()
    assert [type(e) for e in VENUES[venue].parser(()).feed(answer)] == [Malformed]


def test_binance_futures_are_refused_by_name() -> None:
    lines = (DATA / "frames" / "frames_binance_usdm.jsonl").read_text().splitlines()
    trades = [line for line in lines if '"e":"trade"' in line]
    events = [event for _, event in decode("binance", trades)]
    assert len(trades) == 4999
    assert {type(e) for e in events} == {Malformed}
    assert all("missing required field 'M'" in e.reason for e in events)


def test_kucoin_futures_are_refused_by_name() -> None:
    [event] = [
        e
        for n, e in feed("kucoin", DATA / "singles" / "singles_kucoin.jsonl")
        if n == 2 and isinstance(e, Malformed)
    ]
    assert event.reason == "a futures trade: the worth of its lots is not known"
