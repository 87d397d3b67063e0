"""What nine more venues are asked, and what their answers say."""

import json
from typing import Any

import pytest

from connectors.venues.base import (
    Ack,
    Event,
    Heartbeat,
    Malformed,
    Notice,
    Parser,
    Refused,
    Venue,
    each_trade,
    text_id,
    text_unix_ns,
    unix_ns,
)
from connectors.venues.registry import VENUES, venue
from engine.types import Instrument, Tick
from tests.connectors.wire_a import feed

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
    derivative = (False,) if name == "bybit" else ()
    for instrument in VENUES[name].instruments(["BTC", "ETH", "DOGE", "AVAX"]):
        assert parser._meet(instrument.symbol, *derivative) == instrument


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


def test_limits_are_below_what_is_documented() -> None:
    messages = {"binance_usdm": 10, "coinbase_advanced": 8, "okx": 4}
    for name, most in messages.items():
        assert 0 < VENUES[name].limits.messages_per_second < most
    attempts = {"okx": 3, "bybit": 500 / 300, "coinbase_advanced": 8, "bitfinex": 20 / 60}
    for name, rate in attempts.items():
        limits = VENUES[name].limits
        assert 0 < limits.attempts / limits.attempts_window < rate
    assert VENUES["bitfinex"].limits.subscriptions <= 25
    assert (VENUES["binance_usdm"].limits.lifetime or 0) < 24 * 3600


def test_pings_are_sent_in_time_and_understood() -> None:
    longest = {"okx": 30, "bybit": 20, "bitstamp": 60, "gate": 60}
    pings = {n: v.limits.keep_alive for n, v in VENUES.items() if n in SYMBOLS}
    assert {n for n, ping in pings.items() if ping is not None} == set(longest)
    for name, seconds in longest.items():
        every, frame = pings[name] or (0.0, "")
        assert 0 < every <= seconds
        assert frame == "ping" or json.loads(frame)
    assert feed("okx", "pong") == [Heartbeat()]


# ---- what the parsers share


def test_unix_times() -> None:
    assert unix_ns(1652459224818, 10**6) == 1652459224818 * 10**6
    assert text_unix_ns("1652459224.818", 10**9) == 1652459224818 * 10**6
    assert text_unix_ns("1619093543708.26425555555", 10**6) == 1619093543708264255
    for bad in (True, 1.5, "1", None, -1, 0, 2**70):
        with pytest.raises(ValueError, match="time"):
            unix_ns(bad, 10**6)
    for worse in (1, None, "", ".", "1.", "+1", "1_0", "1e3", "9" * 50, "0"):
        with pytest.raises(ValueError, match="time"):
            text_unix_ns(worse, 10**6)


def test_text_ids() -> None:
    assert text_id("a9188a0a-82bc") == "a9188a0a-82bc"
    for bad in (1, None, "", "x" * 65, "a\nb", [], "\ud800"):
        with pytest.raises(ValueError, match="id"):
            text_id(bad)


def test_a_bad_trade_leaves_the_others_of_its_frame() -> None:
    btc = Instrument("gate", "BTC_USDT", "BTC", "USDT", "spot", False)
    a, b = (Tick(btc, 1.0, 2.0, "buy", number, 10**18) for number in ("1", "2"))

    def read(trade: Any) -> Any:
        return {"a": a, "b": b}[trade]

    events = each_trade(read, ["a", "c", [], "b"], "the frame")
    assert [events[0], events[3]] == [a, b]
    assert events[1] == Malformed("a trade with 'c' missing or unknown", "the frame")
    assert isinstance(events[2], Malformed)
