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

import re
from collections.abc import Iterable
from typing import Any

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    Limits,
    Query,
    Refused,
    each_trade,
    iso_ns,
    json_number,
    loose_number,
    malformed,
    text_id,
)
from connectors.venues.listing import listed_name
from connectors.venues.shared import VenueParser, WebsocketVenue
from engine.pricing.coins import listed, own_names
from engine.records import Instrument, Kind, Side, Tick

NAME = "bitmex"
SYMBOL = re.compile(
    r"([^\W_a-z]{1,20}?)(_)?(USDT|USDC|USD|EUR|ETH|XBT)?([FGHJKMNQUVXZ][0-9][0-9])?"
)
"""XBTUSD, UNIUSDT, XBTM21, ETHUSDH21, LINKUSDTM21, and XBT_USDT for spot; F…Z are the months."""
TAKER: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
KINDS: dict[str, Kind] = {
    "IFXXXP": "spot",
    **{"FFWCSX": "perpetual", "FFWCSF": "perpetual", "FFSCSX": "perpetual"},  # coins, fiat, stocks
    "FFCCSX": "future",
}
"""By `typ`; the others are indices, and predictions that nobody trades."""


class BitmexParser(VenueParser):
    """Reads one connection."""

    message = "not a BitMEX message"
    pongs = ("pong", b"pong")

    def subscribe(self) -> list[Frame]:
        """A frame for each symbol: a refusal shows only the request that it is for."""
        return [
            orjson.dumps({"op": "subscribe", "args": [f"trade:{symbol}"]}).decode()
            for symbol in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if data.get("table") != "trade":
            return self._other(data, frame)
        if data.get("action") == "partial":
            return []
        if data.get("action") != "insert" or type(data.get("data")) is not list:
            return malformed("trades that are neither inserted nor history", frame)
        return each_trade(self._trade, data["data"], frame)

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["symbol"]
        instrument = self._instruments.get(symbol) or self._meet(symbol)
        if trade.get("trdType", "Regular") != "Regular":
            return Tick(
                instrument,
                loose_number(trade.get("price")),
                loose_number(trade.get("homeNotional")),
                TAKER.get(str(trade.get("side"))),
                text_id(trade["trdMatchID"]),
                iso_ns(trade["timestamp"]),
                off_book=True,
            )
        price = json_number(trade["price"])
        if (coins := trade.get("homeNotional")) is not None:
            size = json_number(coins)
        elif (instrument.base, instrument.quote) == ("BTC", "USD"):
            size = json_number(json_number(trade["size"]) / price)
        else:
            raise ValueError("a trade without 'homeNotional': its size in coins is not known")
        side, number = TAKER[trade["side"]], text_id(trade["trdMatchID"])
        return Tick(instrument, price, size, side, number, iso_ns(trade["timestamp"]))

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None or not (match[3] or match[4]) or (match[2] and (match[4] or not match[3])):
            raise ValueError("the symbol is none that we know")
        base, spot, quote, expiry = match.groups()
        # Futures without a quote in their name are for bitcoin; of bitcoin itself, for dollars.
        quote = quote or ("USD" if base == "XBT" else "XBT")
        kind: Kind = "spot" if spot else "future" if expiry else "perpetual"
        instrument = listed(NAME, symbol, base, quote, kind, False)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade."""
        if "error" in data:
            symbols = self._of_request(data.get("request"))
            reason = f"{data['error']}"
            return [Refused(symbol, reason) for symbol in symbols] or [Refused(None, reason)]
        if type(topic := data.get("subscribe")) is str and data.get("success") is True:
            table, _, symbol = topic.partition(":")
            return [Ack(symbol)] if table == "trade" and symbol else []
        tables = type(data.get("table")) is str and type(data.get("action")) is str
        welcome = "info" in data and "version" in data
        return [] if tables or welcome else malformed(self.message, frame)

    def _of_request(self, request: Any) -> list[str]:
        """The symbols that a request of ours, quoted in its refusal, was for."""
        topics = request.get("args") if type(request) is dict else None
        topics = topics if type(topics) is list else [topics]
        return [t[6:] for t in topics if type(t) is str and t[:6] == "trade:" and len(t) > 6]


class Bitmex(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws.bitmex.com/realtime"
    limits = Limits(
        subscriptions=100,
        messages_per_second=2,
        attempts=30,
        attempts_window=3600,  # the welcome of a recording tells of 40 an hour
        lifetime=None,
        keep_alive=(15.0, "ping"),  # advised after 5 s of silence; no cut is documented
    )
    rest_url = "https://www.bitmex.com"
    rest_per_second = 0.5  # 30 a minute are allowed without a login (unconfirmed)
    listing = (Query("/api/v1/instrument/active"),)
    parser_type = BitmexParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """USDT spot markets, and the perpetuals quoted in dollars."""
        found: list[Instrument] = []
        for asset, own in own_names(NAME, "perpetual", assets):
            if asset not in ("USD", "USDT"):
                found.append(Instrument(NAME, f"{own}_USDT", asset, "USDT", "spot", False))
                found.append(Instrument(NAME, f"{own}USD", asset, "USD", "perpetual", False))
        return found

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument, of a kind that trades."""
        kind = KINDS.get(entry["typ"])
        if kind is None or entry["state"] != "Open":
            return None
        symbol, base, quote = (
            listed_name(entry[n]) for n in ("symbol", "underlying", "quoteCurrency")
        )
        return listed(NAME, symbol, base, quote, kind, False)
