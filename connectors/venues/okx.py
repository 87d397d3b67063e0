"""OKX v5: the public `trades` channel.

Wire facts: OKX's API guide v5 and recordings. `side` is the taker's, numbers are text, `ts` is in
ms. Recordings without `count` step by one id per trade; by now a push may stand for `count`
matches of one order, and carries the id of the last. Hence ids step by more than one, `counts` is
false, and missing ids are found here. (`trades-all` has every match, but wants a login.)

No push is of a trade outside the order book: block trades have channels of their own
(`public-block-trades`, `public-struc-block-trades`). `source` 1 is a match with an order of the
liquidity programme (ELP, since 2026 RPI), which rests in the book beside others: it prices.

Right after subscribing comes the last trade, without a mark: up to 20 hours old where nothing was
traded since. It is a trade like any other, with its own time.

History: `history-trades` of the REST interface, newest first, by trade id, three months back. It
has one row for each match, and their ids step by one (a sample of two rows; unconfirmed for the
matches of a push that stands for several). Those of the first push after a gap came and are not
missing: they are told by their sizes, which add up to the push's.

Sizes of swaps and futures are contracts: 100 USD for BTC and 10 USD for all else where the quote
is USD, as volumes of recorded tickers show; else some coins that are known here for a few only. A
contract of unknown size is refused, and so is an option: its contract has changed over the years.

Lists of symbols: the API guide, "Get instruments"; `state` is `live` where trades happen. Options
are left out, since none of their trades is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Notice, Refused
from connectors.venues.fields import MILLISECOND, iso_ns, json_number, text_ms, whole_id
from connectors.venues.history import (
    CountedPages,
    HistoryError,
    Missed,
    Pages,
    head,
    newest_before,
    rising,
)
from connectors.venues.listing import listed_name
from connectors.venues.sequential_ids import PushedIds
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, batches, field
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Instrument, Tick

REFUSED_SYMBOL = re.compile(r"instId[:=]\s*([A-Z0-9-]+)")
INVERSE_USD = {"BTC": 100.0}
"""USD of a contract quoted in USD; `OTHER_INVERSE_USD` for the others."""
OTHER_INVERSE_USD = 10.0
LINEAR_COINS = {"BTC": 0.01, "FIL": 0.1, "XMR": 0.1, "TRX": 1000.0}
"""Coins of a contract not quoted in USD, as recorded volumes show."""
HISTORY_PAGE = 100
"""Trades in one answer; the most allowed."""
SIZE_ERROR = 1e-9
"""Relative: sizes have at most ten decimals, a sum of a hundred doubles is off by 1e-14."""
BATCH = 50
"""Symbols in one subscribe frame: it stays below 4,096 bytes, once the limit."""


class OkxPages(CountedPages):
    """Pages by id. Where the trade after is a push, the first page tells what it stands for."""

    def __init__(self, missed: Missed) -> None:
        super().__init__(missed, self._ask_after, read_trade)
        self._push = missed.next

    def request(self) -> Query:
        """See `connectors.venues.history.Pages.request`."""
        if self._push is not None:
            return self._page({"after": self._end + 1, "limit": HISTORY_PAGE})
        return super().request()

    def take(self, answer: Any) -> list[Tick]:
        """See `connectors.venues.history.Pages.take`."""
        if self._push is None:
            return super().take(answer)
        trades = self.found(answer)
        self._end = max(self._first_of(self._push, trades), self._through + 1)
        self._push = None
        ready = self._through + 1 in trades or self.complete
        return super().take(answer) if ready else []

    def _first_of(self, push: Tick, trades: dict[int, Tick]) -> int:
        """The id of the first match that a push stands for."""
        number, size = self._end, 0.0
        while (trade := trades.get(number)) is not None:
            size += trade.size
            if (trade.price, trade.side) != (push.price, push.side):
                break
            if abs(size - push.size) <= SIZE_ERROR * push.size:
                return number
            number -= 1
        raise HistoryError(f"no trades up to {self._end} add up to what was pushed as it")

    def _ask_after(self, first: int, last: int) -> Query:
        return self._page(newest_before(first, last, HISTORY_PAGE))

    def _page(self, which: dict[str, str | int]) -> Query:
        params: dict[str, str | int] = {"instId": self._instrument.symbol, "type": 1}
        return Query("/api/v5/market/history-trades", params | which)

    def rows(self, answer: Any) -> list[Any]:
        """See `CountedPages.rows`."""
        if answer["code"] != "0":
            raise HistoryError(f"OKX says {answer['code']}: {answer.get('msg')}")
        rows: list[Any] = answer["data"]
        for row in rows:
            if row["instId"] != self._instrument.symbol:
                raise HistoryError(f"another symbol than {self._instrument.symbol}: {head(row)}")
        return rows


class OkxParser(VenueParser):
    """Reads one connection."""

    pongs = ("pong", b"pong")

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._ids: dict[str, PushedIds] = {}

    def _requests(self) -> list[object]:
        """One frame per `BATCH` symbols; each symbol is answered by itself."""
        args = [{"channel": "trades", "instId": symbol} for symbol in self._symbols]
        return [{"op": "subscribe", "args": part} for part in batches(args, BATCH)]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if "event" in data:
            return self._answer(data, frame)
        if "table" in data:
            return self._v3(data, frame)
        channel = field(data.get("arg"), "channel")
        if type(channel) is not str or type(data.get("data")) is not list:
            return self._unknown(frame)
        if channel not in ("trades", "trades-all"):
            return []
        gaps: list[Event] = []
        ticks = each_trade(partial(self._push, gaps), data["data"], frame)
        return gaps + ticks

    def end(self) -> list[Event]:
        """See `connectors.venues.base.WithEnd.end`."""
        lines = self._ids.items()
        return [gap for symbol, line in lines for gap in line.end(self._instruments[symbol])]

    def _push(self, gaps: list[Event], trade: Any) -> Tick:
        symbol = trade["instId"]
        instrument = self._instruments.get(symbol) or self._meet(symbol)
        count = whole_id(trade.get("count", "1"))
        tick = read_trade(instrument, trade)
        line = self._ids.get(symbol)
        if line is None:
            line = self._ids[symbol] = PushedIds()
        gaps += line.admit(tick, int(count))
        return tick

    def _v3(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """A frame of v3, retired in 2021, which recordings hold."""
        table, trades = data["table"], data.get("data")
        if type(table) is not str or type(trades) is not list:
            return self._unknown(frame)
        if not table.endswith("/trade"):
            return []
        return each_trade(lambda trade: self._push([], _from_v3(trade)), trades, frame)

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        event, arg = data["event"], data.get("arg")
        if event == "subscribe":
            return ack(field(arg, "instId")) if field(arg, "channel") == "trades" else []
        if event == "error":
            reason = str(data.get("msg", "no reason given"))
            symbol = REFUSED_SYMBOL.search(reason)
            return [Refused(symbol[1] if symbol else None, reason)]
        if event == "notice":  # the service is about to be upgraded
            return [Notice(str(data.get("msg", "notice")), closing=True)]
        known = ("unsubscribe", "login", "channel-conn-count")
        return [] if event in known else self._unknown(frame)


read = reader(Row("px", "sz", "side", "tradeId", "ts", read_id=whole_id, read_ts=text_ms))


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the websocket or of the REST interface. Raises what `each_trade` allows."""
    tick = read(instrument, trade)
    if instrument.kind == "spot":
        return tick
    return tick._replace(size=_coins(instrument, tick.size, tick.price))


def _from_v3(trade: Any) -> dict[str, Any]:
    """A trade of v3 as v5 writes it; its ids are not counted on, so it covers all before."""
    size = trade["size"] if "size" in trade else trade["qty"]
    number, time = trade["trade_id"], iso_ns(trade["timestamp"]) // MILLISECOND
    return {
        **{"instId": trade["instrument_id"], "tradeId": number, "count": number},
        **{"px": str(trade["price"]), "sz": str(size), "side": trade["side"], "ts": str(time)},
    }


def _coins(instrument: Instrument, size: float, price: float) -> float:
    """The size of contracts in coins. Raises ValueError where that of one is not known."""
    if instrument.kind != "option":
        if instrument.quote == "USD":
            usd = size * INVERSE_USD.get(instrument.base, OTHER_INVERSE_USD)
            return json_number(usd / price)
        if instrument.base in LINEAR_COINS:
            return json_number(size * LINEAR_COINS[instrument.base])
    raise ValueError(f"the size of a contract of {instrument.symbol} is not known here")


class Okx(WebsocketVenue):
    """The venue."""

    name = "okx"
    url = "wss://ws.okx.com:8443"
    path = "/ws/v5/public"
    limits = Limits(
        subscriptions=200,
        messages_per_second=3,  # and 480 requests an hour, of which we need four
        attempts=2,
        attempts_window=1,  # 3 a second per address
        keep_alive=(20.0, "ping"),  # cut after 30 s without a frame
    )
    gaps_by = "pushes"
    forms = (
        form(rf"{COIN}-{COIN}"),
        form(rf"{COIN}-{COIN}-SWAP", "perpetual"),
        form(rf"{COIN}-{COIN}-[0-9]{{6}}", "future"),
        form(rf"{COIN}-{COIN}-[0-9]{{6}}-[0-9]{{1,12}}-[CP]", "option"),
    )
    rest_url = "https://www.okx.com"
    rest_per_second = 5.0  # 20 in 2 s are allowed one address
    listing = tuple(
        Query("/api/v5/public/instruments", {"instType": kind})
        for kind in ("SPOT", "SWAP", "FUTURES")
    )
    listed_under = ("data",)
    listed_as = Entry("instId", "", "", "state", ("live",))
    markets = (VenueMarket("{}-USDT", "USDT"),)
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    parser_type = OkxParser

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        return OkxPages(missed) if rising(missed) else None

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument; contracts have no `baseCcy`, so all are read from their name."""
        return self.instrument_of(listed_name(entry["instId"])) if self.trades_now(entry) else None
