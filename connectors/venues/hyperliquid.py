"""Hyperliquid: the `trades` channel.

Wire facts: hyperliquid.gitbook.io (API, websocket), and recordings. `side` is the taker's: B has
bought, A sold. Times are in ms. `tid` is a random number, unique within a coin: lost trades do not
show, so `counts` is false. The first message of each coin on a connection holds its last trades (30
in a recording): history without any mark, so the first one gives no ticks.

No mark tells of trades outside the order book. A `hash` of zeros is not one: the chain itself
placed the order, a slice of a TWAP, and the book matched it (12 of the recorded trades have it).
What the vault takes over of a liquidation is told to its users only.

Perpetuals have the coin as name, with a k before it for a thousand (kPEPE; case matters), and are
priced and settled in USDC. Spot markets have a name (PURR/USDC) or, mostly, a number (@107); what
that stands for is not on the wire.

Lists of symbols: POST /info, `meta` for perpetuals and `spotMeta`, which names the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Page, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, field
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Instrument, Side, Tick

NAME = r"([^\W_]{1,20})"
"""BTC, kPEPE (a thousand PEPE), PURR/USDC."""
TAKER: dict[str, Side] = {"B": "buy", "A": "sell"}
REFUSED_COIN = re.compile(r'"coin":\s*"([^"]{1,40})"')
OTHER_CHANNELS = (
    *("l2Book", "bbo", "candle", "allMids", "activeAssetCtx", "activeSpotAssetCtx"),
    *("notification", "post", "user"),
)


class HyperliquidParser(VenueParser):
    """Reads one connection."""

    read = staticmethod(reader(Row("px", "sz", "side", "tid", "time", sides=TAKER)))

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._heard: set[str] = set()
        """Coins whose first message on this connection has come."""

    def _requests(self) -> list[object]:
        """A frame for each coin; the venue takes no more."""
        return [
            {"method": "subscribe", "subscription": {"type": "trades", "coin": s}}
            for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("channel") != "trades":
            return self._other(data, frame)
        heard = frozenset(self._heard)
        events = each_trade(self._trade, data.get("data"), frame)
        return [e for e in events if not isinstance(e, Tick) or e.instrument.symbol in heard]

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["coin"]
        tick = self.read(self._instruments.get(symbol) or self._meet(symbol), trade)
        self._heard.add(symbol)
        return tick

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        channel, body = data.get("channel"), data.get("data")
        if channel == "pong":
            return [Heartbeat()]
        if channel == "error":
            coin = REFUSED_COIN.search(body) if type(body) is str else None
            return [Refused(self._ours(coin[1] if coin else None), f"{body}")]
        if channel == "subscriptionResponse":
            asked = field(body, "subscription")
            return ack(field(asked, "coin")) if field(asked, "type") == "trades" else []
        return [] if channel in OTHER_CHANNELS else self._unknown(frame)


class Hyperliquid(WebsocketVenue):
    """The venue."""

    name = "hyperliquid"
    url = "wss://api.hyperliquid.xyz/ws"
    limits = Limits(
        subscriptions=200,  # 1,000 are allowed per address, over all connections
        messages_per_second=10,  # 2,000 a minute are allowed per address
        attempts=20,
        attempts_window=60,  # 30 are allowed
        keep_alive=(50.0, '{"method":"ping"}'),  # cut when nothing was sent for 60 s
    )
    forms = (form(NAME, "perpetual", "USDC"), form(f"{NAME}/{NAME}"))
    rest_url = "https://api.hyperliquid.xyz"
    rest_per_second = 1  # 1,200 of weight a minute are allowed, and a list weighs 20
    listing = (
        Query("/info", body={"type": "meta"}),
        Query("/info", body={"type": "spotMeta"}),
    )
    markets = (VenueMarket("{}", "USDC", "perpetual"),)
    """The perpetuals."""
    left_out = ("USDT",)
    parser_type = HyperliquidParser

    def read_listing(self, answer: Any) -> Page:
        """`meta` of the perpetuals, or `spotMeta`, which has the tokens of a pair by number."""
        if "tokens" not in answer:
            return each_listed(self.read_listed, answer["universe"])
        tokens = [t for t in answer["tokens"] if type(t) is dict]
        names = {
            t["index"]: t["name"] for t in tokens if type(t.get("index")) is int and "name" in t
        }

        def read_spot(entry: Any) -> Instrument:
            symbol, (base, quote) = listed_name(entry["name"]), entry["tokens"]
            return self.listed(symbol, listed_name(names[base]), listed_name(names[quote]))

        return each_listed(read_spot, answer["universe"])

    def read_listed(self, entry: Any) -> Instrument | None:
        """One coin of `meta`."""
        if entry.get("isDelisted") is True:
            return None
        symbol = listed_name(entry["name"])
        return self.listed(symbol, symbol, "USDC", "perpetual")
