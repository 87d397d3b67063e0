"""BitMEX: the `trade` table of the realtime websocket.

Wire facts: bitmex.com/app/wsAPI, and recordings. `side` is the taker's, times are ISO 8601 in ms.
`trdMatchID` is a GUID: good to drop duplicates, useless for finding gaps, so `counts` is false. The
first message of each symbol has the action `partial`: history.

`trdType` is Regular for what the order book matched (bitmex.com/api/explorer, Trade; recordings of
2021 are without it). Any other is a trade outside of it: Referential ones have no size and no side.

`size` is in contracts, whose worth differs from symbol to symbol; `homeNotional` is the same in
coins. Where it is missing, only contracts of bitcoin for dollars are known: they are 1 USD each.

List of symbols: bitmex.com/api/explorer, `instrument/active`; it has indices and settled contracts
too, so `typ` and `state` tell what trades.
"""

from __future__ import annotations

from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, malformed
from connectors.venues.fields import iso_ns, json_number, text_id
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, refused
from connectors.venues.trades import Row, dollars_in_coins, each_trade, off_book, reader
from engine.records import Instrument, Kind, Side, Tick

QUOTES = "USDT|USDC|USD|EUR|ETH|XBT"
MONTH = "[FGHJKMNQUVXZ][0-9][0-9]"
TAKER: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
KINDS: dict[str, Kind] = {
    "IFXXXP": "spot",
    **{"FFWCSX": "perpetual", "FFWCSF": "perpetual", "FFSCSX": "perpetual"},  # coins, fiat, stocks
    "FFCCSX": "future",
}
"""By `typ`; the others are indices, and predictions that nobody trades."""
ROW = Row(
    *("price", "homeNotional", "side", "trdMatchID", "timestamp"),
    number=json_number,
    sides=TAKER,
    read_id=text_id,
    read_ts=iso_ns,
)
read, read_contracts = reader(ROW), reader(ROW._replace(size="size"))


class BitmexParser(VenueParser):
    """Reads one connection."""

    pongs = ("pong", b"pong")

    def _requests(self) -> list[object]:
        """A frame for each symbol: a refusal shows only the request that it is for."""
        return [{"op": "subscribe", "args": [f"trade:{symbol}"]} for symbol in self._symbols]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("table") != "trade":
            return self._other(data, frame)
        if data.get("action") == "partial":
            return []
        if data.get("action") != "insert":
            return malformed("trades that are neither inserted nor history", frame)
        return each_trade(self._trade, data.get("data"), frame)

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["symbol"]
        instrument = self._instruments.get(symbol) or self._meet(symbol)
        if trade.get("trdType", "Regular") != "Regular":
            return off_book(ROW, instrument, trade)
        if trade.get("homeNotional") is not None:
            return read(instrument, trade)
        if (instrument.base, instrument.quote) != ("BTC", "USD"):
            raise ValueError("a trade without 'homeNotional': its size in coins is not known")
        return dollars_in_coins(read_contracts(instrument, trade))

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if "error" in data:
            return refused(self._of_request(data.get("request")), data["error"])
        if type(topic := data.get("subscribe")) is str and data.get("success") is True:
            table, _, symbol = topic.partition(":")
            return ack(symbol) if table == "trade" and symbol else []
        tables = type(data.get("table")) is str and type(data.get("action")) is str
        return [] if tables or ("info" in data and "version" in data) else self._unknown(frame)

    def _of_request(self, request: Any) -> list[str]:
        """The symbols that a request of ours, quoted in its refusal, was for."""
        topics = request.get("args") if type(request) is dict else None
        topics = topics if type(topics) is list else [topics]
        return [t[6:] for t in topics if type(t) is str and t[:6] == "trade:" and len(t) > 6]


class Bitmex(WebsocketVenue):
    """The venue."""

    name = "bitmex"
    url = "wss://ws.bitmex.com/realtime"
    limits = Limits(
        subscriptions=100,
        messages_per_second=2,
        attempts=30,
        attempts_window=3600,  # the welcome of a recording tells of 40 an hour
        keep_alive=(15.0, "ping"),  # advised after 5 s of silence; no cut is documented
    )
    forms = (
        form(rf"{COIN}_({QUOTES})"),
        form(rf"{COIN}({QUOTES})", "perpetual"),
        form(rf"{COIN}({QUOTES}){MONTH}", "future"),
        # Futures without a quote in their name are for bitcoin; of bitcoin itself, for dollars.
        form(rf"(XBT){MONTH}", "future", "USD"),
        form(rf"{COIN}{MONTH}", "future", "XBT"),
    )
    """XBT_USDT for spot; XBTUSD, UNIUSDT; LINKUSDTM21; XBTM21; ETHM21. F…Z are the months."""
    rest_url = "https://www.bitmex.com"
    rest_per_second = 0.5  # 30 a minute are allowed without a login (unconfirmed)
    listing = (Query("/api/v1/instrument/active"),)
    listed_as = Entry("symbol", "underlying", "quoteCurrency", "state", ("Open",))
    markets = (VenueMarket("{}_USDT", "USDT"), VenueMarket("{}USD", "USD", "perpetual"))
    """USDT spot markets, and the perpetuals quoted in dollars."""
    parser_type = BitmexParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument, of a kind that trades."""
        kind = KINDS.get(entry["typ"])
        return self.listed_pair(entry, kind) if kind and self.trades_now(entry) else None
