"""Frames of Hyperliquid, and its list of symbols."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Heartbeat, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import MS, NS, Listed, changed

TRADE: dict[str, Any] = {
    "coin": "BTC",
    "side": "A",
    "px": "61837.5",
    "sz": "0.25",
    "time": MS,
    "tid": 809065877559592,
}
TICK = Tick(
    Instrument("hyperliquid", "BTC", "BTC", "USDC", "perpetual", False),
    *(61837.5, 0.25, "sell", "809065877559592", NS),
)
FIELDS: tuple[str, ...] = tuple(TRADE)
PRICE = "px"


def frame(*trades: Any) -> Any:
    return {"channel": "trades", "data": trades}


wire = partial(changed, frame, TRADE)
BEGIN = [wire()]
SEEDS = [
    wire(),
    wire(coin="kPEPE"),
]
ANSWERS: list[tuple[str, Event]] = [
    (
        '{"channel":"subscriptionResponse","data":{"method":"subscribe",'
        '"subscription":{"type":"trades","coin":"BTC"}}}',
        Ack("BTC"),
    ),
    (
        json.dumps({"channel": "error", "data": 'Invalid subscription {"coin":"BTC"}'}),
        Refused("BTC", 'Invalid subscription {"coin":"BTC"}'),
    ),
    ('{"channel":"pong"}', Heartbeat()),
]
LISTING: list[Any] = [
    {
        "universe": [
            {"name": "BTC", "szDecimals": 5, "maxLeverage": 40},
            {"name": "kPEPE", "szDecimals": 0, "maxLeverage": 10},
            {"name": "MATIC", "szDecimals": 1, "isDelisted": True},
            {"szDecimals": 1},
        ]
    },
    {
        "tokens": [
            {"name": "USDC", "szDecimals": 8, "index": 0},
            {"name": "PURR", "szDecimals": 0, "index": 1},
            {"name": "HYPE", "szDecimals": 2, "index": 150},
        ],
        "universe": [
            {"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": True},
            {"name": "@107", "tokens": [150, 0], "index": 107, "isCanonical": False},
        ],
    },
]
LISTED: list[Listed] = [
    ("BTC", "BTC", "USDC", "perpetual"),
    ("kPEPE", "PEPE", "USDC", "perpetual"),
    ("PURR/USDC", "PURR", "USDC", "spot"),
    ("@107", "HYPE", "USDC", "spot"),
]
