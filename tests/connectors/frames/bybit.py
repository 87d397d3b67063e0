"""Frames of Bybit, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import BROKEN, Listed, changed

TRADE: dict[str, Any] = {
    "T": 1786310819680,
    "s": "BTCUSDT",
    "S": "Sell",
    "v": "0.004",
    "p": "65114.20",
    "i": "a9188a0a-82bc-50de-be60-03eedbe3cdd7",
    "BT": False,
    "RPI": False,
    "seq": 753843954913,
}
TICK = Tick(
    Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False),
    *(65114.2, 0.004, "sell", "a9188a0a-82bc-50de-be60-03eedbe3cdd7", 1786310819680000000),
)
FIELDS: tuple[str, ...] = ("T", "s", "S", "v", "p", "i")
PRICE = "p"


def frame(*trades: Any) -> Any:
    topic = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1786310819681}
    return {**topic, "data": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire(L="PlusTick", s="BTCUSD"),
    wire(BT=True),
    wire(BT=True, L="PlusTick", s="SHIB1000USDT"),
    '{"success":true,"ret_msg":"","conn_id":"x","req_id":"BTCUSDT","op":"subscribe"}',
    '{"success":false,"ret_msg":"Invalid topic","conn_id":"x","op":"subscribe"}',
    '{"topic":"trade.BTCUSD","data":[{"timestamp":"2019-11-06T12:50:52.000Z","symbol":"BTCUSD"'
    ',"side":"Buy","size":6000,"price":9366,"trade_id":"8c53dd53"}]}',
]


def bybit(symbol: str, base: str, quote: str, contract: str = "", settle: str = "") -> Any:
    spot = {"symbol": symbol, "baseCoin": base, "quoteCoin": quote, "status": "Trading"}
    return spot | ({"contractType": contract, "settleCoin": settle} if contract else {})


def bybit_page(category: str, *entries: Any, cursor: str = "") -> dict[str, Any]:
    result = {"category": category, "list": list(entries), "nextPageCursor": cursor}
    return {"retCode": 0, "retMsg": "OK", "result": result, "time": 1_790_000_000_000}


LISTING: list[Any] = [
    bybit_page("spot", bybit("BTCUSDT", "BTC", "USDT"), BROKEN | {"status": "Trading"}),
    bybit_page(
        "linear",
        bybit("BTCUSDT", "BTC", "USDT", "LinearPerpetual", "USDT"),
        bybit("BTCPERP", "BTC", "USDC", "LinearPerpetual", "USDC"),
        bybit("BTC-25DEC26", "BTC", "USD", "LinearFutures", "USDC"),
        bybit("NEWUSDT", "NEW", "USDT", "LinearPerpetual", "USDT") | {"status": "PreLaunch"},
    ),
    bybit_page(
        "inverse",
        bybit("BTCUSD", "BTC", "USD", "InversePerpetual", "BTC"),
        bybit("BTCUSDZ26", "BTC", "USD", "InverseFutures", "BTC"),
    ),
]
LISTED: list[Listed] = [
    ("BTCUSDT", "BTC", "USDT", "spot"),
    ("BTCUSDT", "BTC", "USDT", "perpetual"),
    ("BTCPERP", "BTC", "USDC", "perpetual"),
    ("BTC-25DEC26", "BTC", "USDC", "future"),
    ("BTCUSD", "BTC", "USD", "perpetual"),
    ("BTCUSDZ26", "BTC", "USD", "future"),
]
