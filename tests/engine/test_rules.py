"""Rules of the contract, one by one, on numbers that can be done in one's head."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import DefinitionRecord
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.engine.market import START, Feed, define, frame

T0 = START // DAY * DAY


def feed(table: dict[str, Any], index: str = "X", every: int | None = NEVER) -> Feed:
    """A shard with one index."""
    found = Feed(Shard(every=every))
    found.put(define(index, table, T0))
    return found


def put(found: Feed, *rows: tuple[int, dict[str, float]]) -> None:
    """One record of instants."""
    found.put(frame(list(rows)))


def test_drawdown_alert_fires_resolves_and_fires_again() -> None:
    x = feed({"assets": ["A"], "base_level": 100.0, "alerts": {"drawdown": [0.10]}})
    for k, price in enumerate((100.0, 89.9, 96.0, 89.5), 1):
        put(x, (T0 + k * SECOND, {"A": price}))
    alerts = x.bodies("alerts")
    assert [(a["state"], a["rule"], a["level"]) for a in alerts] == [
        ("firing", "drawdown>=0.10", pytest.approx(89.9)),
        ("resolved", "drawdown>=0.10", 96.0),
        ("firing", "drawdown>=0.10", 89.5),
    ]
    assert alerts[0]["episode"] == alerts[1]["episode"] != alerts[2]["episode"]
    assert [a["seq"] for a in alerts] == [1, 2, 3]
    assert alerts[0]["drawdown"] == pytest.approx(0.101)
    assert [a["severity"] for a in alerts] == ["warning"] * 3
    assert {a["peak"] for a in alerts} == {100.0}


@pytest.mark.parametrize(
    ("prices", "states"),
    [
        ((100, 90), ["firing"]),  # at the depth, though 1 − 90/100 is below 0.1 in floats
        ((100, 90.0001), []),
        ((100, 90, 94.999), ["firing"]),
        ((100, 90, 95), ["firing", "resolved"]),  # clears at half of the depth
        ((100, 90, 101, 90.95), ["firing", "resolved"]),
        ((100, 90, 101, 90.9), ["firing", "resolved", "firing"]),  # from the new peak
    ],
)
def test_alert_thresholds(prices: tuple[float, ...], states: list[str]) -> None:
    x = feed({"assets": ["A"], "base_level": 100.0, "alerts": {"drawdown": [0.10]}})
    put(x, *((T0 + k * SECOND, {"A": float(p)}) for k, p in enumerate(prices, 1)))
    assert [a["state"] for a in x.bodies("alerts")] == states


@pytest.mark.parametrize("depth", [0.05, 0.1, 0.15, 0.2, 0.3, 0.35, 0.4])
def test_alert_thresholds_hold_whatever_the_peak(depth: float) -> None:
    # 490 is 30 % below 700, and 700 · (1 − 0.3) is below 490 in floats.
    for peak in (7.0, 3.0, 700.0, 1234.0, 61837.63):
        x = feed({"assets": ["A"], "base_level": peak, "alerts": {"drawdown": [depth]}})
        at, half = round(peak * (1 - depth), 8), round(peak * (1 - depth / 2), 8)
        prices = (peak, at + 1e-6, at, half - 1e-6, half)
        put(x, *((T0 + k * SECOND, {"A": p}) for k, p in enumerate(prices, 1)))
        told = [(a["state"], a["at"] - T0) for a in x.bodies("alerts")]
        assert told == [("firing", 3 * SECOND), ("resolved", 5 * SECOND)], peak


def test_an_instant_takes_effect_as_a_whole() -> None:
    x = feed({"assets": ["A", "B"], "base_level": 100.0, "alerts": {"drawdown": [0.10]}})
    put(x, (T0 + 1, {"A": 1.0, "B": 1.0}))
    # One by one these would touch 75 or 125; together the level stays.
    put(x, (T0 + 2, {"A": 0.5, "B": 1.5}))
    assert x.bodies("alerts") == []
    found = x.snapshot("X")
    assert found["level"] == 100.0
    assert found["drawdown"]["max"] == 0.0


def test_an_outage_of_eight_hours_gives_no_zero_returns() -> None:
    x = feed({"assets": ["A"], "return_interval": "1s"})
    rows = [(T0 + k * SECOND, {"A": 100.0 + k}) for k in range(1, 61)]
    put(x, *rows)
    later = T0 + 8 * HOUR + 60 * SECOND
    put(x, *((later + k * SECOND, {"A": 200.0 + k}) for k in range(1, 11)))
    found = x.snapshot("X")
    # 59 returns before; of the ten bars after, the first one has no bar before it.
    assert found["risk"]["n"] == 59 + 9
    assert found["quality"]["unobserved_bars"] == 8 * 3600
    assert found["risk"]["volatility"] > 0
    assert found["level"] == pytest.approx(1000.0 * 210 / 101)


def test_a_jump_of_two_years_closes_in_milliseconds() -> None:
    table = {"return_interval": "1s", "rebalance": "daily", "benchmarks": ["A"]}
    x = Feed(Shard(every=NEVER))
    for k in range(10):
        x.put(define(f"X{k}", {**table, "weights": {"A": 1.0 + k, "B": 1.0}}, T0))
    put(x, (T0 + SECOND, {"A": 1.0, "B": 1.0}))
    put(x, (T0 + 2 * SECOND, {"A": 1.1, "B": 1.0}))
    began = time.perf_counter()
    put(x, (T0 + 730 * DAY, {"A": 1.2, "B": 1.0}))
    elapsed = time.perf_counter() - began
    assert x.snapshot("X3")["quality"]["unobserved_bars"] == 730 * 86_400 - 3
    # Passing over 63 million bars one by one would take a minute: this bound is no speed claim.
    assert elapsed < 1.0


def test_first_return_runs_from_the_base_only_on_a_bar_end() -> None:
    on_grid = feed({"assets": ["A"], "return_interval": "1m"})
    put(on_grid, (T0 + MINUTE, {"A": 100.0}))
    put(on_grid, (T0 + 2 * MINUTE, {"A": 110.0}))
    assert on_grid.snapshot("X")["risk"]["n"] == 1
    off_grid = feed({"assets": ["A"], "return_interval": "1m"})
    put(off_grid, (T0 + MINUTE + 1, {"A": 100.0}))
    put(off_grid, (T0 + 2 * MINUTE, {"A": 110.0}))
    assert off_grid.snapshot("X")["risk"]["n"] == 0
    put(off_grid, (T0 + 3 * MINUTE, {"A": 121.0}))
    assert off_grid.snapshot("X")["risk"]["n"] == 1


def test_base_is_the_first_instant_when_every_asset_has_a_price() -> None:
    x = feed({"weights": {"A": 3.0, "B": 1.0}, "base_level": 50.0})
    put(x, (T0 + 1, {"A": 10.0}))
    warming = x.snapshot("X")
    assert (warming["status"], warming["level"]) == ("warming", None)
    assert warming["undefined"]["level"] == "not_started"
    assert warming["quality"]["flags"] == ["no_price:B"]
    put(x, (T0 + 2, {"A": 20.0}), (T0 + 3, {"B": 7.0}))
    assert x.snapshot("X")["level"] == 50.0
    put(x, (T0 + 4, {"A": 40.0, "B": 14.0}))
    assert x.snapshot("X")["level"] == pytest.approx(100.0, rel=1e-15)


def test_rebalance_takes_the_last_price_and_the_level_does_not_jump() -> None:
    x = feed({"assets": ["A", "B"], "base_level": 100.0, "rebalance": "daily"})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0}))
    put(x, (T0 + 2 * HOUR, {"A": 3.0}))  # 150 and 50
    put(x, (T0 + DAY, {"B": 1.0}))  # on the boundary: before the rebalance
    assert x.snapshot("X")["level"] == 200.0
    put(x, (T0 + DAY + 1, {"B": 2.0}))  # 100 and 100, then B doubles
    assert x.snapshot("X")["level"] == pytest.approx(300.0, rel=1e-14)


def test_asset_too_old_at_a_rebalance_gets_no_weight_and_is_named() -> None:
    x = feed({"assets": ["A", "B"], "base_level": 100.0, "rebalance": "daily"})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0}))
    for day in range(1, 5):
        put(x, (T0 + day * DAY, {"A": 1.0}))
    found = x.snapshot("X")
    assert found["quality"]["flags"] == ["no_weight:B"]
    assert found["status"] == "live", "what it holds is fresh"
    put(x, (T0 + 4 * DAY + 1, {"A": 1.5, "B": 9.0}))
    assert x.snapshot("X")["level"] == pytest.approx(150.0, rel=1e-14)


def test_planned_change_removes_at_once_and_adds_with_the_first_price() -> None:
    change = {"at": T0 + DAY, "add": ["C"], "remove": ["A"]}
    x = feed({"assets": ["A", "B"], "base_level": 100.0, "change": [change]})
    put(x, (T0 + HOUR, {"A": 1.0, "B": 1.0}))
    put(x, (T0 + DAY + 1, {"A": 2.0}))  # A has left, C has no price yet: B alone
    assert x.snapshot("X")["level"] == pytest.approx(100.0)
    assert x.snapshot("X")["quality"]["flags"] == ["pending:C"]
    put(x, (T0 + DAY + 2, {"C": 5.0}))
    assert x.snapshot("X")["level"] == pytest.approx(100.0)
    put(x, (T0 + DAY + 3, {"A": 9.0, "C": 10.0}))
    assert x.snapshot("X")["level"] == pytest.approx(150.0)
    assert x.snapshot("X")["quality"]["flags"] == []


def test_changed_definition_goes_on_with_the_level() -> None:
    x = feed({"weights": {"A": 1.0, "B": 1.0}, "base_level": 100.0})
    put(x, (T0 + 1, {"A": 1.0, "B": 1.0}))
    put(x, (T0 + 2, {"A": 1.2}))
    x.put(define("X", {"weights": {"A": 0.0, "B": 1.0}, "base_level": 100.0}, T0 + 3))
    assert x.snapshot("X")["level"] == pytest.approx(110.0)
    put(x, (T0 + 4, {"A": 5.0}))
    assert x.snapshot("X")["level"] == pytest.approx(110.0)
    put(x, (T0 + 5, {"B": 2.0}))
    assert x.snapshot("X")["level"] == pytest.approx(220.0)


def test_new_alert_rules_alone_do_not_rebalance() -> None:
    x = feed({"assets": ["A", "B"], "base_level": 100.0})
    put(x, (T0 + 1, {"A": 1.0, "B": 1.0}))
    put(x, (T0 + 2, {"A": 3.0}))
    rules = {"alerts": {"drawdown": [0.3]}}
    x.put(define("X", {"assets": ["A", "B"], "base_level": 100.0, **rules}, T0 + 3))
    put(x, (T0 + 4, {"B": 2.0}))
    assert x.snapshot("X")["level"] == pytest.approx(250.0)
    put(x, (T0 + 5, {"A": 1.0}))
    assert [a["rule"] for a in x.bodies("alerts")] == ["drawdown>=0.30"]


def test_removed_rule_resolves_with_its_reason() -> None:
    table = {"assets": ["A"], "base_level": 100.0}
    x = feed({**table, "alerts": {"drawdown": [0.1, 0.2]}})
    put(x, (T0 + 1, {"A": 1.0}), (T0 + 2, {"A": 0.7}))
    x.put(define("X", {**table, "alerts": {"drawdown": [0.2]}}, T0 + 3))
    told = [(a["rule"], a["state"], a.get("reason")) for a in x.bodies("alerts")]
    assert told == [
        ("drawdown>=0.10", "firing", None),
        ("drawdown>=0.20", "firing", None),
        ("drawdown>=0.10", "resolved", "rule_removed"),
    ]
    put(x, (T0 + 4, {"A": 0.71}), (T0 + 5, {"A": 0.95}))
    assert [(a["rule"], a["state"]) for a in x.bodies("alerts")][3:] == [
        ("drawdown>=0.20", "resolved")
    ]


def test_retired_index_is_gone_and_its_alerts_go_on_counting() -> None:
    table = {"assets": ["A"], "base_level": 100.0, "alerts": {"drawdown": [0.1]}}
    x = feed(table)
    put(x, (T0 + 1, {"A": 1.0}), (T0 + 2, {"A": 0.5}))
    x.put(DefinitionRecord(T0 + 3, "live", "X", None))
    assert x.shard.snapshots("live", x.receipt()) == []
    x.put(define("X", table, T0 + 4))
    put(x, (T0 + 5, {"A": 1.0}), (T0 + 6, {"A": 0.5}))
    alerts = x.bodies("alerts")
    assert [(a["seq"], a["state"], a.get("reason")) for a in alerts] == [
        (1, "firing", None),
        (2, "resolved", "retired"),
        (3, "firing", None),
    ]
    assert alerts[0]["episode"] != alerts[2]["episode"]


def test_a_bad_print_leaves_no_trace_in_the_level() -> None:
    x = feed({"assets": ["A", "B"], "return_interval": "1s"})
    put(x, (T0 + SECOND, {"A": 1.0, "B": 3.0}))
    before = x.snapshot("X")["level"]
    put(x, (T0 + 2 * SECOND, {"A": 1e12}), (T0 + 2 * SECOND + 1, {"A": 1.0}))
    assert x.snapshot("X")["level"] == before


def test_snapshots_come_once_a_second_of_the_log() -> None:
    x = feed({"assets": ["A"]}, every=None)
    for k in range(1, 41):
        put(x, (T0 + k * SECOND // 10, {"A": 1.0 + k}))
    as_of = [(s["as_of"] - T0) / SECOND for s in x.bodies("snapshots")]
    assert as_of == [0.1, 1.1, 2.1, 3.1]
    seqs = [s["seq"] for s in x.bodies("snapshots")]
    assert seqs == sorted(set(seqs))
    assert [s["seq"] for s in x.bodies("levels")] == sorted({s["seq"] for s in x.bodies("levels")})
    assert len(x.bodies("levels")) == 40
