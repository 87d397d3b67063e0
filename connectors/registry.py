"""The venues by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from connectors.binance import Binance
from connectors.coinbase import Coinbase
from connectors.kraken import Kraken
from connectors.venue import Venue

_ALL: tuple[Venue, ...] = (Binance(), Coinbase(), Kraken())
VENUES: Mapping[str, Venue] = MappingProxyType({venue.name: venue for venue in _ALL})
"""Every venue that has a parser here."""


class UnknownVenueError(LookupError):
    """A name that is no venue's; the message lists the names and the nearest ones."""


def venue(name: str) -> Venue:
    """The venue of this name. Raises UnknownVenueError.

    >>> venue("kraken").url
    'wss://ws.kraken.com/v2'
    """
    found = VENUES.get(name)
    if found is not None:
        return found
    near = get_close_matches(name.lower(), VENUES, n=2)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownVenueError(f"unknown venue {name!r}{hint} Known venues: {', '.join(VENUES)}")
