"""Crypto.com Exchange: the `trade.INSTRUMENT` channels.

Wire facts: exchange-docs.crypto.com (v1), and recordings (v2, which sends numbers as JSON numbers;
v1 sends text). `s` is the taker's, `t` is in ms and `tn`, where it is sent, in ns. `d`, the trade
id, is above 2^53 and no counter, so `counts` is false. The trades of a frame come newest first.

No field tells of trades outside the order book; block trades are not in these channels.

The first frame of a symbol is history: its last 100 trades. Either it is the answer to the request,
with its id, or it has no mark, but spans minutes, where live frames spanned at most 60 ms.

List of symbols: exchange-docs.crypto.com, `public/get-instruments`.
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
    Reply,
    each_trade,
    malformed,
    text_unix_ns,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND, any_id, number
from connectors.venues.listing import listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Side, Tick
from engine.types import SECOND

NAME = "cryptocom"
SPOT = re.compile(r"([^\W_a-z]{1,20})_([^\W_a-z]{1,20})")
CONTRACT = re.compile(r"([^\W_a-z]{1,20})(USD|USDT|USDC)-(PERP|[0-9]{6})")
"""BTCUSD-PERP, BTCUSD-250328. Sizes are in coins."""
TAKER: dict[str, Side] = {"BUY": "buy", "SELL": "sell"}
HISTORY_SPAN = SECOND
"""More than live frames, less than history."""
TYPES = ("CCY_PAIR", "PERPETUAL_SWAP", "FUTURE")
"""Values of `inst_type` that are read here."""


def instrument_of(symbol: str) -> Instrument | None:
    """The instrument of a name; None where it has no form known here."""
    if spot := SPOT.fullmatch(symbol):
        return listed(NAME, symbol, spot[1], spot[2], "spot", False)
    if contract := CONTRACT.fullmatch(symbol):
        base, quote, expiry = contract.groups()
        kind: Kind = "perpetual" if expiry == "PERP" else "future"
        return listed(NAME, symbol, base, quote, kind, False)
    return None


class CryptoComParser(VenueParser):
    """Reads one connection."""

    message = "not a Crypto.com message"

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._asked = dict(enumerate(self._instruments, 1))
        self._heard: set[str] = set()
        """Symbols whose first frame on this connection has come."""

    def subscribe(self) -> list[Frame]:
        """A frame for each symbol: one unknown symbol refuses the whole frame it is in."""
        return [
            orjson.dumps(
                {"id": n, "method": "subscribe", "params": {"channels": [f"trade.{symbol}"]}}
            ).decode()
            for n, symbol in self._asked.items()
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if type(data.get("method")) is not str:
            return malformed(self.message, frame)
        result = data.get("result")
        if data["method"] != "subscribe" or type(result) is not dict:
            return self._other(data, frame)
        if result.get("channel") != "trade":
            return []
        try:
            symbol, trades = result["instrument_name"], result["data"]
            instrument = self._instruments.get(symbol) or self._meet(symbol)
            first = symbol not in self._heard
            self._heard.add(symbol)
            if not trades or data.get("id") in self._asked:
                return []
            if first and trades[0]["t"] - trades[-1]["t"] > HISTORY_SPAN // MILLISECOND:
                return []
            newest_last = trades[::-1]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            return malformed(f"trades with a bad or missing {error}", frame)
        return each_trade(lambda trade: read_trade(trade, instrument), newest_last, frame)

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a name that we did not subscribe to."""
        instrument = instrument_of(symbol) if type(symbol) is str else None
        if instrument is None:
            raise ValueError("instrument_name")
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that has no data."""
        request, method = data.get("id"), data["method"]
        if method == "public/heartbeat" and type(request) is int:
            answer = {"id": request, "method": "public/respond-heartbeat"}
            return [Heartbeat(), Reply(orjson.dumps(answer).decode())]
        if type(code := data.get("code")) is not int:
            return malformed(self.message, frame)
        symbol = self._asked.get(request) if type(request) is int else None
        if code != 0:
            return [Refused(symbol, f"{data.get('message', 'no reason given')} (code {code})")]
        if symbol is not None:
            return [Ack(symbol)]
        if method == "subscribe":
            self._heard.clear()  # of a recording, in which a new connection may begin here
        return []


def read_trade(trade: Any, instrument: Instrument) -> Tick:
    """One trade. Raises KeyError, ValueError or TypeError."""
    side = TAKER[trade["s"]]
    ts = text_unix_ns(trade["tn"], 1) if "tn" in trade else unix_ns(trade["t"], MILLISECOND)
    return Tick(instrument, number(trade["p"]), number(trade["q"]), side, any_id(trade["d"]), ts)


class CryptoCom(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://stream.crypto.com/exchange/v1/market"
    limits = Limits(
        subscriptions=200,  # 400 are allowed
        messages_per_second=10,  # 100 are allowed; right after connecting, fewer
        attempts=20,
        attempts_window=60,  # no public figure
        lifetime=None,
    )
    rest_url = "https://api.crypto.com"
    rest_per_second = 5  # 100 are allowed per address (unconfirmed)
    listing = (Query("/exchange/v1/public/get-instruments"),)
    market = VenueMarket("{}_USD", "USD")
    """Dollar markets, and USDT_USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    left_out = ("USD",)
    listed_under = ("result", "data")
    parser_type = CryptoComParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument. Its name is read: `quote_ccy` of contracts was not always a currency."""
        if entry["tradable"] is not True or entry["inst_type"] not in TYPES:
            return None
        instrument = instrument_of(listed_name(entry["symbol"]))
        if instrument is None:
            raise ValueError("the name is of no form known here")
        return instrument
