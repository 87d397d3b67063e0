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
    loose_number,
    malformed,
    text_number,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Side, Tick

NAME = "gemini"
QUOTES = (
    *("RLUSD", "USDT", "USDC", "USD", "EUR", "GBP", "SGD", "AUD", "CAD", "HKD"),
    *("BTC", "ETH", "SOL", "LTC", "BCH", "FIL", "DAI"),
)
SYMBOLS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"([^\W_a-z]{1,20}?)(GUSD|USDC|USDT|USD)PERP"), "perpetual"),
    # Only these two are traded in GUSD; MOODENGUSD is MOODENG in USD.
    (re.compile(r"(BTC|ETH)(GUSD)", re.ASCII), "spot"),
    (re.compile(rf"([^\W_a-z]{{1,20}}?)({'|'.join(QUOTES)})"), "spot"),
)
"""Symbols have no separator."""
SIDES: dict[str, Side | None] = {"buy": "buy", "sell": "sell", "auction": None, "block": None}
V3_TRADE = frozenset(("E", "s", "t", "p", "q", "m"))
"""All fields of a trade in v3."""
OTHER_TYPES = frozenset(
    (
        *("auction_open", "auction_indicative", "auction_result", "auction_outcome"),
        *("auction_extension", "candles_1m_updates", "candles_5m_updates", "top_of_book"),
    )
)


def instrument_of(symbol: str) -> Instrument:
    """The instrument of a symbol. Raises ValueError where it has no form known here."""
    for pattern, kind in SYMBOLS:
        match = pattern.fullmatch(symbol.upper())
        if match is not None:
            return listed(NAME, symbol, match[1], match[2], kind, False)
    raise ValueError("the symbol ends in no quote currency known here")


class GeminiParser(VenueParser):
    """Reads one connection."""

    message = "not a Gemini message"

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._waiting = dict.fromkeys(self._instruments)

    def subscribe(self) -> list[Frame]:
        """A frame for each symbol, so that a wrong one refuses no other."""
        frames: list[Frame] = []
        for symbol in self._instruments:
            subscriptions = [{"name": "l2", "symbols": [symbol]}]
            frame = {"type": "subscribe", "subscriptions": subscriptions}
            frames.append(orjson.dumps(frame).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        kind = data.get("type")
        if kind == "trade":
            return each_trade(self._trade, (data,), frame)
        if kind == "l2_updates":
            symbol = data.get("symbol")
            if type(symbol) is str and symbol in self._waiting:
                del self._waiting[symbol]
                return [Ack(symbol)]
            return []
        if kind == "heartbeat":
            return [Heartbeat()]
        if data.keys() == V3_TRADE:
            return each_trade(self._v3_trade, (data,), frame)
        if data.get("result") == "error":
            reason = f"{data.get('reason', 'error')}: {data.get('message', 'no reason given')}"
            return [Refused(None, reason)]
        if type(kind) is str and kind in OTHER_TYPES:
            return []
        return malformed(self.message, frame)

    def _trade(self, trade: Any) -> Tick:
        number = trade["tid"] if "tid" in trade else trade["event_id"]
        instrument = self._instruments.get(trade["symbol"]) or self._meet(trade["symbol"])
        if trade["side"] == "block":
            price, size = loose_number(trade.get("price")), loose_number(trade.get("quantity"))
            ts = unix_ns(trade["timestamp"], MILLISECOND)
            return Tick(instrument, price, size, None, trade_id(number), ts, off_book=True)
        return Tick(
            instrument,
            text_number(trade["price"]),
            text_number(trade["quantity"]),
            SIDES[trade["side"]],
            trade_id(number),
            unix_ns(trade["timestamp"], MILLISECOND),
        )

    def _v3_trade(self, trade: Any) -> Tick:
        buyer_was_maker = trade["m"]
        if type(buyer_was_maker) is not bool:
            raise ValueError("'m' is neither true nor false")
        return Tick(
            self._instruments.get(trade["s"]) or self._meet(trade["s"]),
            text_number(trade["p"]),
            text_number(trade["q"]),
            "sell" if buyer_was_maker else "buy",
            trade_id(trade["t"]),
            unix_ns(trade["E"], 1),
        )

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        if type(symbol) is not str:
            raise ValueError("a symbol is not a text")
        instrument = self._instruments[symbol] = instrument_of(symbol)
        return instrument


class Gemini(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api.gemini.com/v2/marketdata/"
    limits = Limits(
        subscriptions=50,  # each begins with a whole book, up to some MB
        messages_per_second=5,  # no public figure
        attempts=30,
        attempts_window=60,  # no public figure
        lifetime=None,
    )
    rest_url = "https://api.gemini.com"
    rest_per_second = 1  # 120 a minute are allowed
    listing = (Query("/v1/symbols/details/all"),)
    market = VenueMarket("{}USD", "USD")
    """Dollar markets."""
    left_out = ("USD",)
    parser_type = GeminiParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol, in upper case as in what is streamed."""
        if entry["status"] not in ("open", "limit_only"):
            return None
        symbol, base, quote = (
            listed_name(entry[name]).upper()
            for name in ("symbol", "base_currency", "quote_currency")
        )
        if symbol.endswith("PERP"):
            return instrument_of(symbol)
        return listed(NAME, symbol, base, quote, "spot", False)
