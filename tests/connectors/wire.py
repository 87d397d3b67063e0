"""A trade in each venue's wire format, to be changed by the tests."""

from __future__ import annotations

import json
from typing import Any

from connectors.venues.registry import VENUES

MS = 1723161255342
NS = MS * 1_000_000
TRADE: dict[str, dict[str, Any]] = {
    "binance": {
        "e": "trade",
        "E": 1723161255343,
        "s": "BTCUSDT",
        "t": 3735683259,
        "p": "61837.63000000",
        "q": "0.02000000",
        "T": 1723161255342,
        "m": True,
        "M": True,
    },
    "coinbase": {
        "type": "match",
        "trade_id": 1052119289,
        "side": "sell",
        "size": "0.2",
        "price": "63514.6",
        "product_id": "BTC-USD",
        "sequence": 132235026010,
        "time": "2026-07-07T22:58:17.164892Z",
    },
    "kraken": {
        "symbol": "BTC/USD",
        "side": "buy",
        "price": 63501.5,
        "qty": 0.00147959,
        "ord_type": "limit",
        "trade_id": 64175815,
        "timestamp": "2026-07-07T23:00:04.585581Z",
    },
    "okx": {
        "instId": "BTC-USDT",
        "tradeId": "338476307",
        "px": "30236",
        "sz": "0.0002",
        "side": "buy",
        "ts": "1652459224818",
    },
    "bybit": {
        "T": 1786310819680,
        "s": "BTCUSDT",
        "S": "Sell",
        "v": "0.004",
        "p": "65114.20",
        "i": "a9188a0a-82bc-50de-be60-03eedbe3cdd7",
        "BT": False,
        "RPI": False,
        "seq": 753843954913,
    },
    "binance_usdm": {
        "e": "trade",
        "E": 1723161256322,
        "T": 1723161256321,
        "s": "BTCUSDT",
        "t": 5266583935,
        "p": "61800.30",
        "q": "0.006",
        "X": "MARKET",
        "m": False,
    },
    "coinbase_advanced": {
        "product_id": "BTC-USD",
        "trade_id": "1068572091",
        "price": "65083.67",
        "size": "0.01034361",
        "time": "2026-08-09T21:05:48.167634Z",
        "side": "SELL",
    },
    "kraken_futures": {
        "feed": "trade",
        "product_id": "PF_XBTUSD",
        "uid": "e2429e31-8b9d-4195-900e-fd42be2dec89",
        "side": "buy",
        "type": "fill",
        "seq": 5956,
        "time": 1626994929946,
        "qty": 0.25,
        "price": 39054.5,
    },
    "bitstamp": {
        "id": 216000477,
        "timestamp": "1641343699",
        "amount": 0.0792,
        "amount_str": "0.07920000",
        "price": 3805.44,
        "price_str": "3805.44",
        "type": 1,
        "microtimestamp": "1641343699596123",
    },
    "gemini": {
        "type": "trade",
        "symbol": "LTCUSD",
        "event_id": 34359635986,
        "timestamp": 1618677946452,
        "price": "315.20",
        "quantity": "1.86438",
        "side": "buy",
    },
    "gate": {
        "id": 816995970,
        "create_time": 1619093546,
        "create_time_ms": "1619093546958.1164",
        "side": "buy",
        "currency_pair": "NEO_BTC",
        "amount": "0.5000000000",
        "price": "0.0018735000",
    },
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
"""A trade of each venue whose trades have named fields."""
SAME_TRADE = (
    *("deribit", "bitmex", "htx", "kucoin"),
    *("cryptocom", "bitget", "upbit", "hyperliquid"),
)
"""Venues whose trade in `TRADE` is one and the same: a quarter of a bitcoin sold at 61837.5."""
BITFINEX = [658733916, 1617643611128, -0.7574881, 230890]
"""A trade of Bitfinex: id, ms, amount, price."""
BITGET_ARG = {"instType": "SPOT", "channel": "trade", "instId": "BTCUSDT"}
FIELDS: dict[str, tuple[str, ...]] = {
    "binance": ("s", "t", "p", "q", "T", "m"),
    "coinbase": ("product_id", "trade_id", "price", "size", "time", "side"),
    "kraken": ("symbol", "trade_id", "price", "qty", "timestamp", "side"),
    "okx": ("instId", "tradeId", "px", "sz", "side", "ts"),
    "bybit": ("T", "s", "S", "v", "p", "i"),
    "binance_usdm": ("T", "s", "t", "p", "q", "m"),
    "coinbase_advanced": ("product_id", "trade_id", "price", "size", "time", "side"),
    "kraken_futures": ("product_id", "side", "seq", "time", "qty", "price"),
    "bitstamp": ("id", "amount_str", "price_str", "type", "microtimestamp"),
    "gemini": ("symbol", "event_id", "timestamp", "price", "quantity", "side"),
    "gate": ("id", "create_time_ms", "side", "currency_pair", "amount", "price"),
    "deribit": ("trade_id", "timestamp", "price", "instrument_name", "direction", "amount"),
    "bitmex": ("timestamp", "symbol", "side", "price", "trdMatchID", "homeNotional"),
    "htx": ("ts", "amount", "price", "direction"),
    "kucoin": ("symbol", "side", "size", "price", "time", "tradeId"),
    "cryptocom": ("d", "p", "q", "s"),
    "bitget": ("ts", "price", "size", "side", "tradeId"),
    "upbit": tuple(name for name in TRADE["upbit"] if name != "type"),
    "hyperliquid": tuple(TRADE["hyperliquid"]),
}
"""Those of a trade that its parser reads, without those that it can do without."""
PRICE = {
    "binance": "p",
    "coinbase": "price",
    "kraken": "price",
    "okx": "px",
    "bybit": "p",
    "binance_usdm": "p",
    "coinbase_advanced": "price",
    "kraken_futures": "price",
    "bitstamp": "price_str",
    "gemini": "price",
    "gate": "price",
    "deribit": "price",
    "bitmex": "price",
    "htx": "price",
    "kucoin": "price",
    "cryptocom": "p",
    "bitget": "price",
    "upbit": "trade_price",
    "hyperliquid": "px",
}
"""The field of the price."""


def frame_of(venue: str, *trades: Any, **fields: Any) -> str:
    """A frame of live trades (the first, where each has its own); `fields` go into the envelope."""
    body: Any = trades[0] if trades else None
    match venue:
        case "kraken":
            body = {"channel": "trade", "type": "update", "data": trades}
        case "okx":
            arg = {"channel": "trades", "instId": "BTC-USDT"}
            body = {"arg": arg, "data": trades}
        case "bybit":
            topic = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1786310819681}
            body = {**topic, "data": trades}
        case "coinbase_advanced":
            events = [{"type": "update", "trades": trades}]
            body = {"channel": "market_trades", "sequence_num": 9, "events": events}
        case "bitstamp":
            body = {"data": body, "channel": "live_trades_ethusd", "event": "trade"}
        case "gate":
            envelope = {"time": 1619093546, "channel": "spot.trades", "event": "update"}
            body = {**envelope, "result": body}
        case "bitfinex":
            body = [7, "te", body]
        case "deribit":
            params = {"channel": "trades.BTC_USDC-PERPETUAL.100ms", "data": trades}
            body = {"jsonrpc": "2.0", "method": "subscription", "params": params}
        case "bitmex":
            body = {"table": "trade", "action": "insert", "data": trades}
        case "htx":
            body = {"ch": "market.btcusdt.trade.detail", "ts": MS, "tick": {"data": trades}}
        case "kucoin":
            body = {"type": "message", "topic": "/market/match:BTC-USDT", "data": body}
        case "cryptocom":
            result = {"instrument_name": "BTC_USD", "channel": "trade", "data": trades}
            body = {"id": -1, "code": 0, "method": "subscribe", "result": result}
        case "bitget":
            body = {"action": "update", "arg": BITGET_ARG, "data": trades}
        case "hyperliquid":
            body = {"channel": "trades", "data": trades}
    return json.dumps(body | fields if fields else body)


def wire(venue: str, **changed: Any) -> str:
    """A frame of one trade with some fields changed, or left out where changed to `...`."""
    if venue == "bitfinex":
        return frame_of(venue, BITFINEX)
    trade = TRADE[venue] | changed
    return frame_of(venue, {k: v for k, v in trade.items() if v is not ...})


def subscribed(symbol: str) -> str:
    """Bitfinex's answer to a subscription, which frames of channel 7 need."""
    said = {"event": "subscribed", "channel": "trades", "chanId": 7}
    return json.dumps(said | {"symbol": f"t{symbol}", "pair": symbol})


def live_parser(venue: str) -> Any:
    """A parser in the middle of a connection: Bitfinex has told its channel's number, and on
    Hyperliquid the history of BTC has come."""
    parser = VENUES[venue].parser(())
    if venue == "bitfinex":
        parser.feed(subscribed("ETHJPY"))
    if venue == "hyperliquid":
        assert parser.feed(wire(venue)) == []
    return parser


def feed(venue: str, *frames: str | bytes) -> list[Any]:
    """What a parser in the middle of a connection says to these frames."""
    parser = live_parser(venue)
    return [event for frame in frames for event in parser.feed(frame)]
