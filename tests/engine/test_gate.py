"""The gate: order, repeats, gaps."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pricing.gate import IDS_REMEMBERED, TradeGate
from engine.records import Gap, Instrument
from engine.types import SECOND

COUNTS = Instrument("binance", "BTCUSDT", "BTC", "USDT", "spot", True)
LOOSE = COUNTS._replace(venue="bitstamp", counts=False)


def admit_all(gate: TradeGate, *trades: tuple[int, str | None]) -> list[str]:
    return [gate.admit(ts, trade_id) for ts, trade_id in trades]


@pytest.mark.parametrize("instrument", [COUNTS, LOOSE])
def test_order_is_time_then_numeric_id(instrument: Instrument) -> None:
    gate = TradeGate(instrument)
    assert admit_all(gate, (10, "9"), (10, "10"), (10, "10"), (10, "8"), (9, "7"), (11, "11")) == [
        "accepted",
        "accepted",  # "10" is above "9" as a number, not as a text
        "duplicate",
        "late",
        "late",
        "accepted",
    ]
    assert gate.gap is None


def test_a_higher_id_of_an_earlier_time_counts_without_moving_the_price() -> None:
    gate = TradeGate(COUNTS)
    assert admit_all(gate, (10, "1"), (8, "2"), (8, "2"), (11, "3")) == [
        "accepted",
        "reordered",
        "duplicate",
        "accepted",
    ]
    assert gate.gap is None, "ids were counted on without a hole"


def test_ids_beyond_64_bits_keep_every_digit() -> None:
    gate = TradeGate(COUNTS)
    big = 2**64
    assert admit_all(gate, (1, str(big)), (2, str(big + 2))) == ["accepted", "accepted"]
    assert gate.take_gap() == Gap(COUNTS, str(big), str(big + 2), "ids")


def test_a_trade_without_an_order_of_ids_is_new_once() -> None:
    gate = TradeGate(LOOSE)
    trades = [(5, "b"), (5, "a"), (5, "b"), (6, "b"), (5, "c"), (5, "c"), (5, "a"), (4, "d")]
    assert admit_all(gate, *trades) == [
        "accepted",
        "accepted",
        "duplicate",
        "accepted",
        "reordered",  # older, and not heard before
        "duplicate",
        "duplicate",
        "late",  # from before the first trade
    ]
    assert admit_all(gate, (6, None), (6, None), (5, None)) == [
        "accepted",  # without an id nothing shows that the second is the first again
        "accepted",
        "late",
    ]


def test_ids_without_order_are_known_for_ten_seconds() -> None:
    gate = TradeGate(LOOSE)
    now = 100 * SECOND
    admit_all(gate, (now, "a"), (now + 1, "b"), (now + 10 * SECOND, "c"))
    assert admit_all(gate, (now, "a"), (now, "x")) == ["duplicate", "reordered"]
    assert admit_all(gate, (now + 10 * SECOND + 1, "d")) == ["accepted"]
    assert admit_all(gate, (now, "a"), (now + 1, "b"), (now + 1, "y")) == [
        "late",  # whether it is known is forgotten
        "duplicate",
        "reordered",
    ]
    assert [trade_id for _, trade_id in gate.seen] == ["b", "c", "x", "d", "y"]


def test_the_ids_of_one_time_are_bounded() -> None:
    gate = TradeGate(LOOSE)
    for n in range(IDS_REMEMBERED + 1):
        assert gate.admit(1, f"x{n}") == "accepted"
    assert len(gate.seen) == IDS_REMEMBERED
    assert gate.admit(1, "x1") == "duplicate"
    assert gate.admit(1, "x0") == "accepted", "the oldest was forgotten"
    assert gate.admit(2, "z") == "accepted"
    assert gate.admit(1, "x2") == "late", (
        "of that time some are forgotten, so none is known to be new"
    )


def test_an_id_of_a_thousand_digits_is_a_text() -> None:
    assert admit_all(TradeGate(COUNTS), (1, "9" * 5000), (1, "9" * 5000)) == [
        "accepted",
        "duplicate",
    ]


def test_a_jump_of_ids_is_a_gap_only_where_ids_count() -> None:
    for instrument, gap in ((COUNTS, Gap(COUNTS, "7", "9", "ids")), (LOOSE, None)):
        gate = TradeGate(instrument)
        admit_all(gate, (1, "7"), (2, "9"))
        assert gate.take_gap() == gap
        assert gate.take_gap() is None


def test_a_session_start_is_a_gap_unless_the_next_id_follows() -> None:
    for instrument, next_id, gap in (
        (COUNTS, "8", None),
        (COUNTS, "9", Gap(COUNTS, "7", "9", "session")),
        (LOOSE, "8", Gap(LOOSE, "7", "8", "session")),
        (LOOSE, "uuid", Gap(LOOSE, "7", "uuid", "session")),
        (LOOSE, None, Gap(LOOSE, "7", None, "session")),
    ):
        gate = TradeGate(instrument)
        gate.suspect_loss("first connection")  # before the first trade nothing is missed
        admit_all(gate, (1, "7"))
        assert gate.take_gap() is None
        gate.suspect_loss("session")
        gate.suspect_loss("stall")  # the first reason stands
        admit_all(gate, (1, "7"))  # a repeat tells nothing
        assert gate.take_gap() is None
        admit_all(gate, (2, next_id))
        assert gate.take_gap() == gap
        admit_all(gate, (3, "9999" if not instrument.counts else str(int(next_id or 0) + 1)))
        assert gate.take_gap() is None, "feared once, told once"


def test_a_counter_that_begins_again_is_followed() -> None:
    gate = TradeGate(COUNTS)
    assert admit_all(gate, (1, "500"), (2, "1")) == ["accepted", "accepted"]
    assert gate.take_gap() == Gap(COUNTS, "500", "1", "ids_restarted")
    assert admit_all(gate, (3, "2")) == ["accepted"]
    assert gate.take_gap() is None


def test_a_trade_between_reordered_ones_is_no_new_beginning() -> None:
    gate = TradeGate(COUNTS)
    assert admit_all(gate, (1000, "104"), (999, "106")) == ["accepted", "reordered"]
    assert gate.take_gap() == Gap(COUNTS, "104", "106", "ids")
    assert admit_all(gate, (1001, "105"), (1002, "107")) == ["accepted", "accepted"]
    assert gate.take_gap() is None


# Trades as a venue makes them: ids 0, 1, 2 …, times not decreasing; delivered in any order, twice
# or never.
steps = st.lists(st.integers(0, 2), min_size=1, max_size=12)


@given(steps, st.data(), st.booleans())
def test_any_delivery_takes_each_trade_once_and_ends_at_the_newest(
    increments: list[int], data: st.DataObject, counts: bool
) -> None:
    times = [1 + sum(increments[: i + 1]) for i in range(len(increments))]
    trades = list(zip(times, map(str, range(len(times))), strict=True))
    delivered = data.draw(st.lists(st.sampled_from(trades), min_size=1, max_size=30))
    gate = TradeGate(COUNTS._replace(counts=counts))
    new = [t for t in delivered if gate.admit(*t) in ("accepted", "reordered")]
    assert len(new) == len(set(new))
    newest = max((ts, int(trade_id)) for ts, trade_id in delivered)
    assert (gate.last_ts, gate.last_id) == newest


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_gaps_are_exactly_the_lost_trades(arrived: list[bool]) -> None:
    gate = TradeGate(COUNTS)
    missing = set[int]()
    for number in (n for n, there in enumerate(arrived) if there):
        gate.admit(number + 1, str(number))
        if (gap := gate.take_gap()) is not None:
            assert gap.last_id is not None
            assert gap.next_id is not None
            missing |= set(range(int(gap.last_id) + 1, int(gap.next_id)))
    there = [n for n, kept in enumerate(arrived) if kept]
    inside = range(there[0], there[-1]) if there else range(0)
    assert missing == set(inside) - set(there)


ids = st.one_of(st.none(), st.integers(0, 6).map(str), st.sampled_from(["a", "b"]))


@given(st.lists(st.tuples(st.integers(1, 4), ids)), st.booleans(), st.integers(0, 20))
def test_a_loaded_gate_goes_on(
    trades: list[tuple[int, str | None]], counts: bool, cut: int
) -> None:
    instrument = COUNTS._replace(counts=counts)
    straight = TradeGate(instrument)
    straight.suspect_loss("session")
    judged = [(straight.admit(*t), straight.take_gap()) for t in trades]
    broken = TradeGate(instrument)
    broken.suspect_loss("session")
    again = [(broken.admit(*t), broken.take_gap()) for t in trades[:cut]]
    broken = TradeGate.load(instrument, json.loads(json.dumps(broken.dump())))
    again += [(broken.admit(*t), broken.take_gap()) for t in trades[cut:]]
    assert again == judged
