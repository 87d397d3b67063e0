"""Each pricing rule alone, with figures worked out by hand."""

from __future__ import annotations

import json

import pytest

from engine.pricing.pricer import Pricer
from engine.pricing.rules import RULES
from engine.records import DefinitionRecord, Instrument, PriceFrame, Sources
from engine.types import HOUR, SECOND
from tests.engine.pricing_desk import AT, AT_ONCE, BE, EUR, USDT, A, B, C, Desk, T, frame, spot

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
    assert sorted(desk.pricer.book.keys) == ["ADA", "BTC", "ETH", "SOL"]
    desk.define("Y", None)
    assert sorted(desk.pricer.book.keys) == ["BTC", "ETH", "Y"]


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
    # Half of what is assumed where nothing is known, but no price had rested on that.
    assert desk.sources["BTC"] == Sources(["a:BTCUSDT"], {}, ["single_source"])
    # The rate alone moves: the price follows in that instant, once.
    assert desk.trade((USDT, 2, 0.51), (USDT, 3, 0.51)) == [("BTC", 2, 51.0)]


def test_a_pegged_quote_without_trades_counts_as_one_and_says_so() -> None:
    desk = Desk("BTC")
    assert desk.trade((AT, 1, 100.0)) == [("BTC", 1, 100.0)]
    assert desk.sources["BTC"].flags == ["assumed_peg", "single_source"]
    assert desk.trade((USDT, 2, 0.99)) == [("BTC", 2, 99.0)]
    assert desk.sources["BTC"].flags == ["single_source"]
    # The rate goes stale while the price's own source is fresh: the last known one stays.
    assert desk.trade((AT, 100, 100.0)) == [("BTC", 100, 99.0)]
    assert desk.clock(182) == [("BTC", 182, 99.0)]
    assert desk.sources["BTC"].flags == ["single_source", "stale_rate"]


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
    # Its age counts as well: 10 s on it weighs half, 250 to 203.
    assert desk.trade((B, 10, 102.0)) == [("BTC", 10, 100.0)]
    assert desk.clock(179.999) == []
    assert desk.clock(180) == [("BTC", 180, 102.0)]
    assert desk.sources["BTC"] == Sources(["b:BTCUSD"], {"a:BTCUSD": "stale"}, ["single_source"])
    assert desk.trade((A, 181, 103.0, 9.0)) == [("BTC", 181, 103.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {}, [])


def test_a_source_leaves_on_time_between_the_trades_of_one_frame() -> None:
    desk = Desk("BTC")
    # A trades once a minute: nobody takes it for halted before it is stale.
    desk.trade((A, 0.5, 100.0, 5e4), (B, 0.5, 101.0), (A, 60.5, 100.0), (A, 120.5, 100.0))
    assert desk.sources["BTC"].excluded == {"b:BTCUSD": "thin"}
    assert desk.trade((B, 300.1, 102.0), (B, 300.4, 102.0), (B, 300.6, 102.0)) == [
        ("BTC", 300.1, 100.0),
        ("BTC", 300.4, 100.0),
        ("BTC", 300.6, 102.0),
    ]


def test_a_source_that_just_left_is_gone_after_a_restart_too() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 50.0), (B, 1, 101.0))
    desk.clock(180)
    desk.pricer = Pricer.load(json.loads(json.dumps(desk.pricer.dump())), AT_ONCE)
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
    assert desk.trade((A, 501, 103.0)) == [("BTC", 501, 103.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD"], {"b:BTCUSD": "stale"}, ["single_source"])


def test_stale_sources_leave_before_the_first_trade_that_comes_later() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 50.0), (B, 0, 101.0))
    assert desk.trade((B, 180, 102.0)) == [("BTC", 180, 102.0)]


# The first price


def test_no_price_before_five_seconds_nor_from_one_print() -> None:
    desk = Desk("BTC", rules=RULES)
    assert desk.trade((A, 0, 140.0, 0.001), (B, 1, 100.0)) == []
    assert desk.clock(4.999) == []
    assert desk.clock(6) == [("BTC", 5.0, 100.0)], "at the very instant"
    alone = Desk("BTC", rules=RULES)
    assert alone.trade((A, 0, 100.0), (A, 0, 100.1)) == []
    assert alone.clock(100) == []
    assert alone.trade((A, 101, 100.2)) == [("BTC", 101, 100.2)]
    # Known before, later wanted by a second index: at once.
    alone.define("Y", {"assets": ["BTC"], "kinds": ["spot", "perpetual"]})
    assert alone.clock(102) == [("BTC@perpetual+spot", 102, 100.2)]


# Single prints


def test_a_print_far_off_waits_for_the_next() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0))
    assert desk.trade((A, 2, 90.0)) == []
    assert desk.trade((A, 2.05, 89.0)) == [], "another fill of the same order"
    assert desk.trade((A, 3, 99.0)) == [("BTC", 3, 99.0)], "a wick"
    assert desk.trade((A, 4, 90.0), (A, 4.5, 90.5)) == [("BTC", 4.5, 90.5)], "a move"
    # One that is rejected by a print far on the other side: that one is judged anew.
    assert desk.trade((A, 5, 80.0), (A, 6, 110.0)) == []
    assert desk.trade((A, 7, 80.0)) == []
    assert desk.trade((A, 8, 80.0)) == [("BTC", 8, 80.0)]
    assert desk.pricer.counters.unproven == 6


def test_a_print_far_off_is_believed_after_a_while_where_others_could_object() -> None:
    """A second where others could object (they do: it is out); where nobody can, not before a
    second print, and by then nobody is fresh."""
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0))
    desk.trade((A, 2, 90.0))
    desk.clock(2.999)
    assert desk.sources["BTC"].excluded == {}
    desk.clock(3)
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}
    alone = Desk("BTC")
    alone.trade((A, 1, 100.0))
    assert alone.trade((A, 2, 90.0)) == []
    assert alone.clock(181.999) == [], "stale by then"
    assert alone.sources["BTC"].flags == ["single_source", "stale"]
    assert alone.clock(900) == []
    assert alone.trade((A, 901, 90.0)) == [("BTC", 901, 90.0)]
    assert alone.sources["BTC"].flags == ["single_source"]
    assert alone.trade((A, 902, 90.5)) == [("BTC", 902, 90.5)]


def test_first_prints_far_off_of_two_venues_prove_each_other() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1.1, 100.0), (C, 1.2, 100.0))
    assert desk.trade((A, 2, 90.0)) == []
    assert desk.pricer.counters.unproven == 1
    # Alone it waits a second; another venue's at that price is the second print.
    assert desk.trade((B, 2.2, 90.5)) == [("BTC", 2.2, 90.5)]
    assert not desk.pricer.book.unproven


def test_prints_far_off_at_two_prices_prove_nothing() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1.1, 100.0), (C, 1.2, 100.0))
    assert desk.trade((A, 2, 90.0), (B, 2.2, 80.0)) == []
    assert len(desk.pricer.book.unproven) == 2
    assert not desk.pricer.book.keys["BTC"].trust.disputed


def test_a_source_back_after_three_minutes_with_an_unproven_print_does_not_price() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 9.0), (B, 0, 100.0))
    for second in range(10, 190, 10):
        desk.trade((B, second, 100.0))
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "stale"}
    # Neither its old price nor the new one, though it is the heavier: nothing is proven of it.
    assert desk.trade((A, 190, 120.0), (B, 190.5, 100.4)) == [("BTC", 190.5, 100.4)]
    assert desk.sources["BTC"] == Sources(["b:BTCUSD"], {"a:BTCUSD": "stale"}, ["single_source"])
    # Unopposed for a second it is the source's price, and the source fresh by it: out. It is fresh
    # in a Pricer that goes on from a checkpoint too.
    desk.clock(191)
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}
    loaded = Pricer.load(json.loads(json.dumps(desk.pricer.dump())), AT_ONCE)
    assert [s.fresh for s in loaded.book.sources.values()] == [True, True]
    # By its proven price it leaves once more, three minutes after that took effect.
    for second in range(200, 371, 10):
        desk.trade((B, second, 100.4))
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}
    desk.clock(371)
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "stale"}


def test_losers_are_compared_by_receipt_where_all_stamps_are_old() -> None:
    """Who was received since the challenge began has spoken, however old its stamp."""
    desk = Desk("BTC")

    def put(second: float, *trades: tuple[Instrument, float, float]) -> None:
        """(instrument, price, how many seconds its stamp is behind)."""
        ids = [f"{round(1000 * second)}{n}" for n in range(len(trades))]
        stamps = [T + round((second - behind) * SECOND) for _, _, behind in trades]
        columns = [(v, second, price, 1.0) for v, price, _ in trades]
        desk.send(frame(columns, ids, ts=stamps))

    for second in (0, 1, 2):
        put(second, (A, 100.0, 300.0), (B, 100.0, 300.0), (C, 100.0, 400.0))
    assert desk.pricer.book.keys["BTC"].price == 100.0
    for second in (3, 4):
        put(second, (A, 110.0, 300.0), (B, 110.0, 300.0), (C, 100.0, 400.0))
    assert desk.pricer.book.keys["BTC"].price == 110.0
    assert desk.sources["BTC"].excluded == {"c:BTCUSD": "outlier"}


def test_a_print_that_a_recent_venue_of_weight_confirms_needs_no_second() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0), (C, 1, 100.0))
    desk.trade((A, 2, 90.0), (A, 2.2, 90.0))
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}
    # Two of three, and the third has not traded since: they have it at once.
    assert desk.trade((B, 3, 90.1)) == [("BTC", 3, 90.0)]
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD"], {"c:BTCUSD": "lagging"}, [])


# Votes


def test_out_beyond_three_percent_and_back_within_half_of_it() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0), (C, 1, 102.9))
    assert desk.sources["BTC"] == Sources(["a:BTCUSD", "b:BTCUSD", "c:BTCUSD"], {}, [])
    for second, price, out in ((2, 103.1, True), (3, 101.6, True), (4, 101.4, False)):
        assert desk.trade((A, second, 100.0), (B, second, 100.0), (C, second, price)) == [
            ("BTC", second, 100.0)
        ]
        assert desk.sources["BTC"].excluded == ({"c:BTCUSD": "outlier"} if out else {})


def test_of_two_the_heavier_has_it_after_a_second_and_that_is_told() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0), (B, 1, 100.0, 10.0))
    assert desk.trade((B, 2, 110.0, 10.0), (B, 3, 110.0, 10.0)) == []
    assert desk.sources["BTC"].flags == ["disputed"], "held for a second"
    assert desk.clock(5) == [("BTC", 4.0, 110.0)], "at the very instant"
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "lagging"}
    assert desk.trade((A, 6, 100.2)) == [], "again nobody has more than half: held for a second"
    assert desk.clock(8) == [("BTC", 7.0, 110.0)]
    told = desk.sources["BTC"]
    assert (told.used, told.excluded) == (["b:BTCUSD"], {"a:BTCUSD": "outlier"})
    assert told.flags == ["disputed", "single_source"]
    # While 100 stood, a coin traded at 110 counted as 100.
    weights = {"a": 100.0 + 100.2, "b": 1000.0 + 2000.0}
    clusters = desk.trust["BTC"].clusters
    assert [(c.price, c.sources) for c in clusters] == [
        (110.0, ["b:BTCUSD"]),
        (100.2, ["a:BTCUSD"]),
    ]
    shares = [weights[v] / sum(weights.values()) for v in "ba"]
    assert [c.share for c in clusters] == pytest.approx(shares, rel=1e-4)


def test_two_that_disagree_from_the_start_are_judged_by_weight_and_disputed() -> None:
    desk = Desk("BTC")
    assert desk.trade((A, 1, 100.0), (B, 1, 120.0, 3.0)) == []
    assert desk.clock(2) == [("BTC", 2, 120.0)]
    told = desk.sources["BTC"]
    assert (told.used, told.excluded) == (["b:BTCUSD"], {"a:BTCUSD": "outlier"})
    assert told.flags == ["disputed", "single_source"]


def test_all_that_convert_by_one_old_rate_have_one_vote() -> None:
    """Three venues in USDT whose dollar market is silent do not outvote two in dollars."""
    desk = Desk("BTC")
    tethered = [spot(v, "BTC", "USDT") for v in "efg"]
    desk.trade((USDT, 0, 1.0), *((i, 1, 100.0) for i in (A, B, *tethered)))
    desk.trade(*((i, 185, 100.0) for i in (A, B, *tethered)))
    assert desk.sources["BTC"].flags == ["stale_rate"]
    for second in (190, 191, 192):
        got = desk.trade(
            *((i, second, 110.0) for i in tethered), (A, second, 100.1), (B, second, 100.1)
        )
        assert {price for _, _, price in got} <= {100.0, 100.1}
    assert set(desk.sources["BTC"].excluded) == {f"{v}:BTCUSDT" for v in "efg"}
    assert "disputed" in desk.sources["BTC"].flags, "they are more than half of the weight"


def test_a_venue_of_less_than_a_hundredth_is_heard_the_later_the_smaller_it_is() -> None:
    """While the deep one rests as it does now and then it has no part; where that is halted, it
    has, for nobody else says anything."""
    for size, heard_at in ((1.0, 12), (0.1, 15), (0.001, 21)):
        desk = Desk("BTC")
        desk.trade((A, 0, 100.0, 200.0), (B, 0, 100.0, size))
        assert desk.sources["BTC"].excluded == {"b:BTCUSD": "thin"}
        rows = [row for second in range(1, 180) for row in desk.trade((B, second, 80.0, 1e-6))]
        assert next(at for _, at, price in rows if price == 80.0) == heard_at
        assert {price for _, at, price in rows if at < heard_at} == {100.0}
        assert desk.trust["BTC"].disputed, "the deep one may know better"


def test_a_newcomer_more_than_twice_off_is_probably_another_coin() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0))
    for second in (2, 3, 4):
        desk.trade((A, second, 100.0), (B, second, 201.0, 50.0))
    assert desk.pricer.book.keys["BTC"].price == 100.0
    told = desk.sources["BTC"]
    assert (told.used, told.excluded) == (["a:BTCUSD"], {"b:BTCUSD": "two_coins"})
    assert told.flags == ["single_source", "two_coins"]
    # Who agreed once is never another coin: B comes near, and then leaves with all the weight.
    desk.trade((B, 5, 101.0), (B, 6, 101.0))
    assert desk.sources["BTC"].excluded == {}
    # When nobody has made the price for a day, it is no measure any more.
    other = Desk("BTC")
    other.trade((A, 1, 100.0))
    day = 86_400
    other.trade((B, 2, 300.0), (B, 3, 300.0))
    assert other.sources["BTC"].excluded == {"b:BTCUSD": "two_coins"}
    other.trade((B, day, 300.0))
    assert other.pricer.book.keys["BTC"].price == 100.0
    assert other.trade((B, day + 200, 300.0), (B, day + 201, 300.0))[-1] == (
        "BTC",
        day + 201,
        300.0,
    )
