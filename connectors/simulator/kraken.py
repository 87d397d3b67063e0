"""Kraken spot v2, the exchange's end: an answer for each pair, history unless it is declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from connectors.simulator.desks import Fill, iso, read, texts


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


def _dump(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
