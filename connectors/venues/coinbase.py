"""Coinbase Exchange: the `matches` channel, with `heartbeat` beside it.

Wire facts: docs.cdp.coinbase.com/exchange/websocket-feed, and recordings: `side` is the MAKER's
(`buy` was printed at the bid 346 times of 347), so it is turned round here; `trade_id` steps by one
per product; `last_match`, sent on subscribing, is history. `sequence` counts the full channel and
says nothing about lost matches.

No match is outside the order book: those of requests for quotes are `rfq_match`, in a channel of
their own, and give no ticks.

History: `/products/{id}/trades` of the REST interface, newest first, by trade id; `side` is the
maker's there too (docs.cdp.coinbase.com/exchange, "pagination" and "get product trades").

List of symbols: docs.cdp.coinbase.com/exchange, "Get all known trading pairs".
"""

from __future__ import annotations

import re
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused
from connectors.venues.fields import iso_ns
from connectors.venues.history import CountedPages, Missed, Pages, newest_before
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import accepted
from connectors.venues.trades import Row, one_trade, reader
from engine.records import Side

TAKER: dict[str, Side] = {"buy": "sell", "sell": "buy"}
"""The taker's side by the maker's."""
REFUSED_PRODUCT = re.compile(r"(\S+) is not a valid product")
OTHER_TYPES = (
    *("last_match", "ticker", "l2update", "snapshot", "status", "received", "open", "done"),
    *("change", "activate", "auction", "rfq_match"),
)
"""Messages of other channels, and the history sent on subscribing: no ticks."""
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
STOPPED = ("trading_disabled", "cancel_only", "post_only")
"""Flags of a product in which no orders are matched."""
read_trade = reader(Row("price", "size", "side", "trade_id", "time", sides=TAKER, read_ts=iso_ns))


class CoinbaseParser(VenueParser):
    """Reads one connection."""

    symbol = "product_id"
    read = staticmethod(read_trade)

    def _requests(self) -> list[object]:
        """A frame for each product: one unknown product refuses the whole frame it is in."""
        channels = ["matches", "heartbeat"]
        return [
            {"type": "subscribe", "product_ids": [s], "channels": channels} for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        kind = data.get("type")
        if kind == "match":
            return one_trade(self._trade, data, frame)
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "subscriptions":
            channels = data.get("channels")
            found = [c for c in channels if type(c) is dict] if type(channels) is list else []
            matches = [c.get("product_ids") for c in found if c.get("name") == "matches"]
            return [ack for products in matches for ack in accepted(self._waiting, products)]
        if kind == "error":
            reason = f"{data.get('message', 'error')}: {data.get('reason', 'no reason given')}"
            product = REFUSED_PRODUCT.search(reason)
            return [Refused(self._ours(product[1] if product else None), reason)]
        return [] if kind in OTHER_TYPES else self._unknown(frame)


class Coinbase(WebsocketVenue):
    """The venue."""

    name = "coinbase"
    url = "wss://ws-feed.exchange.coinbase.com"
    limits = Limits(
        subscriptions=200,
        messages_per_second=20,  # 100 are allowed
        attempts=20,
        attempts_window=5,  # 8 requests a second per address, others may share it
    )
    gaps_by = "ids"
    forms = (form(rf"{COIN}-{COIN}"),)
    rest_url = "https://api.exchange.coinbase.com"
    rest_per_second = 5.0  # 10 are allowed one address (unconfirmed)
    listing = (Query("/products"),)
    listed_as = Entry("id", "base_currency", "quote_currency", "status", ("online",))
    markets = (VenueMarket("{}-USD", "USD"),)
    """Dollar markets, and USDT-USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    left_out = ("USDC",)
    """USDC and USD are one and the same on Coinbase."""
    parser_type = CoinbaseParser

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        path = f"/products/{missed.instrument.symbol}/trades"

        def ask(first: int, last: int) -> Query:
            return Query(path, newest_before(first, last, HISTORY_PAGE))

        return CountedPages.between(missed, ask, read_trade)

    def trades_now(self, entry: Any) -> bool:
        """Whether orders are matched in a product."""
        stopped = any(entry.get(flag) is True for flag in STOPPED)
        return super().trades_now(entry) and not stopped
