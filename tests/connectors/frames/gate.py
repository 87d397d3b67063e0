"""Frames of Gate, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "id": 816995970,
    "create_time": 1619093546,
    "create_time_ms": "1619093546958.1164",
    "side": "buy",
    "currency_pair": "NEO_BTC",
    "amount": "0.5000000000",
    "price": "0.0018735000",
}
TICK = Tick(
    Instrument("gate", "NEO_BTC", "NEO", "BTC", "spot", False),
    *(0.0018735, 0.5, "buy", "816995970", 1619093546958116400),
)
FIELDS: tuple[str, ...] = ("id", "create_time_ms", "side", "currency_pair", "amount", "price")
PRICE = "price"


def frame(trade: Any) -> Any:
    envelope = {"time": 1619093546, "channel": "spot.trades", "event": "update"}
    return {**envelope, "result": trade}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"id":0,"channel":"spot.trades","event":"subscribe","result":{"status":"success"}}',
    '{"id":0,"channel":"spot.trades","event":"subscribe","error":{"message":"no"}}',
    '{"channel":"spot.pong","event":"","result":null}',
]


def gate(symbol: str, status: str = "tradable") -> dict[str, Any]:
    base, quote = symbol.split("_")
    return {"id": symbol, "base": base, "quote": quote, "fee": "0.2", "trade_status": status}


LISTING: list[Any] = [[gate("BTC_USDT"), gate("OLD_USDT", status="untradable"), "BTC_USDT"]]
LISTED: list[Listed] = [("BTC_USDT", "BTC", "USDT", "spot")]
