"""Gate v4: the `spot.trades` channel.

Wire facts: gate.io/docs/developers/apiv4/ws and recordings. `side` is the taker's, numbers are
text, and so is `create_time_ms`, with a decimal fraction of a ms. Ids rise, but are shared by all
pairs: `counts` is false.

No field of a spot trade tells of one outside the order book. (Trades of futures have `is_internal`,
for what the insurance fund or a deleveraging took over.)

Futures are another endpoint of Gate, with contracts whose size is not on the wire: not read here.

List of symbols: gate.io/docs/developers/apiv4, `spot/currency_pairs`.
"""

from __future__ import annotations

import re
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
    each_trade,
    malformed,
    text_number,
    text_unix_ns,
    trade_id,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.records import Instrument, Tick

NAME = "gate"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})_([^\W_a-z]{1,20})")


class GateParser(VenueParser):
    """Reads one connection."""

    venue = NAME
    message = "not a message of Gate's spot markets"
    pair = SYMBOL
    pair_error = "the pair is not BASE_QUOTE"

    def subscribe(self) -> list[Frame]:
        """A frame for each pair: an unknown one refuses all that is asked with it.

        `id`, which the answer repeats, is the index of the pair.
        """
        frames: list[Frame] = []
        for index, symbol in enumerate(self._symbols):
            frame = {"id": index, "channel": "spot.trades", "event": "subscribe"}
            frames.append(orjson.dumps(frame | {"payload": [symbol]}).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        channel = data.get("channel")
        if type(channel) is not str or not channel.startswith("spot."):
            return malformed(self.message, frame)
        if channel == "spot.pong":
            return [Heartbeat()]
        if channel != "spot.trades":
            return []
        if data.get("event") == "update":
            return each_trade(self._trade, (data.get("result"),), frame)
        return self._answer(data, frame)

    def _trade(self, trade: Any) -> Tick:
        symbol, side = trade["currency_pair"], trade["side"]
        if side != "buy" and side != "sell":
            raise ValueError("the side is neither buy nor sell")
        return Tick(
            self._instruments.get(symbol) or self._meet(symbol),
            text_number(trade["price"]),
            text_number(trade["amount"]),
            side,
            trade_id(trade["id"]),
            text_unix_ns(trade["create_time_ms"], MILLISECOND),
        )

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What Gate says of our requests."""
        if data.get("event") not in ("subscribe", "unsubscribe"):
            return malformed(self.message, frame)
        index, error = data.get("id"), data.get("error")
        symbol = None
        if type(index) is int and 0 <= index < len(self._symbols):
            symbol = self._symbols[index]
        if error is not None:
            reason = error.get("message", "no reason given") if type(error) is dict else error
            return [Refused(symbol, str(reason))]
        return [] if symbol is None or data["event"] != "subscribe" else [Ack(symbol)]


class Gate(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api.gateio.ws/ws/v4/"
    limits = Limits(
        subscriptions=200,
        messages_per_second=10,  # there is no limit, says Gate
        attempts=60,
        attempts_window=60,  # no public figure but 100 connections per host
        lifetime=None,
        keep_alive=(15.0, '{"channel":"spot.ping"}'),
    )
    rest_url = "https://api.gateio.ws"
    rest_per_second = 10  # 200 in 10 seconds are allowed
    listing = (Query("/api/v4/spot/currency_pairs"),)
    market = VenueMarket("{}_USDT", "USDT")
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    parser_type = GateParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One pair."""
        if entry["trade_status"] != "tradable":
            return None
        return self.listed_pair(entry, "id", "base", "quote")
