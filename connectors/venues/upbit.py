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

import re
from typing import Any

import orjson

from connectors.venues.base import (
    Event,
    Frame,
    Heartbeat,
    Limits,
    Query,
    Refused,
    json_number,
    malformed,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed, of_one_coin
from engine.records import Instrument, Side, Tick

NAME = "upbit"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})-([^\W_a-z]{1,20})")
LONG = (
    *("stream_type", "code", "trade_price", "trade_volume", "ask_bid", "sequential_id"),
    "trade_timestamp",
)
SHORT = ("st", "cd", "tp", "tv", "ab", "sid", "ttms")
"""The same in format SIMPLE."""
TAKER: dict[str, Side] = {"ASK": "sell", "BID": "buy"}


class UpbitParser(VenueParser):
    """Reads one connection."""

    message = "not an Upbit message"

    def subscribe(self) -> list[Frame]:
        """One request for all, without history."""
        trades = {"type": "trade", "codes": self._symbols, "is_only_realtime": True}
        request = [{"ticket": "tidegauge"}, trades, {"format": "DEFAULT"}]
        return [orjson.dumps(request).decode()] if self._symbols else []

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if data.get("type") == "trade":
            names = LONG
        elif data.get("ty") == "trade":
            names = SHORT
        else:
            return self._other(data, frame)
        try:
            stream, symbol, price, size, side, number, ts = (data[name] for name in names)
            if stream == "SNAPSHOT":
                return []
            if stream != "REALTIME":
                raise ValueError("a trade that is neither real-time nor history")
            tick = Tick(
                self._instruments.get(symbol) or self._meet(symbol),
                json_number(price),
                json_number(size),
                TAKER[side],
                trade_id(number),
                unix_ns(ts, MILLISECOND),
            )
            tick = of_one_coin(tick)
        except KeyError as error:
            return malformed(f"a trade with {error} missing or unknown", frame)
        except (ValueError, TypeError) as error:
            return malformed(str(error), frame)
        return [tick]

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a code that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the code is not QUOTE-BASE")
        instrument = listed(NAME, symbol, match[2], match[1], "spot", False)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade."""
        if data.get("status") == "UP":
            return [Heartbeat()]
        error = data.get("error")
        if type(error) is dict and type(error.get("name")) is str:
            return [Refused(None, f"{error['name']}: {error.get('message', 'no reason given')}")]
        code = data.get("code", data.get("cd"))
        kind = data.get("type", data.get("ty"))
        known = type(kind) is str and type(code) is str and SYMBOL.fullmatch(code) is not None
        return [] if known else malformed(self.message, frame)


class Upbit(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api.upbit.com/websocket/v1"
    limits = Limits(
        subscriptions=100,  # no public figure
        messages_per_second=1,  # 5 a second and 100 a minute are allowed
        attempts=20,
        attempts_window=10,  # 5 a second are allowed
        lifetime=None,
        keep_alive=(60.0, "PING"),  # cut after 120 s without traffic
    )
    rest_url = "https://api.upbit.com"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query("/v1/market/all"),)
    market = VenueMarket("USDT-{}", "USDT")
    """USDT markets. The KRW markets are deeper, but nothing converts KRW into USD."""
    parser_type = UpbitParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One market."""
        match = SYMBOL.fullmatch(listed_name(entry["market"]))
        if match is None:
            raise ValueError("the code is not QUOTE-BASE")
        return listed(NAME, match[0], match[2], match[1], "spot", False)
