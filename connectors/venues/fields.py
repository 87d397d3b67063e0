"""What several venues send in more than one way."""

from __future__ import annotations

from connectors.venues.base import json_number, text_id, text_number, trade_id
from engine.records import Tick

MILLISECOND = 1_000_000
"""In ns."""


def number(value: object) -> float:
    """A positive finite number, sent as JSON number or as text. Raises ValueError otherwise."""
    return text_number(value) if type(value) is str else json_number(value)


def any_id(value: object) -> str:
    """A trade id sent as text or as JSON integer, as text. Raises ValueError otherwise."""
    return text_id(value) if type(value) is str else trade_id(value)


def oldest_first(ticks: list[Tick]) -> list[Tick]:
    """Trades of one frame of a venue that lists the newest first, in order of time.

    Trades whose times, or ids of equal times, rise from the first to the last stay as they are.
    """
    if len(ticks) > 1 and _order(ticks[0]) < _order(ticks[-1]):
        return ticks
    return ticks[::-1]


def _order(tick: Tick) -> tuple[int, int]:
    number = tick.id if tick.id and tick.id.isascii() and tick.id.isdigit() else "0"
    return tick.ts, int(number)
