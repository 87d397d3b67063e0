"""From invented trades to what the connectors make of them, through each venue's own JSON.

A `VenueConnection` is one connection: the exchange's desk on one side, the real parser on the
other. What it passes on is what a session would: ticks, gaps, and before a symbol's first trade on
a connection a `Gap` with reason `session`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.simulator import binance, bybit, coinbase, kraken, okx
from connectors.simulator.desks import Desk, Fill, MakeDesk
from connectors.venues.base import Venue
from connectors.venues.binance import Binance
from connectors.venues.bitstamp import Bitstamp
from connectors.venues.bybit import Bybit
from connectors.venues.coinbase import Coinbase
from connectors.venues.events import Event, Malformed
from connectors.venues.gate import Gate
from connectors.venues.gemini import Gemini
from connectors.venues.kraken import Kraken
from connectors.venues.okx import Okx
from drill.desks import BitstampDesk, GateDesk, GeminiDesk
from engine.records import Gap, Instrument, Tick

HISTORY = 50
"""Trades that an exchange keeps for those who subscribe; Gemini sends so many."""


@dataclass(frozen=True, slots=True)
class WiredVenue:
    """A venue with both ends. `dollars` says whether its main markets are quoted in USD, else in
    USDT; `counts` whether its ids step by one for each symbol."""

    venue: Venue
    desk: MakeDesk
    symbol: Callable[[str, str], str]
    dollars: bool
    counts: bool

    def instrument(self, base: str, quote: str) -> Instrument:
        """The market as the connector names it."""
        symbol = self.symbol(base, quote)
        return Instrument(self.venue.name, symbol, base, quote, "spot", self.counts)


EXCHANGES: dict[str, WiredVenue] = {
    e.venue.name: e
    for e in (
        WiredVenue(Binance(), binance.BinanceDesk, binance.symbol, False, True),
        WiredVenue(Coinbase(), coinbase.CoinbaseDesk, coinbase.symbol, True, True),
        WiredVenue(Kraken(), kraken.KrakenDesk, kraken.symbol, True, True),
        WiredVenue(Okx(), okx.OkxDesk, okx.symbol, False, False),
        WiredVenue(Bybit(), bybit.BybitDesk, bybit.symbol, False, False),
        WiredVenue(Bitstamp(), BitstampDesk, lambda b, q: f"{b}{q}".lower(), True, False),
        WiredVenue(Gate(), GateDesk, lambda b, q: f"{b}_{q}", False, False),
        WiredVenue(Gemini(), GeminiDesk, lambda b, q: f"{b}{q}", True, False),
    )
}


class VenueConnection:
    """A venue's connection, which may be cut and comes back.

    `malformed` counts what the parser refused.
    """

    def __init__(self, exchange: WiredVenue, instruments: Sequence[Instrument]) -> None:
        self._exchange, self._instruments = exchange, list(instruments)
        self._recent = {i.symbol: deque[Fill](maxlen=HISTORY) for i in instruments}
        self._desk: Desk
        self.malformed = 0

    def connect(self, now: int) -> list[Tick | Gap]:
        """A new connection: subscribe, and read the answers; what a session passes on of them."""
        venue = self._exchange.venue
        url = venue.endpoint(venue.url, self._instruments)
        self._desk = self._exchange.desk(url, self._recent)
        self._parser = venue.parser(self._instruments)
        self._begun = set[Instrument]()
        said: list[Event] = []
        for frame in self._desk.greet(now):
            said += self._parser.feed(frame)
        for request in self._parser.subscribe():
            for answer in self._desk.receive(request, now):
                said += self._parser.feed(answer)
        return self._pass(said)

    def trade(self, fill: Fill, off_book: bool = False) -> list[Tick | Gap]:
        """A live trade on the connection."""
        frame = self.frame(fill, off_book)
        self._recent[fill.symbol].append(fill)
        return self._pass(self._parser.feed(frame))

    def lose(self, fill: Fill) -> None:
        """A trade while there is no connection."""
        self._recent[fill.symbol].append(fill)

    def frame(self, fill: Fill, off_book: bool = False) -> str:
        """What the venue sends of a trade."""
        if not off_book:
            return self._desk.fill(fill)
        if isinstance(self._desk, GeminiDesk):
            return self._desk.block(fill)
        return self._desk.fill(fill).replace('"BT":false', '"BT":true')

    def _pass(self, said: list[Event]) -> list[Tick | Gap]:
        events: list[Tick | Gap] = []
        for event in said:
            if type(event) is Tick:
                if event.instrument not in self._begun:
                    self._begun.add(event.instrument)
                    events.append(Gap(event.instrument, None, None, "session"))
                events.append(event)
            elif isinstance(event, Gap):
                events.append(event)
            elif isinstance(event, Malformed):
                self.malformed += 1
        return events


OFF_BOOK = ("bybit", "gemini")
"""Venues here whose wire marks a trade outside of the order book."""
