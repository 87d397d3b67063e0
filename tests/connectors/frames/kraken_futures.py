"""Frames of Kraken Futures, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "feed": "trade",
    "product_id": "PF_XBTUSD",
    "uid": "e2429e31-8b9d-4195-900e-fd42be2dec89",
    "side": "buy",
    "type": "fill",
    "seq": 5956,
    "time": 1626994929946,
    "qty": 0.25,
    "price": 39054.5,
}
TICK = Tick(
    Instrument("kraken_futures", "PF_XBTUSD", "BTC", "USD", "perpetual", False),
    *(39054.5, 0.25, "buy", "e2429e31-8b9d-4195-900e-fd42be2dec89", 1626994929946000000),
)
FIELDS: tuple[str, ...] = ("product_id", "side", "seq", "time", "qty", "price")
PRICE = "price"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire(seq=7000, product_id="PI_XBTUSD"),
    wire(type="block", product_id="PI_XBTUSD"),
    '{"feed":"trade_snapshot","trades":[{"product_id":"PF_XBTUSD","uid":"x","seq":5950}]}',
    '{"event":"subscribed","feed":"trade","product_ids":["PF_XBTUSD"]}',
    '{"event":"alert","message":"Bad request"}',
]


def future(symbol: str, kind: str, tradeable: bool = True) -> dict[str, Any]:
    return {"symbol": symbol, "type": kind, "tradeable": tradeable, "tickSize": 0.5}


LISTING: list[Any] = [
    {
        "result": "success",
        "instruments": [
            future("PF_XBTUSD", "flexible_futures"),
            future("pi_xbtusd", "futures_inverse"),
            future("FF_ETHUSD_261225", "flexible_futures"),
            future("in_xbtusd", "spot index", tradeable=False),
            future("PF_XBTUSD_261225", "flexible_futures"),
        ],
    }
]
LISTED: list[Listed] = [
    ("PF_XBTUSD", "BTC", "USD", "perpetual"),
    ("PI_XBTUSD", "BTC", "USD", "perpetual"),
    ("FF_ETHUSD_261225", "ETH", "USD", "future"),
]
