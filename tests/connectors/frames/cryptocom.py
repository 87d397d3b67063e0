"""Frames of Crypto.com, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import MS, NS, Listed, changed, written

TRADE: dict[str, Any] = {
    "d": "4611686018428108637",
    "t": MS,
    "tn": str(NS + 123_456),
    "p": "61837.5",
    "q": "0.25",
    "s": "SELL",
    "i": "BTC_USD",
}
TICK = Tick(
    Instrument("cryptocom", "BTC_USD", "BTC", "USD", "spot", False),
    *(61837.5, 0.25, "sell", "4611686018428108637", NS + 123456),
)
FIELDS: tuple[str, ...] = ("d", "p", "q", "s")
PRICE = "p"


def frame(*trades: Any) -> Any:
    result = {"instrument_name": "BTC_USD", "channel": "trade", "data": trades}
    return {"id": -1, "code": 0, "method": "subscribe", "result": result}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"id":1637709519420,"method":"public/heartbeat"}',
    written(frame, *[TRADE] * 3),
]
ANSWERS: list[tuple[str, Event]] = [
    ('{"id":1,"code":0,"method":"subscribe"}', Ack("BTC_USD")),
    (
        '{"id":2,"code":40003,"method":"subscribe","message":"Unknown symbol"}',
        Refused("USDT_USD", "Unknown symbol (code 40003)"),
    ),
    (
        '{"id":-1,"code":40001,"method":"ERROR","message":"Bad request"}',
        Refused(None, "Bad request (code 40001)"),
    ),
]


def cryptocom(symbol: str, kind: str, base: str, quote: str, tradable: bool = True) -> Any:
    names = {"symbol": symbol, "inst_type": kind, "base_ccy": base, "quote_ccy": quote}
    return {**names, "tradable": tradable, "expiry_timestamp_ms": 0}


LISTING: list[Any] = [
    {
        "id": -1,
        "method": "public/get-instruments",
        "code": 0,
        "result": {
            "data": [
                cryptocom("BTC_USD", "CCY_PAIR", "BTC", "USD"),
                cryptocom("USDT_USD", "CCY_PAIR", "USDT", "USD"),
                cryptocom("BTCUSD-PERP", "PERPETUAL_SWAP", "BTC", "USD_Stable_Coin"),
                cryptocom("BTCUSD-261225", "FUTURE", "BTC", "USD"),
                cryptocom("OLD_USD", "CCY_PAIR", "OLD", "USD", tradable=False),
                cryptocom("BTC/USD", "CCY_PAIR", "BTC", "USD"),
            ]
        },
    }
]
LISTED: list[Listed] = [
    ("BTC_USD", "BTC", "USD", "spot"),
    ("USDT_USD", "USDT", "USD", "spot"),
    ("BTCUSD-PERP", "BTC", "USD", "perpetual"),
    ("BTCUSD-261225", "BTC", "USD", "future"),
]
