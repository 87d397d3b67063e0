"""What a venue's file need not say: a class for the venue and one for its parser, to derive from.

A venue's file declares what is its own, and overrides what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

import orjson

from connectors.venues.base import MOST_SYMBOLS, GapsBy, Limits, Page, Parser, Query
from connectors.venues.events import Event, Frame, Heartbeat, malformed
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.subscribing import dumps
from engine.pricing.coins import listed, own_name
from engine.records import Instrument, Kind, Tick

COIN = r"([^\W_a-z]{1,20}?)"
"""A coin's name within a symbol. It may be of any script, so it is not [A-Z0-9]."""


K = TypeVar("K")


class VenueMarket(NamedTuple):
    """The markets that price an asset: the symbol with `{}` for the asset's name at the venue."""

    symbol: str
    quote: str
    kind: Kind = "spot"


class Form(NamedTuple):
    """A form of a venue's symbols: its groups are the base, and the quote where it has one."""

    pattern: re.Pattern[str]
    kind: Kind = "spot"
    quote: str = ""
    """Where the symbol has none; empty where the price is in the coin itself."""


def form(pattern: str, kind: Kind = "spot", quote: str = "") -> Form:
    """The form of symbols that this pattern matches as a whole."""
    return Form(re.compile(pattern), kind, quote)


class Entry(NamedTuple):
    """How an entry of a list of symbols is written: the fields of its parts."""

    symbol: str
    base: str
    quote: str
    state: str = ""
    trading: Sequence[object] = ()
    """What `state` says while it trades."""


class WebsocketVenue:
    """See `connectors.venues.base.Venue`. Its trade ids are sequential where `gaps_by` is "ids"."""

    name: ClassVar[str]
    url: ClassVar[str]
    path: ClassVar[str] = ""
    """What follows on `url`, and on what replaces it."""
    limits: ClassVar[Limits]
    gaps_by: ClassVar[GapsBy] = "silence"
    forms: ClassVar[Sequence[Form]]
    """Of the symbols whose trades are read; the first that matches counts."""
    rest_url: ClassVar[str]
    rest_per_second: ClassVar[float]
    listing: ClassVar[Sequence[Query]]
    listed_under: ClassVar[tuple[str, ...]] = ()
    """The keys that lead to the list in the answer to `listing`."""
    listed_as: ClassVar[Entry]
    """How an entry of that list is written."""
    markets: ClassVar[tuple[VenueMarket, ...]]
    """What is subscribed to for each asset; a venue with more overrides `instruments`."""
    converts: ClassVar[tuple[str, ...]] = ()
    """Assets that are always subscribed to: they convert the quotes of other venues."""
    left_out: ClassVar[tuple[str, ...]] = ()
    """Assets that are not asked for, beside dollars and the quotes of `markets`."""
    parser_type: ClassVar[type[Any]]
    """The class of its parser, made from the venue and the instruments."""

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """The symbols that price these assets here, and the pairs that convert their quotes."""
        left_out = {"USD", *self.left_out, *(market.quote for market in self.markets)}
        found = []
        for asset in dict.fromkeys((*assets, *self.converts)):
            for symbol, quote, kind in self.markets if asset not in left_out else ():
                own = own_name(self.name, kind, asset)
                if own is not None:
                    named = symbol.format(own.lower() if symbol.islower() else own)
                    counts = self.gaps_by == "ids"
                    found.append(Instrument(self.name, named, asset, quote, kind, counts))
        return found

    def instrument_of(self, symbol: Any, forms: Sequence[Form] | None = None) -> Instrument:
        """The instrument of a symbol of these forms, the venue's own if none are given.

        Raises ValueError where it has none of them.
        """
        for pattern, kind, quote in self.forms if forms is None else forms:
            match = pattern.fullmatch(symbol) if type(symbol) is str else None
            if match is not None:
                own_quote = match[2] if pattern.groups > 1 else ""
                return self.listed(symbol, match[1], own_quote or quote or match[1], kind)
        raise ValueError("the symbol is of no form known here")

    def listed(self, symbol: str, base: str, quote: str, kind: Kind = "spot") -> Instrument:
        """The instrument of a symbol by the venue's own names of its currencies."""
        return listed(self.name, symbol, base, quote, kind, self.gaps_by == "ids")

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The same for all instruments."""
        return base_url.rstrip("/") + self.path if self.path else base_url

    def read_listing(self, answer: Any) -> Page:
        """The entries that lie under `listed_under`, each read by `read_listed`."""
        for key in self.listed_under:
            answer = answer[key]
        return each_listed(self.read_listed, answer)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One entry of the list, as `connectors.venues.listing.each_listed` wants it."""
        return self.listed_pair(entry) if self.trades_now(entry) else None

    def trades_now(self, entry: Any) -> bool:
        """Whether an entry of the list is of a symbol that trades, by `listed_as`."""
        return entry[self.listed_as.state] in self.listed_as.trading

    def listed_pair(self, entry: Any, kind: Kind = "spot") -> Instrument:
        """The instrument of an entry of the list, by `listed_as`."""
        symbol, base, quote = (listed_name(entry[field]) for field in self.listed_as[:3])
        return self.listed(symbol, base, quote, kind)

    def parser(self, instruments: Sequence[Instrument]) -> Parser:
        """A parser for one connection."""
        made: Parser = self.parser_type(self, instruments)
        return made


class VenueParser:
    """Reads one connection of a venue whose frames are JSON objects.

    It knows its instruments by their symbols, and makes those of symbols that it meets.
    """

    pongs: ClassVar[tuple[Frame, ...]] = ()
    """Frames that only answer a ping."""
    symbol: ClassVar[str]
    """The field of a trade with its symbol, where it has one."""
    read: ClassVar[staticmethod[[Instrument, Any], Tick]]
    """Reads a trade, where all are of one form."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        self.venue = venue
        self._instruments = {i.symbol: i for i in instruments}
        self._symbols = tuple(self._instruments)
        self._waiting = dict.fromkeys(self._symbols)
        """Where an answer does not say what it is for: the symbols that are not accepted yet."""

    def subscribe(self) -> list[Frame]:
        """See `connectors.venues.base.Parser.subscribe`."""
        return [dumps(request) for request in self._requests()]

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        if frame in self.pongs:
            return [Heartbeat()]
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is not dict:
            return self._unknown(frame)
        return self._read(data, frame)

    def _requests(self) -> Iterable[object]:
        """What to send to subscribe, as JSON values."""
        raise NotImplementedError

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What a JSON object says."""
        raise NotImplementedError

    def _unknown(self, frame: Frame) -> list[Event]:
        """What is said of a frame that is none of this venue's."""
        return malformed(f"not a message of {self.venue.name}", frame)

    def _instrument(self, symbol: Any) -> Instrument:
        """The instrument of a symbol. Raises ValueError, TypeError."""
        return self._instruments.get(symbol) or self._meet(symbol)

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to. Raises ValueError."""
        return self._remember(symbol, self.venue.instrument_of(symbol), self._instruments)

    def _remember(self, key: K, instrument: Instrument, known: dict[K, Instrument]) -> Instrument:
        """Keep an instrument that was met. Raises ValueError where there are too many."""
        if len(known) >= len(self._symbols) + MOST_SYMBOLS:
            raise ValueError("a symbol more than a venue can have")
        known[key] = instrument
        return instrument

    def _trade(self, trade: Any) -> Tick:
        """A trade with its symbol. Raises what `connectors.venues.trades.each_trade` allows."""
        symbol = trade[self.symbol]
        return self.read(self._instruments.get(symbol) or self._meet(symbol), trade)

    def _ours(self, symbol: object) -> str | None:
        """The symbol if it is one that we subscribe to."""
        return symbol if type(symbol) is str and symbol in self._symbols else None
