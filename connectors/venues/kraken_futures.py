"""Kraken Futures: the `trade` feed.

Wire facts: docs.kraken.com, futures websocket, and recordings. `side` is the taker's, `time` is in
ms, prices and sizes are JSON numbers. The first frame of a product is `trade_snapshot`: its last
100 trades, history. `seq` steps by one per product. A trade is named by its `uid` (absent in
2019), which has no order; so lost trades are found here, by `seq`, and `counts` is false.

`type` is fill, liquidation, assignment, termination or block (docs.kraken.com, futures: trade).
Assignments and terminations pass positions on after a liquidation has failed, and blocks are
negotiated: none of them is made in the order book, nor is what has a type that is not known here.

The letters before the name tell the contract: PI and FI are inverse (perpetual, dated), their size
is in USD and their price in USD for a coin; PF and FF are linear, their size is in coins.

List of symbols: docs.kraken.com, futures, "Get instruments"; its indices are not tradeable.
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
    Query,
    Refused,
    each_trade,
    json_number,
    loose_number,
    malformed,
    text_id,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import listed_name
from connectors.venues.sequential_ids import SequenceNumbers
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Side, Tick

NAME = "kraken_futures"
SYMBOL = re.compile(r"(?:(PI|PF)|FI|FF)_([^\W_a-z]{1,20}?)(USD|EUR|GBP)(_[0-9]{6})?")
SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}
ON_BOOK = ("fill", "liquidation")
"""Values of `type` of trades that the order book matched."""
OTHER_FEEDS = frozenset(
    ("book", "book_snapshot", "ticker", "ticker_lite", "trade_lite", "trade_snapshot_lite")
)


def instrument_of(symbol: str) -> Instrument:
    """The instrument of a product. Raises ValueError where it has no form known here."""
    match = SYMBOL.fullmatch(symbol)
    if match is None or bool(match[1]) is bool(match[4]):
        raise ValueError("the product is no contract of PI, PF, FI or FF")
    base, quote = match[2], match[3]
    kind: Kind = "perpetual" if match[1] else "future"
    return listed(NAME, symbol, base, quote, kind, False)


class KrakenFuturesParser(VenueParser):
    """Reads one connection."""

    message = "not a Kraken Futures message"

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._numbers = SequenceNumbers()

    def subscribe(self) -> list[Frame]:
        """A frame for each product: a refusal does not say which of several it means."""
        return [
            orjson.dumps({"event": "subscribe", "feed": "trade", "product_ids": [s]}).decode()
            for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        feed = data.get("feed")
        if "event" in data:
            return self._answer(data, frame)
        if feed == "trade":
            return self._live(data, frame)
        if feed == "trade_snapshot":
            return self._history(data, frame)
        if feed == "heartbeat":
            return [Heartbeat()]
        if type(feed) is str and feed in OTHER_FEEDS:
            return []
        return malformed(self.message, frame)

    def _live(self, trade: dict[str, Any], frame: Frame) -> list[Event]:
        """A trade, after a Gap where `seq` says that others are missing before it."""
        events = each_trade(self._trade, (trade,), frame)
        tick = events[0]
        if not isinstance(tick, Tick):
            return events
        return [*self._numbers.missing(tick, trade["seq"]), *events]

    def _history(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """The last trades before we subscribed: they only tell where `seq` stands."""
        trades = data.get("trades")
        if type(trades) is not list:
            return malformed("a snapshot without trades", frame)
        for trade in trades:
            match trade:
                case {"product_id": str(symbol), "seq": int(seq)}:
                    uid = trade.get("uid")
                    self._numbers.note(symbol, seq, uid if type(uid) is str else None)
        return []

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["product_id"]
        trade_id(trade["seq"])
        uid = text_id(trade["uid"]) if "uid" in trade else None
        instrument = self._instruments.get(symbol) or self._meet(symbol)
        ts = unix_ns(trade["time"], MILLISECOND)
        side = SIDES.get(str(trade.get("side")))
        if trade.get("type", "fill") not in ON_BOOK:
            price, size = loose_number(trade.get("price")), loose_number(trade.get("qty"))
            if symbol[1] == "I":
                size = loose_number(size / price) if price else 0.0
            return Tick(instrument, price, size, side, uid, ts, off_book=True)
        if trade["side"] not in ("buy", "sell"):
            raise ValueError("the side is neither buy nor sell")
        price, size = json_number(trade["price"]), json_number(trade["qty"])
        if symbol[1] == "I":
            size = json_number(size / price)
        return Tick(instrument, price, size, side, uid, ts)

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a product that we did not subscribe to."""
        if type(symbol) is not str:
            raise ValueError("a product is not a text")
        instrument = self._instruments[symbol] = instrument_of(symbol)
        return instrument

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What Kraken says of our requests and of the connection."""
        event = data["event"]
        if event == "subscribed":
            products = data.get("product_ids")
            if data.get("feed") != "trade" or type(products) is not list:
                return []
            return [Ack(product) for product in products if type(product) is str]
        if event in ("error", "alert"):
            return [Refused(None, str(data.get("message", "no reason given")))]
        if event == "info" and "version" in data and "serverId" not in data:
            return []
        if event in ("unsubscribed", "challenge", "pong"):
            return []
        return malformed(self.message, frame)


class KrakenFutures(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://futures.kraken.com/ws/v1"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=100,
        attempts_window=600,  # as for Kraken's spot
        lifetime=None,  # wants a ping in 60 s; the websocket's own are more frequent
    )
    gaps_by = "sequence"
    rest_url = "https://futures.kraken.com"
    rest_per_second = 5  # 500 of cost in 10 seconds are allowed (unconfirmed)
    listing = (Query("/derivatives/api/v3/instruments"),)
    market = VenueMarket("PF_{}USD", "USD", "perpetual")
    """Linear perpetuals in dollars: the deepest here."""
    left_out = ("USD",)
    listed_under = ("instruments",)
    parser_type = KrakenFuturesParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One product, in upper case as in what is streamed: the list once had it in lower case."""
        if entry["tradeable"] is not True:
            return None
        return instrument_of(listed_name(entry["symbol"]).upper())
