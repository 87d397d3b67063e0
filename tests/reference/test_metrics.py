"""The batch versions of the metrics beyond risk and beta, by worked examples."""

from __future__ import annotations

import math

import pytest

from engine.index.definition import parse_index
from engine.types import DAY, SECOND
from tests.reference import bets, closes, relative

FOUR = parse_index("I", {"assets": ["A"], "year_days": 4})
"""Four bars a year."""
# Down a tenth for two bars, at the peak again, new peak, down a fifth and still there.
LEVELS = [100.0, 90.0, 95.0, 100.0, 200.0, 160.0]
PATH = [(k * DAY, level) for k, level in enumerate(LEVELS)]


def test_drawdowns_over_closes() -> None:
    assert closes.depths(PATH) == pytest.approx([0.1, 0.05, 0.0, 0.0, 0.2])
    assert closes.episodes(PATH) == [(pytest.approx(0.1), 3 * DAY), (pytest.approx(0.2), DAY)]
    found = closes.drawdowns(PATH)
    assert found["ulcer_index"] == pytest.approx(math.sqrt((0.01 + 0.0025 + 0.04) / 5))
    assert found["pain_index"] == pytest.approx(0.07)
    assert found["time_under_water"] == pytest.approx(0.6)
    assert found["average"] == pytest.approx(0.15)
    assert found["average_seconds"] == 2 * DAY / SECOND
    assert (found["durations.n"], found["durations.p50"]) == (2.0, 2 * DAY / SECOND)
    assert found["durations.p75"] == 2.5 * DAY / SECOND
    assert found["durations.p90"] is found["durations.p95"] is None


def test_growth_over_what_was_suffered() -> None:
    found = closes.ratios(PATH, 0.35, 0.05, 0.2)
    assert found["martin"] == pytest.approx(0.3 / math.sqrt(0.0105))
    assert found["pain_ratio"] == pytest.approx(0.3 / 0.07)
    assert found["sterling"] == pytest.approx(0.35 / 0.3)
    assert found["burke"] == pytest.approx(0.3 / math.sqrt(0.05))
    assert found["burke_modified"] == pytest.approx(0.3 / math.sqrt(0.05) * math.sqrt(5))
    assert found["recovery_factor"] == pytest.approx(3.0)
    assert set(closes.ratios(PATH, None, 0.0, 0.0).values()) == {None}


def test_a_path_that_only_rises_has_no_drawdown() -> None:
    rising = [(k * DAY, 2.0**k) for k in range(5)]
    found = closes.drawdowns(rising)
    assert (found["ulcer_index"], found["average"], found["durations.n"]) == (0.0, None, 0.0)
    assert closes.ratios(rising, 1.0, 0.0, 0.0)["martin"] is None
    assert closes.stability(rising) == pytest.approx(1.0)
    assert closes.stability([(k * DAY, 1.0) for k in range(5)]) is None


def test_bets() -> None:
    found = bets.bets([0.2, 0.1, 0.0, -0.1, -0.05, 0.1])
    assert found["win_rate"] == pytest.approx(0.6)
    assert found["payoff"] == pytest.approx((0.4 / 3) / 0.075)
    assert found["profit_factor"] == pytest.approx(0.4 / 0.15)
    assert found["gain_to_pain"] == pytest.approx(0.25 / 0.15)
    assert found["kelly"] == pytest.approx(0.6 - 0.4 * 0.075 * 3 / 0.4)
    assert found["d_ratio"] == pytest.approx(2 * 0.15 / (3 * 0.4))
    only_gains = bets.bets([0.1, 0.2])
    assert (only_gains["win_rate"], only_gains["d_ratio"]) == (1.0, 0.0)
    assert only_gains["payoff"] is only_gains["profit_factor"] is only_gains["kelly"] is None
    assert set(bets.bets([0.0, 0.0]).values()) == {None}


def test_tails_and_extremes() -> None:
    r = [k / 100 for k in range(-5, 16)]  # 21 of them: the twentieths are its second from each end
    assert bets.tail_ratio(r) == pytest.approx(0.14 / 0.04)
    assert bets.tail_ratio(r[:19]) is None
    assert bets.extremes(r) == {"best": 0.15, "worst": -0.05}
    assert bets.extremes([]) == {"best": None, "worst": None}


def test_about_a_target() -> None:
    found = bets.about_target([0.1, -0.1, 0.2, -0.1], FOUR)
    assert found["upside_potential"] == pytest.approx(0.075)
    assert found["downside_potential"] == pytest.approx(0.05)
    assert found["upside_potential_ratio"] == pytest.approx(0.075 / math.sqrt(0.005))
    assert found["upside_deviation"] == pytest.approx(math.sqrt(0.05 / 4) * 2)
    assert found["upside_frequency"] == 0.5
    assert bets.mean_return([0.1, -0.1, 0.2, -0.1], FOUR) == pytest.approx(0.1)


def test_a_normal_tail() -> None:
    r = [0.1, -0.1] * 10  # mean 0, population deviation 0.1
    var, shortfall = bets.gaussian(r, 95)
    assert var == pytest.approx(0.164485, abs=1e-6)
    assert shortfall == pytest.approx(0.206271, abs=1e-6)  # φ(1.6449) / 0.05 = 2.0627
    assert bets.gaussian(r[:19], 95) == (None, None)


def test_track_record() -> None:
    # An error of half the Sharpe ratio after 100 bars: 1.6449/2 of it is wanted.
    assert bets.min_track_record(100, 1.0, 0.5) == pytest.approx(67.6386, abs=1e-4)
    assert bets.min_track_record(100, -1.0, 0.5) is None


def test_months() -> None:
    found = bets.months([0.1, -0.1, 0.3], 0.0, None)
    assert (found["n"], found["best"], found["worst"]) == (3.0, 0.3, -0.1)
    assert found["positive_share"] == pytest.approx(2 / 3)
    assert found["mean"] == pytest.approx(1.2)
    assert found["volatility"] == pytest.approx(0.2 * math.sqrt(12))
    assert found["sharpe"] == pytest.approx(math.sqrt(12) / 2)
    assert found["sortino"] == pytest.approx(0.1 / math.sqrt(0.01 / 3) * math.sqrt(12))


def test_against_a_line() -> None:
    f = [0.1, -0.1, 0.1, -0.1]
    r = [0.21, -0.19, 0.19, -0.21]  # twice f, and 0.01 beside it, on either side alike
    found = relative.line(r, f, FOUR)
    assert found["r_squared"] == pytest.approx(0.16 / (0.16 + 0.0004))
    assert found["specific_risk"] == pytest.approx(0.01 * 2)
    assert found["systematic_risk"] == pytest.approx(2 * math.sqrt(0.04 / 3) * 2)
    mine, theirs = 1.21 * 0.81 * 1.19 * 0.79 - 1, 0.99**2 - 1
    assert found["active_premium"] == pytest.approx(mine - theirs)
    assert found["treynor"] == pytest.approx(mine / 2)
    assert found["appraisal"] == pytest.approx((mine - 2 * theirs) / 0.02)
    scaled = mine * math.sqrt(0.04 / 0.1604)
    assert found["m_squared"] == pytest.approx(scaled)
    assert found["m_squared_excess"] == pytest.approx((1 + scaled) / (1 + theirs) - 1)
    assert set(relative.line([], [], FOUR).values()) == {None}


def test_shares_won() -> None:
    r, f = [0.2, 0.1, -0.1, 0.1, 0.0], [0.1, 0.2, -0.2, -0.1, 0.0]
    assert relative.shares(r, f) == {
        "batting_average": 0.6,
        "up_number": 1.0,
        "down_number": 0.5,
        "up_percent": 0.5,
        "down_percent": 1.0,
    }
    assert set(relative.shares([], []).values()) == {None}


def test_beta_of_one_side() -> None:
    r, f = [0.1, 0.3, -0.2, -0.3], [0.1, 0.2, -0.1, -0.2]
    found = relative.sided_beta(r, f)
    assert found["up_beta"] == pytest.approx(2.0)
    assert found["down_beta"] == pytest.approx(1.0)
