"""Market regimes against the batch oracle, and rule by rule on closes where the day is known."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY, HOUR
from tests.engine.market import STEPS, Feed, define, frame, instants
from tests.engine.scales import near, single
from tests.engine.years_of_prices import ASSETS, BEGIN, closes, days, run
from tests.reference import basket, regimes, series

REGIMES = ("bull", "bear", "sideways", "high_volatility", "low_volatility")


def tables(rng: random.Random, interval: str) -> dict[str, Any]:
    common = {"return_interval": interval, "risk_free": rng.choice([0.0, 0.03])}
    common |= {"rebalance": rng.choice(["never", "monthly"]), "max_price_age": "3660d"}
    weights = {a: rng.uniform(0.1, 1.0) for a in ASSETS}
    return {
        "MIX": {**common, "weights": weights, "benchmarks": ["BTC", "EVEN"]},
        "EVEN": {**common, "assets": ["ETH", "SOL"]},
        "OVER": {**common, "assets": ["SOL"], "benchmarks": ["EVEN"]},
    }


def check(found: dict[str, Any], paths: dict[str, Any], defined: dict[str, Any]) -> None:
    """Hold `regime` of a snapshot against the oracle."""
    definition, as_of = parse_index(found["index"], defined[found["index"]]), found["as_of"]
    reference = (*definition.benchmarks, definition.id)[0]
    known = regimes.daily_closes(paths[reference], as_of)
    trend, volatility = regimes.trends(known), regimes.volatilities(known)
    regime = found["regime"]
    assert regime["reference"] == reference
    for name, judged in (("trend", trend), ("volatility", volatility)):
        told = (regime[name], regime[f"{name}_since"])
        expected = regimes.last(judged, as_of)
        assert told == (expected if expected[0] else (None, None)), (name, as_of)
        assert (f"regime.{name}" in found["undefined"]) == (told[0] is None)
    path = paths[definition.id]
    figures = regimes.by_regime(path, definition, trend, volatility, as_of)
    within = regimes.returns_by_regime(path, definition, trend, volatility, as_of)
    for name in REGIMES:
        assert list(regime[name]) == list(figures[name])
        scales = single(within[name], definition, definition.return_interval)
        # Growth is of a sum of logs.
        grown = 1.0 + (figures[name]["return"] or 0.0)
        logs = [abs(math.log1p(r)) for r in within[name]]
        scales["return"] = 1.0 + grown * max(1.0, math.fsum(logs))
        for figure, expected in figures[name].items():
            value = regime[name][figure]
            assert near(value, expected, scales.get(figure, 0.0)), (name, figure, value, expected)
            if value is None:
                assert found["undefined"][f"regime.{name}.{figure}"] in {"too_few", "zero_variance"}


@pytest.mark.parametrize("seed", range(6))
def test_regimes_of_years_equal_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    stream = days(rng, 550)
    defined = tables(rng, "1d")
    feed = run(rng, stream, defined, every=97 * DAY)
    paths: dict[str, Any] = {a: series.asset_path(stream, a) for a in ASSETS}
    paths |= {i: basket.index_path(stream, parse_index(i, t)) for i, t in defined.items()}
    snapshots = [s for s in feed.bodies("snapshots") if s["level"] is not None]
    assert len(snapshots) >= 10
    for snapshot in [*snapshots, *(feed.snapshot(index) for index in defined)]:
        check(snapshot, paths, defined)
    trends = {s["regime"]["trend"] for s in snapshots}
    assert len(trends) >= 2, "too little happened: the test would prove nothing"


@pytest.mark.parametrize("seed", range(20))
def test_regimes_of_any_stream_equal_the_oracle(seed: int) -> None:
    """Ties, gaps, outages, bad prints, any bar length, prices of 1e-12 to 1e12, one price."""
    rng = random.Random(seed)
    interval = rng.choice(["1m", "1h", "1d"])
    count = rng.choice([1, 2, 60, 300])
    scale = rng.choice([1e-12, 1.0, 1e12])
    move = rng.choice([0.0, 0.03, 0.03])
    stream = instants(rng, count, STEPS[interval], ASSETS, scale, move, rng.random() < 0.3)
    stream[0][1].update({a: scale for a in ASSETS if a not in stream[0][1]})
    defined = tables(rng, interval)
    feed = run(rng, stream, defined)
    paths: dict[str, Any] = {a: series.asset_path(stream, a) for a in ASSETS}
    paths |= {i: basket.index_path(stream, parse_index(i, t)) for i, t in defined.items()}
    for index in defined:
        check(feed.snapshot(index), paths, defined)


def told(feed: Feed) -> tuple[str | None, str | None]:
    regime = feed.snapshot("X")["regime"]
    return regime["trend"], regime["volatility"]


def test_a_turn_of_a_fifth_makes_a_bull_and_a_bear() -> None:
    walk = [100.0, 119.9, 120.0, 150.0, 120.1, 120.0, 100.0, 119.9, 120.0]
    expected = [None, None, "bull", "bull", "bull", "bear", "bear", "bear", "bull"]
    for k in range(len(walk)):
        assert told(closes({}, walk[: k + 1]))[0] == expected[k], k
    first = closes({}, walk[:2]).snapshot("X")["undefined"]
    assert first["regime.trend"] == first["regime.trend_since"] == "no_turn"


def test_the_first_turn_may_be_down() -> None:
    assert told(closes({}, [100.0, 110.0, 88.1]))[0] is None
    assert told(closes({}, [100.0, 110.0, 88.0]))[0] == "bear"


def test_a_trend_whose_extreme_is_three_weeks_old_is_sideways() -> None:
    walk = [100.0, 130.0, *[125.0] * 20]
    assert told(closes({}, walk))[0] == "bull"  # the peak is 20 days old
    found = closes({}, [*walk, 125.0]).snapshot("X")["regime"]
    assert (found["trend"], found["trend_since"]) == ("sideways", BEGIN + 22 * DAY)
    assert told(closes({}, [*walk, 125.0, 130.0]))[0] == "sideways"  # equal is no new high
    assert told(closes({}, [*walk, 125.0, 130.1]))[0] == "bull"
    assert told(closes({}, [*walk, 125.0, 104.0]))[0] == "bear"
    down = [100.0, 70.0, *[75.0] * 21]
    assert told(closes({}, down))[0] == "sideways"
    assert told(closes({}, [*down, 69.0]))[0] == "bear"
    assert told(closes({}, [*down, 84.0]))[0] == "bull"


def zigzag(steps: list[float]) -> list[float]:
    """Prices that step up and down by turns, each by the next of these log moves."""
    prices = [100.0]
    for k, step in enumerate(steps):
        prices.append(prices[-1] * math.exp(step if k % 2 == 0 else -step))
    return prices


def test_volatility_turns_with_hysteresis() -> None:
    calm = [0.01] * 89
    assert told(closes({}, zigzag(calm)))[1] is None
    few = closes({}, zigzag(calm)).snapshot("X")["undefined"]
    assert few["regime.volatility"] == "too_few"
    assert told(closes({}, zigzag([0.01, *calm, 0.01])))[1] in ("high", "low")
    # EWMA in units of the usual square: one step of s times the size adds 0.06 · (s² − 1).
    # 1.125² − 1 = 0.2656, so the least s is 2.33 (the simple returns of ±1 % differ by 1 %).
    low = [0.012] * 40 + [0.01] * 300
    assert told(closes({}, zigzag(low)))[1] == "low"
    assert told(closes({}, zigzag([*low, 0.022])))[1] == "low"
    assert told(closes({}, zigzag([*low, 0.025])))[1] == "high"
    # It stays high while it fades through the middle, until 0.875 times the usual.
    fading = [*low, 0.025, *[0.01] * 30]
    assert told(closes({}, zigzag(fading)))[1] == "high"
    assert told(closes({}, zigzag([*fading, *[0.001] * 3])))[1] == "high"
    assert told(closes({}, zigzag([*fading, *[0.001] * 6])))[1] == "low"


def test_the_usual_volatility_is_of_two_years() -> None:
    # The EWMA fades from moves of 2 % to within 2 % of the later 1 % in 70 days. From 365 + 70
    # days on half of the last 730 values are of that size; until then the median is larger.
    def after(days: int) -> str | None:
        return told(closes({}, zigzag([0.02] * 500 + [0.01] * days + [0.025])))[1]

    assert after(365 + 70 - 5) == "low"
    assert after(365 + 70 + 5) == "high"


def test_constant_prices_have_no_volatility_regime() -> None:
    found = closes({}, [100.0] * 120).snapshot("X")
    assert found["regime"]["volatility"] is None
    assert found["undefined"]["regime.volatility"] == "zero_variance"


def test_a_bar_counts_to_the_regime_at_its_start() -> None:
    # The close that makes the bull market (day 2) is a bar that began without a trend.
    found = closes({}, [100.0, 110.0, 121.0, 133.1, 90.0, 99.0]).snapshot("X")["regime"]
    assert found["trend"] == "bear"
    # Bull: the bars of days 3 (+10 %) and 4 (133.1 → 90); bear: day 5 (+10 %).
    assert (found["bull"]["n"], found["bear"]["n"], found["sideways"]["n"]) == (2, 1, 0)
    assert found["bull"]["return"] == pytest.approx(90.0 / 121.0 - 1.0, rel=1e-12)
    assert found["bear"]["return"] == pytest.approx(0.1, rel=1e-12)
    r = [0.1, 90.0 / 133.1 - 1.0]
    middle = sum(r) / 2
    sd = math.sqrt((r[0] - middle) ** 2 + (r[1] - middle) ** 2)
    assert found["bull"]["volatility"] == pytest.approx(sd * math.sqrt(365), rel=1e-12)
    assert found["bull"]["sharpe"] == pytest.approx(middle / sd * math.sqrt(365), rel=1e-12)
    assert found["bear"]["volatility"] is None


def test_the_first_benchmark_decides_and_hours_count_too() -> None:
    table = {"assets": ["A"], "benchmarks": ["B"], "return_interval": "1h"}
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, BEGIN - 1))
    prices = {0: 100.0, 24: 125.0, 48: 90.0}  # of B by hour: bull from 24 on, bear from 48
    b = 100.0
    for hour in range(60):
        b = prices.get(hour, b)
        feed.put(frame([(BEGIN + hour * HOUR, {"A": 100.0 + hour, "B": b})]))
    regime = feed.snapshot("X")["regime"]
    assert (regime["reference"], regime["trend"]) == ("B", "bear")
    assert (regime["bull"]["n"], regime["bear"]["n"]) == (24, 11)
    assert regime["bull"]["return"] == pytest.approx(148.0 / 124.0 - 1.0, rel=1e-12)


def test_figures_by_regime_are_of_the_index_own_bars_whoever_is_held_against_it() -> None:
    alone: dict[str, Any] = {"TWO": {"assets": ["A", "B"], "benchmarks": ["B"]}}
    hourly: dict[str, Any] = {"assets": ["A"], "benchmarks": ["TWO"], "return_interval": "1h"}
    found = []
    for tables in (alone, {**alone, "X": hourly}, {"X": hourly, **alone}):
        feed, rng = Feed(Shard(every=NEVER)), random.Random(3)
        for index, table in tables.items():
            feed.put(define(index, table, BEGIN - 1))
        prices = {"A": 100.0, "B": 100.0}
        for hour in range(40 * 24):
            prices = {a: p * math.exp(rng.gauss(0.0, 0.02)) for a, p in prices.items()}
            feed.put(frame([(BEGIN + hour * HOUR, prices)]))
        found.append(feed.snapshot("TWO"))
    # 39 bars of days; some begin before the first turn.
    assert 20 < sum(found[0]["regime"][r]["n"] for r in REGIMES[:3]) < 40
    assert found[1]["regime"] == found[0]["regime"]
    assert found[2]["regime"] == found[0]["regime"]


def test_another_first_benchmark_starts_the_figures_anew() -> None:
    feed = closes({}, [100.0, 120.0, 121.0, 122.0])
    assert feed.snapshot("X")["regime"]["bull"]["n"] == 2
    feed.put(define("X", {"assets": ["A"], "name": "same"}, BEGIN + 3 * DAY + 1))
    assert feed.snapshot("X")["regime"]["bull"]["n"] == 2
    feed.put(define("X", {"assets": ["A"], "benchmarks": ["B"]}, BEGIN + 3 * DAY + 2))
    regime = feed.snapshot("X")["regime"]
    assert (regime["reference"], regime["trend"], regime["bull"]["n"]) == ("B", None, 0)


@pytest.mark.parametrize("seed", range(3))
def test_cuts_and_restarts_change_nothing(seed: int) -> None:
    stream, defined = days(random.Random(seed), 400), tables(random.Random(seed), "1d")

    def regimes(cuts: tuple[int, ...], restart: float) -> str:
        feed = run(random.Random(1), stream, defined, NEVER, cuts, restart)
        return json.dumps([feed.snapshot(index)["regime"] for index in defined])

    once = regimes((400,), 0.0)
    assert regimes((1,), 0.5) == once
    assert regimes((1, 2, 9), 0.5) == once


def test_empty_days_judge_nothing() -> None:
    feed = closes({}, [100.0, 130.0, 125.0])
    feed.put(frame([(BEGIN + 700 * DAY - HOUR, {"A": 125.0})], now=BEGIN + 700 * DAY - HOUR))
    assert told(feed)[0] == "bull"
    feed.put(frame([(BEGIN + 700 * DAY, {"A": 125.0})]))
    found = feed.snapshot("X")["regime"]
    assert (found["trend"], found["trend_since"]) == ("sideways", BEGIN + 700 * DAY)
