"""Symbols become pairs of coins, and sizes of contracts become coins."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from engine.records import Instrument, Tick
from tests.connectors.wire import (
    BITFINEX,
    TRADE,
    feed,
    frame_of,
    live_parser,
    subscribed,
    wire,
)

SYMBOLS = [
    ("okx", "BTC-USD-220527", "BTC", "USD", "future"),
    ("okx", "UNI-USD-SWAP", "UNI", "USD", "perpetual"),
    ("okx", "TRX-USDT-210924", "TRX", "USDT", "future"),
    ("bybit", "BTCUSDC", "BTC", "USDC", "spot"),
    ("bybit", "USDCUSDT", "USDC", "USDT", "spot"),
    ("bybit", "1INCHUSDT", "1INCH", "USDT", "spot"),
    ("bybit", "WBTCBTC", "WBTC", "BTC", "spot"),
    ("binance_usdm", "BTCUSDT_210625", "BTC", "USDT", "future"),
    ("binance_usdm", "1000SHIBUSDT", "SHIB", "USDT", "perpetual"),
    ("binance_usdm", "ETHUSDC", "ETH", "USDC", "perpetual"),
    ("binance_usdm", "ETHBTC", "ETH", "BTC", "perpetual"),
    ("kraken_futures", "PF_DOGEUSD", "DOGE", "USD", "perpetual"),
    ("kraken_futures", "PI_XBTUSD", "BTC", "USD", "perpetual"),
    ("kraken_futures", "FI_XBTUSD_220624", "BTC", "USD", "future"),
    ("kraken_futures", "FF_ETHUSD_240628", "ETH", "USD", "future"),
    ("gemini", "BTCUSDT", "BTC", "USDT", "spot"),
    ("gemini", "BTCGUSD", "BTC", "GUSD", "spot"),
    ("gemini", "MOODENGUSD", "MOODENG", "USD", "spot"),
    ("gemini", "BTCRLUSD", "BTC", "RLUSD", "spot"),
    ("gemini", "SOLUSDCPERP", "SOL", "USDC", "perpetual"),
    ("gemini", "BTCGUSDPERP", "BTC", "GUSD", "perpetual"),
    ("gemini", "LTCBCH", "LTC", "BCH", "spot"),
]
SYMBOL_FIELD = {
    **{"okx": "instId", "bybit": "s", "binance_usdm": "s", "kraken_futures": "product_id"},
    **{"gemini": "symbol", "gate": "currency_pair", "coinbase_advanced": "product_id"},
    **{"deribit": "instrument_name", "bitmex": "symbol", "kucoin": "symbol"},
    **{"upbit": "code", "hyperliquid": "coin"},
}


@pytest.mark.parametrize(("venue", "symbol", "base", "quote", "kind"), SYMBOLS)
def test_symbols_are_read(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    [tick] = feed(venue, wire(venue, **{SYMBOL_FIELD[venue]: symbol}))
    assert tick.instrument[1:5] == (symbol, base, quote, kind)


@pytest.mark.parametrize(
    ("venue", "symbol", "base", "quote", "kind"),
    [
        ("deribit", "BTC-PERPETUAL", "BTC", "USD", "perpetual"),
        ("deribit", "ETH-7MAY21", "ETH", "USD", "future"),
        ("deribit", "BTC-26MAR21-62000-C", "BTC", "BTC", "option"),
        ("deribit", "XRP_USDC-30AUG24-0d625-P", "XRP", "USDC", "option"),
        ("deribit", "SOL_USDC-27DEC24", "SOL", "USDC", "future"),
        ("deribit", "ETH_BTC", "ETH", "BTC", "spot"),
        ("bitmex", "XBTM21", "BTC", "USD", "future"),
        ("bitmex", "XRPU21", "XRP", "BTC", "future"),
        ("bitmex", "ETHUSDH21", "ETH", "USD", "future"),
        ("bitmex", "LINKUSDTM21", "LINK", "USDT", "future"),
        ("bitmex", "XBT_USDT", "BTC", "USDT", "spot"),
        ("bitmex", "XBTETH", "BTC", "ETH", "perpetual"),
        ("kucoin", "XBT-USDT", "BTC", "USDT", "spot"),
        ("upbit", "KRW-BTC", "BTC", "KRW", "spot"),
        ("hyperliquid", "kPEPE", "PEPE", "USDC", "perpetual"),
        ("hyperliquid", "PURR/USDC", "PURR", "USDC", "spot"),
    ],
)
def test_symbols_are_split(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    parser = live_parser(venue)
    frame = wire(venue, **{SYMBOL_FIELD[venue]: symbol})
    tick = (*parser.feed(frame), *parser.feed(frame))[-1]  # the first may be history
    assert tick.instrument == Instrument(venue, symbol, base, quote, kind, False)


@pytest.mark.parametrize(
    ("venue", "symbol", "base", "quote", "kind"),
    [
        ("htx", "ethbtc", "ETH", "BTC", "spot"),
        ("htx", "BTC_NW", "BTC", "USD", "future"),
        ("htx", "BTC-USD", "BTC", "USD", "perpetual"),
        ("cryptocom", "ETH_BTC", "ETH", "BTC", "spot"),
        ("cryptocom", "BTCUSD-PERP", "BTC", "USD", "perpetual"),
        ("cryptocom", "BTCUSD-250328", "BTC", "USD", "future"),
        ("bitget SPOT", "ETHBTC", "ETH", "BTC", "spot"),
        ("bitget sp", "USDCUSDT", "USDC", "USDT", "spot"),
        ("bitget USDT-FUTURES", "BTCUSDT", "BTC", "USDT", "perpetual"),
        ("bitget COIN-FUTURES", "DOGEUSD", "DOGE", "USD", "perpetual"),
        ("bitget COIN-FUTURES", "BTCUSDH25", "BTC", "USD", "future"),
        ("bitget USDC-FUTURES", "BTCPERP", "BTC", "USDC", "perpetual"),
    ],
)
def test_symbols_of_the_envelope(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    venue, _, market = venue.partition(" ")
    envelope: dict[str, Any] = {
        "htx": {"ch": f"market.{symbol}.trade.detail"},
        "cryptocom": {
            "result": {"instrument_name": symbol, "channel": "trade", "data": [TRADE["cryptocom"]]}
        },
        "bitget": {"arg": {"instType": market, "channel": "trade", "instId": symbol}},
    }[venue]
    [tick] = feed(venue, frame_of(venue, TRADE[venue], **envelope))
    counts = (venue, kind) == ("htx", "spot")
    assert tick.instrument == Instrument(venue, symbol, base, quote, kind, counts)


@pytest.mark.parametrize(
    ("venue", "symbol"),
    [
        *(("okx", s) for s in ("BTC", "btc-usdt", "BTC-USD-SWAP-X", "BTC-USD_UM-SWAP", "-", 7)),
        *(("bybit", s) for s in ("BTCPERP", "BTCXYZ", "USDT", "btcusdt", 7)),
        *(("binance_usdm", s) for s in ("BTCUSD_PERP", "BTCUSD_220624", "USDT", "btcusdt", 7)),
        *(("coinbase_advanced", s) for s in ("BTC-PERP-INTX", "BIT-28JUL23-CDE", "BTCUSD", 7)),
        *(("kraken_futures", s) for s in ("XBTUSD", "PI_XBTUSD_220624", "FI_XBTUSD", "PV_X", 7)),
        *(("gemini", s) for s in ("USD", "BTCXYZ", "BTC-USD", 7)),
        *(("gate", s) for s in ("BTCUSDT", "BTC_USD_20220603", "btc_usdt", 7)),
        ("deribit", "BTC-FS-27SEP24_PERP"),
        ("deribit", "BTC"),
        ("bitmex", ".BXBT"),
        ("bitmex", "XBT"),
        ("bitmex", "XBT_"),
        ("kucoin", "BTCUSDT"),
        ("upbit", "BTC"),
        ("hyperliquid", "@107"),
        ("hyperliquid", "xyz:TSLA"),
    ],
)
def test_symbols_that_are_none(venue: str, symbol: Any) -> None:
    parser = live_parser(venue)
    for _ in range(2):  # the first frame of a coin may be history
        events = parser.feed(wire(venue, **{SYMBOL_FIELD[venue]: symbol}))
        assert [type(e) for e in events] == [Malformed]


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("ETHBTC", "ETH", "BTC"),
        ("BNBFDUSD", "BNB", "FDUSD"),
        ("BTCTUSD", "BTC", "TUSD"),
        ("USDCUSDT", "USDC", "USDT"),
        ("DOGEBNB", "DOGE", "BNB"),
        ("1INCHUSDT", "1INCH", "USDT"),
        ("BTCEURI", "BTC", "EURI"),
        ("BTCEUR", "BTC", "EUR"),
        ("SHIBDOGE", "SHIB", "DOGE"),
        ("XRPETH", "XRP", "ETH"),
    ],
)
def test_binance_symbols_are_split(symbol: str, base: str, quote: str) -> None:
    [tick] = feed("binance", wire("binance", s=symbol))
    assert (tick.instrument.base, tick.instrument.quote) == (base, quote)


@pytest.mark.parametrize(
    "symbol", ["BTCUSD_PERP", "btcusdt", "USDT", "BTCXYZ", "", None, 7, [], {}]
)
def test_binance_symbols_that_are_none(symbol: Any) -> None:
    assert [type(e) for e in feed("binance", wire("binance", s=symbol))] == [Malformed]


def test_kraken_old_names_become_ours() -> None:
    for symbol, base in (("XBT/USD", "BTC"), ("XDG/USD", "DOGE"), ("AAPLx/USD", "AAPLX")):
        [tick] = feed("kraken", wire("kraken", symbol=symbol))
        assert (tick.instrument.symbol, tick.instrument.base) == (symbol, base)


@pytest.mark.parametrize(
    ("symbol", "base", "quote", "kind"),
    [
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
        ("BTCUSD", "BTC", "USD", "perpetual"),
        ("BTCPERP", "BTC", "USDC", "perpetual"),
        ("BTCUSDU23", "BTC", "USD", "future"),
        ("BTC-26APR24", "BTC", "USDC", "future"),
        ("ETHUSDT-27JUN25", "ETH", "USDT", "future"),
    ],
)
def test_bybit_derivatives_have_a_direction(symbol: str, base: str, quote: str, kind: str) -> None:
    [tick] = feed("bybit", wire("bybit", s=symbol, L="PlusTick", v="130228.4"))
    assert tick.instrument[1:5] == (symbol, base, quote, kind)
    assert tick.size == (2.0 if quote == "USD" else 130228.4)


def test_bybit_spot_and_perpetual_of_one_name_are_two() -> None:
    spot, perpetual = feed("bybit", wire("bybit"), wire("bybit", L="ZeroPlusTick"))
    assert (spot.instrument.kind, perpetual.instrument.kind) == ("spot", "perpetual")


@pytest.mark.parametrize(
    ("pair", "base", "quote", "kind"),
    [
        ("BTCUST", "BTC", "USDT", "spot"),
        ("USTUSD", "USDT", "USD", "spot"),
        ("UDCUSD", "USDC", "USD", "spot"),
        ("DSHBTC", "DASH", "BTC", "spot"),
        ("MATIC:BTC", "MATIC", "BTC", "spot"),
        ("DOGE:UST", "DOGE", "USDT", "spot"),
        ("BTCF0:USTF0", "BTC", "USDT", "perpetual"),
        ("TESTBTC:TESTUSD", "TESTBTC", "TESTUSD", "spot"),
    ],
)
def test_bitfinex_pairs(pair: str, base: str, quote: str, kind: str) -> None:
    [_, tick] = feed("bitfinex", subscribed(pair), frame_of("bitfinex", BITFINEX))
    assert tick.instrument == Instrument("bitfinex", pair, base, quote, kind, False)


@pytest.mark.parametrize(
    ("pair", "base", "quote"),
    [
        ("usdtusd", "USDT", "USD"),
        ("gusdusd", "GUSD", "USD"),
        ("pyusdusd", "PYUSD", "USD"),
        ("usdcusdt", "USDC", "USDT"),
        ("sgbeur", "SGB", "EUR"),
        ("wbtcbtc", "WBTC", "BTC"),
    ],
)
def test_bitstamp_pairs(pair: str, base: str, quote: str) -> None:
    [tick] = feed("bitstamp", wire("bitstamp").replace("ethusd", pair))
    assert tick.instrument == Instrument("bitstamp", pair, base, quote, "spot", False)


def test_spot_and_perpetual_of_bitget_have_one_symbol() -> None:
    parser = VENUES["bitget"].parser(VENUES["bitget"].instruments(["BTC"]))
    futures = {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"}
    frames = [frame_of("bitget", TRADE["bitget"], arg=futures), wire("bitget")]
    found = [tick.instrument.kind for frame in frames * 2 for tick in parser.feed(frame)]
    assert found == ["perpetual", "spot"] * 2


# ---- sizes


def test_sizes_of_contracts_become_coins() -> None:
    for symbol, size in (
        ("BTC-USD-SWAP", 8 * 100 / 400),
        ("ETH-USD-220527", 8 * 10 / 400),
        ("BTC-USDT-SWAP", 8 * 0.01),
    ):
        [tick] = feed("okx", wire("okx", instId=symbol, px="400", sz="8"))
        assert tick.size == pytest.approx(size, rel=1e-15)
    for symbol in ("ETH-USDT-SWAP", "BTC-USD-220304-32000-P"):
        [event] = feed("okx", wire("okx", instId=symbol))
        assert event.reason == f"the size of a contract of {symbol} is not known here"
    for symbol, size in (("PI_XBTUSD", 0.02), ("PF_XBTUSD", 8.0)):
        frame = wire("kraken_futures", product_id=symbol, price=400, qty=8)
        [tick] = feed("kraken_futures", frame)
        assert tick.size == size
    tiny = wire("kraken_futures", product_id="PI_XBTUSD", price=1e300, qty=1e-300)
    assert [type(e) for e in feed("kraken_futures", tiny)] == [Malformed]


def test_inverse_contracts_are_converted_to_coins() -> None:
    [tick] = feed("deribit", wire("deribit", instrument_name="BTC-PERPETUAL", amount=61837.5))
    assert (tick.size, tick.instrument.quote) == (1.0, "USD")
    [tick] = feed("bitmex", wire("bitmex", homeNotional=..., size=61837.5 * 2))
    assert tick.size == 2.0
    [event] = feed("bitmex", wire("bitmex", homeNotional=..., symbol="ETHUSD"))
    assert isinstance(event, Malformed)


@pytest.mark.parametrize(
    ("symbol", "fields", "size"),
    [
        ("BTC_CQ", {}, 50 * 100 / 61837.5),
        ("ETH-USD", {}, 50 * 10 / 61837.5),
        ("BTC-USDT", {"quantity": 0.05}, 0.05),
        ("BTC-USDT", {}, None),
    ],
)
def test_htx_contracts(symbol: str, fields: dict[str, Any], size: float | None) -> None:
    trade = TRADE["htx"] | {"amount": 50} | fields
    [event] = feed("htx", frame_of("htx", trade, ch=f"market.{symbol}.trade.detail"))
    assert (event.size if isinstance(event, Tick) else None) == size
