"""Binance USD-M futures: the `trade` stream. What it shares with spot is in `binance.py`.

Wire facts: developers.binance.com, USD-M websocket market streams, and recordings. Trade ids step
by one per symbol, times are in ms. A trade has no `M`, which spot has, and since 2020 an `X`:
MARKET for a trade of the order book. INSURANCE_FUND and ADL are made outside of it (Binance.Net
issue 1349, Lean.Brokerages.Binance issue 28), and NA takes a trade id without any trade, price and
size being 0 (hftbacktest issue 263, 2025). None of them prices, and no id of theirs is missing.

Sizes are in what the symbol trades: 1000PEPEUSDT in thousands of PEPE.

COIN-M sends the same events; its symbols (`BTCUSD_PERP`) are refused.

List of symbols: `exchangeInfo` of the same documentation. `contractType` ends in PERPETUAL, or
names the quarter of a dated future; TRADIFI_PERPETUAL are those on stocks and metals.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from connectors.venues.base import Limits, Query
from connectors.venues.binance import BinanceParser, Count
from connectors.venues.events import Event, Frame
from connectors.venues.fields import loose_number, trade_id, unix_ms
from connectors.venues.shared import COIN, Entry, VenueMarket, WebsocketVenue, form
from connectors.venues.trades import one_trade
from engine.records import Instrument, Tick

QUOTES = "USDT|USDC|BUSD|BTC"


class FuturesTrade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    """A trade of the market."""

    s: str
    p: str
    q: str
    t: Count
    T: Count
    m: bool
    X: Literal["MARKET"] = "MARKET"
    M: msgspec.UnsetType = msgspec.UNSET
    """Only spot has it: where it stands, this is no futures trade."""


class CombinedFuturesTrade(msgspec.Struct, gc=False):
    """The same in a combined stream."""

    data: FuturesTrade


class BinanceUsdmParser(BinanceParser):
    """Reads one connection."""

    _trade_type = FuturesTrade
    _raw_decoder = msgspec.json.Decoder(FuturesTrade)
    _combined_decoder = msgspec.json.Decoder(CombinedFuturesTrade)

    def _event(self, trade: dict[str, Any], combined: bool, frame: Frame) -> list[Event]:
        """What takes a trade id without being a trade of the order book closes the line of ids."""
        market = trade.get("X", "MARKET")
        if type(market) is str and market != "MARKET" and "M" not in trade:
            return one_trade(self._off_book, trade, frame)
        return super()._event(trade, combined, frame)

    def _off_book(self, trade: dict[str, Any]) -> Tick:
        sold = trade.get("m")
        return Tick(
            self._instrument(trade["s"]),
            loose_number(trade.get("p")),
            loose_number(trade.get("q")),
            ("sell" if sold else "buy") if type(sold) is bool else None,
            trade_id(trade["t"]),
            unix_ms(trade["T"]),
            off_book=True,
        )


class BinanceUsdm(WebsocketVenue):
    """The venue."""

    name = "binance_usdm"
    url = "wss://fstream.binance.com"
    path = "/public/ws"
    """Raw events of the path that carries trades since the split of 2026."""
    limits = Limits(
        subscriptions=200,  # 1024 are allowed
        messages_per_second=8,  # 10 are allowed, and our pings and pongs count
        attempts=300,
        attempts_window=300,
        lifetime=23.5 * 3600,  # cut after 24 h
    )
    gaps_by = "ids"
    forms = (
        form(rf"{COIN}({QUOTES})", "perpetual"),
        form(rf"{COIN}({QUOTES})_[0-9]{{6}}", "future"),
    )
    rest_url = "https://fapi.binance.com"
    rest_per_second = 5  # 2,400 of weight a minute are allowed (unconfirmed)
    listing = (Query("/fapi/v1/exchangeInfo"),)
    listed_under = ("symbols",)
    listed_as = Entry("symbol", "baseAsset", "quoteAsset", "status", ("TRADING",))
    markets = (VenueMarket("{}USDT", "USDT", "perpetual"),)
    """Perpetuals in USDT."""
    parser_type = BinanceUsdmParser

    def read_listed(self, entry: Any) -> Instrument | None:
        """One symbol of `exchangeInfo`."""
        if not self.trades_now(entry):
            return None
        perpetual = entry["contractType"].endswith("PERPETUAL")
        return self.listed_pair(entry, "perpetual" if perpetual else "future")
