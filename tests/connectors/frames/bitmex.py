"""Frames of BitMEX, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Heartbeat, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import NS, Listed, changed

TRADE: dict[str, Any] = {
    "timestamp": "2024-08-08T23:54:15.342Z",
    "symbol": "XBTUSD",
    "side": "Sell",
    "size": 900,
    "price": 61837.5,
    "trdMatchID": "d1b82d61-d902-349c-936c-2588b8204aff",
    "homeNotional": 0.25,
}
TICK = Tick(
    Instrument("bitmex", "XBTUSD", "BTC", "USD", "perpetual", False),
    *(61837.5, 0.25, "sell", "d1b82d61-d902-349c-936c-2588b8204aff", NS),
)
FIELDS: tuple[str, ...] = ("timestamp", "symbol", "side", "price", "trdMatchID", "homeNotional")
PRICE = "price"


def frame(*trades: Any) -> Any:
    return {"table": "trade", "action": "insert", "data": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"info":"Welcome","version":"2021-07-14T01:26:29.000Z","limit":{"remaining":39}}',
    wire(homeNotional=...),
    wire(trdType="Referential", side="", homeNotional=...),
]
ANSWERS: list[tuple[str, Event]] = [
    ('{"success":true,"subscribe":"trade:XBTUSD"}', Ack("XBTUSD")),
    (
        '{"status":400,"error":"Unknown or expired symbol.","meta":{},'
        '"request":{"op":"subscribe","args":["trade:XBT_USDT"]}}',
        Refused("XBT_USDT", "Unknown or expired symbol."),
    ),
    ("pong", Heartbeat()),
]


def bitmex(symbol: str, base: str, quote: str, typ: str, state: str = "Open") -> dict[str, Any]:
    names = {"symbol": symbol, "rootSymbol": base, "underlying": base, "quoteCurrency": quote}
    return {**names, "typ": typ, "state": state, "settlCurrency": "XBt"}


LISTING: list[Any] = [
    [
        bitmex("XBTUSD", "XBT", "USD", "FFWCSX"),
        bitmex("XBT_USDT", "XBT", "USDT", "IFXXXP"),
        bitmex("ETHZ26", "ETH", "XBT", "FFCCSX"),
        bitmex(".BXBT", "XBT", "USD", "MRCXXX"),
        bitmex("XBTU26", "XBT", "USD", "FFCCSX", state="Settled"),
        {"typ": "FFWCSX", "state": "Open"},
    ]
]
LISTED: list[Listed] = [
    ("XBTUSD", "BTC", "USD", "perpetual"),
    ("XBT_USDT", "BTC", "USDT", "spot"),
    ("ETHZ26", "ETH", "BTC", "future"),
]
