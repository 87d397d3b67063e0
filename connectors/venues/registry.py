"""The venues by name: every file of `connectors.venues` that declares one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from connectors import venues
from connectors.venues.base import Venue
from connectors.venues.shared import WebsocketVenue


def _declared() -> Iterator[Venue]:
    """One of each venue class, by the names of their files; `_template` is none."""
    for file in sorted(iter_modules(venues.__path__), key=lambda file: file.name):
        if file.name.startswith("_") or file.name == "registry":
            continue
        module = import_module(f"{venues.__name__}.{file.name}")
        for declared in vars(module).values():
            is_venue = isinstance(declared, type) and issubclass(declared, WebsocketVenue)
            if is_venue and declared.__module__ == module.__name__ and hasattr(declared, "name"):
                yield declared()


VENUES: Mapping[str, Venue] = MappingProxyType({venue.name: venue for venue in _declared()})
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
    hint = f"; did you mean {' or '.join(near)}? Known are" if near else "; known are"
    raise UnknownVenueError(f"unknown venue {name!r}{hint}: {', '.join(VENUES)}")
