"""Bitfinex v2: the `trades` channel.

Wire facts: docs.bitfinex.com/docs/ws-public and recordings. A trade is `[id, ms, amount, price]`;
a positive amount is a taker's purchase. It comes twice, as `te` and then as `tu`: `te` counts. The
array sent on subscribing is history. A frame names its channel by a number that the answer to our
subscription gave.

Ids rise, but are shared by all pairs, so `counts` is false. Instead we ask for sequence numbers:
they count all frames of the connection, and a hole is a gap in each of its pairs.

No mark tells of trades outside the order book: a trade has four fields, and liquidations are in
another channel (`status`), of positions and not of trades.

Symbols are the venue's `pair`, without the t for trading: BTCUSD, DOGE:USD, BTCF0:USTF0 (the
perpetual).

List of symbols: docs.bitfinex.com/reference/rest-public-conf; two lists of pairs in one answer.
What is not listed does not trade. TESTBTC and the like are traded with play money: left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from connectors.venues.base import Limits, Page, Query
from connectors.venues.events import Ack, Event, Frame, Heartbeat, Notice, Refused, malformed
from connectors.venues.fields import json_number, trade_id, unix_ms
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import COIN, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.trades import SIDES, each_trade
from engine.records import Gap, Instrument, Tick

SEQUENCE_ALL = 65536
"""The flag that asks for sequence numbers."""
INFO = {
    20051: Notice("the server asks for a new connection", closing=True),
    20060: Notice("maintenance has begun"),
    20061: Notice("maintenance has ended: subscribing anew", closing=True),
}


class BitfinexParser(VenueParser):
    """Reads one connection."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._channels: dict[int, Instrument | None] = {}
        """By number; None for a channel that is not of trades."""
        self._last_ids: dict[Instrument, str | None] = {}
        self._counting = False
        self._sequence: int | None = None

    def _requests(self) -> list[object]:
        """The wish for sequence numbers, and then a frame for each pair."""
        asked = {"event": "subscribe", "channel": "trades"}
        return [
            {"event": "conf", "flags": SEQUENCE_ALL},
            *({**asked, "symbol": f"t{symbol}"} for symbol in self._symbols),
        ]

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is dict and type(data.get("event")) is str:
            return self._event(data, frame)
        if type(data) is not list or len(data) < 2 or type(data[0]) is not int:
            return self._unknown(frame)
        what = data[1]
        gaps = self._gaps(data, 2 if type(what) is list or what == "hb" else 3)
        if what == "hb":  # may come before the answer to the subscription
            return [*gaps, Heartbeat()]
        if data[0] not in self._channels:
            return gaps + malformed("a channel whose subscription was not answered", frame)
        instrument = self._channels[data[0]]
        if instrument is None or what != "te":
            return gaps
        events = each_trade(lambda trade: self._live(instrument, trade), data[2:3], frame)
        return gaps + (events or malformed("a trade without its values", frame))

    def _gaps(self, data: list[Any], place: int) -> list[Event]:
        """Gaps in all pairs if the sequence number at this place is not the next one."""
        number = data[place] if self._counting and len(data) > place else None
        if type(number) is not int:
            return []
        last, self._sequence = self._sequence, number
        if last is None or number <= last + 1:
            return []
        return [Gap(i, last_id, None, "sequence") for i, last_id in self._last_ids.items()]

    def _live(self, instrument: Instrument, trade: Any) -> Tick:
        number, ts, amount, price = trade[:4]  # more fields may follow one day
        sold = type(amount) in (int, float) and amount < 0
        size, side = json_number(-amount if sold else amount), SIDES["sell" if sold else "buy"]
        tick = Tick(instrument, json_number(price), size, side, trade_id(number), unix_ms(ts))
        self._last_ids[instrument] = tick.id
        return tick

    def _event(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        event, symbol = data["event"], data.get("symbol")
        pair = symbol.removeprefix("t") if type(symbol) is str else None
        if event == "info" and "platform" in data:  # a connection begins
            self._channels.clear()
            self._counting, self._sequence = False, None
            return []
        if event == "info" and type(data.get("code")) is int:
            return [INFO.get(data["code"], Notice(f"info {data['code']}: {data.get('msg')}"))]
        if event == "conf":
            flags = data.get("flags")
            self._counting = type(flags) is int and flags & SEQUENCE_ALL != 0
            return []
        if event == "error":
            return [Refused(pair, f"{data.get('msg', 'no reason given')} ({data.get('code')})")]
        if event == "subscribed" and type(data.get("chanId")) is int:
            return self._subscribed(data, pair, frame)
        return [] if event in ("unsubscribed", "pong") else self._unknown(frame)

    def _subscribed(self, data: dict[str, Any], pair: str | None, frame: Frame) -> list[Event]:
        """From now on, frames of this channel are understood."""
        if data.get("channel") != "trades":
            self._channels[data["chanId"]] = None
            return []
        try:
            instrument = self._instrument(pair)
        except ValueError as error:
            return malformed(str(error), frame)
        self._channels[data["chanId"]] = instrument
        self._last_ids[instrument] = None
        return [Ack(instrument.symbol)]


class Bitfinex(WebsocketVenue):
    """The venue."""

    name = "bitfinex"
    url = "wss://api-pub.bitfinex.com/ws/2"
    limits = Limits(
        subscriptions=25,
        messages_per_second=5,  # no public figure
        attempts=15,
        attempts_window=60,  # 20 a minute are allowed
    )
    gaps_by = "connection"
    forms = (
        form(rf"{COIN}F0:{COIN}F0", "perpetual"),
        form(r"([^\W_a-z]{3})([^\W_a-z]{3})"),
        form(rf"{COIN}:{COIN}"),
    )
    rest_url = "https://api-pub.bitfinex.com"
    rest_per_second = 1  # 90 a minute are allowed (unconfirmed)
    listing = (Query("/v2/conf/pub:list:pair:exchange,pub:list:pair:futures"),)
    markets = (VenueMarket("{}:USD", "USD"),)
    """Dollar markets, and USDT and USDC in dollars, which convert prices of other venues."""
    converts = ("USDT", "USDC")
    parser_type = BitfinexParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """Two names of three letters have no separator."""
        made = super().instruments(assets)
        return [
            i._replace(symbol=i.symbol.replace(":", "")) if len(i.symbol) == 7 else i for i in made
        ]

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        pairs, perpetuals = answer
        return each_listed(self.read_listed, pairs + perpetuals)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One pair of a list."""
        pair = listed_name(entry)
        return None if pair.startswith("TEST") else self.instrument_of(pair)
