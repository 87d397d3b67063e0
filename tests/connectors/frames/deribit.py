"""Frames of Deribit, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import MS, NS, Listed, changed

TRADE: dict[str, Any] = {
    "trade_seq": 30289432,
    "trade_id": "48079254",
    "timestamp": MS,
    "price": 61837.5,
    "instrument_name": "BTC_USDC-PERPETUAL",
    "direction": "sell",
    "amount": 0.25,
}
TICK = Tick(
    Instrument("deribit", "BTC_USDC-PERPETUAL", "BTC", "USDC", "perpetual", False),
    *(61837.5, 0.25, "sell", "48079254", NS),
)
FIELDS: tuple[str, ...] = (
    "trade_id",
    "timestamp",
    "price",
    "instrument_name",
    "direction",
    "amount",
)
PRICE = "price"


def frame(*trades: Any) -> Any:
    params = {"channel": "trades.BTC_USDC-PERPETUAL.100ms", "data": trades}
    return {"jsonrpc": "2.0", "method": "subscription", "params": params}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"jsonrpc":"2.0","id":1,"result":["trades.BTC_USDC.100ms","trades.BTC-PERPETUAL.100ms"]}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests"}}',
    '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
    wire(instrument_name="BTC-PERPETUAL"),
    wire(instrument_name="BTC-PERPETUAL", block_trade_id="154988"),
]


def deribit(name: str, kind: str, base: str, quote: str, period: str = "", on: bool = True) -> Any:
    names = {"instrument_name": name, "base_currency": base, "quote_currency": quote}
    more = {"settlement_period": period} if period else {}
    return names | {"kind": kind, "is_active": on} | more


LISTING: list[Any] = [
    {
        "jsonrpc": "2.0",
        "result": [
            deribit("BTC-PERPETUAL", "future", "BTC", "USD", "perpetual"),
            deribit("XRP_USDC-PERPETUAL", "future", "XRP", "USDC", "perpetual"),
            deribit("BTC-25DEC26", "future", "BTC", "USD", "month"),
            deribit("BTC-25DEC26-62000-C", "option", "BTC", "BTC", "month"),
            deribit("BTC_USDC", "spot", "BTC", "USDC"),
            deribit("BTC-FS-25DEC26_PERP", "future_combo", "BTC", "USD", "month"),
            deribit("ETH-1JAN20", "future", "ETH", "USD", "month", on=False),
            deribit("ETH-PERPETUAL", "future", "ETH", "USD"),
        ],
    }
]
LISTED: list[Listed] = [
    ("BTC-PERPETUAL", "BTC", "USD", "perpetual"),
    ("XRP_USDC-PERPETUAL", "XRP", "USDC", "perpetual"),
    ("BTC-25DEC26", "BTC", "USD", "future"),
    ("BTC-25DEC26-62000-C", "BTC", "BTC", "option"),
    ("BTC_USDC", "BTC", "USDC", "spot"),
]
