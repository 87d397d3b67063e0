"""Frames of Binance's USD-M futures, and its list of symbols."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import BROKEN, Listed, changed
from tests.connectors.frames.binance import binance

TRADE: dict[str, Any] = {
    "e": "trade",
    "E": 1723161256322,
    "T": 1723161256321,
    "s": "BTCUSDT",
    "t": 5266583935,
    "p": "61800.30",
    "q": "0.006",
    "X": "MARKET",
    "m": False,
}
TICK = Tick(
    Instrument("binance_usdm", "BTCUSDT", "BTC", "USDT", "perpetual", True),
    *(61800.3, 0.006, "buy", "5266583935", 1723161256321000000),
)
FIELDS: tuple[str, ...] = ("T", "s", "t", "p", "q", "m")
PRICE = "p"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    json.dumps({"stream": "btcusdt@trade", "data": TRADE}),
    wire(X="ADL"),
    wire(X="NA", p="0", q="0", s="1000PEPEUSDT"),
    wire(s="1000PEPEUSDT"),
    '{"result":null,"id":1}',
    '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}',
]


def usdm(symbol: str, base: str, quote: str, contract: str, status: str) -> dict[str, Any]:
    return binance(symbol, base, quote, status) | {"pair": base + quote, "contractType": contract}


LISTING: list[Any] = [
    {
        "symbols": [
            usdm("BTCUSDT", "BTC", "USDT", "PERPETUAL", "TRADING"),
            usdm("TSLAUSDT", "TSLA", "USDT", "TRADIFI_PERPETUAL", "TRADING"),
            usdm("BTCUSDT_261225", "BTC", "USDT", "CURRENT_QUARTER", "TRADING"),
            usdm("LUNAUSDT", "LUNA", "USDT", "PERPETUAL", "SETTLING"),
            BROKEN,
        ]
    }
]
LISTED: list[Listed] = [
    ("BTCUSDT", "BTC", "USDT", "perpetual"),
    ("TSLAUSDT", "TSLA", "USDT", "perpetual"),
    ("BTCUSDT_261225", "BTC", "USDT", "future"),
]
