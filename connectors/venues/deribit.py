"""Deribit: the `trades.INSTRUMENT.100ms` channels of the JSON-RPC websocket.

Wire facts: docs.deribit.com, and recordings. `direction` is the taker's, times are in ms.
`trade_id` is text, unique within a currency: it does not count the trades of one instrument, so
`counts` is false. `trade_seq` does step by one per instrument: it shows what was left out while the
connection stays, and it is what a backfill asks for.

History: by time up to the last known trade, from there on by `trade_seq`, which proves what is
complete. An address without a login may ask for the trades of the last 24 hours.

Trades outside an instrument's order book are marked (docs.deribit.com, trades channels):
`block_trade_id` and `block_rfq_id` for negotiated ones, `combo_id` for the leg of a combination,
whose price follows from that of the combination. They take a `trade_seq` like others. A
`liquidation` was matched in the book.

`amount` is in USD for inverse perpetuals and futures (BTC-PERPETUAL), which we divide by the price,
and in coins for all others. Options without a quote in their name are priced in the coin itself.
The venue says nothing of old trades on subscribing. An unknown channel is missing in its answer.

List of symbols: docs.deribit.com, `public/get_instruments`; `currency=any` means all.
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
    Query,
    Refused,
    Reply,
    each_trade,
    json_number,
    loose_number,
    malformed,
    text_id,
    trade_id,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.history import HistoryError, Missed, Pages, head, readable
from connectors.venues.listing import listed_name
from connectors.venues.sequential_ids import SequenceNumbers
from connectors.venues.shared import VenueParser, WebsocketVenue
from engine.pricing.coins import listed, of_one_coin, own_names
from engine.records import Instrument, Kind, Side, Tick

NAME = "deribit"
SYMBOL = re.compile(
    r"([^\W_a-z]{1,20})(?:_([^\W_a-z]{1,20}))?"
    r"(?:-(?:(PERPETUAL)|([0-9]{1,2}[A-Z]{3}[0-9][0-9])(-[0-9d]{1,12}-[CP])?))?"
)
"""BTC-PERPETUAL, BTC_USDC-PERPETUAL, BTC-26MAR21, BTC-26MAR21-62000-C, XRP_USDC-…-0d625-C, and
BTC_USDC for spot.

Combinations of these (BTC-FS-…) have another form: their prices are differences.
"""
INVERSE = ("BTC", "ETH")
"""Currencies with a perpetual that is settled in the coin."""
BATCH = 100
"""Channels in one request: 4 KB, of 32 KB allowed; requests to subscribe are few a second."""
HISTORY_PAGE = 1000
"""Trades in one answer; the most allowed."""
HEARTBEAT_EVERY = 30
"""Seconds; from 10 on are allowed."""
HEARTBEAT_REQUEST, TEST_REQUEST = 1_000_001, 1_000_002
"""Request ids beside those of the subscriptions, which count from 1."""
SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}
OFF_BOOK = ("block_trade_id", "block_rfq_id", "combo_id")
"""Fields that only trades outside the instrument's order book have."""
KINDS: dict[str, Kind] = {"spot": "spot", "future": "future", "option": "option"}
"""By `kind`; a perpetual is a future there."""


class DeribitPages:
    """See `connectors.venues.history.Pages`. Ids have no order here, `trade_seq` has."""

    def __init__(self, missed: Missed, after: Tick) -> None:
        self._missed, self._after = missed, after
        self._through: int | None = None
        """`trade_seq` up to which all trades have come."""
        self.complete = False

    def request(self) -> Query:
        """By time until the last known trade is found."""
        path = "/api/v2/public/get_last_trades_by_instrument"
        params: dict[str, str | int] = {
            "instrument_name": self._missed.instrument.symbol,
            "count": HISTORY_PAGE,
            "sorting": "asc",
        }
        if self._through is None:
            params["start_timestamp"] = self._missed.last_ts // MILLISECOND
            params["end_timestamp"] = self._after.ts // MILLISECOND
            return Query(path + "_and_time", params)
        params["start_seq"], params["end_seq"] = self._through + 1, self._through + HISTORY_PAGE
        return Query(path, params)

    def take(self, answer: Any) -> list[Tick]:
        """See `connectors.venues.history.Pages.take`."""
        found = dict(readable(self._trades, answer))
        if self._through is not None:
            return self._follow(found, self._through)
        known = [seq for seq, tick in found.items() if tick.id == self._missed.last_id]
        if not known:
            raise HistoryError(f"trade {self._missed.last_id} is not in the answer")
        self._through = known[0]
        return self._follow(found, known[0]) if known[0] + 1 in found else []

    def _follow(self, found: dict[int, Tick], through: int) -> list[Tick]:
        """The trades after `through` without a hole, up to the one that is known again."""
        run = []
        while not self.complete and (tick := found.get(through + 1)) is not None:
            if tick.id == self._after.id:
                self.complete = True
            elif tick.ts > self._after.ts:
                raise HistoryError(f"trade {self._after.id} is not in the answer")
            else:
                run.append(tick)
                through += 1
        if not run and not self.complete:
            raise HistoryError(f"trade_seq {through + 1} is not in the answer")
        self._through = through
        return [tick for tick in run if not tick.off_book]

    def _trades(self, answer: Any) -> list[tuple[int, Tick]]:
        """Ticks with their `trade_seq`."""
        if "error" in answer:
            raise HistoryError(f"Deribit says {head(answer['error'])}")
        return [self._past_trade(trade) for trade in answer["result"]["trades"]]

    def _past_trade(self, trade: Any) -> tuple[int, Tick]:
        instrument = self._missed.instrument
        if trade["instrument_name"] != instrument.symbol:
            raise HistoryError(f"another instrument than {instrument.symbol}: {head(trade)}")
        return read_sequence(trade), of_one_coin(read_trade(instrument, trade))


class DeribitParser(VenueParser):
    """Reads one connection."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._asked: dict[int, tuple[str, ...]] = {}
        self._numbers = SequenceNumbers()

    def subscribe(self) -> list[Frame]:
        """Heartbeats first, then one request per `BATCH` instruments."""
        params: dict[str, Any] = {"interval": HEARTBEAT_EVERY}
        frames: list[Frame] = [request("public/set_heartbeat", params, HEARTBEAT_REQUEST)]
        for start in range(0, len(self._symbols), BATCH):
            symbols = self._symbols[start : start + BATCH]
            number = len(self._asked) + 1
            self._asked[number] = symbols
            params = {"channels": [f"trades.{s}.100ms" for s in symbols]}
            frames.append(request("public/subscribe", params, number))
        return frames

    def feed(self, frame: Frame) -> list[Event]:
        """See `connectors.venues.base.Parser.feed`."""
        try:
            data = orjson.loads(frame)
        except (ValueError, TypeError):
            return malformed("not JSON", frame)
        if type(data) is not dict or data.get("jsonrpc") != "2.0":
            return malformed("not a Deribit message", frame)
        params = data.get("params")
        if data.get("method") != "subscription" or type(params) is not dict:
            return self._other(data, params, frame)
        channel = params.get("channel")
        if type(channel) is str and not channel.startswith("trades."):
            return []
        if type(channel) is not str or type(params.get("data")) is not list:
            return malformed("a channel without name, or trades without a list", frame)
        return self._live(params["data"], frame)

    def _live(self, trades: list[Any], frame: Frame) -> list[Event]:
        """Trades, and before one a Gap where `trade_seq` says that others are missing there."""
        sequence: list[int] = []

        def read(trade: Any) -> Tick:
            seq, symbol = read_sequence(trade), trade["instrument_name"]
            tick = read_trade(self._instruments.get(symbol) or self._meet(symbol), trade)
            sequence.append(seq)
            return tick

        events: list[Event] = []
        numbers = iter(sequence)
        for event in each_trade(read, trades, frame):
            if isinstance(event, Tick):
                events += self._numbers.missing(event, next(numbers))
            events.append(event)
        return events

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a name that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None or (match[2] is None and "-" not in symbol):
            raise ValueError("the instrument's name is none that we know")
        base, quote, perpetual, expiry, option = match.groups()
        kind: Kind = "perpetual" if perpetual else "future" if expiry else "spot"
        if option:
            kind = "option"
        quote = quote or (base if option else "USD")
        instrument = listed(NAME, symbol, base, quote, kind, False)
        self._instruments[symbol] = instrument
        return instrument

    def _other(self, data: dict[str, Any], params: Any, frame: Frame) -> list[Event]:
        """Everything that is not of a channel."""
        if data.get("method") == "heartbeat" and type(params) is dict:
            if params.get("type") == "test_request":
                return [Heartbeat(), Reply(request("public/test", {}, TEST_REQUEST))]
            return [Heartbeat()]
        number = data.get("id")
        symbols = self._asked.pop(number, ()) if type(number) is int else ()
        if "error" in data:
            reason = f"{data['error']}"
            return [Refused(symbol, reason) for symbol in symbols] or [Refused(None, reason)]
        result = data.get("result")
        if type(result) is list:
            parts = [c.split(".") for c in result if type(c) is str and c.startswith("trades.")]
            accepted = [p[1] for p in parts if len(p) == 3]
            refused = [s for s in symbols if s not in accepted]
            missing = "the venue did not take it; does it list it?"
            return [*map(Ack, accepted), *(Refused(s, missing) for s in refused)]
        return [] if "result" in data else malformed("not a Deribit message", frame)


def read_sequence(trade: Any) -> int:
    """The number of a trade among those of its instrument. Raises what `each_trade` allows."""
    seq: int = trade["trade_seq"]
    trade_id(seq)
    return seq


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the websocket or of the REST interface. Raises what `each_trade` allows."""
    side = SIDES.get(str(trade.get("direction")))
    number, ts = text_id(trade["trade_id"]), unix_ns(trade["timestamp"], MILLISECOND)
    if any(trade.get(field) is not None for field in OFF_BOOK):
        price, size = loose_number(trade.get("price")), loose_number(trade.get("amount"))
        if instrument.quote == "USD":
            size = loose_number(size / price) if price else 0.0
        return Tick(instrument, price, size, side, number, ts, off_book=True)
    if trade["direction"] not in ("buy", "sell"):
        raise ValueError("the direction is neither buy nor sell")
    price, amount = json_number(trade["price"]), json_number(trade["amount"])
    # Only inverse contracts are quoted in USD; what is linear is quoted in USDC or the like.
    size = json_number(amount / price) if instrument.quote == "USD" else amount
    return Tick(instrument, price, size, side, number, ts)


def request(method: str, params: dict[str, Any], number: int) -> str:
    """A JSON-RPC request."""
    body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return orjson.dumps(body).decode()


class Deribit(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://www.deribit.com/ws/api/v2"
    limits = Limits(
        subscriptions=200,  # 500 channels are allowed
        messages_per_second=3,
        attempts=20,
        attempts_window=60,  # 32 connections per address at one time
        lifetime=None,
    )
    gaps_by = "sequence"
    rest_url = "https://www.deribit.com"
    rest_per_second = 2.0  # far below the 20 that public requests may come to (unconfirmed)
    listing = (Query("/api/v2/public/get_instruments", {"currency": "any", "expired": "false"}),)
    listed_under = ("result",)
    parser_type = DeribitParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """USDC spot markets, and the perpetuals: settled in the coin where there are such."""
        found: list[Instrument] = []
        for asset, own in own_names(NAME, "*", assets):
            if asset not in ("USD", "USDC"):
                found.append(Instrument(NAME, f"{own}_USDC", asset, "USDC", "spot", False))
                tail, quote = ("", "USD") if asset in INVERSE else ("_USDC", "USDC")
                symbol = f"{own}{tail}-PERPETUAL"
                found.append(Instrument(NAME, symbol, asset, quote, "perpetual", False))
        return found

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        return DeribitPages(missed, missed.next) if missed.next is not None else None

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument; the prices of combinations are differences, so they are left out."""
        if entry["is_active"] is not True or entry["kind"] not in KINDS:
            return None
        kind = KINDS[entry["kind"]]
        if kind == "future" and entry["settlement_period"] == "perpetual":
            kind = "perpetual"
        names = ("instrument_name", "base_currency", "quote_currency")
        symbol, base, quote = (listed_name(entry[name]) for name in names)
        return listed(NAME, symbol, base, quote, kind, False)
