"""Frames of Gemini, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import BROKEN, Listed, changed

TRADE: dict[str, Any] = {
    "type": "trade",
    "symbol": "LTCUSD",
    "event_id": 34359635986,
    "timestamp": 1618677946452,
    "price": "315.20",
    "quantity": "1.86438",
    "side": "buy",
}
TICK = Tick(
    Instrument("gemini", "LTCUSD", "LTC", "USD", "spot", False),
    *(315.2, 1.86438, "buy", "34359635986", 1618677946452000000),
)
FIELDS: tuple[str, ...] = ("symbol", "event_id", "timestamp", "price", "quantity", "side")
PRICE = "price"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire(tid=7, side="block"),
    '{"type":"l2_updates","symbol":"BTCUSD","changes":[],"trades":[{"type":"trade"}]}',
    '{"E":1783981140085684201,"s":"btcusd","t":7,"p":"62145.38","q":"1","m":true}',
    '{"type":"heartbeat","timestamp":1618677942928}',
    '{"result":"error","reason":"InvalidSymbol","message":"no"}',
]


def gemini(symbol: str, base: str, quote: str, status: str = "open") -> dict[str, Any]:
    return {"symbol": symbol, "base_currency": base, "quote_currency": quote, "status": status}


LISTING: list[Any] = [
    [
        gemini("BTCUSD", "BTC", "USD"),
        gemini("moodengusd", "MOODENG", "USD", status="limit_only"),
        gemini("BTCGUSDPERP", "BTC", "GUSD"),
        gemini("LUNAUSD", "LUNA", "USD", status="closed"),
        BROKEN | {"status": "open"},
    ]
]
LISTED: list[Listed] = [
    ("BTCUSD", "BTC", "USD", "spot"),
    ("MOODENGUSD", "MOODENG", "USD", "spot"),
    ("BTCGUSDPERP", "BTC", "GUSD", "perpetual"),
]
