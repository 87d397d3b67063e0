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
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    Heartbeat,
    Limits,
    Page,
    Query,
    Refused,
    each_trade,
    malformed,
    text_number,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import VenueParser, WebsocketVenue
from engine.pricing.coins import listed, own_names
from engine.records import Instrument, Side, Tick

NAME = "hyperliquid"
SYMBOL = re.compile(r"([^\W_]{1,20})(?:/([^\W_]{1,20}))?")
"""BTC, kPEPE (a thousand PEPE), PURR/USDC."""
TAKER: dict[str, Side] = {"B": "buy", "A": "sell"}
REFUSED_COIN = re.compile(r'"coin":\s*"([^"]{1,40})"')
OTHER_CHANNELS = frozenset(
    (
        *("l2Book", "bbo", "candle", "allMids", "activeAssetCtx", "activeSpotAssetCtx"),
        *("notification", "post", "user"),
    )
)


def read_perpetual(entry: Any) -> Instrument | None:
    """One coin of `meta`."""
    if entry.get("isDelisted") is True:
        return None
    symbol = listed_name(entry["name"])
    return listed(NAME, symbol, symbol, "USDC", "perpetual", False)


def read_spot(entry: Any, names: dict[int, Any]) -> Instrument:
    """One pair of `spotMeta`, which has its tokens by number."""
    symbol, (base, quote) = listed_name(entry["name"]), entry["tokens"]
    base, quote = (listed_name(names[number]) for number in (base, quote))
    return listed(NAME, symbol, base, quote, "spot", False)


class HyperliquidParser(VenueParser):
    """Reads one connection."""

    message = "not a Hyperliquid message"

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._heard: set[str] = set()
        """Coins whose first message on this connection has come."""

    def subscribe(self) -> list[Frame]:
        """A frame for each coin; the venue takes no more."""
        return [
            orjson.dumps(
                {"method": "subscribe", "subscription": {"type": "trades", "coin": s}}
            ).decode()
            for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if type(data.get("channel")) is not str:
            return malformed(self.message, frame)
        if data["channel"] != "trades":
            return self._other(data, frame)
        if type(data.get("data")) is not list:
            return malformed("trades without a list of them", frame)
        heard = frozenset(self._heard)
        events = each_trade(self._trade, data["data"], frame)
        return [e for e in events if not isinstance(e, Tick) or e.instrument.symbol in heard]

    def _trade(self, trade: Any) -> Tick:
        symbol = trade["coin"]
        tick = Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["px"]),
            text_number(trade["sz"]),
            TAKER[trade["side"]],
            trade_id(trade["tid"]),
            unix_ns(trade["time"], MILLISECOND),
        )
        self._heard.add(symbol)
        return tick

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a coin that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the coin is a number, or of another exchange's: not known here")
        base, quote = match[1], match[2]
        if quote is None:
            instrument = listed(NAME, symbol, base, "USDC", "perpetual", False)
        else:
            instrument = listed(NAME, symbol, base, quote, "spot", False)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade."""
        channel, body = data["channel"], data.get("data")
        if channel == "pong":
            return [Heartbeat()]
        if channel == "error":
            coin = REFUSED_COIN.search(body) if type(body) is str else None
            symbol = coin[1] if coin and coin[1] in self._symbols else None
            return [Refused(symbol, f"{body}")]
        if channel == "subscriptionResponse":
            asked = body.get("subscription") if type(body) is dict else None
            if type(asked) is dict and asked.get("type") == "trades":
                return [Ack(asked["coin"])] if type(asked.get("coin")) is str else []
            return []
        return [] if channel in OTHER_CHANNELS else malformed(self.message, frame)


class Hyperliquid(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api.hyperliquid.xyz/ws"
    limits = Limits(
        subscriptions=200,  # 1,000 are allowed per address, over all connections
        messages_per_second=10,  # 2,000 a minute are allowed per address
        attempts=20,
        attempts_window=60,  # 30 are allowed
        lifetime=None,
        keep_alive=(50.0, '{"method":"ping"}'),  # cut when nothing was sent for 60 s
    )
    rest_url = "https://api.hyperliquid.xyz"
    rest_per_second = 1  # 1,200 of weight a minute are allowed, and a list weighs 20
    listing = (
        Query("/info", body={"type": "meta"}),
        Query("/info", body={"type": "spotMeta"}),
    )
    parser_type = HyperliquidParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """The perpetuals."""
        return [
            Instrument(NAME, own, asset, "USDC", "perpetual", False)
            for asset, own in own_names(NAME, "perpetual", assets)
            if asset not in ("USD", "USDT", "USDC")
        ]

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        if "tokens" not in answer:
            return each_listed(read_perpetual, answer["universe"])
        tokens = [t for t in answer["tokens"] if type(t) is dict]
        names = {
            t["index"]: t["name"] for t in tokens if type(t.get("index")) is int and "name" in t
        }
        return each_listed(lambda entry: read_spot(entry, names), answer["universe"])
