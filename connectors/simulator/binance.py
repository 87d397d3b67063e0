"""Binance spot, the exchange's end. Unknown streams are accepted and stay silent, as there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import orjson

from connectors.simulator.desks import NOT_FOUND, Answer, Fill, read, texts, whole

STREAM = re.compile(r"[a-z0-9]+@[A-Za-z0-9_@]+")

MOST_TRADES = 1000
"""In one answer of the REST interface."""


def symbol(asset: str, quote: str) -> str:
    """The symbol as this venue writes it."""
    return f"{asset}{quote}"


class BinanceDesk:
    """See `connectors.simulator.desks.Desk`."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        url = urlsplit(target)
        query = parse_qs(url.query)
        self._combined = url.path.startswith("/stream")
        self._unit = 1_000 if query.get("timeUnit", [""])[0].upper() == "MICROSECOND" else 1_000_000
        self._listed = recent
        self.subscribed: set[str] = set()
        self._add(query.get("streams", [""])[0].split("/"))
        self._add(url.path.removeprefix("/ws/").split("/"))

    def _add(self, streams: list[str]) -> None:
        for stream in streams:
            name = stream.removesuffix("@trade").upper()
            if stream.endswith("@trade") and name in self._listed:
                self.subscribed.add(name)

    def greet(self, now: int) -> list[str]:
        """Nothing."""
        return []

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """SUBSCRIBE and UNSUBSCRIBE."""
        data = read(frame)
        if data is None:
            return ['{"code":3,"msg":"Invalid JSON"}']
        streams = texts(data.get("params"))
        if data.get("method") not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return [_error("Invalid request: unknown variant", data.get("id"))]
        if not streams or not all(STREAM.fullmatch(stream) for stream in streams):
            return [_error("Invalid request: invalid stream", data.get("id"))]
        if data["method"] == "SUBSCRIBE":
            self._add(streams)
        else:
            self.subscribed -= {s.removesuffix("@trade").upper() for s in streams}
        return [orjson.dumps({"result": None, "id": data.get("id")}).decode()]

    def fill(self, fill: Fill) -> str:
        """A `trade` event; `m` says whether the buyer was the maker."""
        time = fill.ts // self._unit
        event = (
            f'{{"e":"trade","E":{time},"s":"{fill.symbol}","t":{fill.id},"p":"{fill.price}",'
            f'"q":"{fill.size}","T":{time},"m":{"true" if fill.side == "sell" else "false"},'
            '"M":true}'
        )
        if self._combined:
            return f'{{"stream":"{fill.symbol.lower()}@trade","data":{event}}}'
        return event

    def heartbeat(self, now: int) -> list[str]:
        """None in JSON: Binance uses websocket pings."""
        return []

    def farewell(self, now: int) -> list[str]:
        """The word before a cut."""
        return [f'{{"e":"serverShutdown","E":{now // self._unit}}}']


def history(path: str, query: Mapping[str, str], traded: Mapping[str, Sequence[Fill]]) -> Answer:
    """Old trades from an id on, or the newest."""
    if path != "/api/v3/historicalTrades":
        return NOT_FOUND
    fills = traded.get(query.get("symbol", ""))
    if fills is None:
        return 400, {"code": -1121, "msg": "Invalid symbol."}
    limit = min(whole(query, "limit", 500), MOST_TRADES)
    first = whole(query, "fromId", fills[-limit].id if len(fills) > limit else 0)
    return 200, [_row(fill) for fill in fills if fill.id >= first][:limit]


def _row(fill: Fill) -> dict[str, object]:
    quote = f"{float(fill.price) * float(fill.size):.8f}"
    row = {"id": fill.id, "price": fill.price, "qty": fill.size, "quoteQty": quote}
    time = fill.ts // 1_000_000
    return {**row, "time": time, "isBuyerMaker": fill.side == "sell", "isBestMatch": True}


def _error(message: str, request: object) -> str:
    return orjson.dumps({"error": {"code": 2, "msg": message}, "id": request}).decode()
