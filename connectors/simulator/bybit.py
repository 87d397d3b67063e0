"""Bybit v5, the exchange's end. Its trade ids are UUIDs: here the number of the trade as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from connectors.simulator.desks import Fill, read, texts

MILLISECOND = 1_000_000
MOST_TOPICS = 10
"""Topics that one request for spot may hold."""
TOPIC = "publicTrade."
CONNECTION = "cejreaspqfm9se7usbrg-2xh"
"""Stands as `conn_id` in every answer."""
SIDES = {"buy": "Buy", "sell": "Sell"}


def symbol(asset: str, quote: str) -> str:
    """The symbol as this venue writes it."""
    return f"{asset}{quote}"


class BybitDesk:
    """See `connectors.simulator.desks.Desk`."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        self._listed = recent
        self.subscribed: set[str] = set()

    def greet(self, now: int) -> list[str]:
        """Nothing."""
        return []

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """`ping`, and subscriptions: one unknown topic refuses the whole request."""
        data = read(frame)
        if data is None:
            return [_answer(False, "Request is not JSON", {}, "")]
        operation = data.get("op")
        if operation == "ping":
            return [_answer(True, "pong", data, "ping")]
        topics = texts(data.get("args"))
        if operation not in ("subscribe", "unsubscribe") or not topics:
            return [_answer(False, "Params Error", data, "subscribe")]
        if len(topics) > MOST_TOPICS:
            return [_answer(False, "args size > 10", data, operation)]
        names = {topic.removeprefix(TOPIC) for topic in topics if topic.startswith(TOPIC)}
        unknown = [t for t in topics if t.removeprefix(TOPIC) not in self._listed]
        if unknown or len(names) < len(set(topics)):
            return [_answer(False, f"Invalid symbol :[{','.join(unknown)}]", data, operation)]
        if operation == "subscribe":
            self.subscribed |= names
        else:
            self.subscribed -= names
        return [_answer(True, "", data, operation)]

    def fill(self, fill: Fill) -> str:
        """A push named `snapshot`, which every live one is; `seq` repeats within a burst."""
        time = fill.ts // MILLISECOND
        return (
            f'{{"topic":"{TOPIC}{fill.symbol}","type":"snapshot","ts":{time},"data":[{{'
            f'"i":"{UUID(int=fill.id)}","T":{time},"p":"{fill.price}","v":"{fill.size}",'
            f'"S":"{SIDES[fill.side]}","seq":{fill.id // 4},"s":"{fill.symbol}","BT":false}}]}}'
        )

    def heartbeat(self, now: int) -> list[str]:
        """None: the client pings."""
        return []

    def farewell(self, now: int) -> list[str]:
        """Bybit cuts without a word."""
        return []


def _answer(success: bool, message: str, data: Mapping[str, Any], operation: str) -> str:
    answer = {"success": success, "ret_msg": message, "conn_id": CONNECTION}
    if isinstance(data.get("req_id"), str):
        answer["req_id"] = data["req_id"]
    return orjson.dumps({**answer, "op": operation}).decode()
