"""Crypto.com Exchange: the `trade.INSTRUMENT` channels.

Wire facts: exchange-docs.crypto.com (v1), and recordings (v2, which sends numbers as JSON numbers;
v1 sends text). `s` is the taker's, `t` is in ms and `tn`, where it is sent, in ns. `d`, the trade
id, is above 2^53 and no counter, so `counts` is false. The trades of a frame come newest first.

No field tells of trades outside the order book; block trades are not in these channels.

The first frame of a symbol is history: its last 100 trades. Either it is the answer to the request,
with its id, or it has no mark, but spans minutes, where live frames spanned at most 60 ms.

List of symbols: exchange-docs.crypto.com, `public/get-instruments`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.venues.base import Limits, Query
from connectors.venues.events import Event, Frame, Heartbeat, Refused, Reply, malformed
from connectors.venues.fields import MILLISECOND, any_id, number, text_ns
from connectors.venues.listing import listed_name
from connectors.venues.shared import COIN, VenueMarket, VenueParser, WebsocketVenue, form
from connectors.venues.subscribing import ack, dumps
from connectors.venues.trades import Row, each_trade, reader
from engine.records import Instrument, Side, Tick
from engine.types import SECOND

TAKER: dict[str, Side] = {"BUY": "buy", "SELL": "sell"}
HISTORY_SPAN = SECOND
"""More than live frames, less than history."""
TYPES = ("CCY_PAIR", "PERPETUAL_SWAP", "FUTURE")
"""Values of `inst_type` that are read here."""
ROW = Row("p", "q", "s", "d", "t", number=number, sides=TAKER, read_id=any_id)
read_ms, read_ns = reader(ROW), reader(ROW._replace(ts="tn", read_ts=text_ns))


class CryptoComParser(VenueParser):
    """Reads one connection."""

    def __init__(self, venue: WebsocketVenue, instruments: Sequence[Instrument]) -> None:
        super().__init__(venue, instruments)
        self._asked = dict(enumerate(self._symbols, 1))
        self._heard: set[str] = set()
        """Symbols whose first frame on this connection has come."""

    def _requests(self) -> list[object]:
        """A frame for each symbol: one unknown symbol refuses the whole frame it is in."""
        return [
            {"id": n, "method": "subscribe", "params": {"channels": [f"trade.{symbol}"]}}
            for n, symbol in self._asked.items()
        ]

    def _read(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        if type(data.get("method")) is not str:
            return self._unknown(frame)
        result = data.get("result")
        if data["method"] != "subscribe" or type(result) is not dict:
            return self._other(data, frame)
        if result.get("channel") != "trade":
            return []
        try:
            symbol, trades = result["instrument_name"], result["data"]
            instrument = self._instrument(symbol)
            first = symbol not in self._heard
            self._heard.add(symbol)
            if not trades or data.get("id") in self._asked:
                return []
            if first and trades[0]["t"] - trades[-1]["t"] > HISTORY_SPAN // MILLISECOND:
                return []
            newest_last = trades[::-1]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            return malformed(f"trades with a bad or missing {error}", frame)
        return each_trade(lambda trade: read_trade(instrument, trade), newest_last, frame)

    def _other(self, data: dict[str, Any], frame: Frame) -> list[Event]:
        request, method = data.get("id"), data["method"]
        if method == "public/heartbeat" and type(request) is int:
            answer = {"id": request, "method": "public/respond-heartbeat"}
            return [Heartbeat(), Reply(dumps(answer))]
        if type(code := data.get("code")) is not int:
            return self._unknown(frame)
        symbol = self._asked.get(request) if type(request) is int else None
        if code != 0:
            return [Refused(symbol, f"{data.get('message', 'no reason given')} (code {code})")]
        if symbol is None and method == "subscribe":
            self._heard.clear()  # of a recording, in which a new connection may begin here
        return ack(symbol)


def read_trade(instrument: Instrument, trade: Any) -> Tick:
    """One trade. Raises what `each_trade` allows."""
    return (read_ns if "tn" in trade else read_ms)(instrument, trade)


class CryptoCom(WebsocketVenue):
    """The venue."""

    name = "cryptocom"
    url = "wss://stream.crypto.com/exchange/v1/market"
    limits = Limits(
        subscriptions=200,  # 400 are allowed
        messages_per_second=10,  # 100 are allowed; right after connecting, fewer
        attempts=20,
        attempts_window=60,  # no public figure
    )
    forms = (
        form(rf"{COIN}_{COIN}"),
        form(rf"{COIN}(USD|USDT|USDC)-PERP", "perpetual"),
        form(rf"{COIN}(USD|USDT|USDC)-[0-9]{{6}}", "future"),
    )
    """BTC_USD, BTCUSD-PERP, BTCUSD-250328. Sizes are in coins."""
    rest_url = "https://api.crypto.com"
    rest_per_second = 5  # 100 are allowed per address (unconfirmed)
    listing = (Query("/exchange/v1/public/get-instruments"),)
    listed_under = ("result", "data")
    markets = (VenueMarket("{}_USD", "USD"),)
    """Dollar markets, and USDT_USD, which converts the USDT prices of other venues."""
    converts = ("USDT",)
    parser_type = CryptoComParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One instrument. Its name is read: `quote_ccy` of contracts was not always a currency."""
        if entry["tradable"] is not True or entry["inst_type"] not in TYPES:
            return None
        return self.instrument_of(listed_name(entry["symbol"]))
