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
    Notice,
    Page,
    Query,
    Refused,
    each_trade,
    json_number,
    malformed,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import WebsocketVenue
from engine.pricing.coins import listed, own_names
from engine.records import Gap, Instrument, Kind, Side, Tick

NAME = "bitfinex"
SYMBOL = re.compile(r"([^\W_a-z]{3})([^\W_a-z]{3})|([^\W_a-z]{1,20}):([^\W_a-z]{1,20})")
PERPETUAL = "F0"
"""What ends both names of a perpetual."""
SEQUENCE_ALL = 65536
"""The flag that asks for sequence numbers."""
INFO = {
    20051: Notice("the server asks for a new connection", closing=True),
    20060: Notice("maintenance has begun"),
    20061: Notice("maintenance has ended: subscribing anew", closing=True),
}


def instrument_of(pair: str) -> Instrument | None:
    """The instrument of a pair; None where it has no form known here."""
    match = SYMBOL.fullmatch(pair)
    if match is None:
        return None
    base, quote = match[1] or match[3], match[2] or match[4]
    perpetual = base.endswith(PERPETUAL) and quote.endswith(PERPETUAL)
    if perpetual:
        base, quote = base.removesuffix(PERPETUAL), quote.removesuffix(PERPETUAL)
    kind: Kind = "perpetual" if perpetual else "spot"
    return listed(NAME, pair, base, quote, kind, False)


def read_listed(pair: Any) -> Instrument | None:
    """One pair of a list."""
    if listed_name(pair).startswith("TEST"):
        return None
    instrument = instrument_of(pair)
    if instrument is None:
        raise ValueError("the pair is of no form known here")
    return instrument


class BitfinexParser:
    """Reads one connection."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = {i.symbol: i for i in instruments}
        self._symbols = tuple(self._instruments)
        self._channels: dict[int, Instrument | None] = {}
        """By number; None for a channel that is not of trades."""
        self._last_ids: dict[Instrument, str | None] = {}
        self._counting = False
        self._sequence: int | None = None

    def subscribe(self) -> list[Frame]:
        """The wish for sequence numbers, and then a frame for each pair."""
        conf = {"event": "conf", "flags": SEQUENCE_ALL}
        asked = [
            {"event": "subscribe", "channel": "trades", "symbol": f"t{symbol}"}
            for symbol in self._symbols
        ]
        return [orjson.dumps(frame).decode() for frame in (conf, *asked)]

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is dict and type(data.get("event")) is str:
            return self._event(data, frame)
        if type(data) is not list or len(data) < 2 or type(data[0]) is not int:
            return malformed("not a Bitfinex message", frame)
        what = data[1]
        gaps = self._gaps(data, 2 if type(what) is list or what == "hb" else 3)
        if what == "hb":  # may come before the answer to the subscription
            return [*gaps, Heartbeat()]
        if data[0] not in self._channels:
            return gaps + malformed("a channel whose subscription was not answered", frame)
        instrument = self._channels[data[0]]
        if instrument is None or what != "te":
            return gaps
        events = each_trade(lambda trade: self._trade(instrument, trade), data[2:3], frame)
        if not events:
            events = malformed("a trade without its values", frame)
        return gaps + events

    def _gaps(self, data: list[Any], place: int) -> list[Event]:
        """Gaps in all pairs if the sequence number at this place is not the next one."""
        number = data[place] if self._counting and len(data) > place else None
        if type(number) is not int:
            return []
        last, self._sequence = self._sequence, number
        if last is None or number <= last + 1:
            return []
        return [Gap(i, last_id, None, "sequence") for i, last_id in self._last_ids.items()]

    def _trade(self, instrument: Instrument, trade: Any) -> Tick:
        number, ts, amount, price = trade[:4]  # more fields may follow one day
        size = json_number(-amount if type(amount) in (int, float) and amount < 0 else amount)
        side: Side = "buy" if amount > 0 else "sell"
        time = unix_ns(ts, MILLISECOND)
        tick = Tick(instrument, json_number(price), size, side, trade_id(number), time)
        self._last_ids[instrument] = tick.id
        return tick

    def _meet(self, symbol: str) -> Instrument | None:
        """The instrument of a pair that we did not subscribe to."""
        instrument = instrument_of(symbol)
        if instrument is not None:
            self._instruments[symbol] = instrument
        return instrument

    def _event(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What Bitfinex says of our requests and of the connection."""
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
        return (
            [] if event in ("unsubscribed", "pong") else malformed("not a Bitfinex message", frame)
        )

    def _subscribed(self, data: dict[str, Any], pair: str | None, frame: Frame) -> list[Event]:
        """From now on, frames of this channel are understood."""
        if data.get("channel") != "trades":
            self._channels[data["chanId"]] = None
            return []
        instrument = (self._instruments.get(pair) or self._meet(pair)) if pair else None
        if instrument is None:
            return malformed("a subscription to a pair of no form known here", frame)
        self._channels[data["chanId"]] = instrument
        self._last_ids[instrument] = None
        return [Ack(instrument.symbol)]


class Bitfinex(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api-pub.bitfinex.com/ws/2"
    limits = Limits(
        subscriptions=25,
        messages_per_second=5,  # no public figure
        attempts=15,
        attempts_window=60,  # 20 a minute are allowed
        lifetime=None,
    )
    gaps_by = "connection"
    rest_url = "https://api-pub.bitfinex.com"
    rest_per_second = 1  # 90 a minute are allowed (unconfirmed)
    listing = (Query("/v2/conf/pub:list:pair:exchange,pub:list:pair:futures"),)
    parser_type = BitfinexParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """Dollar markets, and USDT and USDC in dollars, which convert prices of other venues."""
        made = []
        for asset, name in own_names(NAME, "spot", (*assets, "USDT", "USDC")):
            if asset != "USD":
                symbol = f"{name}USD" if len(name) == 3 else f"{name}:USD"
                made.append(Instrument(NAME, symbol, asset, "USD", "spot", False))
        return made

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        pairs, perpetuals = answer
        return each_listed(read_listed, pairs + perpetuals)
