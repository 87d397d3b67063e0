"""What a venue's file need not say: a class for the venue and one for its parser, to derive from.

A venue's file declares what is its own, and overrides what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import orjson

from connectors.venues.base import (
    Event,
    Frame,
    GapsBy,
    Heartbeat,
    Limits,
    Page,
    Parser,
    Query,
    malformed,
)
from connectors.venues.listing import each_listed, listed_name
from engine.pricing.coins import listed, own_names
from engine.records import Instrument, Kind


class VenueMarket(NamedTuple):
    """The markets that price an asset: the symbol with `{}` for the asset's name at the venue."""

    symbol: str
    quote: str
    kind: Kind = "spot"


class WebsocketVenue:
    """See `connectors.venues.base.Venue`. Its trade ids are sequential where `gaps_by` is "ids"."""

    name: ClassVar[str]
    url: ClassVar[str]
    limits: ClassVar[Limits]
    gaps_by: ClassVar[GapsBy] = "silence"
    rest_url: ClassVar[str]
    rest_per_second: ClassVar[float]
    listing: ClassVar[Sequence[Query]]
    listed_under: ClassVar[tuple[str, ...]] = ()
    """The keys that lead to the list in the answer to `listing`."""
    market: ClassVar[VenueMarket]
    """What is subscribed to for each asset; a venue with more overrides `instruments`."""
    converts: ClassVar[tuple[str, ...]] = ()
    """Assets that are always subscribed to: they convert the quotes of other venues."""
    left_out: ClassVar[tuple[str, ...]] = ("USDT", "USD")
    """Assets that are not asked for: the quote, and dollars."""
    parser_type: ClassVar[type[Any]]
    """The class of its parser, made from the instruments."""

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """The symbols that price these assets here, and the pairs that convert their quotes."""
        form, quote, kind = self.market
        lower = form.islower()
        return [
            Instrument(
                self.name,
                form.format(own.lower() if lower else own),
                asset,
                quote,
                kind,
                self.gaps_by == "ids",
            )
            for asset, own in own_names(self.name, kind, (*assets, *self.converts))
            if asset not in self.left_out
        ]

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The same for all instruments."""
        return base_url

    def read_listing(self, answer: Any) -> Page:
        """The entries that lie under `listed_under`, each read by `read_listed`."""
        for key in self.listed_under:
            answer = answer[key]
        return each_listed(self.read_listed, answer)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One entry of the list, as `connectors.venues.listing.each_listed` wants it."""
        raise NotImplementedError

    def listed_pair(self, entry: Any, symbol: str, base: str, quote: str) -> Instrument:
        """The spot market of an entry, by the names of its fields."""
        of_symbol, of_base, of_quote = (listed_name(entry[f]) for f in (symbol, base, quote))
        return listed(self.name, of_symbol, of_base, of_quote, "spot", self.gaps_by == "ids")

    def parser(self, instruments: Sequence[Instrument]) -> Parser:
        """A parser for one connection."""
        made: Parser = self.parser_type(instruments)
        return made


class JsonParser:
    """Reads one connection of a venue whose frames are JSON objects."""

    message: ClassVar[str]
    """What a frame is called that is none of this venue: "not a Kraken message"."""
    pongs: ClassVar[tuple[Frame, ...]] = ()
    """Frames that only answer a ping."""

    def subscribe(self) -> list[Frame]:
        """See `connectors.venues.base.Parser.subscribe`."""
        raise NotImplementedError

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        if frame in self.pongs:
            return [Heartbeat()]
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is not dict:
            return malformed(self.message, frame)
        return self._read(data, frame)

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What a JSON object says."""
        raise NotImplementedError


class VenueParser(JsonParser):
    """One that knows its instruments by their symbols, and makes those of symbols it meets."""

    venue: ClassVar[str]
    """Its name, for the instruments of symbols that were not subscribed to."""
    sequential: ClassVar[bool] = False
    """Whether ids of one symbol step by one."""
    pair: ClassVar[re.Pattern[str]]
    """The form of a spot symbol: its base, and its quote."""
    pair_error: ClassVar[str]
    """What is said of a symbol of another form."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = {i.symbol: i for i in instruments}
        self._symbols = tuple(self._instruments)

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to. Raises ValueError."""
        match = self.pair.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError(self.pair_error)
        instrument = listed(self.venue, symbol, match[1], match[2], "spot", self.sequential)
        self._instruments[symbol] = instrument
        return instrument
