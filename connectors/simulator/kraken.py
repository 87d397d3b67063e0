"""Kraken spot v2, the exchange's end: an answer for each pair, history unless it is declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from connectors.simulator.desks import NOT_FOUND, Answer, Fill, iso, read, texts, whole
from engine.types import SECOND

OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
LEGACY = ("XBT", "XDG", "ETH", "LTC", "XRP")
"""Currencies of which the REST interface writes an X before, and a Z before their dollars."""
MOST_TRADES = 1000
"""In one answer of the REST interface."""


def symbol(asset: str, quote: str) -> str:
    """The pair as this venue writes it."""
    return f"{asset}/{quote}"


class KrakenDesk:
    """See `connectors.simulator.desks.Desk`."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        self._recent = recent
        self.subscribed: set[str] = set()

    def greet(self, now: int) -> list[str]:
        """The status; its connection id is beyond 2^53, as there."""
        return [_status("online", now)]

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """Subscriptions to `trade`, and `ping`."""
        data = read(frame)
        times = {"time_in": iso(now), "time_out": iso(now)}
        if data is None:
            return [_dump({"error": "Malformed request", "success": False, **times})]
        method = data.get("method")
        if method == "ping":
            return [_dump({"method": "pong", "req_id": data.get("req_id"), **times})]
        params = data.get("params")
        if method not in ("subscribe", "unsubscribe") or not isinstance(params, dict):
            return [_dump({"error": "Unsupported method", "success": False, **times})]
        answers: list[str] = []
        for pair in texts(params.get("symbol")):
            answers += self._answer(method, pair, params, times)
        return answers

    def _answer(
        self, method: str, pair: str, params: dict[str, Any], times: dict[str, str]
    ) -> list[str]:
        head = {"method": method}
        if params.get("channel") != "trade":
            return [_dump({"error": "Unsupported channel", **head, "success": False, **times})]
        if pair not in self._recent:
            error = {"error": f"Currency pair not supported {pair}", **head, "success": False}
            return [_dump({**error, "symbol": pair, **times})]
        if method == "unsubscribe":
            self.subscribed.discard(pair)
            result: dict[str, Any] = {"channel": "trade", "symbol": pair}
            return [_dump({**head, "result": result, "success": True, **times})]
        snapshot = params.get("snapshot", True) is not False
        self.subscribed.add(pair)
        result = {"channel": "trade", "snapshot": snapshot, "symbol": pair}
        answers = [_dump({**head, "result": result, "success": True, **times})]
        if snapshot:
            answers.append(_trades("snapshot", self._recent[pair]))
        return answers

    def fill(self, fill: Fill) -> str:
        """An update with one trade."""
        return _trades("update", (fill,))

    def heartbeat(self, now: int) -> list[str]:
        """One for the connection, once anything is subscribed."""
        return ['{"channel":"heartbeat"}'] if self.subscribed else []

    def farewell(self, now: int) -> list[str]:
        """The status before maintenance."""
        return [_status("maintenance", now)]


def _status(system: str, now: int) -> str:
    return (
        f'{{"channel":"status","type":"update","data":[{{"version":"2.0.10","system":"{system}",'
        f'"api_version":"v2","connection_id":{2**63 + now % 2**32}}}]}}'
    )


def _trades(kind: str, fills: Sequence[Fill]) -> str:
    """Numbers are JSON numbers with their trailing zeros, as there."""
    rows = ",".join(
        f'{{"symbol":"{fill.symbol}","side":"{fill.side}","price":{fill.price},"qty":{fill.size},'
        f'"ord_type":"market","trade_id":{fill.id},"timestamp":"{iso(fill.ts)}"}}'
        for fill in fills
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{rows}]}}'


def history(path: str, query: Mapping[str, str], traded: Mapping[str, Sequence[Fill]]) -> Answer:
    """Trades after a time, oldest first; `last` is the time of the last."""
    if path != "/0/public/Trades":
        return NOT_FOUND
    found = next((p for p in traded if "".join(_old_names(p)) == query.get("pair")), None)
    if found is None:
        return 200, {"error": ["EQuery:Unknown asset pair"]}
    base, quote = _old_names(found)
    since, count = whole(query, "since", 0), min(whole(query, "count", 1000), MOST_TRADES)
    rows = [fill for fill in traded[found] if fill.ts > since][:count]
    name = f"X{base}Z{quote}" if base in LEGACY else base + quote
    last = str(rows[-1].ts if rows else since)
    return 200, {"error": [], "result": {name: [_row(fill) for fill in rows], "last": last}}


def _old_names(pair: str) -> list[str]:
    return [OLD_NAMES.get(name, name) for name in pair.split("/")]


def _row(fill: Fill) -> list[object]:
    return [fill.price, fill.size, fill.ts / SECOND, fill.side[0], "m", "", fill.id]


def _dump(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
