"""Coinbase Exchange, the exchange's end. As there, one unknown product refuses all of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from connectors.simulator.desks import NOT_FOUND, Answer, Fill, iso, read, texts, whole

MAKER = {"buy": "sell", "sell": "buy"}
CHANNELS = ("matches", "heartbeat")
MOST_TRADES = 1000
"""In one answer of the REST interface."""


def symbol(asset: str, quote: str) -> str:
    """The product as this venue writes it."""
    return f"{asset}-{quote}"


class CoinbaseDesk:
    """See `connectors.simulator.desks.Desk`."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        self._recent = recent
        self._channels: dict[str, list[str]] = {name: [] for name in CHANNELS}
        self._sequence = 0
        self.subscribed: set[str] = set()

    def greet(self, now: int) -> list[str]:
        """Nothing."""
        return []

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """A subscription: `last_match` of each product, then all that is subscribed by now."""
        data = read(frame)
        if data is None or data.get("type") != "subscribe":
            return [_error("Malformed JSON" if data is None else "Unknown request type")]
        asked = self._asked(data)
        if not asked:
            return [_error("No channels provided")]
        for product in (p for products in asked.values() for p in products):
            if product not in self._recent:
                return [_error(f"{product} is not a valid product")]
        answers = []
        for channel, products in asked.items():
            for product in products:
                if product in self._channels[channel]:
                    continue
                self._channels[channel].append(product)
                if channel == "matches" and self._recent[product]:
                    answers.append(self._match("last_match", self._recent[product][-1]))
        self.subscribed = set(self._channels["matches"])
        channels = [
            {"name": name, "product_ids": products, "account_ids": None}
            for name, products in self._channels.items()
            if products
        ]
        answers.append(orjson.dumps({"type": "subscriptions", "channels": channels}).decode())
        return answers

    def _asked(self, data: dict[str, Any]) -> dict[str, list[str]]:
        """Products by channel: a channel is a name, or an object with products of its own."""
        common = texts(data.get("product_ids"))
        asked: dict[str, list[str]] = {}
        channels = data.get("channels")
        for channel in channels if isinstance(channels, list) else ():
            if isinstance(channel, dict):
                name, products = channel.get("name"), texts(channel.get("product_ids")) or common
            else:
                name, products = channel, common
            if name in CHANNELS:
                asked[name] = products
        return asked

    def fill(self, fill: Fill) -> str:
        """A `match`, with the maker's side."""
        return self._match("match", fill)

    def _match(self, kind: str, fill: Fill) -> str:
        self._sequence += 7  # counts the full channel, so it jumps on this one
        return (
            f'{{"type":"{kind}","trade_id":{fill.id},"maker_order_id":"{UUID(int=fill.id)}",'
            f'"taker_order_id":"{UUID(int=fill.ts)}","side":"{MAKER[fill.side]}",'
            f'"size":"{fill.size}","price":"{fill.price}","product_id":"{fill.symbol}",'
            f'"sequence":{self._sequence},"time":"{iso(fill.ts)}"}}'
        )

    def heartbeat(self, now: int) -> list[str]:
        """One for each product."""
        return [
            f'{{"type":"heartbeat","last_trade_id":{self._recent[product][-1].id},'
            f'"product_id":"{product}","sequence":{self._sequence},"time":"{iso(now)}"}}'
            for product in self._channels["heartbeat"]
            if self._recent[product]
        ]

    def farewell(self, now: int) -> list[str]:
        """Coinbase cuts without a word."""
        return []


def history(path: str, query: Mapping[str, str], traded: Mapping[str, Sequence[Fill]]) -> Answer:
    """The newest trades before an id, newest first."""
    fills = traded.get(path.removeprefix("/products/").removesuffix("/trades"))
    if fills is None or not path.endswith("/trades"):
        return NOT_FOUND
    after, limit = whole(query, "after", 2**63), min(whole(query, "limit", 1000), MOST_TRADES)
    rows = [fill for fill in fills if fill.id < after][-limit:]
    return 200, [_row(fill) for fill in reversed(rows)]


def _row(fill: Fill) -> dict[str, object]:
    row = {"time": iso(fill.ts), "trade_id": fill.id, "price": fill.price, "size": fill.size}
    return {**row, "side": MAKER[fill.side]}


def _error(reason: str) -> str:
    error = {"type": "error", "message": "Failed to subscribe", "reason": reason}
    return orjson.dumps(error).decode()
