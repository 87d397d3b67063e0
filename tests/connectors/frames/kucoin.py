"""Frames of KuCoin, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.venues.events import Ack, Event, Heartbeat, Refused
from engine.records import Instrument, Tick
from tests.connectors.frames import NS, Listed, changed

TRADE: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "sequence": "1614503482134",
    "side": "sell",
    "size": "0.25",
    "price": "61837.5",
    "time": str(NS + 781),
    "tradeId": "6057bb822e113d292396c272",
}
TICK = Tick(
    Instrument("kucoin", "BTC-USDT", "BTC", "USDT", "spot", False),
    *(61837.5, 0.25, "sell", "6057bb822e113d292396c272", NS + 781),
)
FIELDS: tuple[str, ...] = ("symbol", "side", "size", "price", "time", "tradeId")
PRICE = "price"


def frame(trade: Any) -> Any:
    return {"type": "message", "topic": "/market/match:BTC-USDT", "data": trade}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    '{"id":"hQvf8jkno","type":"welcome"}',
]
ANSWERS: list[tuple[str, Event]] = [
    ('{"id":"BTC-USDT","type":"ack"}', Ack("BTC-USDT")),
    (
        '{"id":"BTC-USDT","type":"error","code":404,"data":"topic /market/match:X is not found"}',
        Refused("BTC-USDT", "topic /market/match:X is not found"),
    ),
    ('{"id":"1545910590801","type":"pong"}', Heartbeat()),
]


def kucoin(symbol: str, trading: bool = True) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"symbol": symbol, "name": symbol, "baseCurrency": base, "quoteCurrency": quote}
    return {**names, "market": "USDS", "enableTrading": trading}


LISTING: list[Any] = [
    {
        "code": "200000",
        "data": [kucoin("BTC-USDT"), kucoin("OLD-USDT", trading=False), None],
    }
]
LISTED: list[Listed] = [("BTC-USDT", "BTC", "USDT", "spot")]
