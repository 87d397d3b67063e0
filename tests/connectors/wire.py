"""A trade in each venue's wire format, to be changed by the tests."""

from __future__ import annotations

import json
from typing import Any

from connectors.venues.registry import VENUES

BINANCE = {
    "e": "trade",
    "E": 1723161255343,
    "s": "BTCUSDT",
    "t": 3735683259,
    "p": "61837.63000000",
    "q": "0.02000000",
    "T": 1723161255342,
    "m": True,
    "M": True,
}
COINBASE = {
    "type": "match",
    "trade_id": 1052119289,
    "side": "sell",
    "size": "0.2",
    "price": "63514.6",
    "product_id": "BTC-USD",
    "sequence": 132235026010,
    "time": "2026-07-07T22:58:17.164892Z",
}
KRAKEN = {
    "symbol": "BTC/USD",
    "side": "buy",
    "price": 63501.5,
    "qty": 0.00147959,
    "ord_type": "limit",
    "trade_id": 64175815,
    "timestamp": "2026-07-07T23:00:04.585581Z",
}
FIELDS = {
    "binance": ("s", "t", "p", "q", "T", "m"),
    "coinbase": ("product_id", "trade_id", "price", "size", "time", "side"),
    "kraken": ("symbol", "trade_id", "price", "qty", "timestamp", "side"),
}
PRICE = {"binance": "p", "coinbase": "price", "kraken": "price"}


def wire(venue: str, **changed: Any) -> str:
    """A trade of a venue with some fields changed, or left out where changed to `...`."""
    trade = {"binance": BINANCE, "coinbase": COINBASE, "kraken": KRAKEN}[venue] | changed
    trade = {k: v for k, v in trade.items() if v is not ...}
    if venue == "kraken":
        return json.dumps({"channel": "trade", "type": "update", "data": [trade]})
    return json.dumps(trade)


def feed(venue: str, frame: str | bytes) -> list[Any]:
    return list(VENUES[venue].parser(()).feed(frame))
