"""What several venues have alike in how they are asked for symbols, and in what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import orjson

from connectors.venues.events import Ack, Event, Refused

T = TypeVar("T")


def dumps(request: object) -> str:
    """A JSON value as a text frame."""
    return orjson.dumps(request).decode()


def batches(symbols: Sequence[T], most: int) -> list[tuple[T, ...]]:
    """The symbols (or what asks for them) in their order, at most so many together."""
    return [tuple(symbols[start : start + most]) for start in range(0, len(symbols), most)]


def answered(asked: dict[int, tuple[str, ...]], number: object) -> tuple[str, ...]:
    """The symbols of the request of this number, which is no longer open then."""
    return asked.pop(number, ()) if type(number) is int else ()


def accepted(waiting: dict[str, None], symbols: object) -> list[Event]:
    """Those of an answer that lists all that the connection has by now that it did not have yet."""
    found: list[Event] = []
    for symbol in symbols if type(symbols) is list else ():
        if type(symbol) is str and symbol in waiting:
            del waiting[symbol]
            found.append(Ack(symbol))
    return found


def field(value: object, name: str) -> Any:
    """A field of a JSON object; None where it has none, or where the value is no object."""
    return value.get(name) if isinstance(value, dict) else None


def text(value: object) -> str | None:
    """The value if it is a text."""
    return value if type(value) is str else None


def ack(symbol: object) -> list[Event]:
    """The subscription to a symbol was accepted, if the answer names one."""
    return [Ack(symbol)] if type(symbol) is str else []


def refused(symbols: Iterable[str], reason: object) -> list[Event]:
    """The subscriptions to these symbols were refused; one to we do not know what if there is
    none."""
    return [Refused(symbol, f"{reason}") for symbol in symbols] or [Refused(None, f"{reason}")]
