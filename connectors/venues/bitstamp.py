"""Bitstamp v2: the `live_trades` channel.

Wire facts: bitstamp.net/websocket/v2 and recordings. `type` 0 is a taker's buy and 1 a sale; the
texts `price_str` and `amount_str` are exact (the numbers beside them need not be), the time is
`microtimestamp`. Ids rise, but are shared by all pairs: `counts` is false.

No field tells of trades outside the order book: a trade names the two orders that it matched.

List of symbols: bitstamp.net/api, `markets`. Perpetuals are left out: their trades were never seen.
"""

from __future__ import annotations

import re
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
    each_trade,
    malformed,
    text_number,
    text_unix_ns,
    trade_id,
)
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.records import Instrument, Side, Tick

NAME = "bitstamp"
CHANNEL = "live_trades_"
QUOTES = ("usdt", "usdc", "pyusd", "usd", "eur", "gbp", "btc", "eth", "pax")
"""Quote currencies of Bitstamp, past and present: pairs have no separator."""
SYMBOL = re.compile(rf"([^\W_A-Z]{{1,20}}?)({'|'.join(QUOTES)})")
SIDES: tuple[Side, Side] = ("buy", "sell")
"""By `type`."""
MICROSECOND = 1_000


class BitstampParser(VenueParser):
    """Reads one connection."""

    venue = NAME
    message = "not a Bitstamp message"
    pair = SYMBOL
    pair_error = "the pair ends in no quote currency known here"

    def subscribe(self) -> list[Frame]:
        """A frame has one channel."""
        return [
            orjson.dumps({"event": "bts:subscribe", "data": {"channel": CHANNEL + s}}).decode()
            for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        event = data.get("event")
        if type(event) is not str:
            return malformed(self.message, frame)
        channel = data.get("channel")
        symbol = None
        if type(channel) is str and channel.startswith(CHANNEL):
            symbol = channel.removeprefix(CHANNEL)
        if event == "trade":
            if symbol is None:
                return malformed("a trade outside of 'channel' live_trades", frame)
            return each_trade(lambda trade: self._trade(symbol, trade), (data.get("data"),), frame)
        if event == "bts:subscription_succeeded":
            return [] if symbol is None else [Ack(symbol)]
        if event == "bts:heartbeat":
            return [Heartbeat()]
        if event == "bts:request_reconnect":
            return [Notice("the server asks for a new connection", closing=True)]
        if event == "bts:error":
            body = data.get("data")
            reason = body.get("message") if type(body) is dict else None
            return [Refused(symbol, str(reason or "no reason given"))]
        if event == "bts:unsubscription_succeeded" or (type(channel) is str and "data" in data):
            return []
        return malformed(self.message, frame)

    def _trade(self, symbol: str, trade: Any) -> Tick:
        kind = trade["type"]
        if type(kind) is not int or kind not in (0, 1):
            raise ValueError("the type is neither 0 (buy) nor 1 (sell)")
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["price_str"]),
            text_number(trade["amount_str"]),
            SIDES[kind],
            trade_id(trade["id"]),
            text_unix_ns(trade["microtimestamp"], MICROSECOND),
        )


class Bitstamp(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws.bitstamp.net"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=30,
        attempts_window=60,  # no public figure
        lifetime=None,  # it asks for a reconnection when it wants one
        keep_alive=(30.0, '{"event":"bts:heartbeat"}'),
    )
    rest_url = "https://www.bitstamp.net"
    rest_per_second = 5  # 10,000 in 10 minutes are allowed
    listing = (Query("/api/v2/markets/"),)
    market = VenueMarket("{}usd", "USD")
    """Dollar markets, and USDT and USDC in dollars, which convert prices of other venues."""
    converts = ("USDT", "USDC")
    left_out = ("USD",)
    parser_type = BitstampParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One market."""
        if entry["trading"] != "Enabled" or entry.get("market_type", "SPOT") != "SPOT":
            return None
        return self.listed_pair(entry, "market_symbol", "base_currency", "counter_currency")
