"""The trades of recorded frames, taken from the JSON in another way than the parsers do it.

A trade is (symbol, base, quote, kind, price, size, side, id, ns), with exact numbers. Symbols are
told apart by the lists of this file only. `recorded_rows` has the venues whose names of
instruments are held apart from their trades.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.connectors.recordings import (
    exact_json,
    exact_ns,
)

Trade = tuple[str, str, str, str, Decimal, Decimal, str | None, str | None, int]
COINS_OF_LINEAR = {"XMR-USDT-SWAP": "0.1", "TRX-USDT-210924": "1000", "BTC-USDT-SWAP": "0.01"}
NANOS = {"s": 10**9, "ms": 10**6, "us": 10**3}


def ns(value: Any, unit: str) -> int:
    exact = Decimal(str(value)) * NANOS[unit]
    assert exact == int(exact)
    return int(exact)


def number(value: Any) -> Decimal:
    return Decimal(str(value))


def okx(frame: dict[str, Any]) -> list[Trade]:
    if frame.get("arg", {}).get("channel") not in ("trades", "trades-all"):
        return []
    found: list[Trade] = []
    for t in frame.get("data", []):
        name = t["instId"].split("-")
        kind = {2: "spot", 3: "perpetual" if name[-1] == "SWAP" else "future", 5: "option"}
        if len(name) == 5:
            continue  # the parser says that it does not know the size
        price, size = Decimal(t["px"]), Decimal(t["sz"])
        if len(name) == 3 and name[1] == "USD":
            size = size * (100 if name[0] == "BTC" else 10) / price
        elif len(name) == 3:
            size *= Decimal(COINS_OF_LINEAR[t["instId"]])
        place = (t["instId"], name[0], name[1], kind[len(name)])
        found.append((*place, price, size, t["side"], t["tradeId"], ns(t["ts"], "ms")))
    return found


def bybit(frame: dict[str, Any]) -> list[Trade]:
    """All recorded trades are of the linear or the inverse URL."""
    topic, found = str(frame.get("topic")), []
    if topic.startswith("trade."):
        for t in frame["data"]:
            ms = t.get("trade_time_ms")
            ts = exact_ns(t["timestamp"]) if ms is None else ns(ms, "ms")
            row = (t["symbol"], t["price"], t["size"], t["side"], t["trade_id"], ts)
            found.append(row)
    elif topic.startswith("publicTrade."):
        found = [(t["s"], t["p"], t["v"], t["S"], t["i"], ns(t["T"], "ms")) for t in frame["data"]]
    trades: list[Trade] = []
    for symbol, price, size, side, number_, ts in found:
        base, quote, kind = symbol.removesuffix("USDT"), "USDT", "perpetual"
        if not symbol.endswith("USDT"):
            base, quote = symbol[:3], "USD"
            kind = "perpetual" if symbol == "BTCUSD" else "future"
            size = number(size) / number(price)
        exact = (number(price), number(size))
        trades.append((symbol, base, quote, kind, *exact, side.lower(), number_, ts))
    return trades


def binance_usdm(frame: dict[str, Any]) -> list[Trade]:
    t = frame.get("data", frame)
    if t.get("e") != "trade":
        return []
    place = (t["s"], t["s"].removesuffix("USDT"), "USDT", "perpetual")
    side = "sell" if t["m"] else "buy"
    return [(*place, Decimal(t["p"]), Decimal(t["q"]), side, str(t["t"]), ns(t["T"], "ms"))]


def coinbase_advanced(frame: dict[str, Any]) -> list[Trade]:
    """The newest comes first on the wire."""
    if frame["channel"] != "market_trades":
        return []
    found: list[Trade] = []
    for event in frame["events"]:
        for t in reversed(event["trades"] if event["type"] == "update" else []):
            base, quote = t["product_id"].split("-")
            taker = {"BUY": "sell", "SELL": "buy"}[t["side"]]
            exact = (Decimal(t["price"]), Decimal(t["size"]))
            place = (t["product_id"], base, quote, "spot")
            found.append((*place, *exact, taker, t["trade_id"], exact_ns(t["time"])))
    return found


def kraken_futures(frame: Any) -> list[Trade]:
    if type(frame) is not dict or frame.get("feed") != "trade" or "event" in frame:
        return []
    symbol = frame["product_id"]
    contract, pair = symbol.split("_")[:2]
    base = pair.removesuffix("USD").replace("XBT", "BTC")
    kind = {"PI": "perpetual", "FI": "future"}[contract]
    price, coins = number(frame["price"]), number(frame["qty"]) / number(frame["price"])
    last = (frame["side"], frame.get("uid"), ns(frame["time"], "ms"))
    return [(symbol, base, "USD", kind, price, coins, *last)]


def bitstamp(frame: dict[str, Any]) -> list[Trade]:
    if frame.get("event") != "trade":
        return []
    t, symbol = frame["data"], frame["channel"].removeprefix("live_trades_")
    place = (symbol, symbol[:3].upper(), symbol[3:].upper(), "spot")
    exact = (Decimal(t["price_str"]), Decimal(t["amount_str"]))
    side = ["buy", "sell"][t["type"]]
    return [(*place, *exact, side, str(t["id"]), ns(t["microtimestamp"], "us"))]


BITFINEX = {
    "ETHJPY": ("ETH", "JPY", "spot"),
    "BTCUSD": ("BTC", "USD", "spot"),
    "BTCUST": ("BTC", "USDT", "spot"),
}


def bitfinex(frame: Any, channels: dict[int, str]) -> list[Trade]:
    """`channels` takes up the answers to subscriptions on the way."""
    if type(frame) is dict:
        if frame.get("event") == "subscribed" and frame["channel"] == "trades":
            channels[frame["chanId"]] = frame["pair"]
        return []
    if frame[1] != "te":
        return []
    t, symbol = frame[2], channels[frame[0]]
    side = "buy" if t[2] > 0 else "sell"
    exact = (number(t[3]), number(abs(t[2])))
    return [(symbol, *BITFINEX[symbol], *exact, side, str(t[0]), ns(t[1], "ms"))]


def gemini(frame: dict[str, Any]) -> list[Trade]:
    if frame.get("type") == "trade":
        symbol, side = frame["symbol"], frame["side"]
        base, place = symbol.removesuffix("USD"), "USD"
        exact = (Decimal(frame["price"]), Decimal(frame["quantity"]))
        last = (None if side == "block" else side, str(frame["event_id"]))
        return [(symbol, base, place, "spot", *exact, *last, ns(frame["timestamp"], "ms"))]
    if "t" in frame and "e" not in frame:  # v3
        assert frame["s"] == "btcrlusd"
        exact = (Decimal(frame["p"]), Decimal(frame["q"]))
        side = "sell" if frame["m"] else "buy"
        return [("btcrlusd", "BTC", "RLUSD", "spot", *exact, side, str(frame["t"]), frame["E"])]
    return []


def gate(frame: Any) -> list[Trade]:
    live = type(frame) is dict and frame.get("channel") == "spot.trades"
    if not live or frame["event"] != "update":
        return []
    t = frame["result"]
    base, quote = t["currency_pair"].split("_")
    exact = (Decimal(t["price"]), Decimal(t["amount"]))
    last = (t["side"], str(t["id"]), ns(t["create_time_ms"], "ms"))
    return [(t["currency_pair"], base, quote, "spot", *exact, *last)]


BY_VENUE = {
    "okx": okx,
    "bybit": bybit,
    "binance_usdm": binance_usdm,
    "coinbase_advanced": coinbase_advanced,
    "kraken_futures": kraken_futures,
    "bitstamp": bitstamp,
    "gemini": gemini,
    "gate": gate,
}


def expected(venue: str, lines: list[str]) -> list[tuple[int, Trade]]:
    """(line number from 1, trade) of all live trades."""
    channels: dict[int, str] = {}
    found = []
    for place, line in enumerate(lines, 1):
        frame = exact_json(line)
        trades = bitfinex(frame, channels) if venue == "bitfinex" else BY_VENUE[venue](frame)
        found += [(place, trade) for trade in trades]
    return found
