"""Bitget: the `trade` channel of the public websocket v2; recordings of v1 are read as well.

Wire facts: bitget.com/api-doc (websocket), and recordings (v1). `side` is the taker's, `ts` is text
in ms, the trades of a frame come newest first. v2 has `tradeId`, which is no counter, v1 has no id
at all; so lost trades do not show and `counts` is false. The action `snapshot` marks history.

No field tells of trades outside the order book; `isRPI`, where it is sent, is of orders that rest
in the book.

A symbol like BTCUSDT is both a spot market and a perpetual; `instType` tells which. Sizes are in
coins everywhere, also of contracts settled in coins.

Lists of symbols: bitget.com/api-doc, `spot/public/symbols` and `mix/market/contracts`. That
contracts in `limit_open` still trade is unconfirmed.
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
    Limits,
    Query,
    Refused,
    each_trade,
    malformed,
    text_id,
    text_number,
    text_unix_ns,
)
from connectors.venues.fields import MILLISECOND, oldest_first
from connectors.venues.listing import listed_name
from connectors.venues.shared import JsonParser, VenueMarket, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Tick

NAME = "bitget"
SPOT_TYPES = ("SPOT", "sp")
CONTRACT_TYPES = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES", "mc")
"""`instType`: sp and mc are those of v1."""
SPOT = re.compile(r"([^\W_a-z]{1,20}?)(USDT|USDC|BTC|ETH|EUR|BRL|TRY|GBP|BGB|USD)")
CONTRACT = re.compile(
    r"([^\W_a-z]{1,20}?)(USDT|USDC|USD|PERP)(?:([FGHJKMNQUVXZ][0-9][0-9])|_?[0-9]{6})?"
)
"""BTCUSDT, BTCUSD, BTCPERP (which is in USDC), BTCUSDH25."""
BATCH = 40
"""Channels in one request: 3 KB, of 4 KB allowed."""
CONTRACTS: dict[str, Kind] = {"perpetual": "perpetual", "delivery": "future"}
"""By `symbolType`."""


class BitgetParser(JsonParser):
    """Reads one connection."""

    message = "not a Bitget message"
    pongs = ("pong", b"pong")

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._asked = tuple(i.symbol for i in instruments)
        self._instruments = {(True, i.symbol): i for i in instruments}
        """By whether it is spot, and symbol."""

    def subscribe(self) -> list[Frame]:
        """One frame per `BATCH` symbols; each is accepted or refused by itself."""
        frames: list[Frame] = []
        for start in range(0, len(self._asked), BATCH):
            symbols = self._asked[start : start + BATCH]
            args = [{"instType": "SPOT", "channel": "trade", "instId": s} for s in symbols]
            frames.append(orjson.dumps({"op": "subscribe", "args": args}).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `JsonParser.feed`."""
        arg, action = data.get("arg"), data.get("action")
        if type(arg) is not dict or type(arg.get("instType")) is not str or "event" in data:
            return self._other(data, arg, frame)
        if arg.get("channel") != "trade" or action == "snapshot":
            return []
        if action != "update" or type(data.get("data")) is not list:
            return malformed("trades that are neither update nor snapshot", frame)
        try:
            instrument = self._instrument(arg["instType"], arg.get("instId"))
        except ValueError as error:
            return malformed(str(error), frame)
        events = each_trade(lambda trade: read_trade(trade, instrument), data["data"], frame)
        ticks = oldest_first([e for e in events if isinstance(e, Tick)])
        return [e for e in events if not isinstance(e, Tick)] + list[Event](ticks)

    def _instrument(self, market: str, symbol: Any) -> Instrument:
        """The instrument of a symbol. Raises ValueError where it is none."""
        spot = market in SPOT_TYPES
        if type(symbol) is str and (known := self._instruments.get((spot, symbol))):
            return known
        if not spot and market not in CONTRACT_TYPES:
            raise ValueError("the market is neither spot nor futures")
        match = (SPOT if spot else CONTRACT).fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the symbol ends in no quote currency known here")
        quote = "USDC" if match[2] == "PERP" else match[2]
        kind: Kind = "spot" if spot else "perpetual"
        if not spot and symbol != f"{match[1]}{match[2]}":
            kind = "future"
        instrument = listed(NAME, symbol, match[1], quote, kind, False)
        self._instruments[spot, symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], arg: Any, frame: Frame) -> list[Event]:
        """Everything that is not of a channel."""
        event = data.get("event")
        of_trades = type(arg) is dict and arg.get("channel") == "trade"
        symbol = arg.get("instId") if of_trades else None
        symbol = symbol if type(symbol) is str else None
        if event == "subscribe":
            return [Ack(symbol)] if symbol is not None else []
        if event == "error":
            return [Refused(symbol, f"{data.get('msg', 'no reason given')}")]
        return [] if event == "unsubscribe" else malformed(self.message, frame)


def read_trade(trade: Any, instrument: Instrument) -> Tick:
    """One trade: an object in v2, a list in v1. Raises KeyError, ValueError or TypeError."""
    number: str | None = None
    if type(trade) is list:
        ts, price, size, side = trade
    else:
        ts, price, size, side = trade["ts"], trade["price"], trade["size"], trade["side"]
        number = text_id(trade["tradeId"])
    if side != "buy" and side != "sell":
        raise ValueError("the side is neither buy nor sell")
    nanoseconds = text_unix_ns(ts, MILLISECOND)
    return Tick(instrument, text_number(price), text_number(size), side, number, nanoseconds)


class Bitget(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws.bitget.com/v2/ws/public"
    limits = Limits(
        subscriptions=50,  # advised; 1,000 are allowed
        messages_per_second=5,  # 10 are allowed, and pings count
        attempts=200,
        attempts_window=300,  # 300 are allowed
        lifetime=23.5 * 3600,  # cut after 24 h
        keep_alive=(25.0, "ping"),  # asked for every 30 s
    )
    rest_url = "https://api.bitget.com"
    rest_per_second = 5  # 20 are allowed (unconfirmed)
    listing = (
        Query("/api/v2/spot/public/symbols"),
        *(
            Query("/api/v2/mix/market/contracts", {"productType": product})
            for product in ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
        ),
    )
    market = VenueMarket("{}USDT", "USDT")
    """USDT spot markets."""
    listed_under = ("data",)
    parser_type = BitgetParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol: contracts have a `symbolStatus`, spot markets a `status`."""
        symbol, base, quote = (listed_name(entry[n]) for n in ("symbol", "baseCoin", "quoteCoin"))
        kind: Kind = "spot"
        if "symbolStatus" in entry:
            kind = CONTRACTS[entry["symbolType"]]
            trades = entry["symbolStatus"] in ("normal", "limit_open")
        else:
            trades = entry["status"] == "online"
        return listed(NAME, symbol, base, quote, kind, False) if trades else None
