"""Frames of Bitfinex, and its list of symbols."""

from __future__ import annotations

import json
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, subscribed, written

TRADE: list[Any] = [658733916, 1617643611128, -0.7574881, 230890]
TICK = Tick(
    Instrument("bitfinex", "ETHJPY", "ETH", "JPY", "spot", False),
    *(230890.0, 0.7574881, "sell", "658733916", 1617643611128000000),
)


def frame(trade: Any) -> Any:
    return [7, "te", trade]


BEGIN = [subscribed("ETHJPY")]
SEEDS = [
    written(frame, TRADE),
    json.dumps([7, "te", TRADE, 12]),
    json.dumps([7, [TRADE, TRADE], 3]),
    '[7,"hb",20]',
    subscribed("ETHJPY"),
    '{"event":"conf","status":"OK","flags":65536}',
    '{"event":"error","msg":"symbol: invalid","code":10300,"symbol":"tNOPUSD"}',
    '{"event":"info","code":20060,"msg":"so"}',
]
LISTING: list[Any] = [
    [
        ["BTCUSD", "DOGE:USD", "USTUSD", "UDCUSD", "TESTBTC:TESTUSD", "BTC/USD"],
        ["BTCF0:USTF0"],
    ]
]
LISTED: list[Listed] = [
    ("BTCUSD", "BTC", "USD", "spot"),
    ("DOGE:USD", "DOGE", "USD", "spot"),
    ("USTUSD", "USDT", "USD", "spot"),
    ("UDCUSD", "USDC", "USD", "spot"),
    ("BTCF0:USTF0", "BTC", "USDT", "perpetual"),
]
