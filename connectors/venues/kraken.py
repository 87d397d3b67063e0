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

from typing import Any

from connectors.venues.base import Limits, Page, Query
from connectors.venues.events import Event, Frame, Heartbeat, Notice, Refused, malformed
from connectors.venues.fields import MILLISECOND, iso_ns, json_number, text_unix_ns
from connectors.venues.history import CountedPages, HistoryError, Missed, Pages, head, rising
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, batches, field, text
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Instrument, Side, Tick
from engine.types import SECOND

NAME = r"((?:[^\W_]|\.){1,20})"
OF_V1 = {"XBT": "BTC", "XDG": "DOGE"}
"""Names of v1 that v2 has changed."""
BATCH = 100
"""Pairs in one subscribe frame: a frame stays below 2 KB."""
OLD_NAMES = {new: old for old, new in OF_V1.items()}
TAKER: dict[str, Side] = {"b": "buy", "s": "sell"}
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
FIELDS = ("price", "qty", "side", "trade_id", "timestamp")
ROW = Row(*FIELDS, number=json_number, read_ts=iso_ns)
OTHER_CHANNELS = ("book", "ticker", "ohlc", "level3", "instrument", "executions")


def seconds(value: Any) -> int:
    """A time sent as JSON number of seconds, of which every digit counts."""
    return text_unix_ns(repr(value), SECOND)


class KrakenPages(CountedPages):
    """Pages by time, of which the ids prove what is complete.

    `since` is left out of an answer, several trades may have its time, and the websocket's times
    have fewer decimals. So each page begins a little before the last trade that is known.
    """

    def __init__(self, missed: Missed) -> None:
        past = reader(Row(0, 1, 3, 6, 2, sides=TAKER, read_ts=seconds))
        super().__init__(missed, self._ask_since, past)
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

    def rows(self, answer: Any) -> list[Any]:
        """See `CountedPages.rows`."""
        if answer["error"]:
            raise HistoryError(f"Kraken says {answer['error']}")
        base, quote = self._pair
        names = {x + base + y + quote for x in ("", "X", "Z") for y in ("", "X", "Z", "/")}
        name = next((key for key in answer["result"] if key != "last"), None)
        if name not in names | {self._instrument.symbol}:
            raise HistoryError(f"another pair than {base}{quote}: {head(answer)}")
        rows: list[Any] = answer["result"][name]
        return rows


class KrakenParser(VenueParser):
    """Reads one connection."""

    symbol = "symbol"
    read = staticmethod(reader(ROW))

    def _requests(self) -> list[object]:
        """One frame per `BATCH` pairs, without history."""
        params = {"channel": "trade", "snapshot": False}
        parts = batches(self._symbols, BATCH)
        return [{"method": "subscribe", "params": params | {"symbol": part}} for part in parts]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("channel") != "trade":
            return self._other(data, frame)
        if data.get("type") == "snapshot":
            return []
        if data.get("type") != "update":
            return malformed("trades that are neither update nor snapshot", frame)
        return each_trade(self._trade, data.get("data"), frame)

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        channel, method = data.get("channel"), data.get("method")
        if channel == "heartbeat":
            return [Heartbeat()]
        if channel == "status":
            said = data.get("data")
            system = field(said[0], "system") if type(said) is list and said else None
            return [] if system == "online" else [Notice(f"system status: {system}")]
        if method == "subscribe":
            return self._answer(data)
        if method in ("pong", "ping", "unsubscribe") or channel in OTHER_CHANNELS:
            return []
        if data.get("success") is False or (method is None and "error" in data):
            return [Refused(None, str(data.get("error", "no reason given")))]
        return self._unknown(frame)

    def _answer(self, data: dict[str, Any]) -> list[Event]:
        result = data.get("result")
        if data.get("success") is not True:
            reason = str(data.get("error", "no reason given"))
            return [Refused(text(data.get("symbol")), reason)]
        return ack(field(result, "symbol")) if field(result, "channel") == "trade" else []


class Kraken(WebsocketVenue):
    """The venue."""

    name = "kraken"
    url = "wss://ws.kraken.com/v2"
    limits = Limits(
        subscriptions=200,
        messages_per_second=5,  # no public figure; well below what others allow
        attempts=100,
        attempts_window=600,  # the front cuts at about 150 in 10 minutes per address
    )
    gaps_by = "ids"
    forms = (form(f"{NAME}/{NAME}"),)
    rest_url = "https://api.kraken.com"
    rest_per_second = 0.9  # no public figure; about 1 a second for one address (unconfirmed)
    listing = (Query("/0/public/AssetPairs"),)
    markets = (VenueMarket("{}/USD", "USD"),)
    """Dollar markets, and USDT/USD and USDC/USD, which convert prices of other venues."""
    converts = ("USDT", "USDC")
    parser_type = KrakenParser

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        return each_listed(self.read_listed, list(answer["result"].values()))

    def read_listed(self, entry: Any) -> Instrument | None:
        """One pair; those without `wsname` are dark pools, which are not streamed."""
        if "wsname" not in entry or entry["status"] not in ("online", "limit_only", "reduce_only"):
            return None
        base, quote = (OF_V1.get(c, c) for c in listed_name(entry["wsname"]).split("/"))
        return self.listed(f"{base}/{quote}", base, quote)

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        return KrakenPages(missed) if rising(missed) else None
