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

from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Refused, malformed
from connectors.venues.fields import no_id, text_id, text_ms
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, batches, field, text
from connectors.venues.trades import Row, each_oldest_first, reader
from engine.records import Instrument, Kind, Tick

SPOT_TYPES = ("SPOT", "sp")
CONTRACT_TYPES = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES", "mc")
"""`instType`: sp and mc are those of v1."""
SPOT = (form(rf"{COIN}(USDT|USDC|BTC|ETH|EUR|BRL|TRY|GBP|BGB|USD)"),)
CONTRACT = (
    form(rf"{COIN}(USDT|USDC|USD)", "perpetual"),
    form(rf"{COIN}PERP", "perpetual", "USDC"),
    form(rf"{COIN}(USDT|USDC|USD)(?:[FGHJKMNQUVXZ][0-9][0-9]|_?[0-9]{{6}})", "future"),
    form(rf"{COIN}PERP(?:[FGHJKMNQUVXZ][0-9][0-9]|_?[0-9]{{6}})", "future", "USDC"),
)
"""BTCUSDT, BTCUSD, BTCPERP (which is in USDC), BTCUSDH25."""
BATCH = 40
"""Channels in one request: 3 KB, of 4 KB allowed."""
CONTRACTS: dict[str, Kind] = {"perpetual": "perpetual", "delivery": "future"}
"""By `symbolType`."""
read_v2 = reader(Row("price", "size", "side", "tradeId", "ts", read_id=text_id, read_ts=text_ms))
read_v1 = reader(Row(1, 2, 3, 0, 0, read_id=no_id, read_ts=text_ms))


class BitgetParser(VenueParser):
    """Reads one connection."""

    pongs = ("pong", b"pong")

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._markets = {(i.symbol, i.kind != "spot"): i for i in instruments}
        """By symbol, and whether it is a contract."""

    def _requests(self) -> list[object]:
        """One frame per `BATCH` symbols; each is accepted or refused by itself."""
        args = [{"instType": "SPOT", "channel": "trade", "instId": s} for s in self._symbols]
        return [{"op": "subscribe", "args": part} for part in batches(args, BATCH)]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        arg, action = data.get("arg"), data.get("action")
        if type(arg) is not dict or type(arg.get("instType")) is not str or "event" in data:
            return self._other(data, arg, frame)
        if arg.get("channel") != "trade" or action == "snapshot":
            return []
        if action != "update":
            return malformed("trades that are neither update nor snapshot", frame)
        market, symbol = arg["instType"], arg.get("instId")
        if market not in SPOT_TYPES and market not in CONTRACT_TYPES:
            return malformed("the market is neither spot nor futures", frame)
        try:
            instrument = self._meet(symbol, market not in SPOT_TYPES)
        except (ValueError, TypeError) as error:
            return malformed(str(error), frame)
        return each_oldest_first(
            lambda trade: read_trade(instrument, trade), data.get("data"), frame
        )

    def _meet(self, symbol: Any, contract: bool = False) -> Instrument:
        """The instrument of a symbol. Raises ValueError where it is none."""
        if known := self._markets.get((symbol, contract)):
            return known
        instrument = self.venue.instrument_of(symbol, CONTRACT if contract else SPOT)
        return self._remember((symbol, contract), instrument, self._markets)

    def _other(self, data: dict[str, Any], arg: Any, frame: Frame) -> list[Event]:
        event = data.get("event")
        symbol = text(field(arg, "instId")) if field(arg, "channel") == "trade" else None
        if event == "subscribe":
            return ack(symbol)
        if event == "error":
            return [Refused(symbol, f"{data.get('msg', 'no reason given')}")]
        return [] if event == "unsubscribe" else self._unknown(frame)


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """One trade: an object in v2, a list in v1. Raises what `each_trade` allows."""
    if type(trade) is not list:
        return read_v2(instrument, trade)
    if len(trade) != 4:
        raise ValueError("a trade is no list of four")
    return read_v1(instrument, trade)


class Bitget(WebsocketVenue):
    """The venue."""

    name = "bitget"
    url = "wss://ws.bitget.com/v2/ws/public"
    limits = Limits(
        subscriptions=50,  # advised; 1,000 are allowed
        messages_per_second=5,  # 10 are allowed, and pings count
        attempts=200,
        attempts_window=300,  # 300 are allowed
        lifetime=23.5 * 3600,  # cut after 24 h
        keep_alive=(25.0, "ping"),  # asked for every 30 s
    )
    forms = SPOT
    rest_url = "https://api.bitget.com"
    rest_per_second = 5  # 20 are allowed (unconfirmed)
    listing = (
        Query("/api/v2/spot/public/symbols"),
        *(
            Query("/api/v2/mix/market/contracts", {"productType": product})
            for product in ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
        ),
    )
    listed_under = ("data",)
    listed_as = Entry("symbol", "baseCoin", "quoteCoin")
    markets = (VenueMarket("{}USDT", "USDT"),)
    """USDT spot markets."""
    parser_type = BitgetParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol: contracts have a `symbolStatus`, spot markets a `status`."""
        kind: Kind = "spot"
        if "symbolStatus" in entry:
            kind = CONTRACTS[entry["symbolType"]]
            trades = entry["symbolStatus"] in ("normal", "limit_open")
        else:
            trades = entry["status"] == "online"
        return self.listed_pair(entry, kind) if trades else None
