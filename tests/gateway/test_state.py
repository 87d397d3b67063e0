"""The gateway's memory: what it takes, what it refuses, what a slow client never misses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.types import MINUTE, SECOND
from gateway.alerts import KEPT
from gateway.line import BUCKET, POINTS, LevelLine
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0


def row(state: State, index: str = "TOP3") -> dict[str, Any]:
    entry = state.entry(index)
    assert entry is not None
    return json.loads(entry.row_json())


def test_snapshot_with_the_highest_seq_stays() -> None:
    state = State(wall=records.wall)
    for seq, figure in ((5, 1005.0), (7, 1007.0), (6, 1006.0), (7, 9999.0)):
        state.apply("snapshots", records.live(seq=seq, level=figure))
    assert (row(state)["seq"], row(state)["level"]) == (7, 1007.0)
    assert state.dropped == {("snapshots", "old"): 2}
    assert state.applied == {"snapshots": 2}


def test_the_peak_is_that_of_the_snapshot_where_it_is_the_newer() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1, level=900.0, current=0.1))
    assert (row(state)["peak"], row(state)["drawdown"]["current"]) == (1000.0, 0.1)
    state.apply("levels", records.level(seq=2, at=T0 + 1, level=950.0, peak=1000.1))
    assert row(state)["peak"] == 1000.1
    expected = [
        (3, 900.0, (1000.1 - 900.0) / 1000.1, 1000.1),  # the peak that is known, to the bit
        (4, 1100.0, 0.0, 1100.0),
        (5, 900.0, 0.25, 1200.0),  # it rose and fell again between the two
    ]
    for seq, level, current, peak in expected:
        told = records.live(seq=seq, as_of=T0 + seq, level=level, current=current)
        state.apply("snapshots", told)
        assert row(state)["peak"] == peak
    unknown = records.live(seq=6, as_of=T0 + 6)
    unknown["drawdown"] |= {"current": None}
    state.apply("snapshots", unknown | {"undefined": {"drawdown.current": "unobserved"}})
    assert row(state)["peak"] is None
    assert row(state)["undefined"]["drawdown.current"] == "unobserved"


def test_instants_of_one_record_are_all_taken_and_a_repetition_is_not() -> None:
    state = State(wall=records.wall)
    for seq, at, figure in ((4, 1, 10.0), (4, 2, 11.0), (4, 2, 99.0), (4, 1, 98.0), (3, 2, 97.0)):
        state.apply("levels", records.level(seq=seq, at=T0 + at, level=figure, peak=12.0))
    assert row(state)["level"] == 11.0
    assert state.dropped == {("levels", "old"): 3}


def test_levels_of_a_shard_come_together_and_each_is_judged_by_itself() -> None:
    state = State(wall=records.wall)
    state.apply("levels", records.level("B", seq=5, at=T0 + 5, level=7.0))
    columns = {
        "index": ["A", "B"],
        "seq": [4, 4],
        "at": [T0 + 4, T0 + 4],
        "level": [9.0, 99.0],
        "peak": [12.0, 100.0],
    }
    state.apply("levels", columns)
    levels = {entry.index: entry.level for entry in state.entries()}
    assert levels["A"] is not None
    assert (levels["A"].level, levels["A"].drawdown) == (9.0, 0.25)
    assert levels["B"] is not None
    assert levels["B"].level == 7.0
    state.apply("levels", columns | {"peak": [12.0]})
    assert state.dropped == {("levels", "old"): 1, ("levels", "malformed"): 1}


@pytest.mark.parametrize(
    ("low", "high"),
    [(-5000.0, None), (0.0, None), (9.1, None), (None, 8.9), (9.1, 8.9), (1e308, -1e308)],
)
def test_a_level_beside_its_own_extremes_is_malformed(
    low: float | None, high: float | None
) -> None:
    state = State(wall=records.wall)
    told = {"index": "A", "seq": 4, "at": T0, "level": 9.0, "peak": 12.0, "low": low, "high": high}
    state.apply("levels", {name: [value] for name, value in told.items()})
    assert list(state.entries()) == []
    assert state.dropped == {("levels", "malformed"): 1}
    told |= {"low": 9.0 + 2e-15, "high": 9.0 - 2e-15}  # summed afresh since
    state.apply("levels", {name: [value] for name, value in told.items()})
    assert [candle[1:5] for candle in state.recent.candles("A", SECOND, 0, 2 * T0)] == [(9.0,) * 4]


def test_time_of_levels_never_runs_backwards() -> None:
    state = State(wall=records.wall)
    state.apply("levels", records.level(seq=1, at=T0, level=10.0))
    state.apply("levels", records.level(seq=2, at=T0 - 1, level=11.0))
    assert row(state)["level"] == 10.0
    assert state.dropped == {("levels", "backwards"): 1}


def test_row_shows_the_newer_of_level_and_snapshot() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1, as_of=T0, level=1000.0, current=0.04))
    state.apply("levels", records.level(seq=2, at=T0 + SECOND, level=950.0, peak=1000.0))
    assert row(state)["level"] == 950.0
    assert row(state)["drawdown"] == {"current": pytest.approx(0.05), "max": 0.3817}
    assert row(state)["as_of"] == "2025-11-23T00:00:01Z"
    state.apply("snapshots", records.live(seq=3, as_of=T0 + 2 * SECOND, level=940.0, current=0.06))
    assert (row(state)["level"], row(state)["drawdown"]["current"]) == (940.0, 0.06)


def test_row_gives_the_reason_of_each_null_also_of_a_whole_group() -> None:
    state = State(wall=records.wall)
    snapshot = records.warming()
    snapshot["undefined"] = {"risk.sharpe": "zero_variance", "risk": "too_few"}
    snapshot["returns"] = None
    state.apply("snapshots", snapshot)
    assert row(state)["undefined"] == {
        "risk.volatility": "too_few",
        "risk.sharpe": "zero_variance",
        "risk.sortino": "too_few",
    }
    assert row(state)["returns"] == {"1d": None, "inception": None}


def test_malformed_record_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    state = State(wall=records.wall)
    state.apply("levels", records.level() | {"level": "high"})
    state.apply("alerts", records.alert(state="smouldering"))
    state.apply("snapshots", {"index": "TOP3"})
    assert state.dropped == {(topic, "malformed"): 1 for topic in ("levels", "alerts", "snapshots")}
    assert (
        "levels left out (malformed, 1 so far): Expected `float`, got `str` - at `$.level`"
        in caplog.text
    )
    assert list(state.entries()) == []


def test_other_topics_are_refused() -> None:
    with pytest.raises(ValueError, match="does not read the topic 'ticks'"):
        State(wall=records.wall).apply("ticks", {})


def test_retired_index_disappears_until_defined_again() -> None:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition(now=T0))
    state.apply("snapshots", records.live())
    state.apply("alerts", records.alert())
    state.apply("definitions", records.definition(now=T0 + 1, retired=True))
    state.apply("levels", records.level(seq=9))
    assert state.entry("TOP3") is None
    assert state.alerts.firing() == 0
    assert state.dropped == {("levels", "retired"): 1}
    state.apply("definitions", records.definition(now=T0))  # delivered a second time
    assert state.entry("TOP3") is None
    state.apply("definitions", records.definition(now=T0 + 2))
    state.apply("levels", records.level(seq=10, level=7.5))
    assert row(state)["level"] == 7.5


def test_indices_are_bounded_and_the_refusal_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    state = State(wall=records.wall, max_indices=2)
    for index in ("A1", "A2", "A3"):
        state.apply("levels", records.level(index=index))
        state.apply("alerts", records.alert(index=index))
    assert [entry.index for entry in state.entries()] == ["A1", "A2"]
    assert state.dropped == {("levels", "too_many_indices"): 1, ("alerts", "too_many_indices"): 1}
    assert "(too_many_indices, 1 so far): index A3: the gateway holds 2 indices" in caplog.text


def test_tombstones_are_bounded() -> None:
    state = State(wall=records.wall, max_indices=2)
    for n in range(4):
        state.apply("definitions", records.definition(f"A{n}", now=T0 + n, retired=True))
    state.apply("levels", records.level("A3"))  # still known as retired
    state.apply("levels", records.level("A0"))  # forgotten
    assert [entry.index for entry in state.entries()] == ["A0"]


# Alerts


def test_alerts_are_taken_once_by_seq_and_holes_are_counted() -> None:
    state = State(wall=records.wall)
    for seq in (1, 2, 2, 1, 5):
        state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
    assert [alert.head.seq for alert in state.alerts.newest_first()] == [5, 2, 1]
    assert state.alerts.missed == 2
    assert state.dropped == {("alerts", "old"): 2}


def test_resolution_ends_the_firing_of_its_rule_only() -> None:
    state = State(wall=records.wall)
    state.apply("alerts", records.alert(seq=1, depth=0.05))
    state.apply("alerts", records.alert(seq=2, depth=0.10))
    state.apply("alerts", records.alert("DEFI", seq=1, depth=0.05))
    state.apply("alerts", records.alert(seq=3, depth=0.05, state="resolved"))
    assert state.alerts.firing() == 2
    assert state.alerts.firing(["TOP3"]) == 1


def test_old_firing_is_kept_behind_the_newest_thousand() -> None:
    state = State(wall=records.wall)
    state.apply("alerts", records.alert("OLD", seq=1, depth=0.20))
    for seq in range(1, KEPT + 201):
        kind = "firing" if seq % 2 else "resolved"
        state.apply("alerts", records.alert(seq=seq, state=kind, episode=f"e{(seq + 1) // 2}"))
    kept = list(state.alerts.newest_first())
    assert len(kept) == KEPT + 1
    assert (kept[0].head.seq, kept[-2].head.seq) == (KEPT + 200, 201)
    assert (kept[-1].head.index, kept[-1].head.rule) == ("OLD", "drawdown>=0.20")
    recent = state.alerts.recent(10)
    assert len(recent) == 11
    assert recent[-1].head.index == "OLD"


# The line


def test_line_is_thinned_by_time_and_keeps_a_short_dip() -> None:
    line, start = LevelLine(), T0 - T0 % BUCKET
    for step, figure in enumerate((100.0, 90.0, 101.0)):
        line.add(start + step * (BUCKET // 3), figure, 102.0)
    line.add(start + BUCKET, 99.0, 103.0)
    assert line.to_mapping() == {
        "at": ["2025-11-23T00:00:01Z", "2025-11-23T00:00:01.500Z"],
        "level": [101.0, 99.0],
        "low": [90.0, 99.0],
        "peak": [102.0, 103.0],
    }


def test_line_is_bounded_in_points_and_time() -> None:
    line = LevelLine()
    for tenth in range(20 * 600):  # 20 minutes at ten levels a second
        line.add(T0 + tenth * SECOND // 10, float(tenth), 2e4)
    assert len(line) == POINTS
    assert line.at[-1] - line.at[0] < 15 * MINUTE
    line.add(T0 + 24 * 60 * MINUTE, 5.0, 2e4)
    assert line.level.tolist() == [5.0]
