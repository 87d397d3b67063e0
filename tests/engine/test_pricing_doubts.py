"""Prices that show to have been wrong: what was made of them is in doubt for a minute."""

from __future__ import annotations

import json

from engine.pricing.pricer import Pricer
from engine.pricing.rules import Rules
from tests.engine.pricing_desk import AT_ONCE, USDT, A, B, C, Desk, spot
from tests.engine.pricing_floor import Floor

WATCHED = {"alerts": {"drawdown": [0.05, 0.10]}}


def fired(floor: Floor) -> list[tuple[str, bool]]:
    alerts = floor.feed.bodies("alerts")
    return [(a["rule"], a["disputed"]) for a in alerts if a["state"] == "firing"]


def test_a_fall_from_a_peak_that_a_dispute_made_is_disputed_also_after_it() -> None:
    floor = Floor("BTC", **WATCHED)
    for second in range(60):
        floor.trade((A, second, 100.0, 2.0), (B, second + 0.3, 100.0))
    for second in range(60, 80):  # the heavier of two rises, the other stays
        floor.trade((A, second, 112.0, 2.0), (B, second + 0.3, 100.0))
    assert (floor.price, floor.status) == (112.0, "degraded")
    floor.trade((A, 80, 100.0, 2.0), (B, 80.3, 100.0), (A, 81, 100.0, 2.0))
    assert floor.price == 100.0
    assert fired(floor) == [("drawdown>=0.05", True), ("drawdown>=0.10", True)]
    # A checkpoint keeps the doubt, and a minute ends it though nothing trades.
    floor.pricer = Pricer.load(json.loads(json.dumps(floor.pricer.dump())), AT_ONCE)
    floor.clock(139.9)
    assert floor.trust["BTC"].disputed
    floor.clock(141)
    assert (floor.trust["BTC"].disputed, floor.trust["BTC"].at) == (False, 1_700_000_140 * 10**9)


def test_what_a_stray_venue_made_at_the_beginning_is_in_doubt_when_others_say_otherwise() -> None:
    floor = Floor("BTC", **WATCHED)
    floor.trade((C, 0, 140.0, 0.001), (C, 2, 140.0, 0.001), (C, 4, 140.0, 0.001))
    floor.trade((A, 6.0, 100.0, 5.0), (B, 6.5, 100.0, 5.0), (A, 7, 100.0, 5.0), (B, 7.5, 100.0))
    assert floor.price == 100.0
    assert fired(floor) == [("drawdown>=0.05", True), ("drawdown>=0.10", True)]


def test_a_fall_in_which_all_take_part_is_not_in_doubt_afterwards() -> None:
    floor = Floor("BTC", **WATCHED)
    for second in range(10):
        floor.trade(*((venue, second + n / 10, 100.0) for n, venue in enumerate((A, B, C))))
    floor.trade((A, 10, 88.0), (B, 10.1, 88.0), (C, 10.2, 88.0))
    floor.trade((A, 11, 88.0), (B, 11.1, 88.0), (C, 11.2, 88.0))
    assert (floor.price, floor.status) == (88.0, "live")
    assert [rule for rule, _ in fired(floor)] == ["drawdown>=0.05", "drawdown>=0.10"]
    # Up again: this takes back no dispute.
    floor.trade((A, 20, 100.0), (B, 20.1, 100.0), (C, 20.2, 100.0))
    floor.trade((A, 21, 100.0), (B, 21.1, 100.0), (C, 21.2, 100.0))
    assert (floor.price, floor.status) == (100.0, "live")


def test_the_first_rate_of_a_peg_that_nothing_rested_on_disputes_nothing() -> None:
    floor = Floor("BTC", rules=Rules())
    tethered = spot("a", "BTC", "USDT")
    for second in range(10):
        floor.trade((tethered, second + 0.5, 100.0), (USDT, second + 0.5, 1.0))
    assert (floor.price, floor.status) == (100.0, "live")
    assert not floor.trust


def test_two_venues_that_are_new_prove_each_others_first_prints() -> None:
    desk = Desk("BTC")
    desk.trade((C, 0, 140.0, 0.001))
    assert desk.trade((A, 1, 100.0)) == []
    assert desk.trade((B, 1.2, 100.0)) == [("BTC", 1.2, 100.0)], "at once: two votes against one"
