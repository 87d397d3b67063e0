"""What is said between us and expected_b's venues besides trades."""

import gzip
import json
from typing import Any

import pytest

from connectors.venues.base import Ack, Heartbeat, Malformed, Refused, Reply
from connectors.venues.htx import LARGEST, Htx
from connectors.venues.kucoin import Kucoin
from engine.types import Tick
from tests.connectors.expected_b import VENUES_B
from tests.connectors.wire_b import BITGET_ARG, TRADE, feed, wire


@pytest.mark.parametrize("venue", VENUES_B)
def test_subscriptions_name_the_symbols(venue: str) -> None:
    place = VENUES_B[venue]
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


def test_subscriptions_as_the_venues_document_them() -> None:
    def asked(venue: str, *assets: str) -> list[Any]:
        place = VENUES_B[venue]
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


ANSWERS = [
    ("bitmex", '{"success":true,"subscribe":"trade:XBTUSD"}', Ack("XBTUSD")),
    (
        "bitmex",
        '{"status":400,"error":"Unknown or expired symbol.","meta":{},'
        '"request":{"op":"subscribe","args":["trade:XBT_USDT"]}}',
        Refused("XBT_USDT", "Unknown or expired symbol."),
    ),
    ("bitmex", "pong", Heartbeat()),
    (
        "htx",
        '{"id":"btcusdt","status":"error","err-code":"bad-request","ts":1494301904959,'
        '"err-msg":"invalid topic market.btcusdt.trade.detail"}',
        Refused("btcusdt", "invalid topic market.btcusdt.trade.detail"),
    ),
    ("kucoin", '{"id":"BTC-USDT","type":"ack"}', Ack("BTC-USDT")),
    (
        "kucoin",
        '{"id":"BTC-USDT","type":"error","code":404,"data":"topic /market/match:X is not found"}',
        Refused("BTC-USDT", "topic /market/match:X is not found"),
    ),
    ("kucoin", '{"id":"1545910590801","type":"pong"}', Heartbeat()),
    ("cryptocom", '{"id":1,"code":0,"method":"subscribe"}', Ack("BTC_USD")),
    (
        "cryptocom",
        '{"id":2,"code":40003,"method":"subscribe","message":"Unknown symbol"}',
        Refused("USDT_USD", "Unknown symbol (code 40003)"),
    ),
    (
        "cryptocom",
        '{"id":-1,"code":40001,"method":"ERROR","message":"Bad request"}',
        Refused(None, "Bad request (code 40001)"),
    ),
    ("bitget", json.dumps({"event": "subscribe", "arg": BITGET_ARG}), Ack("BTCUSDT")),
    (
        "bitget",
        json.dumps({"event": "error", "arg": BITGET_ARG, "code": 30001, "msg": "doesn't exist"}),
        Refused("BTCUSDT", "doesn't exist"),
    ),
    ("bitget", "pong", Heartbeat()),
    ("upbit", '{"status":"UP"}', Heartbeat()),
    (
        "upbit",
        '{"error":{"name":"INVALID_PARAM","message":"codes field is empty."}}',
        Refused(None, "INVALID_PARAM: codes field is empty."),
    ),
    (
        "hyperliquid",
        '{"channel":"subscriptionResponse","data":{"method":"subscribe",'
        '"subscription":{"type":"trades","coin":"BTC"}}}',
        Ack("BTC"),
    ),
    (
        "hyperliquid",
        json.dumps({"channel": "error", "data": 'Invalid subscription {"coin":"BTC"}'}),
        Refused("BTC", 'Invalid subscription {"coin":"BTC"}'),
    ),
    ("hyperliquid", '{"channel":"pong"}', Heartbeat()),
]


@pytest.mark.parametrize(("venue", "frame", "event"), ANSWERS)
def test_answers(venue: str, frame: str, event: Any) -> None:
    place = VENUES_B[venue]
    for sent in (frame, frame.encode()):
        parser = place.parser(place.instruments(["BTC"]))
        parser.subscribe()
        assert parser.feed(sent) == [event]


def test_deribit_tells_which_of_a_request_it_did_not_take() -> None:
    venue = VENUES_B["deribit"]
    parser = venue.parser(venue.instruments(["BTC", "NOPE"]))
    parser.subscribe()
    result = ["trades.BTC_USDC.100ms", "trades.BTC-PERPETUAL.100ms"]
    events = parser.feed(json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}))
    assert events[:2] == [Ack("BTC_USDC"), Ack("BTC-PERPETUAL")]
    refused = [e.symbol for e in events[2:] if isinstance(e, Refused)]
    assert refused == ["NOPE_USDC", "NOPE_USDC-PERPETUAL"]
    parser = venue.parser(venue.instruments(["BTC"]))
    parser.subscribe()
    error = {"code": -32602, "message": "Invalid params"}
    events = parser.feed(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}))
    assert [e.symbol for e in events if isinstance(e, Refused)] == ["BTC_USDC", "BTC-PERPETUAL"]


def test_what_the_venues_want_to_have_answered() -> None:
    ping = gzip.compress(b'{"ping":18212558000}')
    assert feed("htx", ping) == [Heartbeat(), Reply('{"pong":18212558000}')]
    request = '{"id":1587523073344,"method":"public/heartbeat","code":0}'
    reply = Reply('{"id":1587523073344,"method":"public/respond-heartbeat"}')
    assert feed("cryptocom", request) == [Heartbeat(), reply]
    heartbeat = '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}'
    assert feed("deribit", heartbeat) == [Heartbeat()]


def test_keep_alive_frames() -> None:
    frames = {name: venue.limits.keep_alive for name, venue in VENUES_B.items()}
    assert {n: f[1] for n, f in frames.items() if f} == {
        "bitmex": "ping",
        "kucoin": '{"id":"keep-alive","type":"ping"}',
        "bitget": "ping",
        "upbit": "PING",
        "hyperliquid": '{"method":"ping"}',
    }
    silence = {"kucoin": 60, "bitget": 30, "upbit": 120, "hyperliquid": 60}
    assert all(f[0] < silence.get(n, 60) for n, f in frames.items() if f)


# ---- HTX's gzip


def test_htx_frames_are_gzip() -> None:
    frame = gzip.compress(wire("htx").encode())
    assert [type(e) for e in feed("htx", frame)] == [Tick]
    for end in range(2, len(frame)):
        assert [type(e) for e in feed("htx", frame[:end])] == [Malformed]
    [event] = feed("htx", frame + b"x")
    assert isinstance(event, Malformed)
    assert "gzip" in event.reason


def test_htx_bombs_are_not_inflated() -> None:
    whole = b'{"ping":1' + b" " * (LARGEST - 11) + b"} "
    assert len(whole) == LARGEST
    assert len(feed("htx", gzip.compress(whole))) == 2
    bomb = gzip.compress(whole + b" ")
    assert len(bomb) < 10_000
    [event] = feed("htx", bomb)
    assert isinstance(event, Malformed)
    assert event.reason == "gzip that is cut off, has a tail, or is too large"
    assert Htx.limits.keep_alive is None, "the venue pings by itself"


# ---- KuCoin's token

BULLET: dict[str, Any] = {
    "code": "200000",
    "data": {
        "token": "2neAiuYvAU61ZDXANAGAsiL4==",
        "instanceServers": [
            {
                "endpoint": "wss://ws-api-spot.kucoin.com/",
                "encrypt": True,
                "protocol": "websocket",
                "pingInterval": 18000,
                "pingTimeout": 10000,
            }
        ],
    },
}


def test_kucoin_token() -> None:
    venue = Kucoin()
    assert venue.token_url(None) == "https://api.kucoin.com/api/v1/bullet-public"
    assert venue.token_url("http://127.0.0.1:9/") == "http://127.0.0.1:9/api/v1/bullet-public"
    assert venue.token_url("ws://127.0.0.1:9") is None
    url = "wss://ws-api-spot.kucoin.com/?token=2neAiuYvAU61ZDXANAGAsiL4==&connectId=c7"
    assert venue.connection(json.dumps(BULLET), "c7") == (url, 18.0)
    url, every = venue.connection(bullet(endpoint="ws://127.0.0.1:9/", pingInterval=9000), "c7")
    assert (url.partition("?")[0], every) == ("ws://127.0.0.1:9/", 9.0)


def bullet(**server: Any) -> str:
    servers = [BULLET["data"]["instanceServers"][0] | server]
    return json.dumps(BULLET | {"data": BULLET["data"] | {"instanceServers": servers}})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"code":"429000","msg":"Too Many Requests"}', "Too Many Requests"),
        ("<html>", "JSON|unexpected"),
        ("[]", "list"),
        ('{"code":"200000"}', "data"),
        ('{"code":"200000","data":{"token":"a","instanceServers":[]}}', "index"),
        (bullet(endpoint="http://evil.example/"), "secure"),
        (bullet(endpoint="ws://ws-api-spot.kucoin.com/"), "secure"),
        (bullet(endpoint=7), "startswith"),
        (bullet(pingInterval=0), "secure"),
        (bullet(pingInterval="x"), "unsupported"),
    ],
)
def test_kucoin_answers_without_token(answer: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"no KuCoin token: .*({reason})"):
        Kucoin().connection(answer, "1")


@pytest.mark.parametrize("venue", VENUES_B)
def test_limits_are_below_what_is_documented(venue: str) -> None:
    documented = {  # subscriptions, messages a second, attempts a minute
        "deribit": (500, 3.3, 32),
        "bitmex": (1000, 10, 40 / 60),
        "htx": (1000, 10, 60),
        "kucoin": (300, 10, 30),
        "cryptocom": (400, 100, 60),
        "bitget": (1000, 10, 60),
        "upbit": (1000, 5, 300),
        "hyperliquid": (1000, 2000 / 60, 30),
    }[venue]
    limits = VENUES_B[venue].limits
    a_minute = 60 * limits.attempts / limits.attempts_window
    ours = (limits.subscriptions, limits.messages_per_second, a_minute)
    assert all(mine <= theirs for mine, theirs in zip(ours, documented, strict=True))
