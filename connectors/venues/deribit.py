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

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Ack, Event, Frame, Heartbeat, Reply, malformed
from connectors.venues.fields import MILLISECOND, json_number, text_id, trade_id
from connectors.venues.history import HistoryError, Missed, Pages, head, readable
from connectors.venues.sequential_ids import SequenceNumbers
from connectors.venues.shared import COIN, Entry, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import answered, batches, dumps, refused
from connectors.venues.trades import Row, dollars_in_coins, each_trade, off_book, reader
from engine.pricing.coins import of_one_coin, own_names
from engine.records import Instrument, Kind, Tick

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
OFF_BOOK = ("block_trade_id", "block_rfq_id", "combo_id")
"""Fields that only trades outside the instrument's order book have."""
KINDS: dict[str, Kind] = {"spot": "spot", "future": "future", "option": "option"}
"""By `kind`; a perpetual is a future there."""
EXPIRY, OPTION = "[0-9]{1,2}[A-Z]{3}[0-9][0-9]", "-[0-9d]{1,12}-[CP]"
ROW = Row(
    *("price", "amount", "direction", "trade_id", "timestamp"), number=json_number, read_id=text_id
)
read_row = reader(ROW)


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

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._asked = dict(enumerate(batches(self._symbols, BATCH), 1))
        self._numbers = SequenceNumbers()

    def _requests(self) -> list[object]:
        """Heartbeats first, then one request per `BATCH` instruments."""
        heartbeat = {"interval": HEARTBEAT_EVERY}
        return [
            request("public/set_heartbeat", heartbeat, HEARTBEAT_REQUEST),
            *(
                request("public/subscribe", {"channels": [f"trades.{s}.100ms" for s in part]}, n)
                for n, part in self._asked.items()
            ),
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if data.get("jsonrpc") != "2.0":
            return self._unknown(frame)
        params = data.get("params")
        if data.get("method") != "subscription" or type(params) is not dict:
            return self._other(data, params, frame)
        channel = params.get("channel")
        if type(channel) is not str:
            return malformed("a channel without name", frame)
        return self._live(params.get("data"), frame) if channel.startswith("trades.") else []

    def _live(self, trades: Any, frame: Frame) -> list[Event]:
        """Trades, and before one a Gap where `trade_seq` says that others are missing there."""
        sequence: list[int] = []

        def read(trade: Any) -> Tick:
            seq = read_sequence(trade)
            tick = read_trade(self._instrument(trade["instrument_name"]), trade)
            sequence.append(seq)
            return tick

        events: list[Event] = []
        numbers = iter(sequence)
        for event in each_trade(read, trades, frame):
            if isinstance(event, Tick):
                events += self._numbers.missing(event, next(numbers))
            events.append(event)
        return events

    def _other(self, data: dict[str, Any], params: Any, frame: Frame) -> list[Event]:
        if data.get("method") == "heartbeat" and type(params) is dict:
            if params.get("type") == "test_request":
                return [Heartbeat(), Reply(dumps(request("public/test", {}, TEST_REQUEST)))]
            return [Heartbeat()]
        symbols = answered(self._asked, data.get("id"))
        if "error" in data:
            return refused(symbols, data["error"])
        result = data.get("result")
        if type(result) is list:
            parts = [c.split(".") for c in result if type(c) is str and c.startswith("trades.")]
            taken = [p[1] for p in parts if len(p) == 3]
            left = [s for s in symbols if s not in taken]
            missing = "the venue did not take it; does it list it?"
            return [*map(Ack, taken), *(refused(left, missing) if left else ())]
        return [] if "result" in data else self._unknown(frame)


def read_sequence(trade: Any) -> int:
    """The number of a trade among those of its instrument. Raises what `each_trade` allows."""
    seq: int = trade["trade_seq"]
    trade_id(seq)
    return seq


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the websocket or of the REST interface. Raises what `each_trade` allows."""
    outside = any(trade.get(field) is not None for field in OFF_BOOK)
    tick = off_book(ROW, instrument, trade) if outside else read_row(instrument, trade)
    # Only inverse contracts are quoted in USD; what is linear is quoted in USDC or the like.
    return dollars_in_coins(tick) if instrument.quote == "USD" else tick


def request(method: str, params: dict[str, Any], number: int) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


class Deribit(WebsocketVenue):
    """The venue."""

    name = "deribit"
    url = "wss://www.deribit.com/ws/api/v2"
    limits = Limits(
        subscriptions=200,  # 500 channels are allowed
        messages_per_second=3,
        attempts=20,
        attempts_window=60,  # 32 connections per address at one time
    )
    gaps_by = "sequence"
    forms = (
        form(rf"{COIN}_{COIN}-PERPETUAL", "perpetual"),
        form(rf"{COIN}-PERPETUAL", "perpetual", "USD"),
        form(rf"{COIN}_{COIN}-{EXPIRY}", "future"),
        form(rf"{COIN}-{EXPIRY}", "future", "USD"),
        form(rf"{COIN}_{COIN}-{EXPIRY}{OPTION}", "option"),
        form(rf"{COIN}-{EXPIRY}{OPTION}", "option"),
        form(rf"{COIN}_{COIN}"),
    )
    """BTC-PERPETUAL, BTC_USDC-PERPETUAL, BTC-26MAR21, BTC-26MAR21-62000-C, XRP_USDC-…-0d625-C, and
    BTC_USDC for spot.

    Combinations of these (BTC-FS-…) have another form: their prices are differences."""
    rest_url = "https://www.deribit.com"
    rest_per_second = 2.0  # far below the 20 that public requests may come to (unconfirmed)
    listing = (Query("/api/v2/public/get_instruments", {"currency": "any", "expired": "false"}),)
    listed_under = ("result",)
    listed_as = Entry("instrument_name", "base_currency", "quote_currency")
    parser_type = DeribitParser

    def instruments(self, assets: Iterable[str]) -> list[Instrument]:
        """USDC spot markets, and the perpetuals: settled in the coin where there are such."""
        found: list[Instrument] = []
        for asset, own in own_names(self.name, "*", assets):
            if asset not in ("USD", "USDC"):
                found.append(Instrument(self.name, f"{own}_USDC", asset, "USDC", "spot", False))
                tail, quote = ("", "USD") if asset in INVERSE else ("_USDC", "USDC")
                symbol = f"{own}{tail}-PERPETUAL"
                found.append(Instrument(self.name, symbol, asset, quote, "perpetual", False))
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
        return self.listed_pair(entry, kind)
