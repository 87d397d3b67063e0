"""Who may take the price along, who is waited for, whose rate is confirmed: figures by hand."""

from __future__ import annotations

import json

from engine.pricing.pricer import Pricer
from tests.engine.pricing_desk import AT_ONCE, USDT, A, B, C, Desk, spot


def falling_in_steps() -> Desk:
    """A has most of the volume and falls by 2.5 %: the others, silent, are within the band."""
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0, 10.0), (B, 1, 100.0), (C, 1, 100.0))
    assert desk.trade((A, 2, 97.5)) == [("BTC", 2, 97.5)]
    # Once more, and it would be out of the band of both: the price stands.
    assert desk.trade((A, 3, 95.0)) == []
    assert desk.sources["BTC"].flags == ["disputed"]
    return desk


def test_a_deep_venue_that_most_contradict_does_not_take_the_price_along() -> None:
    desk = falling_in_steps()
    assert desk.trade((B, 3.5, 100.0)) == [], "one against one, and C may still say something"
    assert desk.trade((C, 3.7, 100.2)) == [("BTC", 3.7, 100.2)]
    assert desk.sources["BTC"].excluded == {"a:BTCUSD": "outlier"}


def test_a_deep_venue_that_nobody_contradicts_takes_the_price_along_after_a_second() -> None:
    desk = falling_in_steps()
    # The wait goes on out of a checkpoint.
    desk.pricer = Pricer.load(json.loads(json.dumps(desk.pricer.dump())), AT_ONCE)
    assert desk.clock(3.999) == []
    assert desk.clock(5) == [("BTC", 4.0, 95.0)], "at the very instant"
    told = desk.sources["BTC"]
    assert told.excluded == {"b:BTCUSD": "lagging", "c:BTCUSD": "lagging"}
    assert "disputed" in told.flags


def test_a_venue_that_trades_every_other_second_is_waited_for_twice_as_long() -> None:
    desk = Desk("BTC")
    for second in (0, 2, 4):
        desk.trade((A, second, 100.0, 10.0), (B, second, 100.0))
    assert desk.trade((A, 5, 90.0), (A, 5.5, 90.0)) == []
    # Held for a second, then made by B, who is in; after another one A has it.
    assert desk.clock(8) == [("BTC", 6.5, 100.0), ("BTC", 7.5, 90.0)]


def test_who_is_nearer_to_a_challenge_than_to_the_price_is_not_against_it() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0, 1.2), (B, 1, 100.0))
    # B comes after, within the band of the price, which is A's own last trade.
    assert desk.trade((B, 2, 98.0, 0.01)) == [("BTC", 2, 100.0)]
    # A falls out of it, to where B is nearer than to the price: nobody is against it.
    assert desk.trade((A, 3, 96.5, 0.01)) == [("BTC", 3, 96.5)]


def test_venues_of_a_quote_whose_market_is_quiet_count_as_one_against_others_alone() -> None:
    """Ten of its usual intervals, at least ten seconds: long before the rate is stale."""
    tethered = [spot(v, "BTC", "USDT") for v in "efg"]

    def market() -> Desk:
        desk = Desk("BTC")
        for second in range(3):
            desk.trade((USDT, second, 1.0), *((i, second, 100.0) for i in (A, B, *tethered)))
        return desk

    def move(desk: Desk, at: float) -> float | None:
        for second in (at, at + 0.2):
            desk.trade(
                *((i, second, 110.0) for i in tethered), *((i, second, 100.0) for i in (A, B))
            )
        return desk.pricer.book.keys["BTC"].price

    assert move(market(), 11.7) == 110.0, "three of five"
    assert move(market(), 12.1) == 100.0, "one of three"
    assert "stale_rate" not in market().sources["BTC"].flags
    # Among themselves they differ by something else than the rate: each has its vote.
    desk = market()
    desk.trade((tethered[0], 13, 90.0, 50.0), (tethered[1], 13, 100.0), (tethered[2], 13, 100.0))
    desk.trade((tethered[0], 13.3, 90.0, 50.0), (A, 13.3, 100.0))
    assert desk.pricer.book.keys["BTC"].price == 100.0
    assert desk.sources["BTC"].excluded == {"e:BTCUSDT": "outlier"}


def test_a_move_that_someone_contradicts_and_only_weight_decides_waits_four_seconds() -> None:
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0, 10.0), (B, 1, 100.0))
    desk.trade((A, 5, 90.0), (A, 5.2, 90.0))
    # B, who trades since, says no: one vote against one, and A is ten times as heavy.
    assert {price for *_, price in desk.trade((B, 5.3, 100.0), (B, 7, 100.0))} <= {100.0}
    rows = desk.clock(10)
    assert [row for row in rows if row[2] == 90.0] == [("BTC", 9.2, 90.0)]
    # Where B agrees it is at once.
    desk = Desk("BTC")
    desk.trade((A, 1, 100.0, 10.0), (B, 1, 100.0))
    desk.trade((A, 5, 90.0), (A, 5.2, 90.0))
    assert desk.trade((B, 5.3, 90.0)) == [("BTC", 5.3, 90.0)]


def test_who_agrees_with_a_challenge_makes_it_stronger_than_a_heavier_one() -> None:
    """A breaks away below, B is out above, C is in and agrees with B: two against one."""
    desk = Desk("BTC")
    desk.trade((A, 1, 97.2, 20.0), (B, 1, 97.2, 5.0), (C, 1, 97.2, 5.0))
    desk.trade((B, 2, 100.2, 0.01), (C, 2, 100.0, 0.01), (A, 2, 97.2, 0.01))
    desk.trade((A, 3, 93.0, 0.01), (A, 3.2, 93.0, 0.01), now=0)
    rows = desk.trade((B, 3.5, 100.2, 0.01), (C, 3.6, 100.0, 0.01))
    assert rows[-1][2] >= 100.0
    assert {price for *_, price in desk.clock(12)} <= {100.0, 100.2}
