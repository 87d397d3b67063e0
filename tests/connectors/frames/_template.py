"""Frames of the exchange that `connectors/venues/_template.py` invents, and its list of symbols.

Copy it to the name of a new venue, beside those of the others. No other file lists it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Heartbeat, Refused, Reply
from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

VENUE = "template"
TRADE: dict[str, Any] = {
    "id": 17,
    "price": "60000.5",
    "size": "0.25",
    "side": "buy",
    "time": "2026-07-07T22:58:17.164892Z",
}
TICK = Tick(
    Instrument(VENUE, "BTC-USD", "BTC", "USD", "spot", True),
    *(60000.5, 0.25, "buy", "17", 1783465097_164892_000),
)
FIELDS = tuple(TRADE)
PRICE = "price"


def frame(*trades: Any) -> Any:
    return {"type": "trades", "symbol": "BTC-USD", "trades": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [wire(), '{"type":"closing","in_seconds":60}']
ANSWERS: list[tuple[str, Event]] = [
    ('{"type":"subscribed","symbol":"BTC-USD"}', Ack("BTC-USD")),
    (
        '{"type":"error","symbol":"NO-USD","message":"unknown symbol"}',
        Refused("NO-USD", "unknown symbol"),
    ),
    ('{"type":"heartbeat"}', Heartbeat()),
    ('{"type":"ping","n":5}', Reply('{"op":"pong","n":5}')),
]
LISTING: list[Any] = [
    [
        *(
            {"symbol": f"{base}-USD", "base": base, "quote": "USD", "state": "trading"}
            for base in ("BTC", "USDT", "USDC")
        ),
        {"symbol": "OLD-USD", "base": "OLD", "quote": "USD", "state": "halted"},
        {"symbol": "ETH-USD", "quote": "USD", "state": "trading"},
    ]
]
LISTED: list[Listed] = [
    ("BTC-USD", "BTC", "USD", "spot"),
    ("USDT-USD", "USDT", "USD", "spot"),
    ("USDC-USD", "USDC", "USD", "spot"),
]
