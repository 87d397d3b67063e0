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

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    Limits,
    Notice,
    Query,
    Refused,
    each_trade,
    iso_ns,
    json_number,
    malformed,
    text_number,
    text_unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.history import (
    CountedPages,
    HistoryError,
    Missed,
    Pages,
    head,
    readable,
    rising,
)
from connectors.venues.listing import listed_name
from connectors.venues.sequential_ids import PushedIds
from connectors.venues.shared import VenueMarket, VenueParser, WebsocketVenue
from engine.pricing.coins import listed, of_one_coin
from engine.records import Instrument, Kind, Tick

NAME = "okx"
SYMBOL = re.compile(
    r"([^\W_a-z]{1,20})-([^\W_a-z]{1,20})(?:-(?:(SWAP)|([0-9]{6})(-[0-9]{1,12}-[CP])?))?"
)
NUMBER = re.compile(r"\d{1,20}", re.ASCII)
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
        super().__init__(missed, self._ask_after, self._trades)
        self._instrument, self._push = missed.instrument, missed.next

    def request(self) -> Query:
        """See `connectors.venues.history.Pages.request`."""
        if self._push is not None:
            return self._page(self._end + 1, HISTORY_PAGE)
        return super().request()

    def take(self, answer: Any) -> list[Tick]:
        """See `connectors.venues.history.Pages.take`."""
        if self._push is None:
            return super().take(answer)
        found = readable(lambda sent: map(of_one_coin, self._trades(sent)), answer)
        trades = {int(t.id or "-1"): t for t in found}
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
        """With room for one trade more than is needed, should `after` be included in a page."""
        limit = min(HISTORY_PAGE, last - first + 2)
        return self._page(first - 1 + limit, limit)

    def _page(self, after: int, limit: int) -> Query:
        """The newest trades older than an id."""
        params: dict[str, str | int] = {"instId": self._instrument.symbol, "type": 1}
        return Query("/api/v5/market/history-trades", params | {"after": after, "limit": limit})

    def _trades(self, answer: Any) -> list[Tick]:
        if answer["code"] != "0":
            raise HistoryError(f"OKX says {answer['code']}: {answer.get('msg')}")
        return [self._past_trade(trade) for trade in answer["data"]]

    def _past_trade(self, trade: Any) -> Tick:
        if trade["instId"] != self._instrument.symbol:
            raise HistoryError(f"another symbol than {self._instrument.symbol}: {head(trade)}")
        return read_trade(self._instrument, trade)


class OkxParser(VenueParser):
    """Reads one connection."""

    message = "not an OKX message"
    pongs = ("pong", b"pong")

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        super().__init__(instruments)
        self._ids: dict[str, PushedIds] = {}

    def subscribe(self) -> list[Frame]:
        """One frame per `BATCH` symbols; each symbol is answered by itself."""
        frames: list[Frame] = []
        for start in range(0, len(self._symbols), BATCH):
            symbols = self._symbols[start : start + BATCH]
            args = [{"channel": "trades", "instId": symbol} for symbol in symbols]
            frames.append(orjson.dumps({"op": "subscribe", "args": args}).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `VenueParser.feed`."""
        if "event" in data:
            return self._answer(data, frame)
        if "table" in data:
            return self._v3(data, frame)
        arg = data.get("arg")
        channel = arg.get("channel") if type(arg) is dict else None
        if type(channel) is not str or type(data.get("data")) is not list:
            return malformed(self.message, frame)
        if channel not in ("trades", "trades-all"):
            return []
        gaps: list[Event] = []
        ticks = each_trade(partial(self._trade, gaps), data["data"], frame)
        return gaps + ticks

    def end(self) -> list[Event]:
        """See `connectors.venues.base.WithEnd.end`."""
        lines = self._ids.items()
        return [gap for symbol, line in lines for gap in line.end(self._instruments[symbol])]

    def _trade(self, gaps: list[Event], trade: Any) -> Tick:
        symbol = trade["instId"]
        instrument = self._instruments.get(symbol) or self._meet(symbol)
        count = trade.get("count", "1")
        if type(count) is not str or not NUMBER.fullmatch(count):
            raise ValueError("a count is not an integer in text")
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
            return malformed(self.message, frame)
        if not table.endswith("/trade"):
            return []
        return each_trade(lambda trade: self._trade([], _from_v3(trade)), trades, frame)

    def _meet(self, symbol: Any) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        match = SYMBOL.fullmatch(symbol) if type(symbol) is str else None
        if match is None:
            raise ValueError("the symbol is not BASE-QUOTE, nor a swap, future or option on it")
        base, quote, swap, expiry, option = match.groups()
        kind: Kind = "perpetual" if swap else "future" if expiry else "spot"
        instrument = listed(NAME, symbol, base, quote, "option" if option else kind, False)
        self._instruments[symbol] = instrument
        return instrument

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What OKX says of our requests and of the connection."""
        event, arg = data["event"], data.get("arg")
        if event == "subscribe":
            if type(arg) is not dict or arg.get("channel") != "trades":
                return []
            return [Ack(arg["instId"])] if type(arg.get("instId")) is str else []
        if event == "error":
            reason = str(data.get("msg", "no reason given"))
            symbol = REFUSED_SYMBOL.search(reason)
            return [Refused(symbol[1] if symbol else None, reason)]
        if event == "notice":  # the service is about to be upgraded
            return [Notice(str(data.get("msg", "notice")), closing=True)]
        known = ("unsubscribe", "login", "channel-conn-count")
        return [] if event in known else malformed(self.message, frame)


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """A trade of the websocket or of the REST interface. Raises what `each_trade` allows."""
    number, side = trade["tradeId"], trade["side"]
    if side != "buy" and side != "sell":
        raise ValueError("the side is neither buy nor sell")
    if type(number) is not str or not NUMBER.fullmatch(number):
        raise ValueError("an id is not an integer in text")
    price, ts = text_number(trade["px"]), text_unix_ns(trade["ts"], MILLISECOND)
    size = _coins(instrument, text_number(trade["sz"]), price)
    return Tick(instrument, price, size, side, number, ts)


def _from_v3(trade: Any) -> dict[str, Any]:
    """A trade of v3 as v5 writes it; its ids are not counted on, so it covers all before."""
    size = trade["size"] if "size" in trade else trade["qty"]
    return {
        "instId": trade["instrument_id"],
        "tradeId": trade["trade_id"],
        "px": str(trade["price"]),
        "sz": str(size),
        "side": trade["side"],
        "ts": str(iso_ns(trade["timestamp"]) // MILLISECOND),
        "count": trade["trade_id"],
    }


def _coins(instrument: Instrument, size: float, price: float) -> float:
    """A size on the wire in coins. Raises ValueError where the contract's size is not known."""
    if instrument.kind == "spot":
        return size
    if instrument.kind != "option":
        if instrument.quote == "USD":
            usd = size * INVERSE_USD.get(instrument.base, OTHER_INVERSE_USD)
            return json_number(usd / price)
        if instrument.base in LINEAR_COINS:
            return json_number(size * LINEAR_COINS[instrument.base])
    raise ValueError(f"the size of a contract of {instrument.symbol} is not known here")


class Okx(WebsocketVenue):
    """The venue."""

    name = NAME
    url = "wss://ws.okx.com:8443"
    limits = Limits(
        subscriptions=200,
        messages_per_second=3,  # and 480 requests an hour, of which we need four
        attempts=2,
        attempts_window=1,  # 3 a second per address
        lifetime=None,
        keep_alive=(20.0, "ping"),  # cut after 30 s without a frame
    )
    gaps_by = "pushes"
    rest_url = "https://www.okx.com"
    rest_per_second = 5.0  # 20 in 2 s are allowed one address
    listing = (
        Query("/api/v5/public/instruments", {"instType": "SPOT"}),
        Query("/api/v5/public/instruments", {"instType": "SWAP"}),
        Query("/api/v5/public/instruments", {"instType": "FUTURES"}),
    )
    market = VenueMarket("{}-USDT", "USDT")
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    listed_under = ("data",)
    parser_type = OkxParser

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """The public channels."""
        return f"{base_url.rstrip('/')}/ws/v5/public"

    def history(self, missed: Missed) -> Pages | None:
        """See `connectors.venues.history.Historian.history`."""
        return OkxPages(missed) if rising(missed) else None

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument; contracts have no `baseCcy`, so all are read from their name."""
        if entry["state"] != "live":
            return None
        match = SYMBOL.fullmatch(listed_name(entry["instId"]))
        if match is None:
            raise ValueError("the symbol is not BASE-QUOTE, nor a swap or future on it")
        kind: Kind = "perpetual" if match[3] else "future" if match[4] else "spot"
        return listed(NAME, match[0], match[1], match[2], kind, False)
