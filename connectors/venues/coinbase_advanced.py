"""Coinbase Advanced Trade: the `market_trades` channel, with `heartbeats` beside it.

Wire facts: docs.cdp.coinbase.com, Advanced Trade websocket, and recordings: `side` is the MAKER's
(`BUY` was printed near the bid 24 times of 28), so it is turned round here. `trade_id` steps by one
per product. An event of type `snapshot`, sent on subscribing, is history; updates have the newest
trade first. The channel is cut after a minute without trades unless `heartbeats` is subscribed.

No field tells of trades outside the order book (documentation of `market_trades`, recordings).

Spot only: sizes of the other products (`BTC-PERP-INTX`, dated futures) were never recorded.

List of symbols: docs.cdp.coinbase.com, "List Public Products". A product with an `alias` is
streamed under that name, so it is left out. That the list comes in pages is documented, not seen.
"""

from __future__ import annotations

from typing import Any

from connectors.venues.base import Limits, Page, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused, malformed
from connectors.venues.fields import iso_ns, whole_id
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import accepted
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Side, Tick

TAKER: dict[str, Side] = {"BUY": "sell", "SELL": "buy"}
"""The taker's side by the maker's."""
OTHER_CHANNELS = (
    "candles",
    "ticker",
    "ticker_batch",
    "l2_data",
    "status",
    "user",
    "futures_balance_summary",
)
PRODUCTS = "/api/v3/brokerage/market/products"
SPOT_ONLY = {"product_type": "SPOT"}
STOPPED = ("is_disabled", "trading_disabled", "cancel_only", "post_only")
"""Flags of a product in which no orders are matched."""
FIELDS = ("price", "size", "side", "trade_id", "time")
ROW = Row(*FIELDS, sides=TAKER, read_id=whole_id, read_ts=iso_ns)


class CoinbaseAdvancedParser(VenueParser):
    """Reads one connection."""

    symbol = "product_id"
    read = staticmethod(reader(ROW))

    def _requests(self) -> list[object]:
        """A frame has one channel. One product in each, so that a wrong one refuses no other."""
        return [
            {"type": "subscribe", "channel": "heartbeats"},
            *(
                {"type": "subscribe", "product_ids": [symbol], "channel": "market_trades"}
                for symbol in self._symbols
            ),
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        channel, parts = data.get("channel"), data.get("events")
        if type(channel) is not str or type(parts) is not list:
            if data.get("type") != "error" or "message" not in data:
                return self._unknown(frame)
            return [Refused(None, str(data["message"]))]  # names no product to rely on
        if channel == "heartbeats":
            return [Heartbeat()]
        if channel not in ("market_trades", "subscriptions"):
            return [] if channel in OTHER_CHANNELS else self._unknown(frame)
        read = self._trades if channel == "market_trades" else self._accepted
        events: list[Event] = []
        for part in parts:
            if type(part) is dict:
                events += read(part, frame)
            else:
                events += malformed("an event that is no object", frame)
        return events

    def _trades(self, part: dict[str, Any], frame: Frame) -> list[Event]:
        if part.get("type") == "snapshot":
            return []
        if part.get("type") != "update":
            return malformed("trades that are neither update nor snapshot", frame)
        events = each_trade(self._trade, part.get("trades"), frame)
        return sorted(events, key=lambda e: int(e.id or "0") if isinstance(e, Tick) else -1)

    def _accepted(self, part: dict[str, Any], frame: Frame) -> list[Event]:
        channels = part.get("subscriptions")
        if type(channels) is not dict:
            return malformed("an answer without subscriptions", frame)
        return accepted(self._waiting, channels.get("market_trades"))


class CoinbaseAdvanced(WebsocketVenue):
    """The venue."""

    name = "coinbase_advanced"
    url = "wss://advanced-trade-ws.coinbase.com"
    limits = Limits(
        subscriptions=100,
        messages_per_second=6,  # 8 are allowed, per address
        attempts=4,
        attempts_window=1,  # 8 a second per address
    )
    gaps_by = "ids"
    forms = (form(rf"{COIN}-{COIN}"),)
    rest_url = "https://api.coinbase.com"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query(PRODUCTS, SPOT_ONLY),)
    listed_as = Entry("product_id", "base_currency_id", "quote_currency_id", "status", ("online",))
    markets = (VenueMarket("{}-USD", "USD"),)
    """Dollar markets, and USDT-USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    left_out = ("USDC",)
    """Products in USDC are streamed as those in USD."""
    parser_type = CoinbaseAdvancedParser

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        pages, more = answer.get("pagination"), None
        if pages and pages.get("has_next") is True:
            more = Query(PRODUCTS, {**SPOT_ONLY, "cursor": listed_name(pages["next_cursor"])})
        return each_listed(self.read_listed, answer["products"], more)

    def trades_now(self, entry: Any) -> bool:
        """Whether orders are matched in a product, and streamed under its name."""
        stopped = any(entry.get(flag) is True for flag in STOPPED)
        return super().trades_now(entry) and not stopped and not entry.get("alias")
