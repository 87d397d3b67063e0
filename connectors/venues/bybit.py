"""Bybit v5: the `publicTrade` topic.

Wire facts: bybit-exchange.github.io/docs/v5/websocket/public/trade and recordings. `S` is the
taker's side, `T` is in ms, up to 46 trades come in one frame, oldest first. Every push is named
`snapshot` and is live. `i` is a UUID and `seq` repeats within a burst, so ids tell nothing of lost
trades: `counts` is false.

`BT` marks a block trade, which is negotiated outside the order book. `RPI` marks one against an
order of retail price improvement: such orders rest in the book (topic `orderbook.rpi`), so it
prices.

Spot and derivatives have the same symbols and topics on different URLs; only derivatives have `L`,
the direction of the price change. Sizes are coins, but USD for inverse contracts (quote USD).

Lists of symbols: docs/v5/market/instrument; those of contracts come in pages. Linear contracts are
quoted in what they are settled in, also where `quoteCoin` is USD.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from connectors.venues.base import (
    Ack,
    Event,
    Frame,
    Heartbeat,
    Limits,
    Page,
    Query,
    Refused,
    each_trade,
    iso_ns,
    json_number,
    loose_number,
    malformed,
    text_id,
    text_number,
    unix_ns,
)
from connectors.venues.fields import MILLISECOND
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import JsonParser, VenueMarket, WebsocketVenue
from engine.numbers import whole
from engine.pricing.coins import listed
from engine.records import Instrument, Kind, Side, Tick

NAME = "bybit"
QUOTES = (
    *("USDT", "USDC", "USDE", "USDR", "USDQ", "USD1", "EURQ", "XUSD", "USDTB", "DAI", "EUR", "GBP"),
    *("BRL", "TRY", "PLN", "AED", "BRZ", "BTC", "ETH", "SOL", "MNT", "BIT"),
)
"""Quote currencies of Bybit spot, past and present: symbols have no separator."""
SPOT = re.compile(rf"([^\W_a-z]{{1,20}}?)({'|'.join(QUOTES)})")
DERIVATIVES: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    # What ends the symbol, the kind, and the quote where the symbol has none.
    (re.compile(r"([^\W_a-z]{1,20}?)(USDT|USD)"), "perpetual", ""),
    (re.compile(r"([^\W_a-z]{1,20})PERP()"), "perpetual", "USDC"),
    (re.compile(r"([^\W_a-z]{1,20}?)(USD)[FGHJKMNQUVXZ][0-9][0-9]"), "future", ""),
    (re.compile(r"([^\W_a-z]{1,20}?)(USDT|)-[0-9]{1,2}[A-Z]{3}[0-9][0-9]"), "future", "USDC"),
)
SIDES: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
INSTRUMENTS = "/v5/market/instruments-info"
CONTRACTS: dict[str, Kind] = {
    "Spot": "spot",
    **{"LinearPerpetual": "perpetual", "InversePerpetual": "perpetual"},
    **{"LinearFutures": "future", "InverseFutures": "future"},
}
"""By `contractType`, which spot markets do not have."""


def read_listed(entry: Any) -> Instrument | None:
    """One symbol: contracts have a `contractType`."""
    if entry["status"] != "Trading":
        return None
    contract = entry.get("contractType", "Spot")
    quote = entry["settleCoin" if contract.startswith("Linear") else "quoteCoin"]
    symbol, base, quote = (listed_name(n) for n in (entry["symbol"], entry["baseCoin"], quote))
    return listed(NAME, symbol, base, quote, CONTRACTS[contract], False)


class BybitParser(JsonParser):
    """Reads one connection."""

    message = "not a Bybit message"

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._symbols = tuple(dict.fromkeys(i.symbol for i in instruments))
        self._instruments = {(i.symbol, i.kind != "spot"): i for i in instruments}

    def subscribe(self) -> list[Frame]:
        """A frame for each symbol, with the symbol as `req_id`: the answer names nothing else."""
        frames: list[Frame] = []
        for symbol in self._symbols:
            args = [f"publicTrade.{symbol}"]
            frame = {"req_id": symbol, "op": "subscribe", "args": args}
            frames.append(orjson.dumps(frame).decode())
        return frames

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """See `JsonParser.feed`."""
        topic = data.get("topic")
        if type(topic) is not str:
            return self._answer(data, frame)
        if not topic.startswith(("publicTrade.", "trade.")):
            return []
        if type(data.get("data")) is not list:
            return malformed("trades that are no list", frame)
        if topic.startswith("trade."):
            return each_trade(lambda trade: self._trade(_from_v2(trade)), data["data"], frame)
        return each_trade(self._trade, data["data"], frame)

    def _trade(self, trade: Any) -> Tick:
        symbol, derivative = trade["s"], "L" in trade
        instrument = self._instruments.get((symbol, derivative)) or self._meet(symbol, derivative)
        if trade.get("BT") is True:
            return _block(instrument, trade)
        price, size = text_number(trade["p"]), text_number(trade["v"])
        if instrument.quote == "USD":  # only inverse contracts have it
            size = json_number(size / price)
        return Tick(
            instrument,
            price,
            size,
            SIDES[trade["S"]],
            text_id(trade["i"]),
            unix_ns(trade["T"], MILLISECOND),
        )

    def _meet(self, symbol: Any, derivative: bool) -> Instrument:
        """The instrument of a symbol that we did not subscribe to."""
        if type(symbol) is not str:
            raise ValueError("a symbol is not a text")
        patterns = DERIVATIVES if derivative else ((SPOT, "spot", ""),)
        for pattern, kind, quote in patterns:
            match = pattern.fullmatch(symbol)
            if match is not None:
                instrument = listed(NAME, symbol, match[1], match[2] or quote, kind, False)
                self._instruments[symbol, derivative] = instrument
                return instrument
        raise ValueError("the symbol is of no form known here")

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        """What Bybit says of our requests."""
        operation, success = data.get("op"), data.get("success")
        if operation in ("ping", "pong"):
            return [Heartbeat()]
        if type(success) is not bool or operation not in ("subscribe", "unsubscribe", None):
            return malformed(self.message, frame)
        number = data.get("req_id")
        symbol = number if type(number) is str and number in self._symbols else None
        if not success:
            return [Refused(symbol, str(data.get("ret_msg", "no reason given")))]
        return [] if symbol is None else [Ack(symbol)]


def _block(instrument: Instrument, trade: Any) -> Tick:
    """A trade outside the order book."""
    price, size = loose_number(trade.get("p")), loose_number(trade.get("v"))
    if instrument.quote == "USD":
        size = loose_number(size / price) if price else 0.0
    number, ts = text_id(trade["i"]), unix_ns(trade["T"], MILLISECOND)
    side = SIDES.get(str(trade.get("S")))
    return Tick(instrument, price, size, side, number, ts, off_book=True)


def _from_v2(trade: Any) -> dict[str, Any]:
    """A trade of v2 (topic `trade`, derivatives only, retired in 2023) as v5 writes it."""
    time = trade.get("trade_time_ms")
    if time is None:
        time = iso_ns(trade["timestamp"]) // MILLISECOND
    return {
        "s": trade["symbol"],
        "p": str(trade["price"]),
        "v": str(trade["size"]),
        "S": trade["side"],
        "i": trade["trade_id"],
        "T": whole(time) if type(time) is str else time,
        "L": None,
    }


class Bybit(WebsocketVenue):
    """The venue, its spot markets."""

    name = NAME
    url = "wss://stream.bybit.com"
    limits = Limits(
        subscriptions=200,
        messages_per_second=10,  # no public figure
        attempts=300,
        attempts_window=300,  # 500 are allowed in 5 minutes
        lifetime=None,
        keep_alive=(20.0, '{"op":"ping"}'),  # as Bybit recommends
    )
    rest_url = "https://api.bybit.com"
    rest_per_second = 10  # 600 in 5 seconds are allowed
    listing = (
        Query(INSTRUMENTS, {"category": "spot"}),
        Query(INSTRUMENTS, {"category": "linear", "limit": 1000}),
        Query(INSTRUMENTS, {"category": "inverse", "limit": 1000}),
    )
    market = VenueMarket("{}USDT", "USDT")
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    parser_type = BybitParser

    def endpoint(self, base_url: str, instruments: Sequence[Instrument]) -> str:
        """Spot has a path of its own."""
        return f"{base_url.rstrip('/')}/v5/public/spot"

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        result = answer["result"]
        more = None
        if cursor := result.get("nextPageCursor"):
            params = {"category": result["category"], "limit": 1000, "cursor": listed_name(cursor)}
            more = Query(INSTRUMENTS, params)
        return each_listed(read_listed, result["list"], more)
