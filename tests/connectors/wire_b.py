"""A trade in the wire format of each of expected_b's venues, to be changed by the tests."""

from __future__ import annotations

import json
from typing import Any

from tests.connectors.expected_b import VENUES_B

MS = 1723161255342
NS = MS * 1_000_000
TRADE: dict[str, dict[str, Any]] = {
    "deribit": {
        "trade_seq": 30289432,
        "trade_id": "48079254",
        "timestamp": MS,
        "price": 61837.5,
        "instrument_name": "BTC_USDC-PERPETUAL",
        "direction": "sell",
        "amount": 0.25,
    },
    "bitmex": {
        "timestamp": "2024-08-08T23:54:15.342Z",
        "symbol": "XBTUSD",
        "side": "Sell",
        "size": 900,
        "price": 61837.5,
        "trdMatchID": "d1b82d61-d902-349c-936c-2588b8204aff",
        "homeNotional": 0.25,
    },
    "htx": {
        "id": 123140716701236887569077664,
        "ts": MS,
        "tradeId": 102357140867,
        "amount": 0.25,
        "price": 61837.5,
        "direction": "sell",
    },
    "kucoin": {
        "symbol": "BTC-USDT",
        "sequence": "1614503482134",
        "side": "sell",
        "size": "0.25",
        "price": "61837.5",
        "time": str(NS + 781),
        "tradeId": "6057bb822e113d292396c272",
    },
    "cryptocom": {
        "d": "4611686018428108637",
        "t": MS,
        "tn": str(NS + 123_456),
        "p": "61837.5",
        "q": "0.25",
        "s": "SELL",
        "i": "BTC_USD",
    },
    "bitget": {
        "ts": str(MS),
        "price": "61837.5",
        "size": "0.25",
        "side": "sell",
        "tradeId": "1235671058980749319",
    },
    "upbit": {
        "type": "trade",
        "code": "USDT-BTC",
        "trade_timestamp": MS,
        "trade_price": 61837.5,
        "trade_volume": 0.25,
        "ask_bid": "ASK",
        "sequential_id": 17231612553420000,
        "stream_type": "REALTIME",
    },
    "hyperliquid": {
        "coin": "BTC",
        "side": "A",
        "px": "61837.5",
        "sz": "0.25",
        "time": MS,
        "tid": 809065877559592,
    },
}
"""One trade: a quarter of a bitcoin sold at 61837.5 at the same time, in each wire format."""
BITGET_ARG = {"instType": "SPOT", "channel": "trade", "instId": "BTCUSDT"}


def frame_of(venue: str, *trades: Any, **fields: Any) -> str:
    """A frame of live trades; `fields` go into the envelope."""
    body: dict[str, Any]
    if venue == "deribit":
        params = {"channel": "trades.BTC_USDC-PERPETUAL.100ms", "data": trades}
        body = {"jsonrpc": "2.0", "method": "subscription", "params": params}
    elif venue == "bitmex":
        body = {"table": "trade", "action": "insert", "data": trades}
    elif venue == "htx":
        body = {"ch": "market.btcusdt.trade.detail", "ts": MS, "tick": {"data": trades}}
    elif venue == "kucoin":
        body = {"type": "message", "topic": "/market/match:BTC-USDT", "data": trades[0]}
    elif venue == "cryptocom":
        result = {"instrument_name": "BTC_USD", "channel": "trade", "data": trades}
        body = {"id": -1, "code": 0, "method": "subscribe", "result": result}
    elif venue == "bitget":
        body = {"action": "update", "arg": BITGET_ARG, "data": trades}
    elif venue == "upbit":
        body = trades[0]
    else:
        body = {"channel": "trades", "data": trades}
    return json.dumps(body | fields)


def wire(venue: str, **changed: Any) -> str:
    """A frame of one trade with some fields changed, or left out where changed to `...`."""
    trade = TRADE[venue] | changed
    return frame_of(venue, {k: v for k, v in trade.items() if v is not ...})


def live_parser(venue: str) -> Any:
    """A parser in the middle of a connection: the history of BTC on Hyperliquid has come."""
    parser = VENUES_B[venue].parser(())
    if venue == "hyperliquid":
        assert parser.feed(wire(venue)) == []
    return parser


def feed(venue: str, frame: str | bytes) -> list[Any]:
    return list(live_parser(venue).feed(frame))
