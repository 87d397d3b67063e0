"""Template of a venue: an exchange that does not exist, with everything that most venues have.

`ADDING.md` says how to make a venue of it. Its wire format, one JSON object a frame:

    ours    {"op":"subscribe","channel":"trades","symbols":["BTC-USD"]}
    theirs  {"type":"subscribed","symbol":"BTC-USD"}
            {"type":"error","symbol":"NO-USD","message":"unknown symbol"}
            {"type":"trades","symbol":"BTC-USD","trades":[{"id":17,"price":"60000.5",
             "size":"0.25","side":"buy","time":"2026-07-07T22:58:17.164892Z"}]}
            {"type":"heartbeat"}   {"type":"ping","n":5}   {"type":"closing","in_seconds":60}
    GET https://rest.example.com/v1/symbols lists [{"symbol":"BTC-USD","base":"BTC","quote":"USD",
             "state":"trading"}]

Wire facts to state here: where they are from (documentation, recordings), whose side `side` is,
what the ids count, the unit of times, and what is sent on subscribing that is history.
Which mark a trade has that was made outside the order book, or that there is none: such a `Tick`
has `off_book=True`, so that it never prices and its id counts as seen.
"""

from __future__ import annotations

from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Notice, Refused, Reply
from connectors.venues.fields import iso_ns
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, dumps, text
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Side

TAKER: dict[str, Side] = {"buy": "buy", "sell": "sell"}
"""The taker's side, as sent. Where a venue sends the maker's, turn it round here."""
ROW = Row("price", "size", "side", "id", "time", sides=TAKER, read_ts=iso_ns)
"""Its fields, and how they are read; `fields` has what reads text, numbers, ids and times."""
read = reader(ROW)


class TemplateParser(VenueParser):
    """Reads one connection."""

    def _requests(self) -> list[object]:
        """All symbols in one frame."""
        symbols = self._symbols
        asked = {"op": "subscribe", "channel": "trades", "symbols": symbols}
        return [asked] if symbols else []

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        kind = data.get("type")
        if kind != "trades":
            return self._other(kind, data, frame)
        symbol = data.get("symbol")
        return each_trade(lambda t: read(self._instrument(symbol), t), data.get("trades"), frame)

    def _other(self, kind: object, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade. What is not known here must be said, not passed over."""
        if kind == "subscribed":
            return ack(data.get("symbol"))
        if kind == "error":
            return [Refused(text(data.get("symbol")), str(data.get("message", "no reason given")))]
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "ping":
            return [Reply(dumps({"op": "pong", "n": data.get("n")}))]
        if kind == "closing":
            return [Notice("the server is going to close the connection", closing=True)]
        return self._unknown(frame)


class Template(WebsocketVenue):
    """The venue."""

    name = "template"
    url = "wss://feed.example.com"
    path = "/v1"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # 10 are allowed
        attempts=20,
        attempts_window=60,
        lifetime=None,  # None where connections are not cut, else seconds before the cut
    )
    gaps_by = "ids"
    forms = (form(rf"{COIN}-([A-Z]{{3,5}})"),)
    rest_url = "https://rest.example.com"
    rest_per_second = 5  # 10 are allowed
    listing = (Query("/v1/symbols"),)
    listed_as = Entry("symbol", "base", "quote", "state", ("trading",))
    markets = (VenueMarket("{}-USD", "USD"),)
    """Dollar markets, and the pairs that convert quotes of other venues."""
    converts = ("USDT", "USDC")
    parser_type = TemplateParser
