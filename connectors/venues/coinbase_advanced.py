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
    Page,
    Query,
    Refused,
    each_trade,
    iso_ns,
    malformed,
    text_id,
    text_number,
)
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Side, Tick

NAME = "coinbase_advanced"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})-([^\W_a-z]{1,20})")
NUMBER = re.compile(r"\d{1,20}", re.ASCII)
TAKER: dict[str, Side] = {"BUY": "sell", "SELL": "buy"}
"""The taker's side by the maker's."""
OTHER_CHANNELS = frozenset(
    ("candles", "ticker", "ticker_batch", "l2_data", "status", "user", "futures_balance_summary")
)
NO_CURRENCY = ("USD", "USDC")
"""Assets without a dollar market here: products in USDC are streamed as those in USD."""
PRODUCTS = "/api/v3/brokerage/market/products"
SPOT_ONLY = {"product_type": "SPOT"}
STOPPED = ("is_disabled", "trading_disabled", "cancel_only", "post_only")
"""Flags of a product in which no orders are matched."""


def read_listed(entry: Any) -> Instrument | None:
    """One product."""
    stopped = any(entry.get(flag) is True for flag in STOPPED)
    if entry["status"] != "online" or stopped or entry.get("alias"):
        return None
    names = ("product_id", "base_currency_id", "quote_currency_id")
    symbol, base, quote = (listed_name(entry[name]) for name in names)
    return listed(NAME, symbol, base, quote, "spot", True)


class CoinbaseAdvancedParser(VenueParser):
    """Reads one connection."""

    venue = NAME
    message = "not a Coinbase Advanced message"
    pair = SYMBOL
    pair_error = "the product is not BASE-QUOTE"
    sequential = True

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._waiting = dict.fromkeys(self._instruments)

    def subscribe(self) -> list[Frame]:
        """A frame has one channel. One product in each, so that a wrong one refuses no other."""
        asked: list[dict[str, Any]] = [
            {"type": "subscribe", "product_ids": [symbol], "channel": "market_trades"}
            for symbol in self._instruments
        ]
        heartbeats = {"type": "subscribe", "channel": "heartbeats"}
        return [orjson.dumps(frame).decode() for frame in (heartbeats, *asked)]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        channel, parts = data.get("channel"), data.get("events")
        if type(channel) is not str or type(parts) is not list:
            return self._error(data, frame)
        if channel == "heartbeats":
            return [Heartbeat()]
        if channel in OTHER_CHANNELS:
            return []
        if channel not in ("market_trades", "subscriptions"):
            return malformed(self.message, frame)
        read = self._trades if channel == "market_trades" else self._accepted
        events: list[Event] = []
        for part in parts:
            if type(part) is dict:
                events += read(part, frame)
            else:
                events += malformed("an event that is no object", frame)
        return events

    def _trades(self, part: dict[str, Any], frame: Frame) -> list[Event]:
        """The trades of one event, oldest first."""
        if part.get("type") == "snapshot":
            return []
        trades = part.get("trades")
        if part.get("type") != "update" or type(trades) is not list:
            return malformed("trades that are neither update nor snapshot", frame)
        events = each_trade(self._trade, trades, frame)
        return sorted(events, key=lambda e: int(e.id or "0") if isinstance(e, Tick) else -1)

    def _trade(self, trade: Any) -> Tick:
        symbol, number = trade["product_id"], text_id(trade["trade_id"])
        if not NUMBER.fullmatch(number):
            raise ValueError("a trade id is not an integer in text")
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["price"]),
            text_number(trade["size"]),
            TAKER[trade["side"]],
            number,
            iso_ns(trade["time"]),
        )

    def _error(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """A refusal. It names no product that one could rely on."""
        if data.get("type") != "error" or "message" not in data:
            return malformed(self.message, frame)
        return [Refused(None, str(data["message"]))]

    def _accepted(self, part: dict[str, Any], frame: Frame) -> list[Event]:
        """The products of the answer, which lists all that the connection has by now."""
        channels = part.get("subscriptions")
        if type(channels) is not dict:
            return malformed("an answer without subscriptions", frame)
        accepted: list[Event] = []
        products = channels.get("market_trades")
        for product in products if type(products) is list else ():
            if type(product) is str and product in self._waiting:
                del self._waiting[product]
                accepted.append(Ack(product))
        return accepted


class CoinbaseAdvanced(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://advanced-trade-ws.coinbase.com"
    limits = Limits(
        subscriptions=100,
        messages_per_second=6,  # 8 are allowed, per address
        attempts=4,
        attempts_window=1,  # 8 a second per address
        lifetime=None,
    )
    gaps_by = "ids"
    rest_url = "https://api.coinbase.com"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query(PRODUCTS, SPOT_ONLY),)
    market = VenueMarket("{}-USD", "USD")
    """Dollar markets, and USDT-USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    left_out = NO_CURRENCY
    parser_type = CoinbaseAdvancedParser

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        pages, more = answer.get("pagination"), None
        if pages and pages.get("has_next") is True:
            more = Query(PRODUCTS, {**SPOT_ONLY, "cursor": listed_name(pages["next_cursor"])})
        return each_listed(read_listed, answer["products"], more)
