"""The compiled functions against values known otherwise."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext

import pytest

from engine.math import decay, exp, log, power
from engine.types import HOUR

getcontext().prec = 40


@pytest.mark.parametrize("x", [1e-300, 0.1, 0.999999999, 1.0, 2.0, 61837.63, 1e300])
def test_log_is_right_to_the_last_bit_or_the_one_before(x: float) -> None:
    exact = Decimal(x).ln()
    assert abs(Decimal(log(x)) - exact) <= Decimal(math.ulp(log(x)))


@pytest.mark.parametrize("x", [-700.0, -1.0, -1e-9, 0.0, 0.5, 1.0, 700.0])
def test_exp_is_right_to_the_last_bit_or_the_one_before(x: float) -> None:
    assert abs(Decimal(exp(x)) - Decimal(x).exp()) <= Decimal(math.ulp(exp(x)))


def test_power_of_fractions() -> None:
    assert power(2.0, 10.0) == 1024.0
    assert power(1.21, 0.5) == pytest.approx(1.1, rel=1e-15)


def test_outside_the_domain_nothing_is_raised() -> None:
    assert log(0.0) == -math.inf
    assert math.isnan(log(-1.0))
    assert exp(1e4) == math.inf


def test_decay_is_exact_for_whole_half_lives_also_of_today() -> None:
    assert [decay(n * HOUR, HOUR) for n in (0, 1, 2, -1, 100, -100)] == [
        1.0,
        0.5,
        0.25,
        2.0,
        2.0**-100,
        2.0**100,
    ]
    assert decay(HOUR // 2, HOUR) == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert decay(1_700_000_000 * HOUR // 3600, HOUR) == 0.0
