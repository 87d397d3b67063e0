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
from collections.abc import Iterable, Sequence
from typing import Any

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
    text_number,
    text_unix_ns,
    trade_id,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import each_listed, listed_name
from engine.pricing.coins import listed, own_names
from engine.types import Instrument, Tick

NAME = "gate"
SYMBOL = re.compile(r"([^\W_a-z]{1,20})_([^\W_a-z]{1,20})")


class Gate:
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
    gaps_by: GapsBy = "silence"
    rest_url = "https://api.gateio.ws"
    rest_per_second = 10  # 200 in 10 seconds are allowed
    listing = (Query("/api/v4/spot/currency_pairs"),)

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """USDT markets. USDT itself is priced on venues that trade dollars."""
        return [
            Instrument(NAME, f"{own}_USDT", asset, "USDT", "spot", False)
            for asset, own in own_names(NAME, "spot", assets)
            if asset not in ("USDT", "USD")
        ]

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The same for all."""
        return base_url

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        return each_listed(read_listed, answer)

    def parser(self, instruments: Sequence[Instrument]) -> GateParser:
        """See `connectors.venues.base.Venue.parser`."""
        return GateParser(instruments)


def read_listed(entry: Any) -> Instrument | None:
    """One pair."""
    if entry["trade_status"] != "tradable":
        return None
    symbol, base, quote = (listed_name(entry[name]) for name in ("id", "base", "quote"))
    return listed(NAME, symbol, base, quote, "spot", False)


class GateParser:
    """Reads one connection."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = {i.symbol: i for i in instruments}
        self._symbols = tuple(self._instruments)

    def subscribe(self) -> list[Frame]:
        """A frame for each pair: an unknown one refuses all that is asked with it.

        `id`, which the answer repeats, is the index of the pair.
        """
        frames: list[Frame] = []
        for index, symbol in enumerate(self._symbols):
            frame = {"id": index, "channel": "spot.trades", "event": "subscribe"}
            frames.append(orjson.dumps(frame | {"payload": [symbol]}).decode())
        return frames

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        channel = data.get("channel") if type(data) is dict else None
        if type(channel) is not str or not channel.startswith("spot."):
            return malformed("not a message of Gate's spot markets", frame)
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

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a pair that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the pair is not BASE_QUOTE")
        instrument = listed(NAME, symbol, match[1], match[2], "spot", False)
        self._instruments[symbol] = instrument
        return instrument

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What Gate says of our requests."""
        if data.get("event") not in ("subscribe", "unsubscribe"):
            return malformed("not a message of Gate's spot markets", frame)
        index, error = data.get("id"), data.get("error")
        symbol = None
        if type(index) is int and 0 <= index < len(self._symbols):
            symbol = self._symbols[index]
        if error is not None:
            reason = error.get("message", "no reason given") if type(error) is dict else error
            return [Refused(symbol, str(reason))]
        return [] if symbol is None or data["event"] != "subscribe" else [Ack(symbol)]
