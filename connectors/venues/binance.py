"""Binance spot: the `trade` stream, raw (`/ws`) or combined (`/stream`).

Wire facts: binance/binance-spot-api-docs, web-socket-streams.md. Trade ids step by one per symbol.
`aggTrade` and all other streams in a recording give no ticks: an aggregate has other ids, and to
price from both would count each trade twice.

No mark tells of trades outside the order book: `M` has no meaning by the documentation, and block
trades and conversions have no place in the stream.

A symbol is its two currencies without a separator. 1000SATS and the like are a thousand coins.

History: `historicalTrades` of the REST interface, by trade id (rest-api.md). No API key is needed
since 2023 by binance-connector-python 3.2.0; a report of 2026 says that one is (unconfirmed). Where
it is, Binance answers 401 and its gaps stay open.

A stream that does not exist is accepted like any other and stays silent; only a malformed name is
refused. So a wrong symbol shows itself as one that never had data.

List of symbols: rest-api.md there, `exchangeInfo`, without the sets of permissions, which make it
large; `status` is TRADING where trades happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import orjson

from connectors.venues.base import Limits, Query
from connectors.venues.events import Ack, Event, Frame, Notice, malformed
from connectors.venues.fields import NEWEST, OLDEST
from connectors.venues.history import CountedPages, Missed, Pages
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import answered, batches, refused
from connectors.venues.trades import Row, new_tuple, one_trade, reader
from engine.numbers import decimal
from engine.records import Instrument, Side, Tick

QUOTES = (
    *("FDUSD", "USDSB", "USDT", "USDC", "TUSD", "BUSD", "USDP", "USDS", "USD1", "IDRT", "BIDR"),
    *("BVND", "BKRW", "AEUR", "EURI", "DOGE", "PAX", "UST", "VAI", "DAI", "EUR", "GBP", "AUD"),
    *("TRY", "BRL", "RUB", "UAH", "NGN", "ZAR", "PLN", "RON", "ARS", "JPY", "MXN", "CZK", "COP"),
    *("BTC", "ETH", "BNB", "XRP", "TRX", "SOL", "DOT"),
)
"""Quote currencies of Binance spot, past and present, longest first: symbols have no separator."""
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
BATCH = 200
"""Streams in one SUBSCRIBE: 1,024 symbols in six frames, and no frame of 20 KB."""
MILLISECONDS_BELOW = 10**14
"""A time below this is in ms (until the year 5138), from there on in µs (since 1973)."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""Ids and times: what fits int64."""


class SpotTrade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    """A trade event, read straight from its bytes: at a third of the cost of a dict."""

    s: str
    p: str
    q: str
    t: Count
    T: Count
    m: bool
    M: bool
    """Futures send the same event without it."""


class CombinedSpotTrade(msgspec.Struct, gc=False):
    """The same in a combined stream."""

    data: SpotTrade


def _as_it_is(tick: Tick) -> Tick:
    return tick


_SOLD: dict[bool, Side] = {True: "sell", False: "buy"}
_read_past = reader(Row("price", "qty", "isBuyerMaker", "id", "time", sides=_SOLD))


def _past_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the REST interface; its time is in ms."""
    if type(trade["isBuyerMaker"]) is not bool:
        raise ValueError("isBuyerMaker is neither true nor false")
    return _read_past(instrument, trade)


class BinanceParser(VenueParser):
    """Reads one connection."""

    _trade_type: type[msgspec.Struct] = SpotTrade
    _raw_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(SpotTrade)
    _combined_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(CombinedSpotTrade)

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._asked = dict(enumerate(batches(self._symbols, BATCH), 1))
        self._look_for(combined=False)

    def _requests(self) -> list[object]:
        """One SUBSCRIBE per `BATCH` symbols."""
        return [
            {"method": "SUBSCRIBE", "params": [f"{s.lower()}@trade" for s in symbols], "id": number}
            for number, symbols in self._asked.items()
        ]

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            trade = self._decode(frame)
            if self._combined:
                trade = trade.data
        except (msgspec.DecodeError, ValueError, RecursionError):
            return self._feed_other(frame)
        return self._tick(trade, frame)

    def _feed_other(self, frame: Frame) -> list[Event]:
        """A frame that is no trade of the kind looked for: what is it then?"""
        data: Any = None
        try:
            data = orjson.loads(frame)
            trade = data if "e" in data else data["data"]
            if trade["e"] != "trade":
                return self._other(trade, frame)
        except (KeyError, TypeError):
            return self._other(data, frame)
        except ValueError:
            return malformed("not JSON", frame)
        return self._event(trade, trade is not data, frame)

    def _event(self, trade: dict[str, Any], combined: bool, frame: Frame) -> list[Event]:
        """A trade in the other envelope, from which on that one is looked for; or a broken one."""
        try:
            found = msgspec.convert(trade, self._trade_type)
        except msgspec.ValidationError as error:
            text = str(error).replace("`", "'")
            return malformed(f"a trade with a field missing or wrong: {text}", frame)
        self._look_for(combined)
        return self._tick(found, frame)

    def _look_for(self, combined: bool) -> None:
        self._combined = combined
        self._decode = (self._combined_decoder if combined else self._raw_decoder).decode

    def _tick(self, trade: Any, frame: Frame) -> list[Event]:
        """A trade of any Binance market. It is the hot part, so all checks are written out."""
        price_text, size_text, ts = trade.p, trade.q, trade.T
        try:
            symbol = trade.s
            instrument = self._instruments.get(symbol) or self._meet(symbol)
            price, size = decimal(price_text), decimal(size_text)
        except ValueError as error:
            return malformed(str(error), frame)
        ts *= 1_000_000 if ts < MILLISECONDS_BELOW else 1_000
        if not (price > 0.0 and size > 0.0 and OLDEST <= ts <= NEWEST):
            return malformed("a trade with a field out of range", frame)
        side = "sell" if trade.m else "buy"
        tick = new_tuple(Tick, (instrument, price, size, side, str(trade.t), ts, False))
        if symbol[0] != "1":  # with which the names of all multiples begin here
            return [tick]
        return one_trade(_as_it_is, tick, frame)

    def _other(self, data: Any, frame: Frame) -> list[Event]:
        if type(data) is list and data and all(type(d) is dict and "e" in d for d in data):
            return []
        if type(data) is not dict:
            return self._unknown(frame)
        if data.get("e") == "serverShutdown":
            return [Notice("the server is going to shut down", closing=True)]
        if type(data.get("e")) is str:
            return []
        error = data.get("error", data)
        if type(error) is dict and "code" in error and "msg" in error:
            return refused(answered(self._asked, data.get("id")), error["msg"])
        if "result" in data and "id" in data:
            return [Ack(symbol) for symbol in answered(self._asked, data["id"])]
        # The only streams without an event name: bookTicker and partial depth.
        streams = "stream" in data or "lastUpdateId" in data
        return [] if streams or {"u", "s", "b", "a"} <= data.keys() else self._unknown(frame)


class Binance(WebsocketVenue):
    """The venue."""

    name = "binance"
    url = "wss://stream.binance.com:9443"
    path = "/ws?timeUnit=MICROSECOND"
    """Raw events with times in µs."""
    limits = Limits(
        subscriptions=1024,
        messages_per_second=4,  # 5 are allowed, and our pings and pongs count
        attempts=300,
        attempts_window=300,
        lifetime=23.5 * 3600,  # cut after 24 h
    )
    gaps_by = "ids"
    forms = (form(rf"{COIN}({'|'.join(QUOTES)})"),)
    rest_url = "https://api.binance.com"
    rest_per_second = 2.0  # `historicalTrades` weighs 25, and 6,000 a minute are allowed
    listing = (
        Query("/api/v3/exchangeInfo", {"permissions": "SPOT", "showPermissionSets": "false"}),
    )
    listed_under = ("symbols",)
    listed_as = Entry("symbol", "baseAsset", "quoteAsset", "status", ("TRADING",))
    markets = (VenueMarket("{}USDT", "USDT"),)
    """USDT markets: the deepest here. USDT itself is priced on venues that trade dollars."""
    parser_type = BinanceParser

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`. `fromId` is included."""
        symbol = missed.instrument.symbol

        def ask(first: int, last: int) -> Query:
            limit = min(HISTORY_PAGE, last - first + 1)
            path = "/api/v3/historicalTrades"
            return Query(path, {"symbol": symbol, "fromId": first, "limit": limit})

        return CountedPages.between(missed, ask, _past_trade)
