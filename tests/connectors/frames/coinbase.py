"""Frames of Coinbase Exchange, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "type": "match",
    "trade_id": 1052119289,
    "side": "sell",
    "size": "0.2",
    "price": "63514.6",
    "product_id": "BTC-USD",
    "sequence": 132235026010,
    "time": "2026-07-07T22:58:17.164892Z",
}
TICK = Tick(
    Instrument("coinbase", "BTC-USD", "BTC", "USD", "spot", True),
    *(63514.6, 0.2, "buy", "1052119289", 1783465097164892000),
)
FIELDS: tuple[str, ...] = ("product_id", "trade_id", "price", "size", "time", "side")
PRICE = "price"


def frame(trade: Any) -> Any:
    return trade


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire(type="last_match"),
    '{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}',
    '{"type":"error","message":"Failed to subscribe","reason":"A-USD is not a valid product"}',
    '{"type":"heartbeat","last_trade_id":1052119293,"product_id":"BTC-USD"}',
]


def coinbase(symbol: str, **flags: Any) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"id": symbol, "base_currency": base, "quote_currency": quote, "status": "online"}
    return {**names, "cancel_only": False, "post_only": False, "trading_disabled": False} | flags


LISTING: list[Any] = [
    [
        coinbase("BTC-USD"),
        coinbase("USDT-USD", limit_only=True),
        coinbase("REP-USD", status="delisted"),
        coinbase("NEW-USD", post_only=True),
        coinbase("ETH-USD") | {"id": None},
    ]
]
LISTED: list[Listed] = [("BTC-USD", "BTC", "USD", "spot"), ("USDT-USD", "USDT", "USD", "spot")]
