"""KuCoin spot: the `/market/match` topics.

Wire facts: kucoin.com/docs-new (websocket), and recordings. Before each connection a token is asked
for by HTTP: `token_url` says where, `connection` reads the answer. `side` is the taker's, `time`
is text in ns. `tradeId` is no counter, and `sequence` is shared with the order book, so lost trades
do not show: `counts` is false. No mark tells of trades outside the order book: the topic is what
the matching engine matched (its `type` is always match). No old trades come on subscribing.

Futures have topics and hosts of their own. Their sizes are in lots whose worth is not on the wire.

List of symbols: kucoin.com/docs-new, "Get All Symbols".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    GapsBy,
    Heartbeat,
    Limits,
    Page,
    Query,
    Refused,
    each_trade,
    malformed,
    text_id,
    text_number,
    text_unix_ns,
)
from connectors.venues.listing import each_listed, listed_name
from engine.pricing.coins import listed, own_names
from engine.types import Instrument, Tick

NAME = "kucoin"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})-([^\W_a-z]{1,20})")
REST = "https://api.kucoin.com"
TOKEN_PATH = "/api/v1/bullet-public"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MATCH = "/market/match:"
FUTURES_MATCH = "/contractMarket/execution:"


class Kucoin:
    """The venue."""

    name = NAME
    url = "wss://ws-api-spot.kucoin.com/"
    limits = Limits(
        subscriptions=280,  # 300 topics are allowed
        messages_per_second=8,  # 100 in 10 seconds are allowed
        attempts=20,
        attempts_window=60,  # 30 in a minute
        lifetime=23.5 * 3600,  # cut after 24 h, when the token ends
        keep_alive=(18.0, '{"id":"keep-alive","type":"ping"}'),  # cut after 60 s without
    )
    gaps_by: GapsBy = "silence"
    rest_url = REST
    rest_per_second = 5  # 2,000 of weight in 30 seconds; the list weighs 4 (unconfirmed)
    listing = (Query("/api/v2/symbols"),)

    def token_url(self, base_url: str | None) -> str | None:
        """Where to ask for a token, by a POST without a body and without credentials.

        `base_url` replaces KuCoin's REST interface if it is `http://` or `https://`. If it is a
        websocket (a simulation, a playback), that is connected to without a token: None.
        """
        if base_url is None:
            return f"{REST}{TOKEN_PATH}"
        rest = base_url.startswith(("http://", "https://"))
        return f"{base_url.rstrip('/')}{TOKEN_PATH}" if rest else None

    def connection(self, answer: Frame, connect_id: str) -> tuple[str, float]:
        """The URL to connect to and the seconds between pings, from the answer to that.

        `connect_id` is ours to choose, unique to the connection. Raises ValueError where the answer
        is no token, with what it says. A websocket without TLS is accepted on the loopback only.
        """
        try:
            data = orjson.loads(answer)
            if data["code"] != "200000":
                raise ValueError(f"{data.get('msg', 'no reason given')}")
            token, server = data["data"]["token"], data["data"]["instanceServers"][0]
            url, every = server["endpoint"], server["pingInterval"] / 1000
            if type(token) is not str or not token.isprintable() or " " in token or "&" in token:
                raise ValueError("the token has another form")
            local = url.startswith("ws://") and urlsplit(url).hostname in LOOPBACK
            if not (local or url.startswith("wss://")) or not 1.0 <= every <= 600.0:
                raise ValueError("the server is no secure websocket with a ping interval")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"no KuCoin token: {error}") from error
        return f"{url}?token={token}&connectId={connect_id}", every

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """USDT markets."""
        return [
            Instrument(NAME, f"{own}-USDT", asset, "USDT", "spot", False)
            for asset, own in own_names(NAME, "spot", assets)
            if asset not in ("USDT", "USD")
        ]

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """Without the token."""
        return base_url

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        return each_listed(read_listed, answer["data"])

    def parser(self, instruments: Sequence[Instrument]) -> KucoinParser:
        """See `connectors.venues.base.Venue.parser`."""
        return KucoinParser(instruments)


def read_listed(entry: Any) -> Instrument | None:
    """One symbol."""
    if entry["enableTrading"] is not True:
        return None
    names = ("symbol", "baseCurrency", "quoteCurrency")
    symbol, base, quote = (listed_name(entry[name]) for name in names)
    return listed(NAME, symbol, base, quote, "spot", False)


class KucoinParser:
    """Reads one connection."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = {i.symbol: i for i in instruments}
        self._symbols = tuple(self._instruments)

    def subscribe(self) -> list[Frame]:
        """A frame for each symbol: one unknown symbol refuses the whole frame it is in."""
        return [
            orjson.dumps(
                {"id": s, "type": "subscribe", "topic": f"{MATCH}{s}", "response": True}
            ).decode()
            for s in self._symbols
        ]

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is not dict:
            return malformed("not a KuCoin message", frame)
        topic = data.get("topic")
        if data.get("type") != "message" or type(topic) is not str:
            return self._other(data, frame)
        if topic.startswith(MATCH):
            return each_trade(self._trade, (data.get("data"),), frame)
        if topic.startswith(FUTURES_MATCH):
            return malformed("a futures trade: the worth of its lots is not known", frame)
        return []

    def _trade(self, trade: Any) -> Tick:
        symbol, side = trade["symbol"], trade["side"]
        if side != "buy" and side != "sell":
            raise ValueError("the side is neither buy nor sell")
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["price"]),
            text_number(trade["size"]),
            side,
            text_id(trade["tradeId"]),
            text_unix_ns(trade["time"], 1),
        )

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the symbol is not BASE-QUOTE")
        base, quote = match.groups()
        instrument = listed(NAME, symbol, base, quote, "spot", False)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is not of a topic. Answers carry the id of the request: the symbol."""
        kind, symbol = data.get("type"), data.get("id")
        asked = symbol if symbol in self._symbols else None
        if kind == "ack":
            return [Ack(asked)] if asked is not None else []
        if kind == "pong":
            return [Heartbeat()]
        if kind == "error":
            return [Refused(asked, f"{data.get('data', 'no reason given')}")]
        return [] if kind == "welcome" else malformed("not a KuCoin message", frame)
