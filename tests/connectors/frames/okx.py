"""Frames of OKX, and its list of symbols."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.records import Instrument, Tick
from tests.connectors.frames import Listed, changed

TRADE: dict[str, Any] = {
    "instId": "BTC-USDT",
    "tradeId": "338476307",
    "px": "30236",
    "sz": "0.0002",
    "side": "buy",
    "ts": "1652459224818",
}
TICK = Tick(
    Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False),
    *(30236.0, 0.0002, "buy", "338476307", 1652459224818000000),
)
FIELDS: tuple[str, ...] = ("instId", "tradeId", "px", "sz", "side", "ts")
PRICE = "px"


def frame(*trades: Any) -> Any:
    arg = {"channel": "trades", "instId": "BTC-USDT"}
    return {"arg": arg, "data": trades}


wire = partial(changed, frame, TRADE)
SEEDS = [
    wire(),
    wire(count="3", instId="BTC-USD-SWAP"),
    '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}',
    '{"event":"error","msg":"channel:trades,instId:A-USDT doesn\'t exist","code":"60018"}',
    '{"table":"spot/trade","data":[{"instrument_id":"BCH-USDT","price":"328.74","side":"sell",'
    '"size":"0.12","timestamp":"2019-08-01T00:00:08.806Z","trade_id":"423886239"}]}',
    "pong",
]


def okx(symbol: str, kind: str, state: str = "live") -> dict[str, Any]:
    base, quote = symbol.split("-")[:2] if kind == "SPOT" else ("", "")
    return {
        **{"instId": symbol, "instType": kind, "state": state, "baseCcy": base, "quoteCcy": quote},
        **{"uly": "" if kind == "SPOT" else "-".join(symbol.split("-")[:2])},
    }


LISTING: list[Any] = [
    {
        "code": "0",
        "msg": "",
        "data": [
            okx("BTC-USDT", "SPOT"),
            okx("LUNA-USDT", "SPOT", state="suspend"),
            {"instId": "BTC", "instType": "SPOT", "state": "live"},
        ],
    },
    {"code": "0", "msg": "", "data": [okx("BTC-USD-SWAP", "SWAP")]},
    {"code": "0", "msg": "", "data": [okx("ETH-USDT-261225", "FUTURES")]},
]
LISTED: list[Listed] = [
    ("BTC-USDT", "BTC", "USDT", "spot"),
    ("BTC-USD-SWAP", "BTC", "USD", "perpetual"),
    ("ETH-USDT-261225", "ETH", "USDT", "future"),
]
