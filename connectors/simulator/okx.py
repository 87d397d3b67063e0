"""OKX v5, the exchange's end: an answer for each symbol, and its last trade without a mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from connectors.simulator.desks import NOT_FOUND, Answer, Fill, read, whole

MILLISECOND = 1_000_000
MOST_TRADES = 100
"""In one answer of the REST interface."""
CONNECTION = "a4d3ae55"
"""Stands as `connId` in every answer."""


def symbol(asset: str, quote: str) -> str:
    """The instrument as this venue writes it."""
    return f"{asset}-{quote}"


class OkxDesk:
    """See `connectors.simulator.desks.Desk`."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        self._recent = recent
        self.subscribed: set[str] = set()

    def greet(self, now: int) -> list[str]:
        """Nothing."""
        return []

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """`ping`, which is no JSON, and subscriptions to `trades`."""
        if frame in ("ping", b"ping"):
            return ["pong"]
        data = read(frame)
        arguments = data.get("args") if data is not None else None
        operation = data.get("op") if data is not None else None
        if operation not in ("subscribe", "unsubscribe") or not isinstance(arguments, list):
            return [_error("60012", "Invalid request")]
        answers: list[str] = []
        for argument in arguments:
            answers += self._answer(operation, argument)
        return answers

    def _answer(self, operation: str, argument: object) -> list[str]:
        if not isinstance(argument, dict) or not isinstance(argument.get("instId"), str):
            return [_error("60012", "Invalid request")]
        name, channel = argument["instId"], argument.get("channel")
        if channel != "trades" or name not in self._recent:
            text = f"Wrong URL or channel:{channel},instId:{name} doesn't exist."
            return [_error("60018", text)]
        arg = {"channel": "trades", "instId": name}
        answer = orjson.dumps({"event": operation, "arg": arg, "connId": CONNECTION}).decode()
        if operation == "unsubscribe":
            self.subscribed.discard(name)
            return [answer]
        self.subscribed.add(name)
        return [answer, *(self.fill(fill) for fill in list(self._recent[name])[-1:])]

    def fill(self, fill: Fill) -> str:
        """A push that stands for one match."""
        return (
            f'{{"arg":{{"channel":"trades","instId":"{fill.symbol}"}},"data":[{{'
            f'"instId":"{fill.symbol}","tradeId":"{fill.id}","px":"{fill.price}",'
            f'"sz":"{fill.size}","side":"{fill.side}","ts":"{fill.ts // MILLISECOND}",'
            '"count":"1"}]}'
        )

    def heartbeat(self, now: int) -> list[str]:
        """None: the client pings."""
        return []

    def farewell(self, now: int) -> list[str]:
        """The notice of a service upgrade."""
        text = "The connection will soon be closed for a service upgrade. Please reconnect."
        notice = {"event": "notice", "code": "64008", "msg": text, "connId": CONNECTION}
        return [orjson.dumps(notice).decode()]


def history(path: str, query: Mapping[str, str], traded: Mapping[str, Sequence[Fill]]) -> Answer:
    """The newest trades before an id, newest first."""
    if path != "/api/v5/market/history-trades":
        return NOT_FOUND
    fills = traded.get(query.get("instId", ""))
    if fills is None:
        return 200, {"code": "51001", "msg": "Instrument ID doesn't exist.", "data": []}
    after, limit = whole(query, "after", 2**63), min(whole(query, "limit", 100), MOST_TRADES)
    rows = [fill for fill in fills if fill.id < after][-limit:]
    return 200, {"code": "0", "msg": "", "data": [_row(fill) for fill in reversed(rows)]}


def _row(fill: Fill) -> dict[str, str]:
    row = {"instId": fill.symbol, "side": fill.side, "sz": fill.size, "px": fill.price}
    return {**row, "tradeId": str(fill.id), "ts": str(fill.ts // MILLISECOND)}


def _error(code: str, message: str) -> str:
    error = {"event": "error", "code": code, "msg": message, "connId": CONNECTION}
    return orjson.dumps(error).decode()
