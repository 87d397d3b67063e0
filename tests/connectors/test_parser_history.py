"""What is history and gives no trade, and the order of the trades of a frame."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.venues.events import Ack, Malformed
from connectors.venues.registry import VENUES
from connectors.venues.trades import oldest_first
from engine.records import Instrument, Tick
from tests.connectors.wire import (
    MS,
    NS,
    TRADE,
    feed,
    frame_of,
    wire,
)


@pytest.mark.parametrize(("venue", "name"), [("htx", "tradeId"), ("bitget", "tradeId")])
def test_newest_first_is_turned_round(venue: str, name: str) -> None:
    kind: Any = int if venue == "htx" else str
    for order in ((3, 2, 1), (1, 2, 3)):
        trades = [TRADE[venue] | {name: kind(n)} for n in order]
        assert [t.id for t in feed(venue, frame_of(venue, *trades))] == ["1", "2", "3"]


def test_crypto_com_lists_the_newest_first() -> None:
    trades = [TRADE["cryptocom"] | {"d": d} for d in ("9", "11", "10")]
    assert [t.id for t in feed("cryptocom", frame_of("cryptocom", *trades))] == ["10", "11", "9"]


def test_coinbase_advanced_trades_come_oldest_first() -> None:
    trade = TRADE["coinbase_advanced"]
    rows = [trade | {"trade_id": n} for n in ("12", "11", "10", "9")]
    rows.insert(1, trade | {"trade_id": "x"})
    events = feed("coinbase_advanced", frame_of("coinbase_advanced", *rows))
    assert [type(e) for e in events] == [Malformed, Tick, Tick, Tick, Tick]
    assert [e.id for e in events[1:]] == ["9", "10", "11", "12"]


def test_oldest_first_goes_by_time_before_id() -> None:
    instrument = Instrument("bitget", "BTCUSDT", "BTC", "USDT", "spot", False)
    ticks = [Tick(instrument, 1.0, 1.0, None, i, ts) for i, ts in (("9", 1), ("x", 2), (None, 3))]
    assert oldest_first(ticks) == ticks
    assert oldest_first(ticks[::-1]) == ticks
    assert oldest_first([]) == []


# ---- history


def test_history_is_known_by_its_mark() -> None:
    assert feed("bitmex", frame_of("bitmex", TRADE["bitmex"], action="partial")) == []
    assert feed("bitget", frame_of("bitget", TRADE["bitget"], action="snapshot")) == []
    assert feed("upbit", wire("upbit", stream_type="SNAPSHOT")) == []


def test_history_of_crypto_com_spans_minutes() -> None:
    parser = VENUES["cryptocom"].parser(())
    old = TRADE["cryptocom"] | {"t": MS - 1001, "tn": str(NS - 1_001_000_000)}
    assert parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old)) == []
    later = parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old))
    assert [tick.ts for tick in later] == [NS - 1_001_000_000, NS + 123_456]
    assert parser.feed('{"id":0,"code":0,"method":"subscribe"}') == []
    assert parser.feed(frame_of("cryptocom", TRADE["cryptocom"], old)) == [], "a new connection"


def test_history_of_crypto_com_may_be_the_answer() -> None:
    venue = VENUES["cryptocom"]
    parser = venue.parser(venue.instruments(["BTC"]))
    answer = frame_of("cryptocom", TRADE["cryptocom"], id=1)
    assert parser.feed(answer) == []
    assert len(parser.feed(wire("cryptocom"))) == 1
    assert parser.feed(frame_of("cryptocom")) == []


def test_history_of_htx_is_older_than_the_answer() -> None:
    parser = VENUES["htx"].parser(())
    answer = {"id": "x", "status": "ok", "subbed": "market.btcusdt.trade.detail", "ts": MS + 1}
    assert parser.feed(json.dumps(answer)) == [Ack("btcusdt")]
    assert parser.feed(wire("htx")) == []
    assert len(parser.feed(wire("htx"))) == 1, "only the first frame can be history"
    assert parser.feed(json.dumps(answer | {"ts": MS})) == [Ack("btcusdt")]
    assert len(parser.feed(wire("htx"))) == 1


def test_history_of_hyperliquid_is_the_first_frame_of_each_coin() -> None:
    parser = VENUES["hyperliquid"].parser(())
    eth = wire("hyperliquid", coin="ETH")
    found = [len(parser.feed(f)) for f in (wire("hyperliquid"), eth, wire("hyperliquid"), eth)]
    assert found == [0, 0, 1, 1]
