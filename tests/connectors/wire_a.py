"""A trade of nine more venues in each one's wire format, to be changed by the tests."""

import json
from typing import Any

from connectors.venues.registry import VENUES

TRADE: dict[str, dict[str, Any]] = {
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
}
FIELDS = {
    "okx": ("instId", "tradeId", "px", "sz", "side", "ts"),
    "bybit": ("T", "s", "S", "v", "p", "i"),
    "binance_usdm": ("T", "s", "t", "p", "q", "m"),
    "coinbase_advanced": ("product_id", "trade_id", "price", "size", "time", "side"),
    "kraken_futures": ("product_id", "side", "seq", "time", "qty", "price"),
    "bitstamp": ("id", "amount_str", "price_str", "type", "microtimestamp"),
    "gemini": ("symbol", "event_id", "timestamp", "price", "quantity", "side"),
    "gate": ("id", "create_time_ms", "side", "currency_pair", "amount", "price"),
}
PRICE = {
    "okx": "px",
    "bybit": "p",
    "binance_usdm": "p",
    "coinbase_advanced": "price",
    "kraken_futures": "price",
    "bitstamp": "price_str",
    "gemini": "price",
    "gate": "price",
}
BITFINEX = [658733916, 1617643611128, -0.7574881, 230890]
"""A trade of Bitfinex: id, ms, amount, price."""


def wrapped(venue: str, *trades: Any) -> str:
    """A frame with these trades."""
    frame: Any = trades[0]
    match venue:
        case "okx":
            arg = {"channel": "trades", "instId": "BTC-USDT"}
            frame = {"arg": arg, "data": list(trades)}
        case "bybit":
            topic = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1786310819681}
            frame = {**topic, "data": list(trades)}
        case "coinbase_advanced":
            events = [{"type": "update", "trades": list(trades)}]
            frame = {"channel": "market_trades", "sequence_num": 9, "events": events}
        case "bitstamp":
            frame = {"data": trades[0], "channel": "live_trades_ethusd", "event": "trade"}
        case "gate":
            frame = {"time": 1619093546, "channel": "spot.trades", "event": "update"}
            frame["result"] = trades[0]
        case "bitfinex":
            frame = [7, "te", trades[0]]
    return json.dumps(frame)


def wire(venue: str, **changed: Any) -> str:
    """A trade of a venue with some fields changed, or left out where changed to `...`."""
    trade = TRADE[venue] | changed
    return wrapped(venue, {k: v for k, v in trade.items() if v is not ...})


def subscribed(symbol: str) -> str:
    """Bitfinex's answer to a subscription, which frames of channel 7 need."""
    said = {"event": "subscribed", "channel": "trades", "chanId": 7}
    return json.dumps(said | {"symbol": f"t{symbol}", "pair": symbol})


def feed(venue: str, *frames: str | bytes) -> list[Any]:
    parser = VENUES[venue].parser(())
    if venue == "bitfinex":
        parser.feed(subscribed("ETHJPY"))
    return [event for frame in frames for event in parser.feed(frame)]
