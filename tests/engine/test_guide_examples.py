"""The worked examples of the performance guide, through the real engine."""

from __future__ import annotations

from typing import Any

import pytest

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY
from tests.engine.market import Feed, define, frame

T0 = 1_577_836_800 * 1_000_000_000
"""2020-01-01T00:00:00Z"""


def snapshot(
    closes: dict[int, dict[str, float]], benchmarks: tuple[str, ...] = (), base_level: float = 100.0
) -> dict[str, Any]:
    """The last snapshot of an index of the asset A, from closes by day."""
    feed = Feed(Shard(every=NEVER))
    table = {"assets": ["A"], "benchmarks": list(benchmarks), "base_level": base_level}
    feed.put(define("X", table, T0 - 1))
    feed.put(frame([(T0 + day * DAY, prices) for day, prices in closes.items()]))
    return feed.snapshot("X")


def test_twice_the_money_in_two_years_is_41_percent_a_year() -> None:
    found = snapshot({0: {"A": 1.0}, 730: {"A": 2.0}})
    assert found["returns"]["inception"] == pytest.approx(1.0)
    assert found["cagr"] == pytest.approx(2.0**0.5 - 1.0, rel=1e-12)  # 0.41421…
    assert found["cagr"] == pytest.approx(0.41, abs=0.005)


def test_10000_to_20000_in_three_years_is_26_percent_a_year() -> None:
    found = snapshot({0: {"A": 1.0}, 1096: {"A": 2.0}}, base_level=10_000.0)  # to 2023-01-01
    assert found["level"] == pytest.approx(20_000.0)
    assert found["annualised"]["3y"] == pytest.approx(2.0 ** (1 / 3) - 1.0, rel=1e-12)  # 0.25992…
    assert found["cagr"] == pytest.approx(0.26, abs=0.001)


def test_10000_to_20000_to_12000_is_a_drawdown_of_40_percent() -> None:
    found = snapshot({0: {"A": 1.0}, 100: {"A": 2.0}, 200: {"A": 1.2}}, base_level=10_000.0)
    assert found["level"] == pytest.approx(12_000.0)
    assert found["drawdown"]["max"] == pytest.approx(0.4, rel=1e-12)
    assert found["drawdown"]["current"] == pytest.approx(0.4, rel=1e-12)
    assert found["drawdown"]["peak_at"] == T0 + 100 * DAY
    assert found["drawdown"]["trough_at"] == T0 + 200 * DAY


def test_50_percent_a_year_at_25_percent_drawdown_is_a_calmar_of_2() -> None:
    found = snapshot({0: {"A": 1.0}, 200: {"A": 2.0}, 365: {"A": 1.5}})
    assert found["cagr"] == pytest.approx(0.5, rel=1e-12)
    assert found["drawdown"]["max"] == pytest.approx(0.25, rel=1e-12)
    assert found["risk"]["calmar"] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(("market", "index"), [(0.30, 0.36), (-0.20, -0.24)])
def test_beta_of_1_2_turns_30_into_36_and_minus_20_into_minus_24(
    market: float, index: float
) -> None:
    moves = [0.05, -0.04, 0.02, -0.10, 0.07]
    closes = {0: {"A": 1.0, "B": 1.0}}
    for day, move in enumerate(moves, 1):  # each day 1.2 times the market's move
        before = closes[day - 1]
        closes[day] = {"A": before["A"] * (1 + 1.2 * move), "B": before["B"] * (1 + move)}
    found = snapshot(closes, ("B",))
    beta = found["benchmarks"]["B"]["beta"]
    assert beta == pytest.approx(1.2, rel=1e-12)
    # What beta promises of the next move is what an index that keeps to it then shows.
    last = closes[5]
    closes[6] = {"A": last["A"] * (1 + beta * market), "B": last["B"] * (1 + market)}
    then = snapshot(closes, ("B",))
    assert then["returns"]["1d"] == pytest.approx(index, rel=1e-12)
    assert then["benchmarks"]["B"]["excess"]["1d"] == pytest.approx(index - market, rel=1e-12)
    assert then["benchmarks"]["B"]["beta"] == pytest.approx(1.2, rel=1e-12)


def test_down_capture_of_80_percent_turns_minus_10_into_minus_8() -> None:
    found = snapshot(
        {
            0: {"A": 100.0, "B": 100.0},
            1: {"A": 92.0, "B": 90.0},  # −8 % where the market loses 10 %
            2: {"A": 101.2, "B": 108.0},  # +10 % where it gains 20 %
        },
        ("B",),
    )
    against = found["benchmarks"]["B"]
    assert against["down_capture"] == pytest.approx(0.8, rel=1e-12)
    assert against["up_capture"] == pytest.approx(0.5, rel=1e-12)
    assert against["capture_ratio"] == pytest.approx(0.625, rel=1e-12)
