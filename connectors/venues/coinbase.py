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
    iso_ns,
    malformed,
    text_number,
    trade_id,
)
from connectors.venues.history import CountedPages, Missed, Pages
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import of_one_coin
from engine.records import Instrument, Side, Tick

NAME = "coinbase"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})-([^\W_a-z]{1,20})")
TAKER: dict[str, Side] = {"buy": "sell", "sell": "buy"}
"""The taker's side by the maker's."""
REFUSED_PRODUCT = re.compile(r"(\S+) is not a valid product")
OTHER_TYPES = frozenset(
    (
        *("last_match", "ticker", "l2update", "snapshot", "status", "received", "open", "done"),
        *("change", "activate", "auction", "rfq_match"),
    )
)
"""Messages of other channels, and the history sent on subscribing: no ticks."""
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
NO_CURRENCY = ("USD", "USDC")
"""Assets without a dollar market here: USDC and USD are one and the same on Coinbase."""
STOPPED = ("trading_disabled", "cancel_only", "post_only")
"""Flags of a product in which no orders are matched."""


def _past_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the REST interface."""
    return Tick(
        instrument,
        text_number(trade["price"]),
        text_number(trade["size"]),
        TAKER[trade["side"]],
        trade_id(trade["trade_id"]),
        iso_ns(trade["time"]),
    )


class CoinbaseParser(VenueParser):
    """Reads one connection."""

    venue = NAME
    message = "not a Coinbase message"
    pair = SYMBOL
    pair_error = "the product is not BASE-QUOTE"
    sequential = True

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._waiting = dict.fromkeys(self._instruments)

    def subscribe(self) -> list[Frame]:
        """A frame for each product: one unknown product refuses the whole frame it is in."""
        channels = ["matches", "heartbeat"]
        return [
            orjson.dumps({"type": "subscribe", "product_ids": [s], "channels": channels}).decode()
            for s in self._instruments
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if data.get("type") != "match":
            return self._other(data, frame)
        try:
            symbol = data["product_id"]
            tick = Tick(
                self._instruments.get(symbol) or self._meet(symbol),
                text_number(data["price"]),
                text_number(data["size"]),
                TAKER[data["side"]],
                trade_id(data["trade_id"]),
                iso_ns(data["time"]),
            )
            tick = of_one_coin(tick)
        except KeyError as error:
            return malformed(f"a match with {error} missing or unknown", frame)
        except (ValueError, TypeError) as error:
            return malformed(str(error), frame)
        return [tick]

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no match."""
        kind = data.get("type")
        if type(kind) is not str:
            return malformed(self.message, frame)
        if kind == "heartbeat":
            return [Heartbeat()]
        if kind == "subscriptions":
            return self._accepted(data.get("channels"))
        if kind == "error":
            reason = f"{data.get('message', 'error')}: {data.get('reason', 'no reason given')}"
            product = REFUSED_PRODUCT.search(reason)
            symbol = product[1] if product else None
            return [Refused(symbol if symbol in self._instruments else None, reason)]
        return [] if kind in OTHER_TYPES else malformed(self.message, frame)

    def _accepted(self, channels: Any) -> list[Event]:
        """The products of the answer, which lists all that the connection has by now."""
        accepted: list[Event] = []
        for channel in channels if type(channels) is list else ():
            if type(channel) is not dict or channel.get("name") != "matches":
                continue
            products = channel.get("product_ids")
            for product in products if type(products) is list else ():
                if type(product) is str and product in self._waiting:
                    del self._waiting[product]
                    accepted.append(Ack(product))
        return accepted


class Coinbase(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws-feed.exchange.coinbase.com"
    limits = Limits(
        subscriptions=200,
        messages_per_second=20,  # 100 are allowed
        attempts=20,
        attempts_window=5,  # 8 requests a second per address, others may share it
        lifetime=None,
    )
    gaps_by = "ids"
    rest_url = "https://api.exchange.coinbase.com"
    rest_per_second = 5.0  # 10 are allowed one address (unconfirmed)
    listing = (Query("/products"),)
    market = VenueMarket("{}-USD", "USD")
    """Dollar markets, and USDT-USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    left_out = NO_CURRENCY
    parser_type = CoinbaseParser

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`.

        `after` asks for the newest trades older than an id. A page has room for one trade more than
        is needed, so that it holds the first missing one even if that id were included.
        """
        instrument = missed.instrument

        def ask(first: int, last: int) -> Query:
            limit = min(HISTORY_PAGE, last - first + 2)
            params: dict[str, str | int] = {"after": first - 1 + limit, "limit": limit}
            return Query(f"/products/{instrument.symbol}/trades", params)

        def read(answer: Any) -> list[Tick]:
            return [_past_trade(instrument, trade) for trade in answer]

        return CountedPages.between(missed, ask, read)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One product."""
        stopped = any(entry.get(flag) is True for flag in STOPPED)
        if entry["status"] != "online" or stopped:
            return None
        return self.listed_pair(entry, "id", "base_currency", "quote_currency")
