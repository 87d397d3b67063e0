"""Frames of Bitstamp, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "id": 216000477,
    "timestamp": "1641343699",
    "amount": 0.0792,
    "amount_str": "0.07920000",
    "price": 3805.44,
    "price_str": "3805.44",
    "type": 1,
    "microtimestamp": "1641343699596123",
}
TICK = Tick(
    Instrument("bitstamp", "ethusd", "ETH", "USD", "spot", False),
    *(3805.44, 0.0792, "sell", "216000477", 1641343699596123000),
)
FIELDS: tuple[str, ...] = ("id", "amount_str", "price_str", "type", "microtimestamp")
PRICE = "price_str"


def frame(trade: Any) -> Any:
    return {"data": trade, "channel": "live_trades_ethusd", "event": "trade"}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}',
    '{"event":"bts:error","channel":"","data":{"code":null,"message":"no"}}',
    '{"event":"bts:request_reconnect","channel":"","data":""}',
]


def bitstamp(symbol: str, base: str, quote: str, **more: Any) -> dict[str, Any]:
    names = {"name": f"{base}/{quote}", "market_symbol": symbol, "base_currency": base}
    return names | {"counter_currency": quote, "trading": "Enabled", "market_type": "SPOT"} | more


LISTING: list[Any] = [
    [
        bitstamp("btcusd", "BTC", "USD"),
        bitstamp("usdtusd", "USDT", "USD"),
        bitstamp("usdcusd", "USDC", "USD"),
        bitstamp("oldusd", "OLD", "USD", trading="Disabled"),
        bitstamp("btcusd-perp", "BTC", "USD", market_type="PERPETUAL"),
        {"trading": "Enabled", "market_symbol": "ethusd"},
    ]
]
LISTED: list[Listed] = [
    ("btcusd", "BTC", "USD", "spot"),
    ("usdtusd", "USDT", "USD", "spot"),
    ("usdcusd", "USDC", "USD", "spot"),
]
