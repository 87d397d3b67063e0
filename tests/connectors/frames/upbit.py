"""Frames of Upbit, and its list of symbols."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from connectors.venues.events import Event, Heartbeat, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import MS, NS, Listed, changed

TRADE: dict[str, Any] = {
    "type": "trade",
    "code": "USDT-BTC",
    "trade_timestamp": MS,
    "trade_price": 61837.5,
    "trade_volume": 0.25,
    "ask_bid": "ASK",
    "sequential_id": 17231612553420000,
    "stream_type": "REALTIME",
}
TICK = Tick(
    Instrument("upbit", "USDT-BTC", "BTC", "USDT", "spot", False),
    *(61837.5, 0.25, "sell", "17231612553420000", NS),
)
FIELDS: tuple[str, ...] = tuple(name for name in TRADE if name != "type")
PRICE = "trade_price"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    json.dumps(
        {"ty": "trade", "cd": "KRW-BTC", "ttms": 1618678262000, "tp": 127.0, "tv": 46.4}
        | {"ab": "BID", "sid": 1618678262000003, "st": "REALTIME"}
    ),
]
ANSWERS: list[tuple[str, Event]] = [
    ('{"status":"UP"}', Heartbeat()),
    (
        '{"error":{"name":"INVALID_PARAM","message":"codes field is empty."}}',
        Refused(None, "INVALID_PARAM: codes field is empty."),
    ),
]
LISTING: list[Any] = [
    [
        {"market": "KRW-BTC", "korean_name": "비트코인", "english_name": "Bitcoin"},
        {"market": "USDT-BTC", "korean_name": "비트코인", "english_name": "Bitcoin"},
        {"market": "BTC"},
    ]
]
LISTED: list[Listed] = [("KRW-BTC", "BTC", "KRW", "spot"), ("USDT-BTC", "BTC", "USDT", "spot")]
