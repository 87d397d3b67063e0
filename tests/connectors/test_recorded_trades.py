"""Every recorded trade, value by value: expected trades are read from the JSON another way."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from connectors.feed.decode import decode
from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from engine.records import Tick
from tests.connectors.recorded_rows import ROWS, Row, exact, history, live_trades
from tests.connectors.recorded_trades import Trade, expected
from tests.connectors.recordings import (
    FILES,
    TRADES,
    exact_json,
    feed,
    frames,
    lines_of,
    needs_recordings,
    plain,
    recorded,
)
from tests.shared import DATA

pytestmark = needs_recordings

OPTION = "the size of a contract of BTC-USD-210924-66000-C is not known here"


def same(event: object, trade: Trade) -> bool:
    """Whether a tick is this trade, with floats the nearest to the exact numbers."""
    assert isinstance(event, Tick), event
    symbol, base, quote, kind, price, size, side, number, ts = trade
    i = event.instrument
    assert (i.symbol, i.base, i.quote, i.kind) == (symbol, base, quote, kind)
    assert event.price == float(price)
    # Sizes of contracts are made by a division of two rounded numbers.
    contract = kind != "spot"
    assert event.size == (pytest.approx(float(size), rel=1e-15) if contract else float(size))
    assert (event.side, event.id, event.ts) == (side, number, ts)
    return True


@pytest.mark.parametrize("venue", ROWS)
def test_every_recorded_trade_value_by_value(venue: str) -> None:
    path = frames(venue)
    wanted: list[Row] = []
    old = 0
    for number, _, data in recorded(path):
        trades = live_trades(venue, data)
        if trades and history(venue, number, data):
            old += len(trades)
        else:
            wanted += [(number, *exact(row)) for row in trades]
    found = feed(venue, path)
    assert len(wanted) == TRADES[venue]
    assert old == {"htx": 11, "cryptocom": 1000, "hyperliquid": 30}.get(venue, 0)
    assert [(n, *plain(e)) for n, e in found if isinstance(e, Tick)] == wanted
    assert not [e for _, e in found if isinstance(e, Malformed)]


@pytest.mark.parametrize("venue", [v for v in FILES if v not in ROWS])
def test_every_recorded_trade_and_its_instrument_value_by_value(venue: str) -> None:
    lines = frames(venue).read_text().splitlines()
    wanted = expected(venue, lines)
    found = list(decode(venue, lines))
    others = [(number, event) for number, event in found if not isinstance(event, Tick)]
    ticks = [(number, event) for number, event in found if isinstance(event, Tick)]
    assert len(wanted) == TRADES[venue]
    assert [number for number, _ in ticks] == [number for number, _ in wanted]
    assert all(same(tick, trade) for (_, tick), (_, trade) in zip(ticks, wanted, strict=True))
    assert {tick.instrument.venue for _, tick in ticks} == {venue}
    if venue == "okx":  # an option
        assert [e.reason for _, e in others if isinstance(e, Malformed)] == [OPTION]
    else:
        assert [e for _, e in others if isinstance(e, Malformed)] == []


# ---- single messages

SINGLE_TRADES = {
    "okx": "okx_v5",
    "bybit": "bybit",
    "kraken_futures": "kraken_v1_and_futures",
    "bitstamp": "bitstamp",
    "gate": "gateio",
}


@pytest.mark.parametrize("venue", SINGLE_TRADES)
def test_single_trades_value_by_value(venue: str) -> None:
    trades = 0
    for line in lines_of("singles", f"singles_{SINGLE_TRADES[venue]}.jsonl"):
        found = [event for _, event in decode(venue, [line])]
        wanted = [trade for _, trade in expected(venue, [line])]
        if wanted:
            assert all(same(e, t) for e, t in zip(found, wanted, strict=True))
        else:
            assert [e for e in found if isinstance(e, Tick)] == [], line
        trades += len(wanted)
    assert trades == {"okx": 3, "bybit": 3, "kraken_futures": 2, "bitstamp": 1, "gate": 0}[venue]


def test_bitfinex_single_trade() -> None:
    """The collector had put the subscription in the place of the channel's number."""
    said: dict[str, Any] = {"event": "subscribed", "channel": "trades", "chanId": 7}
    subscribed = said | {"symbol": "tBTCUST", "pair": "BTCUST"}
    lines = lines_of("singles", "singles_bitfinex_v2.jsonl")
    [live] = [json.loads(line) for line in lines if '"te"' in line]
    history = json.loads(next(line for line in lines if "[[647229117" in line))
    lines = [json.dumps(x) for x in (subscribed, [7, *live[1:]], [7, *history[1:]])]
    [tick] = [event for _, event in decode("bitfinex", lines)]
    [(_, trade)] = expected("bitfinex", lines)
    assert same(tick, trade)
    assert [str(x) for x in trade[4:6]] == ["51350", "0.11546588"]
    assert trade[6:] == ("buy", "637771130", 1615232733897000000)


SINGLE_MESSAGES = {
    "deribit": ("singles_deribit.jsonl", 2),
    "bitmex": ("singles_bitmex.jsonl", 3),
    "htx": ("singles_htx.jsonl", 5),
    "kucoin": ("singles_kucoin.jsonl", 1),
    "bitget": ("singles_bitget_v1.jsonl", 3),
}


@pytest.mark.parametrize("venue", SINGLE_MESSAGES)
def test_single_messages_value_by_value(venue: str) -> None:
    name, count = SINGLE_MESSAGES[venue]
    path = DATA / "singles" / name
    wanted = [(n, *exact(r)) for n, _, data in recorded(path) for r in live_trades(venue, data)]
    found = [(n, *plain(e)) for n, e in feed(venue, path) if isinstance(e, Tick)]
    assert found == wanted
    assert len(found) == count


def test_instruments_of_single_messages() -> None:
    seen = {
        (e.instrument.symbol, e.instrument.base, e.instrument.quote, e.instrument.kind)
        for venue, (name, _) in SINGLE_MESSAGES.items()
        for _, e in feed(venue, DATA / "singles" / name)
        if isinstance(e, Tick)
    }
    assert seen == {
        ("BTC-26MAR21", "BTC", "USD", "future"),
        ("BTC-26MAR21-62000-C", "BTC", "BTC", "option"),
        ("XBTUSD", "BTC", "USD", "perpetual"),
        ("ETHH21", "ETH", "BTC", "future"),
        ("ETHUSDH21", "ETH", "USD", "future"),
        ("btcusdt", "BTC", "USDT", "spot"),
        ("ETH_CQ", "ETH", "USD", "future"),
        ("ETH-USD", "ETH", "USD", "perpetual"),
        ("BTC-USDT", "BTC", "USDT", "perpetual"),
        ("PEOPLE-USDT", "PEOPLE", "USDT", "perpetual"),
        ("BTC-USDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
    }


def test_ids_beyond_double_precision_are_exact() -> None:
    lines = (DATA / "parser_oracle" / "tardis_cryptocom.jsonl").read_text().splitlines()
    parser = VENUES["cryptocom"].parser(())
    ticks = [e for line in lines for e in parser.feed(json.dumps(json.loads(line)["frame"]))]
    assert [t.id for t in ticks if isinstance(t, Tick)] == [
        "2552833531650627373",
        "2552833547970376845",
        "2733854056108316782",
        "4611686018428108636",
    ]
    [line] = [
        line
        for line in (DATA / "parser_oracle" / "tardis_htx.jsonl").read_text().splitlines()
        if "10020171792852100010452" in line
    ]
    text = json.dumps(json.loads(line)["frame"])
    assert '"id": "10020171792852100010452"' in text
    as_sent = text.replace('"10020171792852100010452"', "10020171792852100010452")
    for frame in (text, as_sent, as_sent.encode(), gzip.compress(as_sent.encode())):
        [tick] = VENUES["htx"].parser(()).feed(frame)
        assert isinstance(tick, Tick)
        assert tick.id == "10020171792852100010452"


def test_backfill_samples_have_the_same_trades() -> None:
    """REST rows are those of the websocket: fed as such they give the same trades."""
    rows = json.loads((DATA / "rest" / "deribit.json").read_text())["result"]["trades"]
    frame = {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": "trades.ETH-PERPETUAL.100ms", "data": rows},
    }
    ticks = VENUES["deribit"].parser(()).feed(json.dumps(frame))
    assert [plain(t) for t in ticks if isinstance(t, Tick)] == [
        exact(row) for row in live_trades("deribit", exact_json(json.dumps(frame)))
    ]
    assert [row["trade_seq"] - rows[0]["trade_seq"] for row in rows] == list(range(10))
    assert len(ticks) == 10
    rows = json.loads((DATA / "rest" / "bitmex.json").read_text())
    frame = {"table": "trade", "action": "insert", "data": rows}
    ticks = VENUES["bitmex"].parser(()).feed(json.dumps(frame))
    assert [plain(t) for t in ticks if isinstance(t, Tick)] == [
        exact(row) for row in live_trades("bitmex", exact_json(json.dumps(frame)))
    ]
    assert len(ticks) == 3
