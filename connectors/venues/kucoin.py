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

from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused, malformed
from connectors.venues.fields import text_id, text_ns
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack
from connectors.venues.trades import Row, one_trade, reader

REST = "https://api.kucoin.com"
TOKEN_PATH = "/api/v1/bullet-public"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MATCH = "/market/match:"
FUTURES_MATCH = "/contractMarket/execution:"


class KucoinParser(VenueParser):
    """Reads one connection."""

    symbol = "symbol"
    read = staticmethod(
        reader(Row("price", "size", "side", "tradeId", "time", read_id=text_id, read_ts=text_ns))
    )

    def _requests(self) -> list[object]:
        """A frame for each symbol: one unknown symbol refuses the whole frame it is in."""
        return [
            {"id": s, "type": "subscribe", "topic": f"{MATCH}{s}", "response": True}
            for s in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        topic = data.get("topic")
        if data.get("type") != "message" or type(topic) is not str:
            return self._other(data, frame)
        if topic.startswith(MATCH):
            return one_trade(self._trade, data.get("data"), frame)
        if topic.startswith(FUTURES_MATCH):
            return malformed("a futures trade: the worth of its lots is not known", frame)
        return []

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is not of a topic. Answers carry the id of the request: the symbol."""
        kind, asked = data.get("type"), self._ours(data.get("id"))
        if kind == "ack":
            return ack(asked)
        if kind == "pong":
            return [Heartbeat()]
        if kind == "error":
            return [Refused(asked, f"{data.get('data', 'no reason given')}")]
        return [] if kind == "welcome" else self._unknown(frame)


class Kucoin(WebsocketVenue):
    """The venue."""

    name = "kucoin"
    url = "wss://ws-api-spot.kucoin.com/"
    limits = Limits(
        subscriptions=280,  # 300 topics are allowed
        messages_per_second=8,  # 100 in 10 seconds are allowed
        attempts=20,
        attempts_window=60,  # 30 in a minute
        lifetime=23.5 * 3600,  # cut after 24 h, when the token ends
        keep_alive=(18.0, '{"id":"keep-alive","type":"ping"}'),  # cut after 60 s without
    )
    forms = (form(rf"{COIN}-{COIN}"),)
    rest_url = REST
    rest_per_second = 5  # 2,000 of weight in 30 seconds; the list weighs 4 (unconfirmed)
    listing = (Query("/api/v2/symbols"),)
    listed_under = ("data",)
    listed_as = Entry("symbol", "baseCurrency", "quoteCurrency", "enableTrading", (True,))
    markets = (VenueMarket("{}-USDT", "USDT"),)
    """USDT markets."""
    parser_type = KucoinParser

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
