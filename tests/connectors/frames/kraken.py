"""Frames of Kraken spot, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "price": 63501.5,
    "qty": 0.00147959,
    "ord_type": "limit",
    "trade_id": 64175815,
    "timestamp": "2026-07-07T23:00:04.585581Z",
}
TICK = Tick(
    Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True),
    *(63501.5, 0.00147959, "buy", "64175815", 1783465204585581000),
)
FIELDS: tuple[str, ...] = ("symbol", "trade_id", "price", "qty", "timestamp", "side")
PRICE = "price"


def frame(*trades: Any) -> Any:
    return {"channel": "trade", "type": "update", "data": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}',
    '{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,'
    '"symbol":"XBT/USD"}',
    '{"channel":"status","type":"update","data":[{"system":"online"}]}',
    '{"channel":"heartbeat"}',
]


def kraken(wsname: str, status: str = "online") -> dict[str, Any]:
    return {"altname": wsname.replace("/", ""), "wsname": wsname, "status": status}


LISTING: list[Any] = [
    {
        "error": [],
        "result": {
            "XXBTZUSD": kraken("XBT/USD"),
            "XDGUSD": kraken("XDG/USD", status="limit_only"),
            "AAPLxUSD": kraken("AAPLx/USD"),
            "USDTZUSD": kraken("USDT/USD"),
            "USDCUSD": kraken("USDC/USD"),
            "XREPZUSD": kraken("REP/USD", status="cancel_only"),
            "XXBTZUSD.d": {"altname": "XBTUSD.d", "status": "online"},
            "BAD": kraken("XBTUSD"),
        },
    }
]
LISTED: list[Listed] = [
    ("BTC/USD", "BTC", "USD", "spot"),
    ("DOGE/USD", "DOGE", "USD", "spot"),
    ("AAPLx/USD", "AAPLX", "USD", "spot"),
    ("USDT/USD", "USDT", "USD", "spot"),
    ("USDC/USD", "USDC", "USD", "spot"),
]
