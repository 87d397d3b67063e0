"""What a venue must say about itself, and what its parser says about each frame.

Everything here is Sans-I/O: a parser is given frames and answers with events. Sockets, clocks and
waiting belong to `connectors.feed.session`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from engine.numbers import decimal, number
from engine.pricing.coins import of_one_coin
from engine.records import Gap, Instrument, Tick
from engine.types import SECOND

Frame = str | bytes

OLDEST = 1_230_940_800 * SECOND
"""2009-01-03, the day of the first Bitcoin block: no coin was traded before it."""
NEWEST = 2**63 - 1
"""Times are int64."""
LONGEST_ID = 64
"""Characters; the longest ids seen are UUIDs of 36."""
LONGEST_TIME = 40
"""Characters of a time in decimal text: ns take 19."""
EXCERPT = 120
"""Characters of a refused frame that a message about it shows: enough to recognise it."""


class Reply(NamedTuple):
    """A frame that the venue wants to be sent back."""

    frame: Frame


class Ack(NamedTuple):
    """The venue has accepted the subscription to a symbol."""

    symbol: str


class Refused(NamedTuple):
    """The venue has refused a subscription; `symbol` is None where it does not say which."""

    symbol: str | None
    reason: str


class Heartbeat(NamedTuple):
    """The venue says that it lives. It is no data: a stalled symbol may well have heartbeats."""


class Notice(NamedTuple):
    """The venue announces something. `closing` means that it is about to cut the connection."""

    text: str
    closing: bool = False


class Malformed(NamedTuple):
    """A frame, or one trade in it, that could not be used. `excerpt` is its beginning."""

    reason: str
    excerpt: str


Event = Tick | Gap | Reply | Ack | Refused | Heartbeat | Notice | Malformed


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
    lifetime: float | None
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


def malformed(reason: str, frame: object) -> list[Event]:
    """A list of one `Malformed`, with the beginning of the frame in readable form."""
    head = frame[: 4 * EXCERPT] if isinstance(frame, str | bytes) else repr(frame)
    text = head.decode(errors="replace") if isinstance(head, bytes) else head
    return [Malformed(reason, text[:EXCERPT])]


def each_trade(read: Callable[[Any], Tick], trades: Iterable[Any], frame: object) -> list[Event]:
    """The ticks of a frame's trades in their order; a trade that cannot be used is `Malformed`.

    Prices and sizes are of one coin each, also where the venue trades multiples.

    `read` makes one trade a tick. It may raise KeyError (a field is missing, or its value unknown),
    ValueError, TypeError, AttributeError or IndexError.
    """
    events: list[Event] = []
    for trade in trades:
        try:
            events.append(of_one_coin(read(trade)))
        except KeyError as error:
            events += malformed(f"a trade with {error} missing or unknown", frame)
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            events += malformed(str(error), frame)
    return events


def text_number(text: object) -> float:
    """A positive finite number sent as JSON text ("61837.63000000"). Raises ValueError otherwise.

    What a decimal text is, `engine.numbers` says, here as at every other door.
    """
    if type(text) is not str:
        raise ValueError("a number is not a decimal text")
    value = decimal(text)
    if value <= 0.0:
        raise ValueError("a number is not positive")
    return value


def json_number(value: object) -> float:
    """A positive finite JSON number. Raises ValueError otherwise."""
    if type(value) is not float and type(value) is not int:
        raise ValueError("a number is not a JSON number")
    found = number(value)
    if found <= 0.0:
        raise ValueError("a number is not positive")
    return found


def loose_number(value: object) -> float:
    """A number of a trade outside the order book, sent in any form; 0.0 where it is none.

    Such a trade never prices: what counts is that its id was seen. An event that only takes an id
    (X is NA at Binance's futures) has a price and a size of zero, or none.
    """
    try:
        found = decimal(value) if type(value) is str else number(value)
    except ValueError:
        return 0.0
    return max(found, 0.0)


def trade_id(value: object) -> str:
    """A trade id sent as a JSON integer, as text. Raises ValueError otherwise.

    Integers stay exact up to 2^64; beyond, the JSON reader makes floats, which are refused.
    """
    if type(value) is not int or value < 0:
        raise ValueError("a trade id is not an integer")
    return str(value)


def text_id(value: object) -> str:
    """A trade id sent as JSON text. Raises ValueError otherwise."""
    if type(value) is not str or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise ValueError("a trade id is not a text")
    return value


def unix_ns(value: object, unit: int) -> int:
    """A Unix time sent as a JSON integer of `unit` ns, in ns. Raises ValueError otherwise."""
    if type(value) is not int:
        raise ValueError("a time is not an integer")
    return checked_ns(value * unit)


def text_unix_ns(text: object, unit: int) -> int:
    """A Unix time sent as decimal text of `unit` ns, as exact int ns. Raises ValueError.

    Any number of fractional digits; what is below one ns is cut off.

    >>> text_unix_ns("1619093543708.2642", 1_000_000)
    1619093543708264200
    """
    if type(text) is not str or len(text) > LONGEST_TIME:
        raise ValueError("a time is not a decimal text")
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not whole or (point and not fraction) or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a time is not a decimal text")
    return checked_ns(int(digits) * unit // 10 ** len(fraction))


def iso_ns(text: object) -> int:
    """ISO 8601 in UTC ("2026-07-07T22:58:16.156605Z") as exact int ns. Raises ValueError.

    Any number of fractional digits; those beyond the ninth are cut off.
    """
    if type(text) is not str or len(text) < 20 or not text.endswith("Z"):
        raise ValueError("a time is not ISO 8601 with Z")
    ts = _whole_seconds(text[:19]) * SECOND
    if len(text) > 20:
        fraction = text[20:-1]
        if text[19] != "." or not (fraction.isascii() and fraction.isdigit()):
            raise ValueError("a time has a bad fraction")
        ts += int(fraction[:9].ljust(9, "0"))
    return checked_ns(ts)


def checked_ns(ts: int) -> int:
    """The same time if coins can have been traded then, else ValueError."""
    if not OLDEST <= ts <= NEWEST:
        raise ValueError("a time is out of range")
    return ts


_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)  # trades come in order of time, so a few seconds are asked again and again
def _whole_seconds(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("a time is not ISO 8601")
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (moment - _EPOCH).days * 86_400 + (moment - _EPOCH).seconds
