"""Weighting methods as functions: limits, proportions, values worked by hand."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.composition import exact_divisor
from engine.index.weighting.cap import by_cap, limited
from engine.index.weighting.inverse_volatility import by_inverse
from engine.index.weighting.method import in_proportion
from engine.periods import last_rebalance, next_rebalance
from engine.types import DAY
from tests.engine.market import NAN, START

T0 = START // DAY * DAY

caps = st.lists(st.floats(1e-3, 1e15), min_size=1, max_size=30)


@given(caps, st.floats(0.01, 1.0))
def test_a_limit_holds_and_keeps_the_order(values: list[float], limit: float) -> None:
    weights = by_cap(values, limit)
    assert math.fsum(weights) == pytest.approx(1.0, abs=1e-12)
    assert max(weights) <= max(limit, 1.0 / len(values))
    ordered = [w for _, w in sorted(zip(values, weights, strict=True))]
    assert all(a <= b * (1 + 1e-12) for a, b in itertools.pairwise(ordered))
    # Nothing is left to pass on: limiting again changes nothing.
    assert limited(weights, limit) == pytest.approx(weights, rel=1e-12)


@given(caps, st.floats(0.01, 1.0))
def test_what_is_below_the_limit_keeps_its_proportions(values: list[float], limit: float) -> None:
    weights = by_cap(values, limit)
    free = [(c, w) for c, w in zip(values, weights, strict=True) if w < limit * (1 - 1e-12)]
    if limit * len(values) > 1.0 and free:
        ratio = free[0][1] / free[0][0]
        assert all(w / c == pytest.approx(ratio, rel=1e-9) for c, w in free)


@pytest.mark.parametrize(
    ("values", "limit", "expected"),
    [
        ([60.0, 30.0, 10.0], None, [0.6, 0.3, 0.1]),
        # 0.2 over: 0.15 and 0.05 of it go on; the second is at 0.45 then, and 0.05 goes on again.
        ([60.0, 30.0, 10.0], 0.4, [0.4, 0.4, 0.2]),
        ([8.0, 1.0, 1.0], 0.5, [0.5, 0.25, 0.25]),
        ([8.0, NAN, 0.0, 2.0], None, [0.8, 0.0, 0.0, 0.2]),
        ([8.0, NAN, NAN, 2.0], 0.3, [0.5, 0.0, 0.0, 0.5]),  # two caps cannot satisfy 0.3
        ([NAN, 0.0], 0.5, [0.0, 0.0]),
        ([1e308, 1e308, 1e308, 1e308], None, [0.25] * 4),
    ],
)
def test_weights_by_cap(values: list[float], limit: float | None, expected: list[float]) -> None:
    assert by_cap(values, limit) == pytest.approx(expected, rel=1e-14)


def test_weights_by_inverse_volatility() -> None:
    assert by_inverse([0.02, 0.04, 0.04]) == pytest.approx([0.5, 0.25, 0.25], rel=1e-15)
    assert by_inverse([0.02, NAN]) == [0.5, 0.5]
    assert by_inverse([0.02, 0.0, 0.04]) == [1 / 3] * 3  # a price that does not move


def test_proportions() -> None:
    assert in_proportion([3.0, 1.0]) == [0.75, 0.25]
    assert in_proportion([0.0, 0.0]) == [0.0, 0.0]
    assert in_proportion(in_proportion([0.1] * 7)) == in_proportion([0.1] * 7)


@given(
    st.sampled_from(["daily", "weekly", "monthly", "quarterly"]),
    st.integers(DAY * 10, DAY * 40_000),
)
def test_the_last_rebalance_is_the_one_before_the_next(schedule: str, at: int) -> None:
    last = last_rebalance(schedule, at)
    assert last <= at < next_rebalance(schedule, last)
    assert next_rebalance(schedule, last - 1) == last


@settings(max_examples=2_000)
@given(
    st.lists(st.tuples(st.floats(1e-12, 1e12), st.floats(1e-3, 1.0)), min_size=1, max_size=16),
    st.floats(1e-6, 1e15) | st.integers(-20, 50).map(lambda k: math.nextafter(2.0**k, 0.0)),
)
def test_a_divisor_gives_the_level_to_the_bit(
    assets: list[tuple[float, float]], level: float
) -> None:
    prices, weights = [p for p, _ in assets], in_proportion([w for _, w in assets])
    holdings = [w * level / p for w, p in zip(weights, prices, strict=True)]
    divisor = exact_divisor(holdings, prices, level)
    value = 0.0  # summed as the kernel does
    for holding, price in zip(holdings, prices, strict=True):
        value += holding * price
    assert value / divisor == level
    shares = [h * p / value for h, p in zip(holdings, prices, strict=True)]
    assert shares == pytest.approx(weights, rel=1e-14)
