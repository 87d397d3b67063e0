"""What every desk shares: the exchange's end of one connection, Sans-I/O."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import orjson

from engine.records import Side
from engine.types import SECOND


class Fill(NamedTuple):
    """A trade as an exchange publishes it. `price` and `size` are decimal texts, `side` the
    taker's, `id` steps by one per symbol, `ts` is ns UTC."""

    symbol: str
    id: int
    price: str
    size: str
    side: Side
    ts: int


class Desk(Protocol):
    """One client's connection, as the exchange sees it."""

    subscribed: set[str]

    def greet(self, now: int) -> list[str]:
        """Frames sent on connecting."""
        ...

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """The answers to a frame of the client, history included."""
        ...

    def fill(self, fill: Fill) -> str:
        """A live trade of a subscribed symbol."""
        ...

    def heartbeat(self, now: int) -> list[str]:
        """Frames sent once a second."""
        ...

    def farewell(self, now: int) -> list[str]:
        """Frames sent ahead of a cut that is known beforehand; none where a venue sends none."""
        ...


MakeDesk = Callable[[str, Mapping[str, Sequence[Fill]]], Desk]
"""Makes the desk of a connection from the path and query of its URL, and the latest fills of every
listed symbol (oldest first, updated in place)."""


Answer = tuple[int, Any]
"""The status of a REST answer, and what is in it."""
History = Callable[[str, Mapping[str, str], Mapping[str, Sequence[Fill]]], Answer]
"""Answers a GET by its path and query, from the fills of every listed symbol, oldest first."""
NOT_FOUND: Answer = (404, {"message": "Not Found"})


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """A number of the query, or what it is where it is not given or is none."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else default


def read(frame: str | bytes) -> dict[str, Any] | None:
    """A client's JSON object, or None."""
    try:
        data = orjson.loads(frame)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def texts(value: Any) -> list[str]:
    """The texts of a list that a client sent; anything else in it is left out."""
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def iso(ts: int) -> str:
    """Nanoseconds UTC as ISO 8601 with microseconds and Z."""
    whole = datetime.fromtimestamp(ts // SECOND, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{ts % SECOND // 1000:06d}Z"


def decimals(price: float) -> int:
    """Decimal places of a price: six significant digits, at least cents."""
    return max(2, 5 - math.floor(math.log10(price)))
