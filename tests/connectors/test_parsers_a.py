"""What nine more parsers say to trades and to what is none."""

import json
from typing import Any

import pytest

from connectors.venues.base import Malformed
from engine.types import Instrument, Tick
from tests.connectors.wire_a import (
    BITFINEX,
    FIELDS,
    PRICE,
    TRADE,
    feed,
    subscribed,
    wire,
    wrapped,
)

ONE = {
    "okx": Tick(
        Instrument("okx", "BTC-USDT", "BTC", "USDT", "spot", False),
        *(30236.0, 0.0002, "buy", "338476307", 1652459224818_000_000),
    ),
    "bybit": Tick(
        Instrument("bybit", "BTCUSDT", "BTC", "USDT", "spot", False),
        *(65114.2, 0.004, "sell", "a9188a0a-82bc-50de-be60-03eedbe3cdd7", 1786310819680_000_000),
    ),
    "binance_usdm": Tick(
        Instrument("binance_usdm", "BTCUSDT", "BTC", "USDT", "perpetual", True),
        *(61800.3, 0.006, "buy", "5266583935", 1723161256321_000_000),
    ),
    "coinbase_advanced": Tick(
        Instrument("coinbase_advanced", "BTC-USD", "BTC", "USD", "spot", True),
        *(65083.67, 0.01034361, "buy", "1068572091", 1786309548_167634_000),  # the maker sold
    ),
    "kraken_futures": Tick(
        Instrument("kraken_futures", "PF_XBTUSD", "BTC", "USD", "perpetual", False),
        *(39054.5, 0.25, "buy", "e2429e31-8b9d-4195-900e-fd42be2dec89", 1626994929946_000_000),
    ),
    "bitstamp": Tick(
        Instrument("bitstamp", "ethusd", "ETH", "USD", "spot", False),
        *(3805.44, 0.0792, "sell", "216000477", 1641343699596123_000),
    ),
    "gemini": Tick(
        Instrument("gemini", "LTCUSD", "LTC", "USD", "spot", False),
        *(315.2, 1.86438, "buy", "34359635986", 1618677946452_000_000),
    ),
    "gate": Tick(
        Instrument("gate", "NEO_BTC", "NEO", "BTC", "spot", False),
        *(0.0018735, 0.5, "buy", "816995970", 1619093546958_116_400),
    ),
}


@pytest.mark.parametrize("venue", TRADE)
def test_one_trade_of_each(venue: str) -> None:
    assert feed(venue, wire(venue)) == [ONE[venue]]
    assert feed(venue, wire(venue).encode()) == [ONE[venue]]


def test_one_trade_of_bitfinex() -> None:
    instrument = Instrument("bitfinex", "ETHJPY", "ETH", "JPY", "spot", False)
    last = ("658733916", 1617643611128_000_000)
    sale = Tick(instrument, 230890.0, 0.7574881, "sell", *last)
    assert feed("bitfinex", wrapped("bitfinex", BITFINEX)) == [sale]
    bought = [*BITFINEX[:2], 2, 0.5, "a field of the future"]
    assert feed("bitfinex", wrapped("bitfinex", bought)) == [
        Tick(instrument, 0.5, 2.0, "buy", *last)
    ]
    again = json.dumps([7, "tu", BITFINEX])
    assert feed("bitfinex", wrapped("bitfinex", BITFINEX), again) == [sale], "te and tu are one"
    assert feed("bitfinex", json.dumps([7, [BITFINEX, BITFINEX]])) == [], "history"
    [unknown] = feed("bitfinex", json.dumps([8, "te", BITFINEX]))
    assert isinstance(unknown, Malformed)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", [None, [], {}, "1", "", True, 0, 1e400])
def test_bitfinex_values_of_a_wrong_type(place: int, value: Any) -> None:
    trade = [*BITFINEX[:place], value, *BITFINEX[place + 1 :]]
    events = feed("bitfinex", wrapped("bitfinex", trade))
    if place == 0 and value == 0 and value is not True:
        assert [e.id for e in events] == ["0"]
    else:
        assert [type(e) for e in events] == [Malformed]
    assert [type(e) for e in feed("bitfinex", json.dumps([7, "te"]))] == [Malformed]
    assert [type(e) for e in feed("bitfinex", json.dumps([7, "te", BITFINEX[:3]]))] == [Malformed]


@pytest.mark.parametrize("venue", TRADE)
def test_a_missing_field_is_malformed_and_named(venue: str) -> None:
    for name in FIELDS[venue]:
        [event] = feed(venue, wire(venue, **{name: ...}))
        assert isinstance(event, Malformed), name
        assert repr(name) in event.reason


@pytest.mark.parametrize("venue", TRADE)
def test_a_field_of_a_wrong_type_is_malformed(venue: str) -> None:
    for name in FIELDS[venue]:
        for value in (None, [], {}, [1], {"a": 1}, "", -1.5, -1, "x" * 99):
            [event] = feed(venue, wire(venue, **{name: value}))
            assert isinstance(event, Malformed), (name, value)


@pytest.mark.parametrize("venue", TRADE)
@pytest.mark.parametrize("price", ["0", "-1", "1e999", "-1e999"])
def test_prices_that_are_none(venue: str, price: str) -> None:
    text = price if venue == "kraken_futures" else json.dumps(price)
    frame = wire(venue, **{PRICE[venue]: 0.125}).replace("0.125", text)
    assert text in frame
    assert [type(e) for e in feed(venue, frame)] == [Malformed]


@pytest.mark.parametrize("venue", sorted(set(TRADE) - {"kraken_futures"}))
@pytest.mark.parametrize("price", ["NaN", "nan", "inf", "Infinity", "1_000", "0x10", "1,5"])
def test_texts_that_are_no_price(venue: str, price: str) -> None:
    assert [type(e) for e in feed(venue, wire(venue, **{PRICE[venue]: price}))] == [Malformed]


@pytest.mark.parametrize("venue", [*TRADE, "bitfinex"])
def test_half_a_frame_is_malformed(venue: str) -> None:
    whole = wrapped("bitfinex", BITFINEX) if venue == "bitfinex" else wire(venue)
    for end in range(len(whole)):
        assert [type(e) for e in feed(venue, whole[:end])] == [Malformed]


def test_large_integers_stay_exact() -> None:
    number = 2**53 + 1
    names: dict[str, tuple[str, Any]] = {
        "okx": ("tradeId", str(number)),
        "binance_usdm": ("t", number),
        "coinbase_advanced": ("trade_id", str(number)),
        "bitstamp": ("id", number),
        "gemini": ("event_id", number),
        "gate": ("id", number),
    }
    for venue, (name, value) in names.items():
        [tick] = feed(venue, wire(venue, **{name: value}))
        assert tick.id == "9007199254740993"


@pytest.mark.parametrize(
    "text", ["1619093546958.", ".5", "1619093546958.1.1", "1e12", "٣", "-1", " 1619093546958"]
)
def test_times_in_text_that_are_none(text: str) -> None:
    for venue, name in (("gate", "create_time_ms"), ("okx", "ts"), ("bitstamp", "microtimestamp")):
        [event] = feed(venue, wire(venue, **{name: text}))
        assert isinstance(event, Malformed), venue


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1682689046123.0", 1682689046123_000_000),
        ("1619093543708.2642", 1619093543708_264_200),
        ("1619093543708.264212345", 1619093543708_264_212),
        ("1619093543708", 1619093543708_000_000),
    ],
)
def test_gate_times_are_exact(text: str, ns: int) -> None:
    [tick] = feed("gate", wire("gate", create_time_ms=text))
    assert tick.ts == ns


# ---- symbols and sizes

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
}


@pytest.mark.parametrize(("venue", "symbol", "base", "quote", "kind"), SYMBOLS)
def test_symbols_are_read(venue: str, symbol: str, base: str, quote: str, kind: str) -> None:
    [tick] = feed(venue, wire(venue, **{SYMBOL_FIELD[venue]: symbol}))
    assert tick.instrument[1:5] == (symbol, base, quote, kind)


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
    [_, tick] = feed("bitfinex", subscribed(pair), wrapped("bitfinex", BITFINEX))
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
    ],
)
def test_symbols_that_are_none(venue: str, symbol: Any) -> None:
    events = feed(venue, wire(venue, **{SYMBOL_FIELD[venue]: symbol}))
    assert [type(e) for e in events] == [Malformed]


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


# ---- sides, and what is special to a venue


def test_gemini_block_trades_have_no_side_and_tid_comes_first() -> None:
    [tick] = feed("gemini", wire("gemini", side="block"))
    assert tick.side is None
    [tick] = feed("gemini", wire("gemini", tid=2840141017342098))
    assert tick.id == "2840141017342098"


def test_gemini_v3_times_are_exact() -> None:
    trade = {"E": 1783981140085684201, "s": "btcusd", "t": 7, "p": "62145.38", "q": "1", "m": True}
    [tick] = feed("gemini", json.dumps(trade))
    assert (tick.ts, tick.side, tick.id) == (1783981140085684201, "sell", "7")
    assert [type(e) for e in feed("gemini", json.dumps(trade | {"m": 1}))] == [Malformed]


def test_binance_usdm_tells_futures_from_spot_and_the_market_from_the_rest() -> None:
    [spot] = feed("binance_usdm", wire("binance_usdm", M=True))
    assert isinstance(spot, Malformed)
    [old] = feed("binance_usdm", wire("binance_usdm", X=...))
    assert old == ONE["binance_usdm"]
    [fund] = feed("binance_usdm", wire("binance_usdm", X="INSURANCE_FUND"))
    assert fund == ONE["binance_usdm"]._replace(off_book=True)
    [bad] = feed("binance_usdm", wire("binance_usdm", X=[]))
    assert isinstance(bad, Malformed)
    combined = json.dumps({"stream": "btcusdt@trade", "data": TRADE["binance_usdm"]})
    assert feed("binance_usdm", combined) == [ONE["binance_usdm"]]


def test_coinbase_advanced_trades_come_oldest_first() -> None:
    trade = TRADE["coinbase_advanced"]
    rows = [trade | {"trade_id": n} for n in ("12", "11", "10", "9")]
    rows.insert(1, trade | {"trade_id": "x"})
    events = feed("coinbase_advanced", wrapped("coinbase_advanced", *rows))
    assert [type(e) for e in events] == [Malformed, Tick, Tick, Tick, Tick]
    assert [e.id for e in events[1:]] == ["9", "10", "11", "12"]


def test_the_good_trades_of_a_frame_are_used() -> None:
    for venue, name, value in (("okx", "px", "-1"), ("bybit", "S", "sell")):
        good = TRADE[venue]
        events = feed(venue, wrapped(venue, good, good | {name: value}, good))
        assert [type(e) for e in events] == [Tick, Malformed, Tick]
