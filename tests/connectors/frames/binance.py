"""Frames of Binance spot, and its list of symbols."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import BROKEN, Listed, changed

TRADE: dict[str, Any] = {
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
TICK = Tick(
    Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True),
    *(61837.63, 0.02, "sell", "3735683259", 1723161255342000000),
)
FIELDS: tuple[str, ...] = ("s", "t", "p", "q", "T", "m")
PRICE = "p"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    json.dumps({"stream": "btcusdt@trade", "data": TRADE}),
    '{"result":null,"id":1}',
    '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
    '{"e":"serverShutdown","E":1770123456789}',
    '{"u":400900217,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
]


def binance(symbol: str, base: str, quote: str, status: str = "TRADING") -> dict[str, Any]:
    names = {"symbol": symbol, "baseAsset": base, "quoteAsset": quote}
    return {**names, "status": status, "isSpotTradingAllowed": True, "filters": []}


LISTING: list[Any] = [
    {
        "timezone": "UTC",
        "symbols": [
            binance("BTCUSDT", "BTC", "USDT"),
            binance("1000SATSFDUSD", "1000SATS", "FDUSD"),
            binance("LUNAUSDT", "LUNA", "USDT", status="BREAK"),
            BROKEN,
        ],
    }
]
LISTED: list[Listed] = [
    ("BTCUSDT", "BTC", "USDT", "spot"),
    ("1000SATSFDUSD", "SATS", "FDUSD", "spot"),
]
