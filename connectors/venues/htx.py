"""HTX (once Huobi): the `market.SYMBOL.trade.detail` topics; every frame is gzip.

Wire facts: recordings (spot, `api.huobi.pro/ws`). `direction` is the taker's, times are in ms, the
trades of a frame come newest first. `tradeId` steps by one per spot symbol (19 of 19 steps), so
`counts` is true; `id` beside it is longer than 64 bits. Behind the answer to a subscription comes
the symbol's last trade, seconds or days old: history, known by a time before the answer's.

No field tells of trades outside the order book (documentation of spot and of contracts).

Contracts are on other hosts, but recordings of them are read: symbols with upper-case letters.
They have only `id`, which does not count, and sizes in contracts; `quantity`, where it is sent, is
the same in coins. Where it is not, a contract settled in coins is 100 USD of BTC, 10 USD of others.

List of spot symbols: huobiapi.github.io/docs/spot/v1/en, "Get all Supported Trading Symbol(V2)".
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
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
    Reply,
    each_trade,
    json_number,
    malformed,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND, any_id, oldest_first
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Tick

NAME = "htx"
QUOTES = "usdt|usdc|usdd|husd|tusd|usd|btc|eth|trx|ht|eur|gbp|try|brl|rub|uah"
SPOT = re.compile(rf"([^\W_A-Z]{{1,20}}?)({QUOTES})")
CONTRACT = re.compile(r"([^\W_a-z]{1,20})(?:_(CW|NW|CQ|NQ)|-(USDT?)(-[^\W_a-z]{2,6})?)")
"""BTC_CQ (settled in coins; CW…NQ are this and next week and quarter), BTC-USD, BTC-USDT-230630."""
TOPIC = re.compile(r"market\.([\w-]{1,40})\.trade\.detail")
GZIP = b"\x1f\x8b"
LARGEST = 4 * 2**20
"""Bytes of an inflated frame; order books have some 100 KB. Gzip can make 1,000 of each byte."""


class HtxParser(VenueParser):
    """Reads one connection."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._accepted: dict[str, int] = {}
        """When the venue accepted a subscription (ms, its clock), until the first trades of it."""

    def subscribe(self) -> list[Frame]:
        """One topic per frame; the venue takes no more."""
        topics = {s: f"market.{s}.trade.detail" for s in self._symbols}
        return [orjson.dumps({"sub": t, "id": s}).decode() for s, t in topics.items()]

    def feed(self, frame: Frame) -> list[Event]:
        """See `base.Parser.feed`. Recordings may have frames that are not gzip."""
        try:
            raw = inflate(frame) if isinstance(frame, bytes) and frame[:2] == GZIP else frame
            data = orjson.loads(raw)
        except (ValueError, TypeError) as error:
            reason = "not JSON" if isinstance(error, orjson.JSONDecodeError) else str(error)
            return malformed(reason, frame)
        if type(data) is not dict:
            return malformed("not an HTX message", frame)
        channel = data.get("ch")
        topic = TOPIC.fullmatch(channel) if type(channel) is str else None
        if topic is None or "tick" not in data:
            return self._other(data, raw)
        try:
            begin = self._accepted.pop(topic[1], 0)
            if data["ts"] < begin:
                return []
            trades = data["tick"]["data"]
            if type(trades) is not list:
                raise ValueError("trades without a list of them")
            instrument = self._instruments.get(topic[1]) or self._meet(topic[1])
            if any("tradeId" not in t and type(t["id"]) is float for t in trades):
                trades = exact_ids(trades, raw)
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            return malformed(f"trades with a bad or missing {error}", raw)
        events = each_trade(lambda trade: read_trade(trade, instrument), trades, raw)
        ticks = oldest_first([e for e in events if isinstance(e, Tick)])
        return [e for e in events if not isinstance(e, Tick)] + list[Event](ticks)

    def _meet(self, symbol: str) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        if spot := SPOT.fullmatch(symbol):
            instrument = listed(NAME, symbol, spot[1], spot[2], "spot", True)
        elif contract := CONTRACT.fullmatch(symbol):
            dated = contract[2] or contract[4]
            kind: Kind = "future" if dated else "perpetual"
            instrument = listed(NAME, symbol, contract[1], contract[3] or "USD", kind, False)
        else:
            raise ValueError("symbol")
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """Everything that is no trade."""
        if type(ping := data.get("ping")) is int:
            return [Heartbeat(), Reply(orjson.dumps({"pong": ping}).decode())]
        if data.get("status") == "error":
            symbol, reason = data.get("id"), f"{data.get('err-msg', 'no reason given')}"
            return [Refused(symbol if symbol in self._symbols else None, reason)]
        if type(channel := data.get("subbed")) is str and data.get("status") == "ok":
            topic = TOPIC.fullmatch(channel)
            if topic is None:
                return []
            if type(ts := data.get("ts")) is int:
                self._accepted[topic[1]] = ts
            return [Ack(topic[1])]
        known = ("ch", "rep", "unsubbed", "op") if "ping" not in data else ()
        if any(type(data.get(name)) is str for name in known) or data.get("status") == "ok":
            return []
        return malformed("not an HTX message", frame)


def read_trade(trade: Any, instrument: Instrument) -> Tick:
    """One trade. Raises KeyError, ValueError or TypeError."""
    side = trade["direction"]
    if side != "buy" and side != "sell":
        raise ValueError("the direction is neither buy nor sell")
    price, size = json_number(trade["price"]), json_number(trade["amount"])
    if instrument.kind != "spot":
        if "quantity" in trade:
            size = json_number(trade["quantity"])
        elif instrument.quote == "USD":
            size = json_number(size * (100.0 if instrument.base == "BTC" else 10.0) / price)
        else:
            raise ValueError("a trade without 'quantity': its size in coins is not known")
    number = any_id(trade["tradeId"] if "tradeId" in trade else trade["id"])
    return Tick(instrument, price, size, side, number, unix_ns(trade["ts"], MILLISECOND))


def exact_ids(trades: list[Any], raw: Frame) -> list[Any]:
    """The same trades with ids of any length. Slow, but only old frames are without tradeId.

    Raises ValueError or RecursionError.
    """
    exact = json.loads(raw)["tick"]["data"]
    return [{**t, "id": e["id"]} for t, e in zip(trades, exact, strict=True)]


def inflate(frame: bytes) -> bytes:
    """What one gzip member holds. Raises ValueError if it is broken, or larger than `LARGEST`."""
    reader = zlib.decompressobj(wbits=31)
    try:
        raw = reader.decompress(frame, LARGEST)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if not reader.eof or reader.unused_data:
        raise ValueError("gzip that is cut off, has a tail, or is too large")
    return raw


class Htx(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://api.huobi.pro/ws"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=20,
        attempts_window=60,  # no public figure
        lifetime=None,
    )
    gaps_by = "ids"
    rest_url = "https://api.huobi.pro"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query("/v2/settings/common/symbols"),)
    market = VenueMarket("{}usdt", "USDT")
    """USDT markets."""
    listed_under = ("data",)
    parser_type = HtxParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol: `sc`, `bc` and `qc` are the codes of the symbol, the base and the quote."""
        if entry["state"] != "online" or entry["te"] is not True:
            return None
        return self.listed_pair(entry, "sc", "bc", "qc")
