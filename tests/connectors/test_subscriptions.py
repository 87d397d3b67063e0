"""What prices an asset on each venue, how it is asked for, and what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.venues.base import Parser, Venue
from connectors.venues.events import Ack, Event, Heartbeat, Malformed, Notice, Refused
from connectors.venues.registry import VENUES, venue
from engine.records import Instrument, Tick
from tests.connectors.wire import (
    BITGET_ARG,
    SAME_TRADE,
    TRADE,
    wire,
)

SYMBOLS = {
    "okx": ["BTC-USDT", "DOGE-USDT"],
    "bybit": ["BTCUSDT", "DOGEUSDT"],
    "binance_usdm": ["BTCUSDT", "DOGEUSDT"],
    "coinbase_advanced": ["BTC-USD", "DOGE-USD", "USDT-USD"],
    "kraken_futures": ["PF_XBTUSD", "PF_DOGEUSD"],
    "bitstamp": ["btcusd", "dogeusd", "usdtusd", "usdcusd"],
    "bitfinex": ["BTCUSD", "DOGE:USD", "USTUSD", "UDCUSD"],
    "gemini": ["BTCUSD", "DOGEUSD"],
    "gate": ["BTC_USDT", "DOGE_USDT"],
}
URLS = {
    "okx": "wss://ws.okx.com:8443/ws/v5/public",
    "bybit": "wss://stream.bybit.com/v5/public/spot",
    "binance_usdm": "wss://fstream.binance.com/public/ws",
    "coinbase_advanced": "wss://advanced-trade-ws.coinbase.com",
    "kraken_futures": "wss://futures.kraken.com/ws/v1",
    "bitstamp": "wss://ws.bitstamp.net",
    "bitfinex": "wss://api-pub.bitfinex.com/ws/2",
    "gemini": "wss://api.gemini.com/v2/marketdata/",
    "gate": "wss://api.gateio.ws/ws/v4/",
}


def asked(name: str, *assets: str) -> tuple[Parser, list[Any]]:
    """A parser for these assets, and the frames that it wants to send."""
    parser = VENUES[name].parser(VENUES[name].instruments(assets))
    return parser, [json.loads(frame) for frame in parser.subscribe()]


def test_what_prices_an_asset_on_binance_coinbase_and_kraken() -> None:
    symbols = {
        n: [i.symbol for i in VENUES[n].instruments(["BTC", "SOL", "BTC"])]
        for n in ("binance", "coinbase", "kraken")
    }
    assert symbols == {
        "binance": ["BTCUSDT", "SOLUSDT"],
        "coinbase": ["BTC-USD", "SOL-USD", "USDT-USD"],
        "kraken": ["BTC/USD", "SOL/USD", "USDT/USD", "USDC/USD"],
    }
    assert VENUES["binance"].instruments(["USDT", "USD"]) == []
    assert [i.symbol for i in VENUES["coinbase"].instruments(["USDC", "USDT"])] == ["USDT-USD"]


@pytest.mark.parametrize("name", SYMBOLS)
def test_what_prices_an_asset(name: str) -> None:
    found: Venue = venue(name)
    assert found.name == name
    instruments = found.instruments(["BTC", "DOGE", "BTC", "USD"])
    assert [i.symbol for i in instruments] == SYMBOLS[name]
    assert [i.base for i in instruments[:2]] == ["BTC", "DOGE"]
    assert {i.venue for i in instruments} == {name}
    assert found.endpoint(found.url, instruments) == URLS[name]
    for path in ("", "/"):
        base = f"ws://127.0.0.1:1{path}"
        assert found.endpoint(base, instruments).startswith("ws://127.0.0.1:1")
        assert "//" not in found.endpoint(base, instruments)[5:]


@pytest.mark.parametrize("name", SYMBOLS)
def test_what_is_asked_for_is_what_is_met(name: str) -> None:
    """An instrument made from a recorded symbol is equal to the one that we would subscribe to."""
    parser: Any = VENUES[name].parser(())
    contract = (False,) if name in ("bybit", "bitget") else ()
    for instrument in VENUES[name].instruments(["BTC", "ETH", "DOGE", "AVAX"]):
        assert parser._meet(instrument.symbol, *contract) == instrument


@pytest.mark.parametrize("venue", SAME_TRADE)
def test_subscriptions_name_the_symbols(venue: str) -> None:
    place = VENUES[venue]
    instruments = place.instruments(["BTC", "ETH", "BTC"])
    assert len(instruments) == len(set(instruments)) >= 2
    assert {i.venue for i in instruments} == {venue}
    frames = place.parser(instruments).subscribe()
    text = " ".join(str(frame) for frame in frames)
    assert all(i.symbol in text for i in instruments)
    assert all(isinstance(json.loads(frame), dict | list) for frame in frames)
    assert place.endpoint(place.url, instruments).startswith("wss://")
    # What is subscribed to is read as the same instrument that a recording would give.
    if venue not in ("htx", "cryptocom", "bitget"):
        [name] = [n for n in ("instrument_name", "symbol", "code", "coin") if n in TRADE[venue]]
        for instrument in instruments:
            parser = place.parser(())
            frame = wire(venue, **{name: instrument.symbol})
            assert (*parser.feed(frame), *parser.feed(frame))[-1].instrument == instrument


def test_a_subscribed_instrument_is_the_one_given() -> None:
    given = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
    [tick] = VENUES["binance"].parser([given]).feed(wire("binance"))
    assert isinstance(tick, Tick)
    assert tick.instrument is given


def test_subscriptions_as_the_venues_document_them() -> None:
    def asked(venue: str, *assets: str) -> list[Any]:
        place = VENUES[venue]
        return [json.loads(f) for f in place.parser(place.instruments(assets)[:2]).subscribe()]

    heartbeat, request = asked("deribit", "BTC")
    assert heartbeat["method"] == "public/set_heartbeat"
    assert heartbeat["params"] == {"interval": 30}
    channels = ["trades.BTC_USDC.100ms", "trades.BTC-PERPETUAL.100ms"]
    assert request["params"] == {"channels": channels}
    assert request["method"] == "public/subscribe"
    assert asked("bitmex", "BTC")[1] == {"op": "subscribe", "args": ["trade:XBTUSD"]}
    assert asked("htx", "BTC") == [{"sub": "market.btcusdt.trade.detail", "id": "btcusdt"}]
    topic = {"type": "subscribe", "topic": "/market/match:BTC-USDT", "response": True}
    assert asked("kucoin", "BTC") == [topic | {"id": "BTC-USDT"}]
    params = {"channels": ["trade.BTC_USD"]}
    assert asked("cryptocom", "BTC")[0] == {"id": 1, "method": "subscribe", "params": params}
    assert asked("bitget", "BTC") == [{"op": "subscribe", "args": [BITGET_ARG]}]
    [[ticket, trades, form]] = asked("upbit", "BTC", "ETH")
    assert list(ticket) == ["ticket"]
    codes = ["USDT-BTC", "USDT-ETH"]
    assert trades == {"type": "trade", "codes": codes, "is_only_realtime": True}
    assert form == {"format": "DEFAULT"}
    subscription = {"type": "trades", "coin": "BTC"}
    assert asked("hyperliquid", "BTC") == [{"method": "subscribe", "subscription": subscription}]


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


def test_okx_subscription() -> None:
    parser, frames = asked("okx", *(f"A{n}" for n in range(120)))
    assert [len(f["args"]) for f in frames] == [50, 50, 20]
    assert frames[0]["op"] == "subscribe"
    assert frames[0]["args"][0] == {"channel": "trades", "instId": "A0-USDT"}
    longest = VENUES["okx"].parser(VENUES["okx"].instruments(f"{'A' * 18}{n}" for n in range(50)))
    assert max(len(frame) for frame in longest.subscribe()) < 4096
    said = {"event": "subscribe", "arg": {"channel": "trades", "instId": "A7-USDT"}}
    assert parser.feed(json.dumps(said)) == [Ack("A7-USDT")]
    said["arg"]["channel"] = "tickers"  # type: ignore[index]
    assert parser.feed(json.dumps(said)) == []
    error = {"event": "error", "code": "60018", "msg": "Wrong URL or channel:trades,instId:"}
    error["msg"] += "NOPE-USDT doesn't exist."
    assert parser.feed(json.dumps(error)) == [Refused("NOPE-USDT", error["msg"])]
    notice = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'
    assert parser.feed(notice) == [Notice("The connection will soon be closed", closing=True)]
    assert parser.feed("pong") == parser.feed(b"pong") == [Heartbeat()]
    assert [type(e) for e in parser.feed("ping")] == [Malformed]


def test_bybit_subscription() -> None:
    parser, frames = asked("bybit", "BTC", "NOPE")
    assert frames == [
        {"req_id": s, "op": "subscribe", "args": [f"publicTrade.{s}"]}
        for s in ("BTCUSDT", "NOPEUSDT")
    ]
    said: dict[str, Any] = {"success": True, "ret_msg": "", "conn_id": "x", "op": "subscribe"}
    assert parser.feed(json.dumps(said | {"req_id": "BTCUSDT"})) == [Ack("BTCUSDT")]
    assert parser.feed(json.dumps(said | {"req_id": ""})) == []
    no = said | {"success": False, "ret_msg": "Invalid symbol"}
    assert parser.feed(json.dumps(no | {"req_id": "NOPEUSDT"})) == [
        Refused("NOPEUSDT", "Invalid symbol")
    ]
    pong = said | {"ret_msg": "pong", "op": "ping"}
    assert parser.feed(json.dumps(pong)) == [Heartbeat()]


def test_binance_usdm_subscription() -> None:
    parser, frames = asked("binance_usdm", "BTC", "ETH")
    params = ["btcusdt@trade", "ethusdt@trade"]
    assert frames == [{"method": "SUBSCRIBE", "params": params, "id": 1}]
    assert parser.feed('{"result":null,"id":1}') == [Ack("BTCUSDT"), Ack("ETHUSDT")]


def test_coinbase_advanced_subscription() -> None:
    parser, frames = asked("coinbase_advanced", "BTC")
    assert frames == [
        {"type": "subscribe", "channel": "heartbeats"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "market_trades"},
        {"type": "subscribe", "product_ids": ["USDT-USD"], "channel": "market_trades"},
    ]
    events = [{"subscriptions": {"market_trades": ["BTC-USD"], "heartbeats": ["heartbeats"]}}]
    said = json.dumps({"channel": "subscriptions", "sequence_num": 2, "events": events})
    assert parser.feed(said) == [Ack("BTC-USD")]
    assert parser.feed(said) == [], "the answer repeats what is subscribed"
    assert parser.feed('{"type":"error","message":"no such product"}') == [
        Refused(None, "no such product")
    ]


def test_kraken_futures_subscription() -> None:
    parser, frames = asked("kraken_futures", "BTC")
    assert frames == [{"event": "subscribe", "feed": "trade", "product_ids": ["PF_XBTUSD"]}]
    said = '{"event":"subscribed","feed":"%s","product_ids":["PF_XBTUSD"]}'
    assert parser.feed(said % "trade") == [Ack("PF_XBTUSD")]
    assert parser.feed(said % "book") == []
    for kind in ("error", "alert"):
        refusal = f'{{"event":"{kind}","message":"Invalid product id"}}'
        assert parser.feed(refusal) == [Refused(None, "Invalid product id")]
    assert parser.feed('{"event":"info","version":1}') == []
    assert parser.feed('{"feed":"heartbeat","time":1534262350627}') == [Heartbeat()]


def test_bitstamp_subscription() -> None:
    parser, frames = asked("bitstamp", "BTC")
    assert frames[0] == {"event": "bts:subscribe", "data": {"channel": "live_trades_btcusd"}}
    said = '{"event":"bts:subscription_succeeded","channel":"%s_btcusd","data":{}}'
    assert parser.feed(said % "live_trades") == [Ack("btcusd")]
    assert parser.feed(said % "order_book") == []
    heartbeat = '{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}'
    assert parser.feed(heartbeat) == [Heartbeat()]
    [notice] = parser.feed('{"event":"bts:request_reconnect","channel":"","data":""}')
    assert isinstance(notice, Notice)
    assert notice.closing
    error = '{"event":"bts:error","channel":"%s","data":{"code":null,"message":"no"}}'
    assert parser.feed(error % "live_trades_btcusd") == [Refused("btcusd", "no")]
    assert parser.feed(error % "") == [Refused(None, "no")]


def test_bitfinex_subscription() -> None:
    parser, frames = asked("bitfinex", "AVAX")
    assert frames[:2] == [
        {"event": "conf", "flags": 65536},
        {"event": "subscribe", "channel": "trades", "symbol": "tAVAX:USD"},
    ]
    said = {"event": "subscribed", "channel": "trades", "chanId": 5, "symbol": "tAVAX:USD"}
    assert parser.feed(json.dumps(said)) == [Ack("AVAX:USD")]
    assert parser.feed(json.dumps(said | {"channel": "ticker"})) == []
    error = {"event": "error", "msg": "symbol: invalid", "code": 10300, "symbol": "tNOPUSD"}
    assert parser.feed(json.dumps(error)) == [Refused("NOPUSD", "symbol: invalid (10300)")]
    for code, closing in ((20051, True), (20060, False), (20061, True), (12345, False)):
        [notice] = parser.feed(f'{{"event":"info","code":{code},"msg":"so"}}')
        assert isinstance(notice, Notice)
        assert notice.closing is closing


def test_gemini_subscription() -> None:
    parser, frames = asked("gemini", "BTC", "ETH")
    assert frames == [
        {"type": "subscribe", "subscriptions": [{"name": "l2", "symbols": [symbol]}]}
        for symbol in ("BTCUSD", "ETHUSD")
    ]
    book = '{"type":"l2_updates","symbol":"BTCUSD","changes":[]}'
    assert parser.feed(book) == [Ack("BTCUSD")]
    assert parser.feed(book) == []
    refusal = '{"result":"error","reason":"InvalidSymbol","message":"no NOPEUSD"}'
    assert parser.feed(refusal) == [Refused(None, "InvalidSymbol: no NOPEUSD")]


def test_gate_subscription() -> None:
    parser, frames = asked("gate", "BTC", "NOPE")
    asking = {"channel": "spot.trades", "event": "subscribe"}
    assert frames == [
        {"id": 0, **asking, "payload": ["BTC_USDT"]},
        {"id": 1, **asking, "payload": ["NOPE_USDT"]},
    ]
    said: dict[str, Any] = {"time": 1, "id": 0, **asking}
    assert parser.feed(json.dumps(said | {"result": {"status": "success"}})) == [Ack("BTC_USDT")]
    no = said | {"id": 1, "error": {"code": 2, "message": "unknown currency pair"}}
    assert parser.feed(json.dumps(no)) == [Refused("NOPE_USDT", "unknown currency pair")]
    assert parser.feed(json.dumps(no | {"id": 9})) == [Refused(None, "unknown currency pair")]
    pong: list[Event] = parser.feed('{"time":1,"channel":"spot.pong","event":"","result":null}')
    assert pong == [Heartbeat()]
