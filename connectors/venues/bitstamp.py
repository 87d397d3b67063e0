"""Bitstamp v2: the `live_trades` channel.

Wire facts: bitstamp.net/websocket/v2 and recordings. `type` 0 is a taker's buy and 1 a sale; the
texts `price_str` and `amount_str` are exact (the numbers beside them need not be), the time is
`microtimestamp`. Ids rise, but are shared by all pairs: `counts` is false.

No field tells of trades outside the order book: a trade names the two orders that it matched.

List of symbols: bitstamp.net/api, `markets`. Perpetuals are left out: their trades were never seen.
"""

from __future__ import annotations

from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Notice, Refused, malformed
from connectors.venues.fields import text_us
from connectors.venues.shared import Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, field
from connectors.venues.trades import Row, one_trade, reader
from engine.records import Side, Tick

CHANNEL = "live_trades_"
QUOTES = ("usdt", "usdc", "pyusd", "usd", "eur", "gbp", "btc", "eth", "pax")
"""Quote currencies of Bitstamp, past and present: pairs have no separator."""
SIDES: dict[int, Side] = {0: "buy", 1: "sell"}
"""By `type`."""
FIELDS = ("price_str", "amount_str", "type", "id", "microtimestamp")
NAMES = ("market_symbol", "base_currency", "counter_currency")
ROW = Row(*FIELDS, sides=SIDES, read_ts=text_us)


class BitstampParser(VenueParser):
    """Reads one connection."""

    read = staticmethod(reader(ROW))

    def _requests(self) -> list[object]:
        """A frame has one channel."""
        return [{"event": "bts:subscribe", "data": {"channel": CHANNEL + s}} for s in self._symbols]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        event, channel = data.get("event"), data.get("channel")
        symbol = None
        if type(channel) is str and channel.startswith(CHANNEL):
            symbol = channel.removeprefix(CHANNEL)
        if event == "trade":
            if symbol is None:
                return malformed("a trade outside of 'channel' live_trades", frame)
            return one_trade(lambda trade: self._live(symbol, trade), data.get("data"), frame)
        if event == "bts:subscription_succeeded":
            return ack(symbol)
        if event == "bts:heartbeat":
            return [Heartbeat()]
        if event == "bts:request_reconnect":
            return [Notice("the server asks for a new connection", closing=True)]
        if event == "bts:error":
            reason = field(data.get("data"), "message")
            return [Refused(symbol, str(reason or "no reason given"))]
        other = type(event) is str and type(channel) is str and "data" in data
        return [] if other or event == "bts:unsubscription_succeeded" else self._unknown(frame)

    def _live(self, symbol: str, trade: Any) -> Tick:
        if type(trade["type"]) is not int:
            raise ValueError("the type is neither 0 (buy) nor 1 (sell)")
        return self.read(self._instrument(symbol), trade)


class Bitstamp(WebsocketVenue):
    """The venue."""

    name = "bitstamp"
    url = "wss://ws.bitstamp.net"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=30,
        attempts_window=60,  # no public figure
        lifetime=None,  # it asks for a reconnection when it wants one
        keep_alive=(30.0, '{"event":"bts:heartbeat"}'),
    )
    forms = (form(rf"([^\W_A-Z]{{1,20}}?)({'|'.join(QUOTES)})"),)
    rest_url = "https://www.bitstamp.net"
    rest_per_second = 5  # 10,000 in 10 minutes are allowed
    listing = (Query("/api/v2/markets/"),)
    listed_as = Entry(*NAMES, "trading", ("Enabled",))
    markets = (VenueMarket("{}usd", "USD"),)
    """Dollar markets, and USDT and USDC in dollars, which convert prices of other venues."""
    converts = ("USDT", "USDC")
    parser_type = BitstampParser

    def trades_now(self, entry: Any) -> bool:
        """Whether a market is open, and for spot."""
        return super().trades_now(entry) and entry.get("market_type", "SPOT") == "SPOT"
