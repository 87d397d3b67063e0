"""Kraken spot, websocket v2: the `trade` channel.

Wire facts: docs.kraken.com, spot websocket v2. `trade_id` steps by one per pair, `side` is the
taker's, prices and sizes are JSON numbers. A frame of type `snapshot` is history. Each pair is
accepted or refused by itself. No field tells of trades outside the order book: `ord_type` is the
taker's, limit or market. LUNA is the coin of Terra Classic, LUNA2 the newer one. v2 writes
BTC and DOGE where v1 wrote XBT and XDG.

History: `Trades` of the REST interface, by time; `trade_id` is the last column (recorded). It is
under the names of v1: a pair is asked for as XBTUSD and may be answered as XXBTZUSD. Its times are
JSON numbers of up to ten decimals, of which a double keeps seven; the websocket's have six.

List of symbols: docs.kraken.com, "Get Tradable Asset Pairs". `wsname` is the name of v1 (XBT/USD).
Nothing is matched while a pair is `cancel_only` or `post_only`.
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
    Page,
    Query,
    Refused,
    iso_ns,
    json_number,
    malformed,
    text_number,
    text_unix_ns,
    trade_id,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.history import CountedPages, HistoryError, Missed, Pages, head, rising
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed, of_one_coin
from engine.records import Instrument, Side, Tick
from engine.types import SECOND

NAME = "kraken"
SYMBOL = re.compile(r"((?:[^\W_]|\.){1,20})/((?:[^\W_]|\.){1,20})")
OF_V1 = {"XBT": "BTC", "XDG": "DOGE"}
"""Names of v1 that v2 has changed."""
BATCH = 100
"""Pairs in one subscribe frame: a frame stays below 2 KB."""
OLD_NAMES = {new: old for old, new in OF_V1.items()}
TAKER: dict[str, Side] = {"b": "buy", "s": "sell"}
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
OTHER_CHANNELS = frozenset(("book", "ticker", "ohlc", "level3", "instrument", "executions"))


class KrakenPages(CountedPages):
    """Pages by time, of which the ids prove what is complete.

    `since` is left out of an answer, several trades may have its time, and the websocket's times
    have fewer decimals. So each page begins a little before the last trade that is known.
    """

    def __init__(self, missed: Missed) -> None:
        super().__init__(missed, self._ask_since, self._trades)
        self._instrument = missed.instrument
        base, _, quote = missed.instrument.symbol.upper().partition("/")
        self._pair = OLD_NAMES.get(base, base), OLD_NAMES.get(quote, quote)
        self._since = missed.last_ts - MILLISECOND

    def take(self, answer: Any) -> list[Tick]:
        """See `connectors.venues.history.Pages.take`."""
        ticks = super().take(answer)
        if ticks:
            self._since = ticks[-1].ts - MILLISECOND
        return ticks

    def _ask_since(self, first: int, last: int) -> Query:
        params: dict[str, str | int] = {"pair": "".join(self._pair), "count": HISTORY_PAGE}
        return Query("/0/public/Trades", params | {"since": self._since})

    def _trades(self, answer: Any) -> list[Tick]:
        if answer["error"]:
            raise HistoryError(f"Kraken says {answer['error']}")
        base, quote = self._pair
        names = {x + base + y + quote for x in ("", "X", "Z") for y in ("", "X", "Z", "/")}
        name = next((key for key in answer["result"] if key != "last"), None)
        if name not in names | {self._instrument.symbol}:
            raise HistoryError(f"another pair than {base}{quote}: {head(answer)}")
        return [self._past_trade(*row) for row in answer["result"][name]]

    def _past_trade(
        self, price: Any, size: Any, seconds: Any, side: Any, order: Any, misc: Any, number: Any
    ) -> Tick:
        return Tick(
            self._instrument,
            text_number(price),
            text_number(size),
            TAKER[side],
            trade_id(number),
            text_unix_ns(repr(seconds), SECOND),
        )


def read_listed(entry: Any) -> Instrument | None:
    """One pair; those without `wsname` are dark pools, which are not streamed."""
    if "wsname" not in entry or entry["status"] not in ("online", "limit_only", "reduce_only"):
        return None
    base, quote = (OF_V1.get(c, c) for c in listed_name(entry["wsname"]).split("/"))
    return listed(NAME, f"{base}/{quote}", base, quote, "spot", True)


class KrakenParser(VenueParser):
    """Reads one connection."""

    message = "not a Kraken message"

    def subscribe(self) -> list[Frame]:
        """One frame per `BATCH` pairs, without history."""
        frames: list[Frame] = []
        for start in range(0, len(self._symbols), BATCH):
            symbols = self._symbols[start : start + BATCH]
            params = {"channel": "trade", "symbol": symbols, "snapshot": False}
            frames.append(orjson.dumps({"method": "subscribe", "params": params}).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if data.get("channel") != "trade":
            return self._other(data, frame)
        if data.get("type") == "snapshot":
            return []
        if data.get("type") != "update" or type(data.get("data")) is not list:
            return malformed("trades that are neither update nor snapshot", frame)
        events: list[Event] = []
        for trade in data["data"]:
            try:
                events.append(of_one_coin(self._trade(trade)))
            except KeyError as error:
                events += malformed(f"a trade without {error}", frame)
            except (ValueError, TypeError, AttributeError) as error:
                events += malformed(str(error), frame)
        return events

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["symbol"]
        side = trade["side"]
        if side != "buy" and side != "sell":
            raise ValueError("the side is neither buy nor sell")
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            json_number(trade["price"]),
            json_number(trade["qty"]),
            side,
            trade_id(trade["trade_id"]),
            iso_ns(trade["timestamp"]),
        )

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a pair that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the pair is not BASE/QUOTE")
        base, quote = match[0].split("/")
        instrument = listed(NAME, symbol, base, quote, "spot", True)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade."""
        channel = data.get("channel")
        if channel == "heartbeat":
            return [Heartbeat()]
        if channel == "status":
            return self._status(data.get("data"))
        method = data.get("method")
        if method == "subscribe":
            return self._answer(data)
        if method in ("pong", "ping", "unsubscribe"):
            return []
        if type(channel) is str and channel in OTHER_CHANNELS:
            return []
        if data.get("success") is False or (method is None and "error" in data):
            return [Refused(None, str(data.get("error", "no reason given")))]
        return malformed(self.message, frame)

    def _status(self, data: Any) -> list[Event]:
        first = data[0] if type(data) is list and data else None
        system = first.get("system") if type(first) is dict else None
        return [] if system == "online" else [Notice(f"system status: {system}")]

    def _answer(self, data: dict[str, Any]) -> list[Event]:
        result = data.get("result")
        if data.get("success") is not True:
            symbol = data.get("symbol")
            reason = str(data.get("error", "no reason given"))
            return [Refused(symbol if type(symbol) is str else None, reason)]
        if type(result) is dict and result.get("channel") == "trade":
            symbol = result.get("symbol")
            return [Ack(symbol)] if type(symbol) is str else []
        return []


class Kraken(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws.kraken.com/v2"
    limits = Limits(
        subscriptions=200,
        messages_per_second=5,  # no public figure; well below what others allow
        attempts=100,
        attempts_window=600,  # the front cuts at about 150 in 10 minutes per address
        lifetime=None,
    )
    gaps_by = "ids"
    rest_url = "https://api.kraken.com"
    rest_per_second = 0.9  # no public figure; about 1 a second for one address (unconfirmed)
    listing = (Query("/0/public/AssetPairs"),)
    market = VenueMarket("{}/USD", "USD")
    """Dollar markets, and USDT/USD and USDC/USD, which convert prices of other venues."""
    converts = ("USDT", "USDC")
    left_out = ("USD",)
    parser_type = KrakenParser

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        return each_listed(read_listed, list(answer["result"].values()))

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        return KrakenPages(missed) if rising(missed) else None
