"""What a venue must say about itself, and what its parser says about each frame.

Everything here is Sans-I/O: a parser is given frames and answers with events. Sockets, clocks and
waiting belong to `connectors.feed.session`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from connectors.venues.events import Event, Frame, Malformed
from engine.records import Instrument

MOST_SYMBOLS = 10_000
"""Symbols that a parser remembers beyond those that it was made for. The largest venues list half
as many, options included; a connection that brings more is not right."""


GapsBy = Literal["ids", "pushes", "sequence", "connection", "silence"]
"""What shows that trades are missing: `ids` that step by one per symbol (`Instrument.counts`); ids
of `pushes`, each of which says how many trades it stands for; a `sequence` number per symbol beside
the ids; a number of all frames of the `connection`; or only `silence` and reconnections.
"""


class Query(NamedTuple):
    """One REST request. With a `body` it is a POST of that JSON, else a GET."""

    path: str
    params: Mapping[str, str | int] = {}
    body: Any = None


class Page(NamedTuple):
    """What one answer of a listing says: what trades now, entries that could not be read, and the
    request for the next page, if there is one."""

    instruments: list[Instrument]
    malformed: list[Malformed]
    more: Query | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a venue allows. Rates are kept somewhat below what it documents."""

    subscriptions: int
    """Symbols on one connection."""
    messages_per_second: float
    """Frames that we may send on one connection."""
    attempts: int
    """Connection attempts within `attempts_window` seconds."""
    attempts_window: float
    lifetime: float | None = None
    """Seconds after which we renew a connection before the venue cuts it; None: it does not."""
    keep_alive: tuple[float, Frame] | None = None
    """Every so many seconds this frame must be sent; None: websocket pings are enough."""


class Parser(Protocol):
    """The conversation with a venue on one connection."""

    def subscribe(self) -> list[Frame]:
        """The frames to send once the connection stands, in order."""
        ...

    def feed(self, frame: Frame) -> list[Event]:
        """What a received frame says. Never raises; what cannot be used is `Malformed`.

        Frames of channels that we do not use say nothing: an empty list.
        """
        ...


@runtime_checkable
class WithEnd(Protocol):
    """A parser that holds something back, as it may turn out otherwise with the next frame."""

    def end(self) -> list[Event]:
        """What is left to say when no more frames come."""
        ...


class Venue(Protocol):
    """An exchange: where it is, what it allows, and how to read it."""

    @property
    def name(self) -> str:
        """As it appears in `Instrument.venue`."""
        ...

    @property
    def url(self) -> str:
        """The public websocket, without anything that depends on the subscription."""
        ...

    @property
    def limits(self) -> Limits:
        """What this venue allows."""
        ...

    @property
    def gaps_by(self) -> GapsBy:
        """How trades that are missing show here."""
        ...

    @property
    def rest_url(self) -> str:
        """The base URL of the public REST interface."""
        ...

    @property
    def rest_per_second(self) -> float:
        """Requests a second that we make there, below what is allowed."""
        ...

    @property
    def listing(self) -> Sequence[Query]:
        """The requests whose answers list all symbols."""
        ...

    def read_listing(self, answer: Any) -> Page:
        """What one of these answers (JSON) lists, with the symbols of the websocket.

        Only what trades now and the parser reads. An entry that cannot be used is `Malformed`.
        Raises KeyError, ValueError, TypeError, AttributeError or IndexError where the answer as a
        whole is no list; see `connectors.venues.listing`.
        """
        ...

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """The symbols that price these assets here, and the pairs that convert their quotes.

        Whether the venue lists each of them is known only when it accepts or refuses.
        """
        ...

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The URL to connect to for these instruments."""
        ...

    def parser(self, instruments: Sequence[Instrument]) -> Parser:
        """A parser for one connection that subscribes to these instruments.

        It also reads symbols beyond them (recordings), making their instruments from the symbol.
        """
        ...


Post = Callable[[str], Awaitable[bytes]]
"""Sends a POST without a body; the answer's body. Raises OSError or RestError."""


@runtime_checkable
class WithToken(Protocol):
    """A venue that says by HTTP, before each connection, where to connect to and with what token.

    `limits.keep_alive` then says what to send; how often, the venue says.
    """

    def token_url(self, base_url: str | None) -> str | None:
        """Where to ask, by POST; None where `base_url` is a websocket to connect to without.

        `base_url` is what replaces the venue's own, if anything does.
        """
        ...

    def connection(self, answer: Frame, connect_id: str) -> tuple[str, float]:
        """The URL to connect to and the seconds between keep-alive frames, from the answer.

        `connect_id` is ours to choose. Raises ValueError where the answer is no token.
        """
        ...
