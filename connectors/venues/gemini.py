"""Gemini v2 market data: the `l2` subscription, of which only the trades are read.

Wire facts: docs.gemini.com/websocket/market-data/v2 and recordings. `side` is the taker's, or
`block` for a trade outside of the book, or `auction`
(docs.gemini.com, market data): a trade of the auction's one price, to which the book belongs, so it
prices. Numbers are text, `timestamp` is in ms. The first
`l2_updates` of a symbol carries its whole book and its last trades, which are history. Live trades
come by themselves. Ids rise, but not by one: `counts` is false. Since 2026 trades of one order can
share an `event_id`, so `tid` is the id where it is sent.

Recordings of the newer v3 stream (`btcusd@trade`, times in ns) are read as well.

List of symbols: docs.gemini.com/rest, symbol details; `all` in place of a symbol is not in it, but
other clients use it. A perpetual ends in PERP; a `limit_only` market trades.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused
from connectors.venues.fields import text_number, trade_id, unix_ns
from connectors.venues.listing import listed_name
from connectors.venues.shared import (
    COIN,
    Entry,
    Form,
    VenueMarket,
    VenueParser,
    WebsocketVenue,
    form,
)
from connectors.venues.subscribing import accepted
from connectors.venues.trades import Row, off_book, one_trade, reader
from engine.records import Instrument, Side, Tick

QUOTES = (
    *("RLUSD", "USDT", "USDC", "USD", "EUR", "GBP", "SGD", "AUD", "CAD", "HKD"),
    *("BTC", "ETH", "SOL", "LTC", "BCH", "FIL", "DAI"),
)
SIDES: dict[str, Side | None] = {"buy": "buy", "sell": "sell", "auction": None, "block": None}
BY_EVENT = Row("price", "quantity", "side", "event_id", "timestamp", sides=SIDES)
BY_TID = BY_EVENT._replace(id="tid")
read_by_event, read_by_tid = reader(BY_EVENT), reader(BY_TID)
V3_TRADE = frozenset(("E", "s", "t", "p", "q", "m"))
"""All fields of a trade in v3."""
OTHER_TYPES = (
    *("auction_open", "auction_indicative", "auction_result", "auction_outcome"),
    *("auction_extension", "candles_1m_updates", "candles_5m_updates", "top_of_book"),
)


class GeminiParser(VenueParser):
    """Reads one connection."""

    def _requests(self) -> list[object]:
        """A frame for each symbol, so that a wrong one refuses no other."""
        return [
            {"type": "subscribe", "subscriptions": [{"name": "l2", "symbols": [symbol]}]}
            for symbol in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        kind = data.get("type")
        if kind == "trade":
            return one_trade(self._trade, data, frame)
        if kind == "l2_updates":
            return accepted(self._waiting, [data.get("symbol")])
        if kind == "heartbeat":
            return [Heartbeat()]
        if data.keys() == V3_TRADE:
            return one_trade(self._v3_trade, data, frame)
        if data.get("result") == "error":
            reason = f"{data.get('reason', 'error')}: {data.get('message', 'no reason given')}"
            return [Refused(None, reason)]
        return [] if kind in OTHER_TYPES else self._unknown(frame)

    def _trade(self, trade: Any) -> Tick:
        instrument = self._instrument(trade["symbol"])
        if trade["side"] == "block":
            return off_book(BY_TID if "tid" in trade else BY_EVENT, instrument, trade)
        return (read_by_tid if "tid" in trade else read_by_event)(instrument, trade)

    def _v3_trade(self, trade: Any) -> Tick:
        if type(trade["m"]) is not bool:
            raise ValueError("'m' is neither true nor false")
        return Tick(
            self._instrument(trade["s"]),
            text_number(trade["p"]),
            text_number(trade["q"]),
            "sell" if trade["m"] else "buy",  # m: the buyer was the maker
            trade_id(trade["t"]),
            unix_ns(trade["E"], 1),
        )


class Gemini(WebsocketVenue):
    """The venue."""

    name = "gemini"
    url = "wss://api.gemini.com/v2/marketdata/"
    limits = Limits(
        subscriptions=50,  # each begins with a whole book, up to some MB
        messages_per_second=5,  # no public figure
        attempts=30,
        attempts_window=60,  # no public figure
    )
    forms = (
        form(rf"{COIN}(GUSD|USDC|USDT|USD)PERP", "perpetual"),
        # Only these two are traded in GUSD; MOODENGUSD is MOODENG in USD.
        form("(BTC|ETH)(GUSD)"),
        form(rf"{COIN}({'|'.join(QUOTES)})"),
    )
    """Symbols have no separator."""
    rest_url = "https://api.gemini.com"
    rest_per_second = 1  # 120 a minute are allowed
    listing = (Query("/v1/symbols/details/all"),)
    listed_as = Entry("symbol", "base_currency", "quote_currency", "status", ("open", "limit_only"))
    markets = (VenueMarket("{}USD", "USD"),)
    """Dollar markets."""
    parser_type = GeminiParser

    def instrument_of(self, symbol: Any, forms: Sequence[Form] | None = None) -> Instrument:
        """Symbols are sent in upper and in lower case."""
        if type(symbol) is not str:
            raise ValueError("a symbol is not a text")
        return super().instrument_of(symbol.upper(), forms)._replace(symbol=symbol)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol, in upper case as in what is streamed."""
        if not self.trades_now(entry):
            return None
        symbol, base, quote = (listed_name(entry[name]).upper() for name in self.listed_as[:3])
        perpetual = symbol.endswith("PERP")
        return self.instrument_of(symbol) if perpetual else self.listed(symbol, base, quote)
