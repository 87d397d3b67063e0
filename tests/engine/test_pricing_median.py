"""The weighted median: half of the traded USD, faded with a price's age, lies at or below it."""

from __future__ import annotations

import pytest

from tests.engine.pricing_desk import A, B, C, Desk


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


def test_volume_decays_by_half_in_a_day() -> None:
    desk, day = Desk("BTC"), 86_400
    desk.trade((A, 0, 100.0, 3.0), (B, 0, 102.0, 0.0))
    # A day on: A 300/2 + 0, B 0 + 102 × size. Below 150 USD A is the half, above it B.
    assert desk.trade((A, day, 100.0, 0.0), (B, day, 102.0, 1.47)) == [("BTC", day, 100.0)]
    got = desk.trade((A, day + 1, 100.0, 0.0), (B, day + 1, 102.0, 0.02))
    assert got == [("BTC", day + 1, 102.0)]


def test_a_price_weighs_half_after_ten_seconds() -> None:
    desk = Desk("BTC")
    desk.trade((A, 0, 100.0, 3.0), (B, 0, 102.0, 1.0))
    # 300 · 2^(−s/10) against 102 and the little that B trades: even after 15.56 s.
    assert desk.trade((B, 15.5, 102.0, 0.0), (B, 15.6, 102.0, 0.0)) == [
        ("BTC", 15.5, 100.0),
        ("BTC", 15.6, 102.0),
    ]


def test_weights_survive_long_silences() -> None:
    desk = Desk("BTC")
    year = 365 * 86400
    assert desk.trade((A, 0, 100.0, 1e9), (B, 0, 101.0)) == [("BTC", 0, 100.0)]
    assert desk.trade((A, year, 100.0), (B, year, 101.0)) == [("BTC", year, 101.0)]
    assert desk.trade((A, 9 * year, 100.0)) == [("BTC", 9 * year, 100.0)]
