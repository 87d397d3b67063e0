"""Asking a venue which symbols it trades, and finding the ones meant by a wrong name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from connectors.feed.rest import Rest, RestError
from connectors.venues.base import Page, Query, Venue
from connectors.venues.listing import ListingError, read_page
from engine.records import Instrument

MOST_REQUESTS = 20
"""For one listing; the longest known, of Bybit, takes four."""
NEAR = 3
"""Names proposed for a wrong one."""
LIKENESS = 0.65
"""That they need: XBT is like BTC (0.67), but ETHUSDT not like BTCUSD (0.62)."""


async def fetch_listing(venue: Venue, base_url: str | None = None) -> Page:
    """All that the venue trades now, each once, and the entries that could not be read.

    `base_url` replaces the venue's own. Raises ListingError, which names the URL.
    """
    found: dict[Instrument, None] = {}
    unread = []
    waiting = list(venue.listing)
    async with Rest(base_url or venue.rest_url, venue.rest_per_second) as rest:
        for _ in range(MOST_REQUESTS):
            page = await _page(rest, venue, waiting.pop(0))
            found |= dict.fromkeys(page.instruments)
            unread += page.malformed
            if page.more is not None:
                waiting.insert(0, page.more)
            if not waiting:
                return Page(list(found), unread)
    raise ListingError(f"{rest.base_url}: no end of the list after {MOST_REQUESTS} requests")


async def _page(rest: Rest, venue: Venue, query: Query) -> Page:
    try:
        if query.body is None:
            answer = await rest.get(query.path, query.params)
        else:
            answer = await rest.post(query.path, query.body)
    except RestError as error:
        raise ListingError(str(error)) from error
    try:
        return read_page(venue, answer)
    except ListingError as error:
        raise ListingError(f"{rest.base_url}{query.path}: {error}") from error


def near(name: str, names: Iterable[str]) -> list[str]:
    """The names most like this one, the nearest first; case and separators do not count.

    >>> near("btc-usd", ["ETH/USD", "BTC/USDT", "BTC/USD"])
    ['BTC/USD', 'BTC/USDT', 'ETH/USD']
    """
    plain: dict[str, str] = {}
    for known in names:
        plain.setdefault(_plain(known), known)
    return [plain[match] for match in get_close_matches(_plain(name), plain, NEAR, LIKENESS)]


def _plain(name: str) -> str:
    return "".join(c for c in name.upper() if c.isalnum())
