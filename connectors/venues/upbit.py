"""Upbit (Korea): the `trade` type; JSON in binary frames, with long or short field names.

Wire facts: docs.upbit.com, and recordings (short names). `ask_bid` is the taker's side: ASK sold.
`trade_timestamp` is in ms, though often whole seconds. `sequential_id` is unique to the trade but
neither counts nor keeps to the order, so `counts` is false. `stream_type` SNAPSHOT marks history,
which we ask not to have. No field tells of trades outside the order book.
A market's code has the quote first: KRW-BTC.

Subscriptions are not answered, and an unknown code is silent: it shows itself as one that never
had data. A second request would replace the first.

List of symbols: docs.upbit.com, "List trading pairs". It has no state: what is listed trades.
"""

from __future__ import annotations

from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused, malformed
from connectors.venues.fields import json_number
from connectors.venues.listing import listed_name
from connectors.venues.shared import COIN, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.trades import Row, one_trade, reader
from engine.records import Instrument, Side

TAKER: dict[str, Side] = {"ASK": "sell", "BID": "buy"}
LONG = Row(
    *("trade_price", "trade_volume", "ask_bid", "sequential_id", "trade_timestamp"),
    number=json_number,
    sides=TAKER,
)
SHORT = Row("tp", "tv", "ab", "sid", "ttms", number=json_number, sides=TAKER)
"""The same in format SIMPLE."""
CODE = form(rf"(?=[^-]*-{COIN}\Z){COIN}-.*")
"""QUOTE-BASE: the base, which is to be the first group, is found by looking ahead."""
read_long, read_short = reader(LONG), reader(SHORT)


class UpbitParser(VenueParser):
    """Reads one connection."""

    def _requests(self) -> list[object]:
        """One request for all, without history."""
        trades = {"type": "trade", "codes": self._symbols, "is_only_realtime": True}
        request = [{"ticket": "tidegauge"}, trades, {"format": "DEFAULT"}]
        return [request] if self._symbols else []

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("type") == "trade":
            stream, code, read = data.get("stream_type"), "code", read_long
        elif data.get("ty") == "trade":
            stream, code, read = data.get("st"), "cd", read_short
        else:
            return self._other(data, frame)
        if stream == "SNAPSHOT":
            return []
        if stream != "REALTIME":
            return malformed("a trade that is neither real-time nor history: 'stream_type'", frame)
        return one_trade(lambda t: read(self._instrument(t[code]), t), data, frame)

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("status") == "UP":
            return [Heartbeat()]
        error = data.get("error")
        if type(error) is dict and type(error.get("name")) is str:
            return [Refused(None, f"{error['name']}: {error.get('message', 'no reason given')}")]
        code = data.get("code", data.get("cd"))
        kind = data.get("type", data.get("ty"))
        known = type(kind) is str and type(code) is str and CODE.pattern.fullmatch(code) is not None
        return [] if known else self._unknown(frame)


class Upbit(WebsocketVenue):
    """The venue."""

    name = "upbit"
    url = "wss://api.upbit.com/websocket/v1"
    limits = Limits(
        subscriptions=100,  # no public figure
        messages_per_second=1,  # 5 a second and 100 a minute are allowed
        attempts=20,
        attempts_window=10,  # 5 a second are allowed
        keep_alive=(60.0, "PING"),  # cut after 120 s without traffic
    )
    forms = (CODE,)
    rest_url = "https://api.upbit.com"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query("/v1/market/all"),)
    markets = (VenueMarket("USDT-{}", "USDT"),)
    """USDT markets. The KRW markets are deeper, but nothing converts KRW into USD."""
    parser_type = UpbitParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One market."""
        return self.instrument_of(listed_name(entry["market"]))
