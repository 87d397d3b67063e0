"""Each pricing rule alone, with figures worked out by hand."""

from __future__ import annotations

import json

import pytest

from engine.pricing.pricer import Pricer
from engine.types import HOUR, SECOND, DefinitionRecord, PriceFrame, Sources
from tests.engine.pricing_desk import AT, BE, EUR, USDT, A, B, C, D, Desk, T, frame, spot

# Time


def test_ticks_of_one_instant_take_effect_together() -> None:
    desk = Desk("BTC", "ETH")
    got = desk.trade(
        (A, 1, 100.0), (A, 1, 101.0), (spot("a", "ETH"), 1, 10.0), (A, 2, 102.0), (A, 2, 103.0)
    )
    assert got == [("BTC", 1, 101.0), ("ETH", 1, 10.0), ("BTC", 2, 103.0)]


def test_time_never_runs_backwards_and_frames_share_no_instant() -> None:
    desk = Desk("BTC")
    first = desk.send(frame([(A, 5, 100.0, 1.0)], ["1"], now=T + 6 * SECOND))
    assert (first.at, first.now) == ([T + 5 * SECOND], T + 6 * SECOND)
    # Received before the `now` of the frame before: moved to just behind it, as one instant.
    trades = [(A, 3, 101.0, 1.0), (A, 4, 102.0, 1.0)]
    late = desk.send(frame(trades, ["2", "3"], ts=[first.now, first.now]))
    assert (late.at, late.price, late.now) == ([first.now + 1], [102.0], first.now + 1)
    clock = desk.send(frame([], [], now=T))
    assert (clock.at, clock.now) == ([], first.now + 1)


def test_every_clock_frame_lets_time_flow_on() -> None:
    desk = Desk("BTC")
    assert desk.send(frame([], [], now=T + 7)) == PriceFrame(
        T + 7, "live", [], [], [], [], [], {}, []
    )


def test_a_definition_goes_on_with_the_highest_time_seen() -> None:
    desk = Desk("BTC")
    desk.trade((A, 5, 100.0))
    (output,) = desk.pricer.apply(DefinitionRecord(T, "replay", "X", None))
    assert output.body == DefinitionRecord(T + 5 * SECOND, "replay", "X", None)
    # Its own time, here far ahead, holds no tick up.
    desk.define("X", {"assets": ["BTC"]}, now=T + HOUR)
    assert [at for _, at, _ in desk.trade((A, 6, 101.0))] == [6]


# Which prices


def test_benchmarks_are_priced_unless_they_are_indices() -> None:
    desk = Desk("BTC", benchmarks=["ETH", "Y"])
    desk.define("Y", {"assets": ["SOL"], "change": [{"at": T, "add": ["ADA"], "remove": []}]})
    assert list(desk.pricer.book.keys) == ["ADA", "BTC", "ETH", "SOL"]
    desk.define("Y", None)
    assert list(desk.pricer.book.keys) == ["BTC", "ETH", "Y"]


def test_only_wanted_keys_are_priced_and_a_later_definition_starts_warm() -> None:
    desk = Desk("ETH")
    assert desk.trade((A, 1, 100.0), (B, 1, 101.0, 2.0)) == []
    desk.define("Y", {"assets": ["BTC"]})
    assert desk.clock(2) == [("BTC", 2, 101.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {}, [])
    desk.define("Y", None)
    assert desk.trade((A, 3, 100.0)) == []


def test_only_the_kinds_asked_for_make_a_price() -> None:
    desk = Desk("BTC", kinds=["spot", "perpetual"])
    desk.define("Y", {"assets": ["BTC"]})
    perpetual = B._replace(kind="perpetual")
    assert desk.trade((A, 1, 100.0), (perpetual, 1, 102.0, 3.0)) == [
        ("BTC", 1, 100.0),
        ("BTC@perpetual+spot", 1, 102.0),
    ]


# Conversion


def test_a_quote_converts_by_its_own_traded_price() -> None:
    desk = Desk("BTC")
    assert desk.trade((USDT, 1, 0.5), (AT, 1, 100.0)) == [("BTC", 1, 50.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSDT"], {}, ["single_source"])
    # The rate alone moves: the price follows in that instant, once.
    assert desk.trade((USDT, 2, 0.51), (USDT, 3, 0.51)) == [("BTC", 2, 51.0)]


def test_a_pegged_quote_without_trades_counts_as_one_and_says_so() -> None:
    desk = Desk("BTC")
    assert desk.trade((AT, 1, 100.0)) == [("BTC", 1, 100.0)]
    assert desk.sources["BTC"].flags == ["assumed_peg", "single_source"]
    assert desk.trade((USDT, 2, 0.99)) == [("BTC", 2, 99.0)]
    assert desk.sources["BTC"].flags == ["single_source"]
    # The rate goes stale while the price's own source is fresh: assumed again.
    assert desk.trade((AT, 100, 100.0)) == [("BTC", 100, 99.0)]
    assert desk.clock(182) == [("BTC", 182, 100.0)]
    assert desk.sources["BTC"].flags == ["assumed_peg", "single_source"]


def test_another_quote_without_a_rate_is_left_out() -> None:
    desk = Desk("BTC")
    assert desk.trade((BE, 1, 90.0)) == []
    assert desk.sources["BTC"] == Sources([], {"b:BTCEUR": "no_conversion"}, ["stale"])
    assert desk.pricer.counters.unknown_conversion == 1
    assert desk.trade((A, 2, 100.0)) == [("BTC", 2, 100.0)]
    assert desk.sources["BTC"] == Sources(
        ["a:BTCUSD"], {"b:BTCEUR": "no_conversion"}, ["single_source"]
    )
    # 90 EUR at 1.1 are 99 USD; both weigh by what they traded in USD: 99 to 100.
    assert desk.trade((EUR, 3, 1.1)) == [("BTC", 3, 100.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCEUR"], {}, [])


def test_a_rate_is_made_of_usd_pairs_only() -> None:
    desk = Desk("ETH")
    eth_btc = spot("a", "ETH", "BTC")
    assert desk.trade((AT, 1, 100.0), (eth_btc, 1, 0.1)) == []
    assert desk.trade((A, 2, 200.0)) == [("ETH", 2, 20.0)]


# Staleness


def test_a_source_leaves_after_three_minutes_and_comes_back() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 5.0), (B, 0, 101.0))
    assert desk.trade((B, 100, 102.0)) == [("BTC", 100, 100.0)]
    assert desk.clock(179.999) == []
    assert desk.clock(180) == [("BTC", 180, 102.0)]
    assert desk.sources["BTC"] == Sources(["b:BTCUSD"], {"a:BTCUSD": "stale"}, ["single_source"])
    assert desk.trade((A, 181, 103.0, 9.0)) == [("BTC", 181, 103.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {}, [])


def test_a_source_leaves_on_time_between_the_trades_of_one_frame() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0.5, 100.0, 50.0), (B, 0.5, 101.0))
    assert desk.trade((B, 180.1, 102.0), (B, 180.4, 102.0), (B, 180.6, 102.0)) == [
        ("BTC", 180.1, 100.0),
        ("BTC", 180.4, 100.0),
        ("BTC", 180.6, 102.0),
    ]


def test_a_source_that_just_left_is_gone_after_a_restart_too() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 50.0), (B, 1, 101.0))
    desk.clock(180)
    desk.pricer = Pricer.load(json.loads(json.dumps(desk.pricer.dump())))
    assert desk.clock(180.2) == []
    assert desk.trade((B, 180.5, 102.0)) == [("BTC", 180.5, 102.0)]


def test_where_nobody_is_fresh_the_price_stands_and_is_stale() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0), (B, 10, 101.0))
    desk.clock(180)
    assert desk.clock(500) == []
    assert desk.sources["BTC"] == Sources(
        ["b:BTCUSD"], {"a:BTCUSD": "stale"}, ["single_source", "stale"]
    )
    assert desk.pricer.book.keys["BTC"].price == 101.0
    assert desk.trade((A, 501, 105.0)) == [("BTC", 501, 105.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD"], {"b:BTCUSD": "stale"}, ["single_source"])


def test_stale_sources_leave_before_the_first_trade_that_comes_later() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 50.0), (B, 0, 101.0))
    assert desk.trade((B, 180, 102.0)) == [("BTC", 180, 102.0)]


# Outliers


def test_of_three_the_one_beyond_five_percent_is_out_until_within_half_of_it() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0), (C, 1, 105.0, 100.0))
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD", "c:BTCUSD"], {}, [])
    assert desk.trade((C, 2, 105.1, 100.0)) == [("BTC", 2, 100.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {"c:BTCUSD": "outlier"}, [])
    assert desk.trade((C, 3, 102.6, 100.0)) == [("BTC", 3, 100.0)]
    assert desk.sources["BTC"].excluded == {"c:BTCUSD": "outlier"}
    assert desk.trade((C, 4, 102.5, 100.0)) == [("BTC", 4, 102.5)]
    assert desk.sources["BTC"].excluded == {}


def test_of_two_that_disagree_the_farther_from_the_last_price_is_out() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0, 100.0))
    assert desk.trade((B, 2, 105.1, 100.0)) == [("BTC", 2, 100.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD"], {"b:BTCUSD": "outlier"}, ["single_source"])
    assert desk.trade((B, 3, 102.6, 100.0)) == [("BTC", 3, 100.0)]
    assert desk.trade((B, 4, 102.5, 100.0)) == [("BTC", 4, 102.5)]
    # Now the other crashes: 102.5 is the last price, so it is the crash that is out.
    assert desk.trade((A, 5, 51.0, 1e9)) == [("BTC", 5, 102.5)]
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}


def test_two_that_disagree_without_a_last_price_both_stay() -> None:
    desk = Desk("BTC")
    assert desk.trade((A, 1, 100.0), (B, 1, 120.0, 3.0)) == [("BTC", 1, 120.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {}, ["disagreement"])


def test_an_even_split_is_judged_by_the_last_price() -> None:
    desk = Desk("BTC")
    pairs = ((A, 1, 100.0), (B, 1, 100.0), (C, 1, 200.0, 50.0), (D, 1, 200.0, 50.0))
    assert desk.trade(*pairs) == [("BTC", 1, 200.0)]
    assert desk.sources["BTC"].flags == ["disagreement"]
    assert desk.trade((A, 2, 101.0)) == [("BTC", 2, 200.0)]
    assert desk.sources["BTC"] == Sources(
        ["c:BTCUSD", "d:BTCUSD"], {"a:BTCUSD": "outlier", "b:BTCUSD": "outlier"}, []
    )


# The volume-weighted median


@pytest.mark.parametrize(
    ("sizes", "price"),
    [
        ((1.0, 1.0, 1.0), 101.0),
        ((3.0, 1.0, 1.0), 100.0),  # 300 of 503 lie at 100
        ((1.0, 1.0, 3.0), 102.0),
        ((0.0, 0.0, 0.0), 101.0),  # a trade of nothing weighs a little, so the middle one
    ],
)
def test_half_of_the_traded_usd_lies_at_or_below_the_price(
    sizes: tuple[float, ...], price: float
) -> None:
    desk = Desk("BTC")
    trades = zip((C, A, B), (100.0, 101.0, 102.0), sizes, strict=True)
    assert desk.trade(*((i, 1, p, size) for i, p, size in trades)) == [("BTC", 1, price)]


def test_exactly_half_is_the_mean_with_the_next() -> None:
    desk = Desk("BTC")
    # 102 USD traded at 100 and 102 USD at 102.
    got = desk.trade((A, 1, 100.0, 1.02), (B, 1, 102.0, 1.0))
    assert 100.0 * 1.02 == 102.0
    assert got == [("BTC", 1, 101.0)]


def test_volume_decays_by_half_in_an_hour() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 3.0), (B, 0, 102.0, 0.0))
    # An hour on: A 300/2 + 0, B 0 + 102 × size. Below 150 USD A is the half, above it B.
    assert desk.trade((A, 3600, 100.0, 0.0), (B, 3600, 102.0, 1.47)) == [("BTC", 3600, 100.0)]
    assert desk.trade((B, 3600.5, 102.0, 0.01)) == [("BTC", 3600.5, 102.0)]


def test_weights_survive_long_silences() -> None:
    desk = Desk("BTC")
    year = 365 * 86400
    assert desk.trade((A, 0, 100.0, 1e9), (B, 0, 101.0)) == [("BTC", 0, 100.0)]
    assert desk.trade((A, year, 100.0), (B, year, 101.0)) == [("BTC", year, 101.0)]
    assert desk.trade((A, 9 * year, 100.0)) == [("BTC", 9 * year, 100.0)]
