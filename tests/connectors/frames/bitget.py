"""Frames of Bitget, and its list of symbols."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Heartbeat, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import BROKEN, MS, NS, Listed, changed, written

ARG = {"instType": "SPOT", "channel": "trade", "instId": "BTCUSDT"}
TRADE: dict[str, Any] = {
    "ts": str(MS),
    "price": "61837.5",
    "size": "0.25",
    "side": "sell",
    "tradeId": "1235671058980749319",
}
TICK = Tick(
    Instrument("bitget", "BTCUSDT", "BTC", "USDT", "spot", False),
    *(61837.5, 0.25, "sell", "1235671058980749319", NS),
)
FIELDS: tuple[str, ...] = ("ts", "price", "size", "side", "tradeId")
PRICE = "price"


def frame(*trades: Any) -> Any:
    return {"action": "update", "arg": ARG, "data": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    written(frame, ["1649290076333", "0.00003507", "271967", "sell"]),
    written(frame, *[TRADE] * 3),
]
ANSWERS: list[tuple[str, Event]] = [
    (json.dumps({"event": "subscribe", "arg": ARG}), Ack("BTCUSDT")),
    (
        json.dumps({"event": "error", "arg": ARG, "code": 30001, "msg": "doesn't exist"}),
        Refused("BTCUSDT", "doesn't exist"),
    ),
    ("pong", Heartbeat()),
]


def bitget(symbol: str, base: str, quote: str, **more: Any) -> dict[str, Any]:
    return {"symbol": symbol, "baseCoin": base, "quoteCoin": quote} | more


def bitget_page(*entries: Any) -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "data": list(entries)}


PERPETUAL, NORMAL = {"symbolType": "perpetual"}, {"symbolStatus": "normal"}
LISTING: list[Any] = [
    bitget_page(
        bitget("BTCUSDT", "BTC", "USDT", status="online"),
        bitget("OLDUSDT", "OLD", "USDT", status="offline"),
        BROKEN,
    ),
    bitget_page(bitget("BTCUSDT", "BTC", "USDT", **PERPETUAL, **NORMAL)),
    bitget_page(bitget("BTCPERP", "BTC", "USDC", **PERPETUAL, symbolStatus="limit_open")),
    bitget_page(
        bitget("BTCUSDZ26", "BTC", "USD", symbolType="delivery", **NORMAL),
        bitget("BTCUSD", "BTC", "USD", **PERPETUAL, symbolStatus="maintain"),
    ),
]
LISTED: list[Listed] = [
    ("BTCUSDT", "BTC", "USDT", "spot"),
    ("BTCUSDT", "BTC", "USDT", "perpetual"),
    ("BTCPERP", "BTC", "USDC", "perpetual"),
    ("BTCUSDZ26", "BTC", "USD", "future"),
]
