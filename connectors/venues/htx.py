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

from connectors.venues.base import MOST_SYMBOLS, Limits, Query
from connectors.venues.events import Ack, Event, Frame, Heartbeat, Refused, Reply, malformed
from connectors.venues.fields import any_id, json_number
from connectors.venues.shared import (
    COIN,
    Entry,
    Form,
    VenueMarket,
    VenueParser,
    WebsocketVenue,
    form,
)
from connectors.venues.subscribing import dumps
from connectors.venues.trades import Row, each_oldest_first, reader
from engine.records import Instrument, Tick

QUOTES = "usdt|usdc|usdd|husd|tusd|usd|btc|eth|trx|ht|eur|gbp|try|brl|rub|uah"
TOPIC = re.compile(r"market\.([\w-]{1,40})\.trade\.detail")
GZIP = b"\x1f\x8b"
LARGEST = 4 * 2**20
"""Bytes of an inflated frame; order books have some 100 KB. Gzip can make 1,000 of each byte."""
ROW = Row("price", "amount", "direction", "tradeId", "ts", number=json_number, read_id=any_id)
read_counted, read_old = reader(ROW), reader(ROW._replace(id="id"))


class HtxParser(VenueParser):
    """Reads one connection."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._accepted: dict[str, int] = {}
        """When the venue accepted a subscription (ms, its clock), until the first trades of it."""

    def _requests(self) -> list[object]:
        """One topic per frame; the venue takes no more."""
        return [{"sub": f"market.{s}.trade.detail", "id": s} for s in self._symbols]

    def feed(self, frame: Frame) -> list[Event]:
        """See `base.Parser.feed`. Recordings may have frames that are not gzip."""
        if isinstance(frame, bytes) and frame[:2] == GZIP:
            try:
                frame = inflate(frame)
            except ValueError as error:
                return malformed(str(error), frame)
        return super().feed(frame)

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        channel = data.get("ch")
        topic = TOPIC.fullmatch(channel) if type(channel) is str else None
        if topic is None or "tick" not in data:
            return self._other(data, frame)
        try:
            begin = self._accepted.pop(topic[1], 0)
            if data["ts"] < begin:
                return []
            trades = data["tick"]["data"]
            instrument = self._instrument(topic[1])
            if any("tradeId" not in t and type(t["id"]) is float for t in trades):
                trades = exact_ids(trades, frame)
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            return malformed(f"trades with a bad or missing {error}", frame)
        return each_oldest_first(lambda trade: read_trade(instrument, trade), trades, frame)

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if type(ping := data.get("ping")) is int:
            return [Heartbeat(), Reply(dumps({"pong": ping}))]
        if data.get("status") == "error":
            reason = f"{data.get('err-msg', 'no reason given')}"
            return [Refused(self._ours(data.get("id")), reason)]
        if type(channel := data.get("subbed")) is str and data.get("status") == "ok":
            topic = TOPIC.fullmatch(channel)
            if topic is None:
                return []
            if type(ts := data.get("ts")) is int and len(self._accepted) < MOST_SYMBOLS:
                self._accepted[topic[1]] = ts
            return [Ack(topic[1])]
        known = ("ch", "rep", "unsubbed", "op") if "ping" not in data else ()
        if any(type(data.get(name)) is str for name in known) or data.get("status") == "ok":
            return []
        return self._unknown(frame)


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """One trade. Raises what `each_trade` allows."""
    tick = (read_counted if "tradeId" in trade else read_old)(instrument, trade)
    if instrument.kind == "spot":
        return tick
    if "quantity" in trade:
        return tick._replace(size=json_number(trade["quantity"]))
    if instrument.quote != "USD":
        raise ValueError("a trade without 'quantity': its size in coins is not known")
    dollars = tick.size * (100.0 if instrument.base == "BTC" else 10.0)
    return tick._replace(size=json_number(dollars / tick.price))


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

    name = "htx"
    url = "wss://api.huobi.pro/ws"
    limits = Limits(
        subscriptions=100,
        messages_per_second=5,  # no public figure
        attempts=20,
        attempts_window=60,  # no public figure
    )
    gaps_by = "ids"
    forms = (
        form(rf"([^\W_A-Z]{{1,20}}?)({QUOTES})"),
        form(rf"{COIN}_(?:CW|NW|CQ|NQ)", "future", "USD"),
        form(rf"{COIN}-(USDT?)", "perpetual"),
        form(rf"{COIN}-(USDT?)-[^\W_a-z]{{2,6}}", "future"),
    )
    """btcusdt; BTC_CQ (settled in coins; CW…NQ are this and next week and quarter), BTC-USD,
    BTC-USDT-230630."""
    rest_url = "https://api.huobi.pro"
    rest_per_second = 5  # 10 are allowed per address (unconfirmed)
    listing = (Query("/v2/settings/common/symbols"),)
    listed_under = ("data",)
    listed_as = Entry("sc", "bc", "qc", "state", ("online",))
    """The codes of the symbol, the base and the quote."""
    markets = (VenueMarket("{}usdt", "USDT"),)
    """USDT markets."""
    parser_type = HtxParser

    def trades_now(self, entry: Any) -> bool:
        """Whether a symbol is online, and trading enabled."""
        return super().trades_now(entry) and entry["te"] is True

    def instrument_of(self, symbol: Any, forms: Sequence[Form] | None = None) -> Instrument:
        """Only the ids of spot markets count."""
        found = super().instrument_of(symbol, forms)
        return found if found.kind == "spot" else found._replace(counts=False)
