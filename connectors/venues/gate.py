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

from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused
from connectors.venues.fields import text_ms
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack
from connectors.venues.trades import Row, one_trade, reader


class GateParser(VenueParser):
    """Reads one connection."""

    symbol = "currency_pair"
    read = staticmethod(
        reader(Row("price", "amount", "side", "id", "create_time_ms", read_ts=text_ms))
    )

    def _requests(self) -> list[object]:
        """A frame for each pair: an unknown one refuses all that is asked with it.

        `id`, which the answer repeats, is the index of the pair.
        """
        head = {"channel": "spot.trades", "event": "subscribe"}
        return [{"id": n, **head, "payload": [s]} for n, s in enumerate(self._symbols)]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        channel = data.get("channel")
        if type(channel) is not str or not channel.startswith("spot."):
            return self._unknown(frame)
        if channel == "spot.pong":
            return [Heartbeat()]
        if channel != "spot.trades":
            return []
        if data.get("event") == "update":
            return one_trade(self._trade, data.get("result"), frame)
        return self._answer(data, frame)

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("event") not in ("subscribe", "unsubscribe"):
            return self._unknown(frame)
        index, error = data.get("id"), data.get("error")
        symbol = dict(enumerate(self._symbols)).get(index) if type(index) is int else None
        if error is not None:
            reason = error.get("message", "no reason given") if type(error) is dict else error
            return [Refused(symbol, str(reason))]
        return ack(symbol) if data["event"] == "subscribe" else []


class Gate(WebsocketVenue):
    """The venue."""

    name = "gate"
    url = "wss://api.gateio.ws/ws/v4/"
    limits = Limits(
        subscriptions=200,
        messages_per_second=10,  # there is no limit, says Gate
        attempts=60,
        attempts_window=60,  # no public figure but 100 connections per host
        keep_alive=(15.0, '{"channel":"spot.ping"}'),
    )
    forms = (form(rf"{COIN}_{COIN}"),)
    rest_url = "https://api.gateio.ws"
    rest_per_second = 10  # 200 in 10 seconds are allowed
    listing = (Query("/api/v4/spot/currency_pairs"),)
    listed_as = Entry("id", "base", "quote", "trade_status", ("tradable",))
    markets = (VenueMarket("{}_USDT", "USDT"),)
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    parser_type = GateParser
