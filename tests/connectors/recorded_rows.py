"""The trades that recorded frames hold, read from their JSON another way than the parsers do."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.connectors.recordings import (
    exact_ns,
)

ROWS = (
    *("binance", "coinbase", "kraken", "deribit", "bitmex", "htx"),
    *("kucoin", "cryptocom", "bitget", "upbit", "hyperliquid"),
)
"""The venues of this file."""
Row = tuple[Any, ...]
"""(symbol, price, size, taker's side, id, ns), with exact numbers."""


def live_trades(venue: str, data: Any) -> list[Row]:
    """The trades of a frame, in order of time, history included where it has no mark."""
    if not isinstance(data, dict):
        return []
    if venue == "binance":
        t = data.get("data", data)
        if t.get("e") != "trade":
            return []
        return [(t["s"], t["p"], t["q"], ["buy", "sell"][t["m"]], str(t["t"]), t["T"] * 10**6)]
    if venue == "coinbase":
        if data.get("type") != "match":
            return []
        taker = {"buy": "sell", "sell": "buy"}[data["side"]]
        last = (taker, str(data["trade_id"]), exact_ns(data["time"]))
        return [(data["product_id"], data["price"], data["size"], *last)]
    if venue == "kraken":
        live = data.get("channel") == "trade" and data["type"] == "update"
        return [
            (
                t["symbol"],
                t["price"],
                t["qty"],
                t["side"],
                str(t["trade_id"]),
                exact_ns(t["timestamp"]),
            )
            for t in (data["data"] if live else [])
        ]
    if venue == "deribit":
        params = data.get("params", {})
        trades = params["data"] if params.get("channel", "").startswith("trades.") else []
        return [
            (
                t["instrument_name"],
                t["price"],
                inverse_size(t["instrument_name"], t["amount"], t["price"]),
                t["direction"],
                t["trade_id"],
                t["timestamp"] * 10**6,
            )
            for t in trades
        ]
    if venue == "bitmex":
        live = data.get("table") == "trade" and data["action"] == "insert"
        return [
            (
                t["symbol"],
                t["price"],
                t["homeNotional"],
                t["side"].lower(),
                t["trdMatchID"],
                exact_ns(t["timestamp"]),
            )
            for t in (data["data"] if live else [])
        ]
    if venue == "htx":
        live = data.get("ch", "").endswith(".trade.detail")
        symbol = data["ch"].split(".")[1] if live else ""
        return [
            (
                symbol,
                t["price"],
                t["quantity"] if "quantity" in t else t["amount"],
                t["direction"],
                str(t.get("tradeId", t["id"])),
                t["ts"] * 10**6,
            )
            for t in reversed(data["tick"]["data"] if live else [])
        ]
    if venue == "kucoin":
        if not data.get("topic", "").startswith("/market/match:"):
            return []
        t = data["data"]
        return [(t["symbol"], t["price"], t["size"], t["side"], t["tradeId"], int(t["time"]))]
    if venue == "cryptocom":
        result = data.get("result", {})
        trades = result["data"] if result.get("channel") == "trade" else []
        return [
            (t["i"], t["p"], t["q"], t["s"].lower(), str(t["d"]), t["t"] * 10**6)
            for t in reversed(trades)
        ]
    if venue == "bitget":
        arg = data.get("arg", {})
        live = arg.get("channel") == "trade" and data.get("action") == "update"
        rows: list[Row] = []
        for t in reversed(data["data"] if live else []):
            if isinstance(t, dict):
                t = [t["ts"], t["price"], t["size"], t["side"], t["tradeId"]]
            ts, price, size, side, *identity = t
            number = identity[0] if identity else None
            rows.append((arg["instId"], price, size, side, number, int(ts) * 10**6))
        return rows
    if venue == "upbit":
        short = {"code": "cd", "trade_price": "tp", "trade_volume": "tv", "ask_bid": "ab"}
        short |= {"sequential_id": "sid", "trade_timestamp": "ttms"}
        if "trade" not in (data.get("type"), data.get("ty")):
            return []
        row: list[Any] = [data.get(long, data.get(brief)) for long, brief in short.items()]
        symbol, price, size, side, number, ms = row
        taker = "sell" if side == "ASK" else "buy"
        return [(symbol, price, size, taker, str(number), ms * 10**6)]
    return [
        (
            t["coin"],
            t["px"],
            t["sz"],
            {"A": "sell", "B": "buy"}[t["side"]],
            str(t["tid"]),
            t["time"] * 10**6,
        )
        for t in (data["data"] if data.get("channel") == "trades" else [])
    ]


def inverse_size(symbol: str, amount: Any, price: Any) -> Any:
    """Coins of a Deribit trade; of inverse contracts, the float nearest to amount / price."""
    if "_" in symbol or symbol.endswith(("-C", "-P")):
        return amount
    return float(Fraction(float(amount)) / Fraction(float(price)))


def exact(row: Row) -> Row:
    symbol, price, size, *rest = row
    return (symbol, float(Decimal(price)), float(Decimal(size)), *rest)


def history(venue: str, number: int, data: Any) -> bool:
    """Whether a frame of trades was sent on subscribing, by what is known of the recording."""
    if venue == "htx":  # the last trade before the subscription of 1618678070.657
        return bool(data["ts"] < 1618678070657)
    if venue == "cryptocom":
        return len(data["result"]["data"]) == 100
    return venue == "hyperliquid" and number == 3
