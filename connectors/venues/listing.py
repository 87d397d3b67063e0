"""Reading a venue's list of symbols: what the venues' files share for it.

Which requests to make is a venue's `listing`, what an answer says its `read_listing`. Everything
here is Sans-I/O; `connectors.feed.discovery` makes the requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.venues.base import Page, Query, Venue
from connectors.venues.events import EXCERPT, UNUSABLE, Malformed, malformed
from engine.records import Instrument

LONGEST_NAME = 64
"""Characters; the longest symbols known, of options, have 30."""


class ListingError(Exception):
    """A list of symbols that could not be had. The text says what came instead."""


def listed_name(value: object) -> str:
    """A symbol or a currency: printable text without spaces. Raises ValueError otherwise."""
    if type(value) is not str or not 0 < len(value) <= LONGEST_NAME:
        raise ValueError("a name is not a text")
    if not value.isprintable() or " " in value:
        raise ValueError("a name has spaces or control characters")
    return value


def each_listed(
    read: Callable[[Any], Instrument | None], entries: Any, more: Query | None = None
) -> Page:
    """The page of these entries, in their order.

    `read` makes an entry an instrument, or None where it does not trade now. It may raise what is
    in `UNUSABLE`; the entry is `Malformed` then. Raises TypeError where `entries` is no list.
    """
    if type(entries) is not list:
        raise TypeError("the symbols are no list")
    page = Page([], [], more)
    for entry in entries:
        try:
            instrument = read(entry)
        except UNUSABLE as error:
            missing = isinstance(error, KeyError)
            reason = f"{error} is missing or unknown" if missing else str(error)
            page.malformed.extend(e for e in malformed(reason, entry) if isinstance(e, Malformed))
        else:
            if instrument is not None:
                page.instruments.append(instrument)
    return page


def read_page(venue: Venue, answer: Any) -> Page:
    """What an answer lists. Raises ListingError, with its beginning, where it is no list."""
    try:
        return venue.read_listing(answer)
    except UNUSABLE as error:
        head = repr(answer)[:EXCERPT]
        raise ListingError(f"the answer is no list of symbols: {head}") from error


def see_listing(venue: str, instrument: Instrument | None) -> str:
    """For messages about a symbol that may be wrong: the command that shows which there are."""
    base = "" if instrument is None else f" --base {instrument.base}"
    return f"run `tidegauge symbols {venue}{base}` to see what it lists"
