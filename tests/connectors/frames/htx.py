"""Frames of HTX, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.venues.events import Event, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import MS, NS, Listed, changed, written

TRADE: dict[str, Any] = {
    "id": 123140716701236887569077664,
    "ts": MS,
    "tradeId": 102357140867,
    "amount": 0.25,
    "price": 61837.5,
    "direction": "sell",
}
TICK = Tick(
    Instrument("htx", "btcusdt", "BTC", "USDT", "spot", True),
    *(61837.5, 0.25, "sell", "102357140867", NS),
)
FIELDS: tuple[str, ...] = ("ts", "amount", "price", "direction")
PRICE = "price"


def frame(*trades: Any) -> Any:
    return {"ch": "market.btcusdt.trade.detail", "ts": MS, "tick": {"data": trades}}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"ping":1618678073643}',
    '{"id":"btcusdt","status":"ok","subbed":"market.btcusdt.trade.detail","ts":1618678070657}',
    wire(tradeId=...),
    written(frame, TRADE, ch="market.BTC_CQ.trade.detail"),
]
ANSWERS: list[tuple[str, Event]] = [
    (
        '{"id":"btcusdt","status":"error","err-code":"bad-request","ts":1494301904959,'
        '"err-msg":"invalid topic market.btcusdt.trade.detail"}',
        Refused("btcusdt", "invalid topic market.btcusdt.trade.detail"),
    ),
]


def htx(symbol: str, base: str, quote: str, state: str = "online") -> dict[str, Any]:
    enabled = state == "online"
    return {"sc": symbol, "bc": base, "qc": quote, "state": state, "te": enabled, "wr": "1.5"}


LISTING: list[Any] = [
    {
        "status": "ok",
        "data": [htx("btcusdt", "btc", "usdt"), htx("a", "b", "c", "offline"), {"sc": "x"}],
        "ts": "1790000000000",
    }
]
LISTED: list[Listed] = [("btcusdt", "BTC", "USDT", "spot")]
