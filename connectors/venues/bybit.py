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

from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Page, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused
from connectors.venues.fields import MILLISECOND, iso_ns, text_id
from connectors.venues.listing import each_listed, listed_name
from connectors.venues.shared import COIN, Entry, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack
from connectors.venues.trades import Row, dollars_in_coins, each_trade, off_book, reader
from engine.numbers import whole
from engine.records import Instrument, Kind, Side, Tick

QUOTES = (
    *("USDT", "USDC", "USDE", "USDR", "USDQ", "USD1", "EURQ", "XUSD", "USDTB", "DAI", "EUR", "GBP"),
    *("BRL", "TRY", "PLN", "AED", "BRZ", "BTC", "ETH", "SOL", "MNT", "BIT"),
)
"""Quote currencies of Bybit spot, past and present: symbols have no separator."""
SPOT = (form(rf"{COIN}({'|'.join(QUOTES)})"),)
DERIVATIVES = (
    form(rf"{COIN}(USDT|USD)", "perpetual"),
    form(rf"{COIN}PERP", "perpetual", "USDC"),
    form(rf"{COIN}(USD)[FGHJKMNQUVXZ][0-9][0-9]", "future"),
    form(rf"{COIN}(USDT|)-[0-9]{{1,2}}[A-Z]{{3}}[0-9][0-9]", "future", "USDC"),
)
SIDES: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
ROW = Row("p", "v", "S", "i", "T", sides=SIDES, read_id=text_id)
read = reader(ROW)
INSTRUMENTS = "/v5/market/instruments-info"
CONTRACTS: dict[str, Kind] = {
    "Spot": "spot",
    **{"LinearPerpetual": "perpetual", "InversePerpetual": "perpetual"},
    **{"LinearFutures": "future", "InverseFutures": "future"},
}
"""By `contractType`, which spot markets do not have."""


class BybitParser(VenueParser):
    """Reads one connection."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._markets = {(i.symbol, i.kind != "spot"): i for i in instruments}
        """By symbol, and whether it is a contract."""

    def _requests(self) -> list[object]:
        """A frame for each symbol, with the symbol as `req_id`: the answer names nothing else."""
        return [
            {"req_id": symbol, "op": "subscribe", "args": [f"publicTrade.{symbol}"]}
            for symbol in self._symbols
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        topic = data.get("topic")
        if type(topic) is not str:
            return self._answer(data, frame)
        if topic.startswith("publicTrade."):
            return each_trade(self._trade, data.get("data"), frame)
        if topic.startswith("trade."):
            return each_trade(lambda trade: self._trade(_from_v2(trade)), data.get("data"), frame)
        return []

    def _trade(self, trade: Any) -> Tick:
        symbol, contract = trade["s"], "L" in trade
        instrument = self._markets.get((symbol, contract)) or self._meet(symbol, contract)
        block = trade.get("BT") is True
        tick = off_book(ROW, instrument, trade) if block else read(instrument, trade)
        # Only inverse contracts are quoted in USD.
        return dollars_in_coins(tick) if instrument.quote == "USD" else tick

    def _meet(self, symbol: Any, contract: bool = False) -> Instrument:
        instrument = self.venue.instrument_of(symbol, DERIVATIVES if contract else SPOT)
        return self._remember((symbol, contract), instrument, self._markets)

    def _answer(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        operation, success = data.get("op"), data.get("success")
        if operation in ("ping", "pong"):
            return [Heartbeat()]
        if type(success) is not bool or operation not in ("subscribe", "unsubscribe", None):
            return self._unknown(frame)
        symbol = self._ours(data.get("req_id"))
        return (
            ack(symbol)
            if success
            else [Refused(symbol, f"{data.get('ret_msg', 'no reason given')}")]
        )


def _from_v2(trade: Any) -> dict[str, Any]:
    """A trade of v2 (topic `trade`, derivatives only, retired in 2023) as v5 writes it."""
    time = trade.get("trade_time_ms")
    if time is None:
        time = iso_ns(trade["timestamp"]) // MILLISECOND
    return {
        **{"s": trade["symbol"], "p": str(trade["price"]), "v": str(trade["size"])},
        **{"S": trade["side"], "i": trade["trade_id"]},
        **{"T": whole(time) if type(time) is str else time, "L": None},
    }


class Bybit(WebsocketVenue):
    """The venue, its spot markets."""

    name = "bybit"
    url = "wss://stream.bybit.com"
    path = "/v5/public/spot"
    limits = Limits(
        subscriptions=200,
        messages_per_second=10,  # no public figure
        attempts=300,
        attempts_window=300,  # 500 are allowed in 5 minutes
        keep_alive=(20.0, '{"op":"ping"}'),  # as Bybit recommends
    )
    forms = SPOT
    rest_url = "https://api.bybit.com"
    rest_per_second = 10  # 600 in 5 seconds are allowed
    listing = (
        Query(INSTRUMENTS, {"category": "spot"}),
        Query(INSTRUMENTS, {"category": "linear", "limit": 1000}),
        Query(INSTRUMENTS, {"category": "inverse", "limit": 1000}),
    )
    listed_as = Entry("symbol", "baseCoin", "quoteCoin", "status", ("Trading",))
    markets = (VenueMarket("{}USDT", "USDT"),)
    """USDT markets. USDT itself is priced on venues that trade dollars."""
    parser_type = BybitParser

    def read_listing(self, answer: Any) -> Page:
        """See `connectors.venues.base.Venue.read_listing`."""
        result = answer["result"]
        more = None
        if cursor := result.get("nextPageCursor"):
            params = {"category": result["category"], "limit": 1000, "cursor": listed_name(cursor)}
            more = Query(INSTRUMENTS, params)
        return each_listed(self.read_listed, result["list"], more)

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol: contracts have a `contractType`."""
        if not self.trades_now(entry):
            return None
        contract = entry.get("contractType", "Spot")
        quote = entry["settleCoin" if contract.startswith("Linear") else "quoteCoin"]
        symbol, base, quote = (listed_name(n) for n in (entry["symbol"], entry["baseCoin"], quote))
        return self.listed(symbol, base, quote, CONTRACTS[contract])
