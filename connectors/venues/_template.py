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

import re
from collections.abc import Sequence
from typing import Any

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    Heartbeat,
    Limits,
    Notice,
    Query,
    Refused,
    Reply,
    each_trade,
    iso_ns,
    malformed,
    text_number,
    trade_id,
)
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.records import Instrument, Side, Tick

NAME = "template"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})-([A-Z]{3,5})")
SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}
"""The taker's, as sent. Where a venue sends the maker's, turn it round here."""


class TemplateParser(VenueParser):
    """Reads one connection."""

    venue = NAME
    message = "not a message of this venue"
    pair = SYMBOL
    pair_error = "the symbol is not of the form BASE-QUOTE"
    sequential = True

    def subscribe(self) -> list[Frame]:
        """All symbols in one frame."""
        frame = {"op": "subscribe", "channel": "trades", "symbols": list(self._symbols)}
        return [orjson.dumps(frame).decode()] if self._symbols else []

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        kind = data.get("type")
        if kind == "trades":
            trades = data.get("trades")
            if type(trades) is not list:
                return malformed("'trades' is no list", frame)
            return each_trade(lambda trade: self._trade(data["symbol"], trade), trades, frame)
        if type(kind) is not str:
            return malformed(self.message, frame)
        return self._other(kind, data, frame)

    def _other(self, kind: str, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade. What is not known here must be said, not passed over."""
        symbol = data.get("symbol")
        symbol = symbol if type(symbol) is str else None
        if kind == "subscribed" and symbol is not None:
            return [Ack(symbol)]
        if kind == "error":
            return [Refused(symbol, str(data.get("message", "no reason given")))]
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "ping":
            return [Reply(orjson.dumps({"op": "pong", "n": data.get("n")}).decode())]
        if kind == "closing":
            return [Notice("the server is going to close the connection", closing=True)]
        return malformed(self.message, frame)

    def _trade(self, symbol: Any, trade: Any) -> Tick:
        """One trade. What it may raise is in `connectors.venues.base.each_trade`."""
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["price"]),
            text_number(trade["size"]),
            SIDES[trade["side"]],
            trade_id(trade["id"]),
            iso_ns(trade["time"]),
        )


class Template(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://feed.example.com"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # 10 are allowed
        attempts=20,
        attempts_window=60,
        lifetime=None,  # None where connections are not cut, else seconds before the cut
    )
    gaps_by = "ids"
    rest_url = "https://rest.example.com"
    rest_per_second = 5  # 10 are allowed
    listing = (Query("/v1/symbols"),)
    market = VenueMarket("{}-USD", "USD")
    """Dollar markets, and the pairs that convert quotes of other venues."""
    converts = ("USDT", "USDC")
    left_out = ("USD",)
    parser_type = TemplateParser

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The same for all."""
        return f"{base_url.rstrip('/')}/v1"

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol of the list; None where it does not trade now."""
        if entry["state"] != "trading":
            return None
        return self.listed_pair(entry, "symbol", "base", "quote")
