"""What the Pricer does with odd input: gaps, repeats, nonsense, recorded prices, its own state."""

from __future__ import annotations

import json
import math

import pytest

from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, DefinitionRecord, Gap, GapSpan, Sources
from engine.types import SECOND
from tests.engine.pricing_desk import AT, AT_ONCE, BE, A, B, C, Desk, T, frame, rows

# Gate, gaps, bad input


def test_older_and_known_trades_never_move_a_price() -> None:
    desk = Desk("BTC")
    desk.send(frame([(A, 1, 100.0, 1.0)], ["5"]))
    again = frame([(A, 2, 99.0, 1.0)] * 2, ["5", "4"], ts=[T + SECOND, T])
    assert rows(desk.send(again)) == []
    c = desk.pricer.counters
    assert (c.accepted, c.duplicate, c.late, c.gaps) == (1, 1, 1, 0)


def test_a_reordered_trade_adds_its_volume_only() -> None:
    desk = Desk("BTC")
    desk.send(frame([(A, 1, 100.0, 1.0), (B, 1, 102.0, 2.0)], ["1", "1"]))
    reordered = frame([(A, 2, 101.0, 9.0)], ["2"], ts=[T])
    assert rows(desk.send(reordered)) == []
    assert desk.pricer.counters.reordered == 1
    # A weighs 100 + 909 now, B 204 + 102: the price is A's, and A's last price is still 100.
    assert rows(desk.send(frame([(B, 3, 102.0, 1.0)], ["2"]))) == [("BTC", 3, 100.0)]


def test_a_jump_of_ids_is_a_span_from_the_last_trade_to_the_next() -> None:
    desk = Desk("BTC")
    desk.send(frame([(A, 1, 100.0, 1.0)], ["7"]))
    body = desk.send(frame([(A, 4, 100.0, 1.0), (A, 5, 100.0, 1.0)], ["9", "10"]))
    assert body.gaps == [GapSpan("BTC", "a", "BTCUSD", T + SECOND, T + 4 * SECOND, "ids")]
    assert desk.pricer.counters.gaps == 1


@pytest.mark.parametrize(("next_id", "missed"), [("8", False), ("10", True)])
def test_a_new_session_is_a_gap_unless_ids_were_counted_on(next_id: str, missed: bool) -> None:
    desk = Desk("BTC")
    session = [Gap(A, None, None, "session")]
    assert desk.send(frame([(A, 1, 100.0, 1.0)], ["7"], gaps=session)).gaps == []
    assert desk.send(frame([], [], now=T + 2 * SECOND, gaps=session)).gaps == []
    span = GapSpan("BTC", "a", "BTCUSD", T + SECOND, T + 9 * SECOND, "session")
    assert desk.send(frame([(A, 9, 100.0, 1.0)], [next_id])).gaps == [span] * missed


def test_a_gap_of_an_unwanted_symbol_is_counted() -> None:
    desk = Desk("ETH")
    assert desk.send(frame([(A, 1, 1.0, 1.0), (A, 2, 1.0, 1.0)], ["7", "9"])).gaps == []
    assert desk.pricer.counters.gaps == 1


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf, 1e300, 1e-300])
def test_a_price_that_is_none_is_counted_and_ignored(price: float) -> None:
    desk = Desk("BTC")
    assert desk.trade((A, 1, price), (A, 2, 100.0)) == [("BTC", 2, 100.0)]
    assert desk.pricer.counters.rejected_price == 1


@pytest.mark.parametrize(("size", "ts"), [(-1.0, T), (math.nan, T), (math.inf, T), (1.0, 0)])
def test_a_size_or_time_that_is_none_is_counted_and_ignored(size: float, ts: int) -> None:
    desk = Desk("BTC")
    assert rows(desk.send(frame([(A, 1, 100.0, size)], ["1"], ts=[ts]))) == []
    assert desk.pricer.counters.rejected_price == 1
    assert desk.pricer.book.sources == {}


def test_a_definition_that_cannot_be_read_is_counted_and_not_handed_on() -> None:
    desk = Desk("BTC")
    assert desk.pricer.apply(DefinitionRecord(T, "live", "X", {"assets": []})) == []
    assert desk.pricer.counters.rejected_definition == 1
    assert list(desk.pricer.book.keys) == ["BTC"], "the one in force stays"


def test_a_symbol_that_means_something_else_begins_anew_but_knows_its_trades() -> None:
    desk = Desk("BTC", "ETH")
    desk.trade((A, 1, 100.0), (B, 1, 101.0))
    ether = A._replace(base="ETH")
    got = desk.send(frame([(ether, 2, 10.0, 1.0), (ether, 2, 11.0, 1.0)], ["1", "2"]))
    assert rows(got) == [("BTC", 2, 101.0), ("ETH", 2, 11.0)]
    assert got.sources["BTC"] == Sources(["b:BTCUSD"], {}, ["single_source"])
    assert desk.pricer.counters.duplicate == 1


# Recorded prices


def assets(*given: tuple[str, float, float]) -> AssetFrame:
    names, seconds, prices = zip(*given, strict=True)
    at = [T + round(s * SECOND) for s in seconds]
    n = len(at)
    return AssetFrame(max(at), "backfill", list(names), at, list(prices), [5.0] * n, [7.0] * n)


def test_recorded_prices_pass_untouched() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0))
    body = desk.send(assets(("ETH", 1, 10.0), ("BTC", 2, 900.0), ("BTC", 3, 901.0)))
    assert rows(body) == [("ETH", 1, 10.0), ("BTC", 2, 900.0), ("BTC", 3, 901.0)]
    assert (body.market_cap, body.supply, body.origin) == ([5.0] * 3, [7.0] * 3, "backfill")
    assert body.now == T + 3 * SECOND
    assert math.isnan(desk.send(frame([(A, 4, 101.0, 1.0)], ["2"])).supply[0])


def test_recorded_prices_serve_the_other_kinds_too() -> None:
    desk = Desk("BTC", kinds=["perpetual"])
    body = desk.send(assets(("BTC", 1, 100.0)))
    assert rows(body) == [("BTC", 1, 100.0), ("BTC@perpetual", 1, 100.0)]


@pytest.mark.parametrize("price", [1e308, 1e31, 1e-31, 1e-310])
def test_recorded_prices_have_the_bounds_of_trades(price: float) -> None:
    desk = Desk("BTC")
    assert rows(desk.send(assets(("BTC", 5, price), ("BTC", 7, 6.0)))) == [("BTC", 7, 6.0)]
    assert desk.pricer.counters.rejected_price == 1


def test_recorded_prices_are_dropped_rather_than_moved() -> None:
    desk = Desk("BTC")
    desk.clock(2)
    body = desk.send(
        assets(("BTC", 2, 1.0), ("BTC", 3, math.nan), ("BTC", 3, 0.0), ("BTC", 4, 5.0))
    )
    assert rows(body) == [("BTC", 4, 5.0)]
    body = desk.send(assets(("BTC", 9, 9.0), ("ETH", 8, 8.0), ("ETH", 9, 7.0)))
    assert rows(body) == [("BTC", 9, 9.0), ("ETH", 9, 7.0)]
    assert (desk.pricer.counters.late, desk.pricer.counters.rejected_price) == (2, 2)


# State


def test_the_state_is_plain_json_and_complete() -> None:
    desk = Desk("BTC", kinds=["spot", "perpetual"])
    desk.trade((AT, 1, 100.0), (A, 1, 101.0), (BE, 1, 90.0), (C, 1, 150.0))
    desk.define("Y", {"assets": ["BTC"]})  # its price waits for the next instant
    state = json.dumps(desk.pricer.dump(), allow_nan=False)
    loaded = Pricer.load(json.loads(state), AT_ONCE)
    assert json.dumps(loaded.dump()) == state
    nothing = frame([], [], now=T + 5 * SECOND)
    assert repr(loaded.apply(nothing)) == repr(desk.pricer.apply(nothing))
    assert list(loaded.book.keys) == ["BTC", "BTC@perpetual+spot"]


def test_of_recorded_prices_that_contradict_none_is_used_and_equal_ones_count_once() -> None:
    desk = Desk("BTC", kinds=["perpetual"])
    body = desk.send(
        assets(
            *(("ETH", 1, 10.0), ("BTC", 1, 100.0), ("ETH", 1, 10.5), ("ETH", 1, 10.0)),
            *(("BTC", 2, 101.0), ("ETH", 2, 11.0), ("BTC", 2, 101.0), ("BTC", 2, math.nan)),
            *(("ETH", 3, 12.0), ("ETH", 3, 1e308)),
        )
    )
    assert rows(body) == [
        *(("BTC", 1, 100.0), ("BTC@perpetual", 1, 100.0)),
        *(("ETH", 2, 11.0), ("BTC", 2, 101.0), ("BTC@perpetual", 2, 101.0)),
        ("ETH", 3, 12.0),
    ]
    c = desk.pricer.counters
    assert (c.contradicting, c.duplicate, c.rejected_price, c.late) == (3, 1, 2, 0)
    # An instant whose rows all contradict passes as one without prices.
    body = desk.send(assets(("BTC", 4, 1.0), ("BTC", 4, 2.0)))
    assert (rows(body), body.now, c.contradicting) == ([], T + 4 * SECOND, 5)
