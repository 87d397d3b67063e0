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

from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Ack, Event, Frame, Heartbeat, Refused, malformed
from connectors.venues.fields import json_number, no_id, text_id, trade_id
from connectors.venues.listing import listed_name
from connectors.venues.sequential_ids import SequenceNumbers
from connectors.venues.shared import COIN, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.trades import Row, dollars_in_coins, off_book, one_trade, reader
from engine.records import Instrument, Tick

QUOTES = "USD|EUR|GBP"
ON_BOOK = ("fill", "liquidation")
"""Values of `type` of trades that the order book matched."""
OTHER_FEEDS = (
    "book",
    "book_snapshot",
    "ticker",
    "ticker_lite",
    "trade_lite",
    "trade_snapshot_lite",
)
NAMED = Row("price", "qty", "side", "uid", "time", number=json_number, read_id=text_id)
UNNAMED = NAMED._replace(id="seq", read_id=no_id)
read_named, read_unnamed = reader(NAMED), reader(UNNAMED)


class KrakenFuturesParser(VenueParser):
    """Reads one connection."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._numbers = SequenceNumbers()

    def _requests(self) -> list[object]:
        """A frame for each product: a refusal does not say which of several it means."""
        return [{"event": "subscribe", "feed": "trade", "product_ids": [s]} for s in self._symbols]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        feed = data.get("feed")
        if "event" in data:
            return self._answer(data, frame)
        if feed == "trade":
            return self._live(data, frame)
        if feed == "trade_snapshot":
            return self._history(data, frame)
        if feed == "heartbeat":
            return [Heartbeat()]
        return [] if feed in OTHER_FEEDS else self._unknown(frame)

    def _live(self, trade: dict[str, Any], frame: Frame) -> list[Event]:
        """A trade, after a Gap where `seq` says that others are missing before it."""
        events = one_trade(self._trade, trade, frame)
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
        symbol, named = trade["product_id"], "uid" in trade
        trade_id(trade["seq"])
        instrument = self._instrument(symbol)
        if trade.get("type", "fill") not in ON_BOOK:
            tick = off_book(NAMED if named else UNNAMED, instrument, trade)
        else:
            tick = (read_named if named else read_unnamed)(instrument, trade)
        return dollars_in_coins(tick) if symbol[1] == "I" else tick

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        event = data["event"]
        if event == "subscribed":
            products = data.get("product_ids")
            if data.get("feed") != "trade" or type(products) is not list:
                return []
            return [Ack(product) for product in products if type(product) is str]
        if event in ("error", "alert"):
            return [Refused(None, str(data.get("message", "no reason given")))]
        begins = event == "info" and "version" in data and "serverId" not in data
        known = ("unsubscribed", "challenge", "pong")
        return [] if begins or event in known else self._unknown(frame)


class KrakenFutures(WebsocketVenue):
    """The venue."""

    name = "kraken_futures"
    url = "wss://futures.kraken.com/ws/v1"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=100,
        attempts_window=600,  # as for Kraken's spot
        lifetime=None,  # wants a ping in 60 s; the websocket's own are more frequent
    )
    gaps_by = "sequence"
    forms = (
        form(rf"P[IF]_{COIN}({QUOTES})", "perpetual"),
        form(rf"F[IF]_{COIN}({QUOTES})_[0-9]{{6}}", "future"),
    )
    rest_url = "https://futures.kraken.com"
    rest_per_second = 5  # 500 of cost in 10 seconds are allowed (unconfirmed)
    listing = (Query("/derivatives/api/v3/instruments"),)
    listed_under = ("instruments",)
    markets = (VenueMarket("PF_{}USD", "USD", "perpetual"),)
    """Linear perpetuals in dollars: the deepest here."""
    parser_type = KrakenFuturesParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One product, in upper case as in what is streamed: the list once had it in lower case."""
        if entry["tradeable"] is not True:
            return None
        return self.instrument_of(listed_name(entry["symbol"]).upper())
