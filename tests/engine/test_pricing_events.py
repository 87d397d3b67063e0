"""Coin events among the sources of a price: no venue that switches late makes a jump."""

from __future__ import annotations

from engine.index.coin_events import AssetDefinition, CoinEvent
from engine.pricing.pricer import Pricer
from engine.records import AssetRecord
from engine.types import SECOND
from tests.engine.pricing_desk import Desk, T, spot

A, B = spot("a", "BTT"), spot("b", "BTT")


def told(desk: Desk, coin: AssetDefinition) -> None:
    (output,) = desk.pricer.apply(AssetRecord(T - 1, "live", coin.asset, coin.to_mapping()))
    assert (output.type, output.body.now) == ("asset", desk.pricer.last_now)


def test_venues_switch_at_different_times() -> None:
    desk = Desk("BTT")
    told(desk, AssetDefinition("BTT", (CoinEvent(T + 10 * SECOND, None, 1000.0),)))
    desk.trade((A, 1, 2.0), (B, 2, 2.0))
    # What arrives at the event's time is of the old coin.
    assert desk.trade((A, 10, 2.02))[-1][2] == 2.02
    told_prices = desk.trade((A, 11, 0.00202), (B, 12, 2.02), (B, 13, 2.03))
    desk.pricer = Pricer.load(desk.pricer.dump())
    told_prices += desk.trade((B, 14, 0.002), (A, 15, 0.0021))
    assert all(0.00199 < price < 0.0022 for _, _, price in told_prices)
    assert not desk.pricer.book.old_units
    assert desk.pricer.counters.accepted == 8


def test_a_source_left_out_by_hand_is_told_and_makes_no_price() -> None:
    desk = Desk("BTT")
    desk.trade((A, 1, 1.0), (B, 1, 1.0))
    told(desk, AssetDefinition("BTT", (), ("b:BTTUSD",)))
    assert desk.trade((A, 2, 1.01), (B, 2, 9.0)) == [("BTT", 2, 1.01)]
    assert desk.sources["BTT"].excluded == {"b:BTTUSD": "excluded"}
    desk.pricer = Pricer.load(desk.pricer.dump())
    assert desk.trade((B, 3, 1.2)) == [("BTT", 3, 1.01)]
    told(desk, AssetDefinition("BTT", (), ()))
    assert desk.trade((A, 4, 1.0), (B, 4, 1.0)) == [("BTT", 4, 1.0)]


def test_what_a_coin_becomes_is_priced_too() -> None:
    desk = Desk("MATIC", benchmarks=["NEW"])
    told(desk, AssetDefinition("MATIC", (CoinEvent(T + 10 * SECOND, "POL", 1.0),)))
    told(desk, AssetDefinition("OLD", (CoinEvent(T + 10 * SECOND, "NEW", 1.0),)))
    assert desk.trade((spot("a", "POL"), 11, 0.4)) == [("POL", 11, 0.4)]
    assert sorted(desk.pricer.book.wanted.keys) == ["MATIC", "NEW", "OLD", "POL"]


def test_a_venue_that_trades_the_new_coin_ahead_of_the_event_makes_no_jump() -> None:
    for venues in ((A,), (A, B)):  # also where it is the only one
        desk = Desk("BTT")
        told(desk, AssetDefinition("BTT", (CoinEvent(T + 60 * SECOND, None, 1000.0),)))
        prices = desk.trade(*((venue, 1, 2.0, 3.0) for venue in venues))
        for second in (20, 40, 59):
            others = ((venue, second + 0.5, 2.0, 3.0) for venue in venues[1:])
            prices += desk.trade((A, second, 0.002, 3000.0), *others)
        assert {price for *_, price in prices} == {2.0}
        desk.pricer = Pricer.load(desk.pricer.dump())
        prices = desk.trade(*((venue, 61, 0.002, 3000.0) for venue in venues))
        prices += desk.trade(*((venue, 62, 0.00205, 3000.0) for venue in venues))
        assert {price for *_, price in prices} == {0.002, 0.00205}
        # Each traded the same notional.
        assert len({round(s.usd_weight, 3) for s in desk.pricer.book.sources.values()}) == 1
        assert not desk.pricer.book.old_units


def test_a_venue_that_was_off_before_the_event_was_known_is_right_behind_it() -> None:
    desk = Desk("BTT")
    c = spot("c", "BTT")
    desk.trade((B, 1, 2.0), (c, 1, 2.0))
    for second in range(2, 6):
        desk.trade((A, second, 0.002, 3000.0), (B, second, 2.0), (c, second, 2.0))
    assert desk.sources["BTT"].excluded == {"a:BTTUSD": "two_coins"}
    told(desk, AssetDefinition("BTT", (CoinEvent(T + 10 * SECOND, None, 1000.0),)))
    prices = desk.trade((B, 11, 0.002), (c, 11.1, 0.002), (A, 12, 0.0021, 3000.0))
    assert all(0.0019 < price < 0.0022 for *_, price in prices)
    assert desk.sources["BTT"].excluded == {}
