"""Targets: which names there are, what the snapshot says of them, and when their alerts ring."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.alerts.targets import GOALS
from engine.index.definition import DefinitionError, parse_index
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.types import DAY, HOUR
from tests.engine.market import Feed, define, frame
from tests.engine.years_of_prices import ASSETS, BEGIN, closes, days, run


def states(feed: Feed) -> list[tuple[int, str, str]]:
    """Day, rule and state of every target's alert."""
    return [
        ((a["at"] - BEGIN) // DAY, a["rule"], a["state"])
        for a in feed.bodies("alerts")
        if a["kind"] == "target"
    ]


def test_a_target_is_judged_at_daily_closes() -> None:
    table = {"base_level": 100.0, "targets": {"max_drawdown": 0.2, "return_inception": 0.1}}
    feed = closes(table, [100.0, 111.0, 109.0, 80.0, 130.0])
    # 100 → 80 is a fall of 27.9 % from 111: never mended. The return is below 10 % on days 0, 2, 3.
    assert states(feed) == [
        (0, "return_inception<0.10", "firing"),
        (1, "return_inception<0.10", "resolved"),
        (2, "return_inception<0.10", "firing"),
        (3, "max_drawdown>0.20", "firing"),
        (4, "return_inception<0.10", "resolved"),
    ]
    alert = feed.bodies("alerts")[3]
    assert {k: alert[k] for k in ("kind", "severity", "origin", "level", "at", "seq")} == {
        "kind": "target",
        "severity": "warning",
        "origin": "live",
        "level": pytest.approx(80.0),
        "at": BEGIN + 3 * DAY,
        "seq": 4,
    }
    assert alert["evidence"] == {
        "figure": "max_drawdown",
        "target": 0.2,
        "value": pytest.approx(31 / 111),
        "met": False,
    }
    assert not {"peak", "drawdown", "peak_at"} & alert.keys()


def test_what_is_just_reached_is_met() -> None:
    feed = closes({"targets": {"return_inception": 0.0, "max_drawdown": 0.5}}, [8.0, 4.0, 8.0])
    told = feed.snapshot("X")["targets"]
    assert (told["return_inception"]["met"], told["max_drawdown"]["met"]) == (True, True)
    assert [(day, rule) for day, rule, state in states(feed) if state == "firing"] == [
        (1, "return_inception<0.00")
    ]


@pytest.mark.parametrize("depth", [0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4])
def test_what_is_reached_up_to_rounding_is_met(depth: float) -> None:
    for peak in (7.0, 3.0, 700.0, 1234.0, 61837.63):
        low = round(peak * (1.0 - depth), 8)
        table = {"base_level": peak, "targets": {"max_drawdown": depth, "return_mtd": -depth}}
        feed = closes(table, [peak, low])
        assert [t["met"] for t in feed.snapshot("X")["targets"].values()] == [True, True], peak
        assert states(feed) == []
        feed = closes(table, [peak, low - 1e-6])
        assert [t["met"] for t in feed.snapshot("X")["targets"].values()] == [False, False], peak


def test_nothing_between_the_closes_rings() -> None:
    table = {"targets": {"drawdown": 0.05}}
    feed = closes(table, [100.0])
    for hour in range(1, 24):
        feed.put(frame([(BEGIN + hour * HOUR, {"A": 90.0 if hour % 2 else 100.0})]))
        assert feed.snapshot("X")["targets"]["drawdown"]["met"] is (hour % 2 == 0)
    assert states(feed) == []
    feed.put(frame([(BEGIN + DAY, {"A": 90.0})]))
    assert states(feed) == [(1, "drawdown>0.05", "firing")]


def test_a_figure_that_is_undefined_changes_nothing() -> None:
    feed = closes({"targets": {"sharpe": 1.5, "cagr": 0.2}}, [100.0, 100.0])
    found = feed.snapshot("X")
    assert found["targets"] == {
        "cagr": {"target": 0.2, "value": None, "met": None},
        "sharpe": {"target": 1.5, "value": None, "met": None},
    }
    for path, reason in (("cagr", "too_short"), ("sharpe", "too_few")):
        assert found["undefined"][f"targets.{path}.value"] == reason
        assert found["undefined"][f"targets.{path}.met"] == reason
    assert states(feed) == []


def test_a_ratio_of_a_few_returns_rings_only_after_thirty_days() -> None:
    falling = [100.0 * 0.99**day * (1.01 if day % 2 else 1.0) for day in range(31)]
    feed = closes({"targets": {"sharpe": 1.5, "volatility": 0.9}}, falling[:30])
    assert feed.snapshot("X")["targets"]["sharpe"]["met"] is False
    assert states(feed) == []
    feed.put(frame([(BEGIN + 30 * DAY, {"A": falling[30]})]))
    assert states(feed) == [(30, "sharpe<1.50", "firing")]


def test_the_value_is_the_figure_of_the_snapshot() -> None:
    """Every name leads to a figure of a real snapshot, beside which it stands."""
    rng = random.Random(3)
    targets = dict.fromkeys(GOALS, 0.5)
    table = {"assets": ["ETH", "SOL"], "benchmarks": ["BTC"], "targets": targets}
    feed = run(rng, days(rng, 500, spoiled=False), {"X": table}, restart=0.0)
    found = feed.snapshot("X")
    assert list(found["targets"]) == sorted(GOALS)
    defined = 0
    for name, goal in GOALS.items():
        figure: Any = found
        for step in goal.path:
            figure = figure["BTC" if step == "*" else step]
        told = found["targets"][name]
        assert (told["target"], told["value"]) == (0.5, figure)
        if figure is not None:
            defined += 1
            assert told["met"] is (figure >= 0.5 if goal.least else figure <= 0.5), name
    assert defined > 30
    assert found["targets"]["max_drawdown"]["value"] == found["drawdown"]["max"] > 0.0


@pytest.mark.parametrize(
    ("targets", "benchmarks", "path", "message"),
    [
        ({"sharp": 1.0}, [], "targets.sharp", "unknown target; did you mean sharpe"),
        ({"max_drawdwn": 0.5}, [], "targets.max_drawdwn", "max_drawdown"),
        ({"zzz": 1.0}, [], "targets.zzz", "known are return_1h, return_1d"),
        ({"beta": 1.0}, [], "targets.beta", "the index has none; add `benchmarks`"),
        ({"sharpe": "high"}, [], "targets.sharpe", "expected a number"),
        ({"sharpe": float("nan")}, [], "targets.sharpe", "expected a number"),
        ({"sharpe": float("inf")}, [], "targets.sharpe", "expected a number"),
    ],
)
def test_what_cannot_be_a_target_is_refused(
    targets: dict[str, Any], benchmarks: list[str], path: str, message: str
) -> None:
    table = {"assets": ["A"], "benchmarks": benchmarks, "targets": targets}
    with pytest.raises(DefinitionError) as caught:
        parse_index("X", table)
    assert ".".join(caught.value.path) == f"index.X.{path}"
    assert message in caught.value.message


def test_the_definition_survives_the_way_through_the_log() -> None:
    table = {"assets": ["A"], "benchmarks": ["B"], "targets": {"sharpe": 1, "beta": -0.5}}
    first = parse_index("X", table)
    assert parse_index("X", json.loads(json.dumps(first.to_mapping()))) == first
    assert first.targets == (("beta", -0.5), ("sharpe", 1.0))


def test_a_changed_target_resolves_the_old_rule_and_rings_anew() -> None:
    table: dict[str, Any] = {"assets": ["A"], "targets": {"return_inception": 0.1}}
    feed = closes({"targets": table["targets"]}, [100.0, 105.0])
    feed.put(define("X", {**table, "targets": {"return_inception": 0.08}}, BEGIN + DAY + 1))
    feed.put(frame([(BEGIN + 2 * DAY, {"A": 106.0})]))
    feed.put(define("X", {"assets": ["A"]}, BEGIN + 2 * DAY + 1))
    told = [(a["rule"], a["state"], a.get("reason")) for a in feed.bodies("alerts")]
    old, new = "return_inception<0.10", "return_inception<0.08"
    assert told == [
        (old, "firing", None),
        (old, "resolved", "rule_removed"),
        (new, "firing", None),
        (new, "resolved", "rule_removed"),
    ]
    assert [a["seq"] for a in feed.bodies("alerts")] == [1, 2, 3, 4]
    assert feed.snapshot("X")["targets"] == {}


def test_backfilled_prices_ring_with_their_origin() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], "targets": {"return_inception": 0.1}}, BEGIN - 1))
    feed.put(frame([(BEGIN, {"A": 100.0})])._replace(origin="backfill"))
    feed.put(frame([(BEGIN + DAY, {"A": 120.0})]))
    assert [(a["state"], a["origin"]) for a in feed.bodies("alerts")] == [
        ("firing", "backfill"),
        ("resolved", "live"),
    ]


def test_judging_targets_changes_no_figure() -> None:
    """Figures are read at the daily close too then, which must leave no trace in later ones."""
    stream = days(random.Random(4), 420)
    table = {"assets": ASSETS, "benchmarks": ["BTC"], "return_interval": "1h"}

    def told(targets: dict[str, float]) -> list[dict[str, Any]]:
        feed = run(random.Random(1), stream, {"X": {**table, "targets": targets}}, 5 * DAY)
        left_out = {"targets", "definition", "undefined"}
        return [{k: v for k, v in s.items() if k not in left_out} for s in feed.bodies("snapshots")]

    plain = told({})
    assert len(plain) > 15
    assert json.dumps(told({"sharpe": 1.0})) == json.dumps(plain)


def test_alerts_follow_the_figure_at_every_close_of_random_years() -> None:
    rng = random.Random(8)
    stream = days(rng, 400)
    table = {"assets": ASSETS, "benchmarks": ["BTC"], "return_interval": "1h"}
    targets = {"sharpe": 0.5, "volatility": 0.6, "beta": 1.0, "return_30d": 0.0}
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {**table, "targets": targets}, BEGIN - 1))
    open_now = set[str]()
    for at, prices in stream:
        before = len(feed.bodies("alerts"))
        feed.put(frame([(at, prices)]))
        alerts = [a for a in feed.bodies("alerts")[before:] if a["kind"] == "target"]
        if at % DAY:
            assert alerts == []
            continue
        told = feed.snapshot("X")["targets"]
        met = {name: told[name]["met"] for name in targets}
        if at < BEGIN + 30 * DAY:
            met |= dict.fromkeys(("sharpe", "volatility", "beta"))
        missed = {name for name in targets if met[name] is False}
        kept = {name for name in open_now if met[name] is None}
        changed = {a["evidence"]["figure"]: a["state"] == "firing" for a in alerts}
        assert changed == {name: name in missed for name in (missed | kept) ^ open_now}
        open_now = missed | kept
    assert len([a for a in feed.bodies("alerts") if a["kind"] == "target"]) > 20
