"""The shard against the batch oracle, on random streams cut, saved and restored at random."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.definition import IndexDefinition, parse_index
from engine.index.shard import Shard
from engine.periods import NEVER, bar_end
from engine.types import DAY
from tests.engine.market import STEPS, Feed, define, frame, instants, rescaled
from tests.engine.scales import captures, near, pair, single
from tests.reference import basket, benchmarks, drawdown, growth, risk, series

ASSETS = ["BTC", "ETH", "SOL"]
CUTS = [1, 1, 2, 5, 40]
"""Instants a record."""


def check(snapshot: dict[str, Any], paths: dict[str, Any], definition: IndexDefinition) -> None:
    """Hold every figure that is built against the batch oracle."""
    path, as_of = paths[definition.id], snapshot["as_of"]
    assert near(snapshot["level"], path[-1][1], 0.0)
    returns, unobserved = series.bar_returns(path, definition.return_interval, as_of)
    r = list(returns.values())
    assert snapshot["risk"]["n"] == len(r)
    assert snapshot["quality"]["unobserved_bars"] == unobserved
    largest = max(map(abs, r), default=0.0)
    scales = single(r, definition, definition.return_interval)
    scales |= dict.fromkeys(("var_95", "var_99", "cvar_95", "cvar_99"), largest)
    for name, expected in risk.risk(r, definition).items():
        value = snapshot["risk"][name]
        assert near(value, expected, scales.get(name, 0.0)), (name, value, expected)
    check_errors(snapshot["risk"], r, definition)
    if len(r) >= 10:
        square = series.ewma(list(returns), [x * x for x in r], definition.ewma_half_life)
        expected = math.sqrt(square * definition.bars_per_year)
        assert near(snapshot["risk"]["ewma_volatility"], expected, 0.0)
    check_growth(snapshot, path, definition)
    check_drawdown(snapshot["drawdown"], drawdown.drawdown(path, as_of))
    assert near(snapshot["drawdown"]["max_daily"], drawdown.max_daily(path, as_of), 1.0)
    for name in definition.benchmarks:
        found = snapshot["benchmarks"][name]
        check_benchmark(found, returns, paths[name], definition, as_of)
        check_excess(found["excess"], path, paths[name], as_of)


def check_growth(snapshot: dict[str, Any], path: basket.Path, definition: IndexDefinition) -> None:
    """Returns, growth a year and Calmar. A return's terms are L1/L0 and one."""
    as_of, returns = snapshot["as_of"], growth.period_returns(path, snapshot["as_of"])
    for name, expected in returns.items():
        assert near(snapshot["returns"][name], expected, 2.0 + (expected or 0.0)), name
    annual = snapshot["annualised"]
    for name, expected in growth.annualised(path, as_of).items():
        assert near(annual[name], expected, 2.0 + (expected or 0.0)), name
    assert snapshot["cagr"] == annual["inception"]
    deepest, cagr = drawdown.drawdown(path, as_of)["max"], growth.annualised(path, as_of)
    expected = cagr["inception"]
    calmar = None if expected is None or deepest == 0.0 else expected / deepest
    assert near(snapshot["risk"]["calmar"], calmar, (2.0 + (expected or 0.0)) / (deepest or 1.0))


def check_excess(found: dict[str, Any], path: basket.Path, other: basket.Path, as_of: int) -> None:
    """The index's return over each period less the benchmark's; since the index began, too."""
    own, theirs = growth.period_returns(path, as_of), growth.period_returns(other, as_of)
    then = series.level_at(other, path[0][0])
    theirs["inception"] = None if then is None else other[-1][1] / then - 1.0
    for name, value in found.items():
        r, f = own[name], theirs[name]
        expected = None if r is None or f is None else r - f
        assert near(value, expected, 2.0 + (r or 0.0) + (f or 0.0)), (name, value, expected)


def check_errors(found: dict[str, Any], r: list[float], definition: IndexDefinition) -> None:
    """Sharpe's error, Cornish-Fisher VaR, and the returns against the VaR promised before them."""
    error = risk.sharpe_error(r, definition)
    assert near(found["sharpe_se"], error, 0.0)
    if error is not None and found["sharpe"] is not None:
        z = found["sharpe"] / error
        assert near(found["psr"], 0.5 * math.erfc(-z / math.sqrt(2)), 1.0)
    largest = max(map(abs, r), default=0.0)
    for confidence in (95, 99):
        expected = risk.cornish_fisher(r, confidence)
        assert near(found[f"var_{confidence}_cf"], expected, largest)
        exceeded = found[f"var_{confidence}_exceedances"]
        for name, value in risk.exceedances(r, confidence).items():
            assert near(exceeded[name], value, 1.0), (name, exceeded, value)


def check_drawdown(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in ("current", "max", "underwater_seconds", "longest_seconds"):
        assert near(found[name], expected[name], 1.0), name
    for name in ("peak_at", "trough_at", "recovered_at", "recovery_seconds"):
        assert found[name] == expected[name], name
    assert len(found["episodes"]) == len(expected["episodes"])
    for one, other in zip(found["episodes"], expected["episodes"], strict=True):
        assert near(one["depth"], other["depth"], 1.0)
        for name in ("peak_at", "trough_at", "recovered_at"):
            assert one[name] == other[name], name


def check_benchmark(
    found: dict[str, Any],
    returns: dict[int, float],
    path: basket.Path,
    definition: IndexDefinition,
    as_of: int,
) -> None:
    other, _ = series.bar_returns(path, definition.return_interval, as_of)
    ends = [end for end in returns if end in other]
    r, f = [returns[end] for end in ends], [other[end] for end in ends]
    assert found["n"] == len(r)
    expected = benchmarks.against(r, f, definition)
    scales = pair(r, f, abs(expected["beta"] or 0.0), definition, definition.return_interval)
    scales |= captures(r, f, expected["up_capture"], expected["down_capture"])
    for name, value in expected.items():
        assert near(found[name], value, scales.get(name, 0.0)), (name, found[name], value)
    if len(r) >= 10:
        half = definition.ewma_half_life
        cross = series.ewma(ends, [x * y for x, y in zip(r, f, strict=True)], half)
        square = series.ewma(ends, [y * y for y in f], half)
        flat = math.sqrt(square) < 1e-12
        size = series.ewma(ends, [abs(x * y) for x, y in zip(r, f, strict=True)], half)
        expected_beta = None if flat else cross / square
        assert near(found["ewma_beta"], expected_beta, 0.0 if flat else size / square)


def run(
    rng: random.Random, stream: list[Any], tables: dict[str, Any], every: int | None, restart: bool
) -> Feed:
    """Feed a stream in records of random length, restoring the shard from its dump at random."""
    feed = Feed(Shard(every=every))
    for index, table in tables.items():
        feed.put(define(index, table, stream[0][0] - 1))
    begin = 0
    while begin < len(stream):
        end = begin + rng.choice(CUTS)
        feed.put(frame(stream[begin:end]))
        begin = end
        if restart and rng.random() < 0.1:
            feed.shard = Shard.load(feed.shard.dump(), every)
    return feed


def tables(rng: random.Random, interval: str) -> dict[str, Any]:
    common = {
        "return_interval": interval,
        "rebalance": rng.choice(["never", "daily", "weekly", "monthly", "quarterly"]),
        "risk_free": rng.choice([0.0, 0.03]),
        "target": rng.choice(["risk_free", 0.1]),
        "omega_threshold": rng.choice([0.0, 0.05]),
        "ewma_half_life": rng.choice(["1h", "30d"]),
        "max_price_age": rng.choice(["48h", "3660d"]),
        "alerts": {"drawdown": [0.05, 0.1, 0.2]},
    }
    weights = {a: rng.uniform(0.1, 1.0) for a in ASSETS}
    return {
        "MIX": {**common, "weights": weights, "benchmarks": ["BTC", "EVEN"]},
        "EVEN": {**common, "assets": ["ETH", "SOL"]},
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.sampled_from([1, 2, 15, 120, 700]))
def test_streaming_equals_batch(seed: int, count: int) -> None:
    rng = random.Random(seed)
    interval = rng.choice(list(STEPS))
    move = rng.choice([0.0, 0.03, 0.03, 0.03, 0.3])
    coarse = rng.random() < 0.25
    stream = instants(rng, count, STEPS[interval], ASSETS, 1.0, move, coarse)
    stream[0][1].update({a: rng.uniform(0.5, 2) for a in ASSETS if a not in stream[0][1]})
    stream = rescaled(rng, stream, ASSETS)
    defined = tables(rng, interval)
    feed = run(rng, stream, defined, NEVER, restart=True)
    paths: dict[str, Any] = {a: series.asset_path(stream, a) for a in ASSETS}
    found = {index: parse_index(index, table) for index, table in defined.items()}
    paths |= {index: basket.index_path(stream, d) for index, d in found.items()}
    for index, definition in found.items():
        check(feed.snapshot(index), paths, definition)


@pytest.mark.parametrize("seed", range(20))
def test_cuts_and_restarts_change_nothing(seed: int) -> None:
    rng = random.Random(seed)
    interval = rng.choice(list(STEPS))
    stream = instants(rng, 600, STEPS[interval], ASSETS)
    defined = tables(rng, interval)

    def told(cuts: int, restart: bool) -> tuple[str, str]:
        feed = run(random.Random(cuts), stream, defined, NEVER, restart)
        feed.offset = 0
        last = {index: feed.snapshot(index) for index in defined}
        alerts = [{**alert, "receipt": None} for alert in feed.bodies("alerts")]
        return json.dumps(alerts, default=dict), json.dumps(last)

    once = told(1, restart=False)
    assert json.loads(once[0]), "no alert fired: the test would prove nothing"
    assert told(2, restart=True) == once
    assert told(3, restart=True) == once


@pytest.mark.parametrize("seed", range(10))
def test_restored_shard_says_the_same_to_the_byte(seed: int) -> None:
    rng = random.Random(seed)
    stream = instants(rng, 400, STEPS["1s"], ASSETS)
    defined = tables(rng, "1s")
    plain = run(random.Random(seed), stream, defined, None, restart=False)
    feed = Feed(Shard())
    for index, table in defined.items():
        feed.put(define(index, table, stream[0][0] - 1))
    cuts, begin = random.Random(seed), 0
    while begin < len(stream):
        end = begin + cuts.choice(CUTS)
        feed.shard = Shard.load(feed.shard.dump())
        feed.put(frame(stream[begin:end]))
        begin = end
    assert len(plain.bodies("snapshots")) > 10
    assert json.dumps(feed.outputs, default=dict) == json.dumps(plain.outputs, default=dict)


def test_alerts_equal_a_plain_loop() -> None:
    rng = random.Random(5)
    stream = instants(rng, 3000, STEPS["1m"], ASSETS)
    feed = run(rng, stream, tables(rng, "1m"), NEVER, restart=False)
    definition = next(d for d in feed.shard.roster.definitions.values() if d.id == "MIX")
    peak, firing = 0.0, set[float]()
    expected = []
    for at, level in basket.index_path(stream, definition):
        peak = max(peak, level)
        for depth in definition.drawdown_alerts:
            if depth not in firing and level <= peak * (1 - depth):
                firing.add(depth)
                expected.append((at, depth, "firing"))
            elif depth in firing and level >= peak * (1 - depth / 2):
                firing.remove(depth)
                expected.append((at, depth, "resolved"))
    alerts = [a for a in feed.bodies("alerts") if a["index"] == "MIX"]
    found = [(a["at"], float(a["rule"].split(">=")[1]), a["state"]) for a in alerts]
    assert found == expected
    assert len(found) > 20
    assert [a["seq"] for a in alerts] == list(range(1, len(alerts) + 1))
    for a, b in zip(found, alerts, strict=True):
        assert b["id"] == f"{b['episode']}:{a[2]}"


def test_day_bars_equal_a_plain_loop() -> None:
    rng = random.Random(11)
    stream = instants(rng, 2500, STEPS["1h"], ASSETS)
    feed = run(rng, stream, tables(rng, "1h"), NEVER, restart=True)
    path = basket.index_path(
        stream, parse_index("MIX", feed.shard.roster.definitions["MIX"].to_mapping())
    )
    days: dict[int, list[float]] = {}
    before = {}
    level = path[0][1]
    for at, now in path:
        end = bar_end(at, DAY)
        before.setdefault(end, level)
        days.setdefault(end, []).append(now)
        level = now
    found = {
        b["day"] + DAY: b for b in feed.bodies("bars") if b.get("index") == "MIX" and "day" in b
    }
    assert set(found) == {end for end in days if end <= path[-1][0]}
    assert len(found) > 50
    for end, bar in found.items():
        assert bar["open"] == pytest.approx(before[end], rel=1e-12)
        assert bar["close"] == pytest.approx(days[end][-1], rel=1e-12)
        assert bar["high"] == pytest.approx(max(before[end], *days[end]), rel=1e-12)
        assert bar["low"] == pytest.approx(min(before[end], *days[end]), rel=1e-12)
