"""Deribit's answers about old trades: there is no simulated websocket of it to stand beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.simulator.desks import Fill

MS = 1_000_000
BY_TIME = "/api/v2/public/get_last_trades_by_instrument_and_time"
BY_SEQUENCE = "/api/v2/public/get_last_trades_by_instrument"


def trade_id(number: int) -> str:
    """Ids count the trades of a currency, so they jump; `trade_seq` is the number itself."""
    return f"SOL_USDC-{3 * number}"


def history(
    path: str, query: Mapping[str, str], traded: Mapping[str, Sequence[Fill]], most: int
) -> Any:
    """Trades within a time or a row of sequence numbers, oldest first; both ends included."""
    fills = traded[query["instrument_name"]]
    assert query["sorting"] == "asc"
    if path == BY_TIME:
        first, last = int(query["start_timestamp"]), int(query["end_timestamp"])
        found = [fill for fill in fills if first <= fill.ts // MS <= last]
    else:
        assert path == BY_SEQUENCE
        first, last = int(query["start_seq"]), int(query["end_seq"])
        found = [fill for fill in fills if first <= fill.id <= last]
    count = min(int(query["count"]), most)
    rows = [row(fill) for fill in found[:count]]
    return {"jsonrpc": "2.0", "result": {"trades": rows, "has_more": len(found) > count}}


def row(fill: Fill) -> dict[str, Any]:
    return {
        "instrument_name": fill.symbol,
        "trade_id": trade_id(fill.id),
        "trade_seq": fill.id,
        "timestamp": fill.ts // MS,
        "price": float(fill.price),
        "amount": float(fill.size),
        "direction": fill.side,
    }
