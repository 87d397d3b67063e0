"""Frames of Coinbase Advanced Trade, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "product_id": "BTC-USD",
    "trade_id": "1068572091",
    "price": "65083.67",
    "size": "0.01034361",
    "time": "2026-08-09T21:05:48.167634Z",
    "side": "SELL",
}
TICK = Tick(
    Instrument("coinbase_advanced", "BTC-USD", "BTC", "USD", "spot", True),
    *(65083.67, 0.01034361, "buy", "1068572091", 1786309548167634000),
)
FIELDS: tuple[str, ...] = ("product_id", "trade_id", "price", "size", "time", "side")
PRICE = "price"


def frame(*trades: Any) -> Any:
    events = [{"type": "update", "trades": trades}]
    return {"channel": "market_trades", "sequence_num": 9, "events": events}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire().replace("update", "snapshot"),
    '{"channel":"subscriptions","events":[{"subscriptions":{"market_trades":["BTC-USD"]}}]}',
    '{"channel":"heartbeats","events":[{"heartbeat_counter":41691}]}',
    '{"type":"error","message":"no"}',
]


def advanced(symbol: str, **flags: Any) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"product_id": symbol, "base_currency_id": base, "quote_currency_id": quote}
    more = {"status": "online", "product_type": "SPOT", "is_disabled": False, "alias": ""}
    return names | more | {"alias_to": [], "trading_disabled": False} | flags


LISTING: list[Any] = [
    {
        "products": [
            advanced("BTC-USD", alias_to=["BTC-USDC"]),
            advanced("BTC-USDC", alias="BTC-USD"),
            advanced("USDT-USD"),
            advanced("OLD-USD", trading_disabled=True),
            {"product_id": "X-USD"},
        ],
        "num_products": 5,
    }
]
LISTED: list[Listed] = [("BTC-USD", "BTC", "USD", "spot"), ("USDT-USD", "USDT", "USD", "spot")]
