"""Names of coins: the table, multiples to the last digit, and what the Pricer makes of them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.venues.registry import VENUES
from engine.names import is_asset_name
from engine.pricing.coin_table import MULTIPLES, ROWS, CoinName
from engine.pricing.coins import as_named_now, coin, listed, meaning, of_one_coin, own_name, shifted
from engine.records import Instrument, Kind, Tick
from tests.engine.pricing_desk import Desk, T, frame

PEPE = listed("binance_usdm", "1000PEPEUSDT", "1000PEPE", "USDT", "perpetual", True)
KPEPE = listed("hyperliquid", "kPEPE", "kPEPE", "USDC", "perpetual", False)


def test_every_row_is_sound_and_has_a_source() -> None:
    keys = [(r.venue, r.kind, r.theirs) for r in ROWS]
    assert len(set(keys)) == len(keys)
    for row in ROWS:
        assert row.venue in (*VENUES, "*"), row
        assert row.kind in (*get_args(Kind), "*"), row
        assert is_asset_name(row.ours), row
        assert row.theirs != row.ours, row
        assert len(row.source) > 10, row
    assert {venue for venue, _ in MULTIPLES} <= set(VENUES)


@pytest.mark.parametrize("row", [r for r in ROWS if r.places], ids=lambda r: r.venue + r.theirs)
def test_a_multiple_is_what_its_name_says(row: CoinName) -> None:
    said = re.sub("^1M", "1000000", re.sub("^k", "1000", row.theirs))
    [zeros] = re.findall(r"1(0{3,})", said)
    assert row.places == len(zeros)


def test_a_listed_name_leads_there_and_back() -> None:
    for row in (r for r in ROWS if r.listed and r.venue != "*"):
        kind = "spot" if row.kind == "*" else row.kind
        assert coin(row.venue, kind, row.theirs)[:2] == (row.ours, row.places)
        first = own_name(row.venue, kind, row.ours)
        assert first is not None
        assert coin(row.venue, kind, first).name == row.ours


@pytest.mark.parametrize(
    ("venue", "kind", "theirs", "ours", "places"),
    [
        ("binance_usdm", "perpetual", "1000PEPE", "PEPE", 3),
        ("binance_usdm", "perpetual", "1MBABYDOGE", "BABYDOGE", 6),
        ("binance_usdm", "perpetual", "1000000MOG", "MOG", 6),
        ("binance_usdm", "perpetual", "10000NEWCOIN", "NEWCOIN", 4),  # by the venue's way of naming
        ("binance", "spot", "1000SATS", "SATS", 3),
        ("binance", "spot", "1INCH", "1INCH", 0),
        ("binance", "spot", "币安人生", "币安人生", 0),
        ("bybit", "perpetual", "SHIB1000", "SHIB", 3),
        ("bybit", "spot", "1000X", "1000X", 0),
        ("gate", "spot", "1000X", "1000X", 0),
        ("hyperliquid", "perpetual", "kPEPE", "PEPE", 3),
        ("hyperliquid", "perpetual", "KAS", "KAS", 0),
        ("kraken", "spot", "LUNA", "LUNC", 0),
        ("kraken", "spot", "LUNA2", "LUNA", 0),
        ("kraken", "spot", "XDG", "DOGE", 0),
        ("bitfinex", "spot", "UST", "USDT", 0),
        ("bitfinex", "spot", "TERRAUST", "USTC", 0),
        ("binance", "spot", "UST", "USTC", 0),
        ("binance", "spot", "LUNA", "LUNA", 0),
        ("upbit", "spot", "TON", "TOKAMAK", 0),
        ("bitstamp", "spot", "ust", "USTC", 0),
    ],
)
def test_what_venues_mean(venue: str, kind: str, theirs: str, ours: str, places: int) -> None:
    assert coin(venue, kind, theirs)[:2] == (ours, places)


@pytest.mark.parametrize(
    ("venue", "kind", "asset", "theirs"),
    [
        ("binance_usdm", "perpetual", "PEPE", "1000PEPE"),
        ("hyperliquid", "perpetual", "PEPE", "kPEPE"),
        ("bybit", "perpetual", "SHIB", "SHIB1000"),
        ("bybit", "spot", "SHIB", "SHIB"),
        ("kraken", "spot", "LUNA", "LUNA2"),
        ("kraken", "spot", "BTC", "BTC"),
        ("kraken_futures", "perpetual", "BTC", "XBT"),
        ("bitfinex", "spot", "USTC", "TERRAUST"),
        ("upbit", "spot", "TON", None),
        ("gate", "spot", "GTC", None),
    ],
)
def test_what_is_asked_for(venue: str, kind: str, asset: str, theirs: str | None) -> None:
    assert own_name(venue, kind, asset) == theirs


@pytest.mark.parametrize(
    ("venue", "symbol"),
    [
        ("binance_usdm", "1000PEPEUSDT"),
        ("hyperliquid", "kPEPE"),
        ("bybit", "PEPEUSDT"),
        ("kraken", "PEPE/USD"),
    ],
)
def test_connectors_subscribe_to_what_the_venue_lists(venue: str, symbol: str) -> None:
    named = {i.symbol: i.base for i in VENUES[venue].instruments(["PEPE"])}
    assert named[symbol] == "PEPE"


@given(
    st.decimals(0, 10**6, places=None, allow_nan=False, allow_infinity=False).filter(
        lambda d: len(d.as_tuple().digits) <= 15 and d.adjusted() > -20
    ),
    st.sampled_from([-6, -4, -3, 3, 6]),
)
def test_a_number_is_shifted_as_in_decimal(number: Decimal, places: int) -> None:
    assert shifted(float(number), places) == float(number.scaleb(places))


def test_prices_beyond_doubles_are_refused() -> None:
    assert of_one_coin(Tick(PEPE, 0.00421, 100.0, "buy", "1", T))[1:3] == (0.00000421, 100_000.0)
    with pytest.raises(ValueError, match="of one"):
        of_one_coin(Tick(PEPE, 5e-324, 1.0, "buy", "1", T))
    with pytest.raises(ValueError, match="of one"):
        of_one_coin(Tick(PEPE, 1.0, 1e306, "buy", "1", T))
    assert of_one_coin(Tick(PEPE, 0.0, 1e306, "buy", "1", T, True))[1:3] == (0.0, 0.0)


@pytest.mark.parametrize(
    ("venue", "symbol", "recorded", "now"),
    [
        ("kraken", "LUNA/USD", "LUNA", "LUNC"),
        ("kraken", "LUNA2/USD", "LUNA2", "LUNA"),
        ("kraken", "LUNA2/USD", "LUNA", "LUNA"),
        ("kraken", "LUNA/USD", "LUNC", "LUNC"),
        ("kraken", "BTC/USD", "BTC", "BTC"),
        ("binance_usdm", "1000PEPEUSDT", "1000PEPE", "PEPE"),
        ("binance_usdm", "1000PEPEUSDT", "PEPE", "PEPE"),
        ("hyperliquid", "kPEPE", "KPEPE", "PEPE"),
    ],
)
def test_recordings_are_read_under_todays_names(
    venue: str, symbol: str, recorded: str, now: str
) -> None:
    kind: Kind = "spot" if venue == "kraken" else "perpetual"
    old = Instrument(venue, symbol, recorded, "USD", kind, True)
    assert as_named_now(old) == old._replace(base=now)
    assert as_named_now(as_named_now(old)) == old._replace(base=now)


def test_a_hidden_name_has_the_source_of_its_row() -> None:
    btc = listed("hyperliquid", "@142", "UBTC", "USDC", "spot", False)
    assert (btc.base, meaning(btc).places) == ("BTC", 0)
    assert "hyperliquid" in meaning(btc).source


def test_one_coin_is_priced_from_venues_that_count_it_by_the_thousand() -> None:
    desk = Desk("PEPE", kinds=["perpetual"])
    sent = [
        of_one_coin(Tick(PEPE, 0.00421, 1000.0, None, "1", T)),
        of_one_coin(Tick(KPEPE, 0.00423, 1000.0, None, "1", T)),
    ]
    body = desk.send(frame([(t.instrument, 0, t.price, t.size) for t in sent], ["1", "1"]))
    assert body.asset == ["PEPE@perpetual"]
    assert 0.00000421 <= body.price[0] <= 0.00000423
    assert desk.sources["PEPE@perpetual"].excluded == {}


def test_a_symbol_that_an_older_log_names_otherwise_goes_on() -> None:
    desk = Desk("PEPE", kinds=["perpetual"])
    old = PEPE._replace(base="1000PEPE")
    assert desk.send(frame([(old, 0, 0.00421, 1.0)], ["1"])).asset == []
    body = desk.send(frame([(PEPE, 1, 0.00000421, 1000.0)], ["2"]))
    assert (body.asset, body.price) == (["PEPE@perpetual"], [0.00000421])
    assert body.gaps == []
    again = desk.send(frame([(PEPE, 2, 0.00000421, 1000.0)], ["2"]))
    assert again.asset == []
    assert desk.pricer.counters.duplicate == 1


def test_trades_outside_the_book_close_the_line_and_never_price() -> None:
    btc = Instrument("v", "BTCUSD", "BTC", "USD", "spot", True)
    desk = Desk("BTC")
    first = frame([(btc, 0, 0.0, 0.0)], ["1"])._replace(off_book=(0,))
    assert desk.send(first).asset == []
    assert desk.send(frame([(btc, 1, 100.0, 1.0)], ["2"])).price == [100.0]
    trades = [(btc, 2.0, price, 1.0) for price in (100.0, 80.0, 101.0)]
    middle = frame(trades, ["3", "4", "5"])
    body = desk.send(middle._replace(off_book=(1,)))
    assert (body.price, body.gaps) == ([101.0], [])
    body = desk.send(frame([(btc, 3, 80.0, 50.0)], ["8"])._replace(off_book=(0,)))
    assert body.asset == []
    assert [(gap.start, gap.reason) for gap in body.gaps] == [(T + 2 * 10**9, "ids")]
    assert desk.send(frame([(btc, 4, 102.0, 1.0)], ["9"])).gaps == []
    assert desk.pricer.counters.off_book == 3
    assert desk.pricer.counters.rejected_price == 0
