"""The frames of all venues, by the names of the files in `tests.connectors.frames`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from connectors.venues.events import Event
from connectors.venues.registry import VENUES
from engine.records import Instrument, Tick
from tests.connectors import frames
from tests.connectors.frames import MS, NS, changed, subscribed, written

__all__ = ["MS", "NS", "subscribed"]

OF: dict[str, Any] = {
    file.name: import_module(f"{frames.__name__}.{file.name}")
    for file in sorted(iter_modules(frames.__path__), key=lambda file: file.name)
    if not file.name.startswith("_")
}
"""The file of each venue."""
TRADE: dict[str, dict[str, Any]] = {n: of.TRADE for n, of in OF.items() if hasattr(of, "FIELDS")}
"""A trade of each venue whose trades have named fields."""
TICK: dict[str, Tick] = {name: of.TICK for name, of in OF.items()}
FIELDS: dict[str, tuple[str, ...]] = {name: OF[name].FIELDS for name in TRADE}
PRICE: dict[str, str] = {name: OF[name].PRICE for name in TRADE}
ANSWERS: list[tuple[str, str, Event]] = [
    (name, *answer) for name, of in OF.items() for answer in getattr(of, "ANSWERS", ())
]
"""(venue, frame, event)"""
SEEDS: dict[str, list[str]] = {
    name: [*of.SEEDS, *(frame for told, frame, _ in ANSWERS if told == name)]
    for name, of in OF.items()
}
LISTING: dict[str, list[Any]] = {name: of.LISTING for name, of in OF.items()}
BITFINEX: list[Any] = OF["bitfinex"].TRADE
BITGET_ARG: dict[str, str] = OF["bitget"].ARG
_SAME = (61837.5, 0.25, "sell")
SAME_TRADE = tuple(n for n, tick in TICK.items() if (tick.price, tick.size, tick.side) == _SAME)
"""Venues whose trade is one and the same: a quarter of a bitcoin sold at 61837.5."""


def listed(name: str) -> list[Instrument]:
    """What a venue's answers list."""
    counts = TICK[name].instrument.counts
    return [Instrument(name, *entry, counts) for entry in OF[name].LISTED]


def frame_of(venue: str, *trades: Any, **fields: Any) -> str:
    """A frame of live trades (of one, where each has its own); `fields` go into the envelope."""
    return written(OF[venue].frame, *trades, **fields)


def wire(venue: str, **fields: Any) -> str:
    """A frame of one trade with some fields changed, or left out where changed to `...`."""
    if venue not in TRADE:
        return frame_of(venue, OF[venue].TRADE)
    return changed(OF[venue].frame, TRADE[venue], **fields)


def live_parser(venue: str) -> Any:
    """A parser in the middle of a connection."""
    parser = VENUES[venue].parser(())
    for frame in getattr(OF[venue], "BEGIN", ()):
        parser.feed(frame)
    return parser


def feed(venue: str, *frames: str | bytes) -> list[Any]:
    """What a parser in the middle of a connection says to these frames."""
    parser = live_parser(venue)
    return [event for frame in frames for event in parser.feed(frame)]
