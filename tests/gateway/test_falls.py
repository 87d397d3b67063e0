"""How deep the falls behind alerts went: by the levels that came."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from engine.records import AlertHead
from engine.types import SECOND
from gateway.episodes import told_episode
from gateway.extremes import Extremes
from gateway.falls import deepest
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0


def columns(at: int, level: float, low: float, seq: int) -> dict[str, Any]:
    """Of one index with its peak at 1000."""
    told = {"seq": seq, "at": at, "level": level, "peak": 1000.0, "low": low, "high": level}
    return {"index": ["TOP3"], **{name: [value] for name, value in told.items()}}


def told(state: State) -> dict[str, Any]:
    [episode] = state.alerts.episodes("TOP3")
    return told_episode(state, episode, records.wall())


def test_a_fall_is_as_deep_as_its_lowest_instant_between_firing_and_end() -> None:
    state = State(wall=records.wall)
    at = T0 - 60 * SECOND
    state.apply("levels", columns(at - 60 * SECOND, 999.0, 400.0, 1))  # before it
    state.apply("levels", columns(at + SECOND, 935.0, 929.0, 2))  # on its way before the alert
    state.apply("alerts", records.alert("TOP3", 1, depth=0.05, level=949.0, at=at))
    assert told(state)["deepest"] == pytest.approx(0.071)
    state.apply("levels", columns(at + 9 * SECOND, 960.0, 928.3, 3))
    assert told(state)["deepest"] == pytest.approx(0.0717)
    end = at + 20 * SECOND
    state.apply("alerts", records.alert("TOP3", 2, "resolved", depth=0.05, level=976.0, at=end))
    state.apply("levels", columns(end + 9 * SECOND, 950.0, 900.0, 4))  # after it
    assert told(state)["deepest"] == pytest.approx(0.0717)


def test_what_began_before_the_levels_that_are_here_is_not_known() -> None:
    state = State(wall=records.wall)
    state.apply("alerts", records.alert("TOP3", 1, depth=0.05, level=949.0))
    state.apply("levels", columns(T0 + SECOND, 935.0, 929.0, 2))
    assert told(state)["deepest"] is None


def test_a_level_before_a_new_peak_is_no_fall_below_that() -> None:
    state = State(wall=records.wall)
    at = T0 - 60 * SECOND
    state.apply("levels", columns(at - 60 * SECOND, 999.0, 999.0, 1))
    state.apply("alerts", records.alert("TOP3", 1, depth=0.05, level=949.0, at=at))
    up = columns(at + SECOND, 1150.0, 920.0, 2)
    state.apply("levels", up | {"peak": [1150.0]})
    assert told(state)["deepest"] == pytest.approx(0.08)
    below = columns(at + 2 * SECOND, 1140.0, 1035.0, 3)  # it waits before it ends
    state.apply("levels", below | {"peak": [1150.0]})
    assert told(state)["deepest"] == pytest.approx(0.1)
    end = at + 20 * SECOND
    state.apply("alerts", records.alert("TOP3", 2, "resolved", depth=0.05, level=990.0, at=end))
    assert told(state)["deepest"] == pytest.approx(0.1)


def test_a_low_before_a_new_peak_is_no_fall_below_that() -> None:
    candles = {
        "open": np.array([95.0, 96.0, 100.0]),
        "high": np.array([97.0, 120.0, 119.0]),
        "low": np.array([92.0, 90.0, 114.0]),
        "close": np.array([96.0, 114.0, 118.0]),
        "peak": np.array([100.0, 120.0, 120.0]),
    }
    assert deepest(candles, 100.0) == pytest.approx(0.1)
    unknown = {**candles, "peak": np.array([np.nan, 120.0, 120.0])}
    assert deepest(unknown, 100.0) == pytest.approx(0.1)


def test_a_figure_is_as_far_as_snapshots_showed_it_while_its_rule_fired() -> None:
    state = State(wall=records.wall)
    at = T0 - 60 * SECOND

    def snapshot(seq: int, volatility: float) -> None:
        body = records.live("TOP3", seq=seq, as_of=at + seq * SECOND)
        state.apply("snapshots", body | {"risk": body["risk"] | {"volatility": volatility}})

    def alert(seq: int, episode: str, kind: str, below: bool = False) -> None:
        told = {"figure": "risk.volatility", "value": 0.7, "limit": 0.8 if below else 0.65}
        body = records.alert("TOP3", seq, kind, episode, at=at + 10 * SECOND)
        rule = {"kind": "rule", "rule": episode, "because": told, "drawdown": None, "peak": None}
        state.apply("alerts", body | rule)

    alert(1, "before", "firing")
    snapshot(1, 0.95)
    alert(2, "above", "firing")
    alert(3, "below", "firing", below=True)
    for seq, volatility in ((11, 0.71), (12, 0.78), (13, 0.68)):
        snapshot(seq, volatility)
    alert(4, "above", "resolved")
    snapshot(14, 0.99)
    snapshot(15, 0.5)
    found = {
        e.newest.head.episode: told_episode(state, e, records.wall())
        for e in state.alerts.episodes("TOP3")
    }
    assert {name: one["furthest"] for name, one in found.items()} == {
        "before": None,
        "above": 0.78,
        "below": 0.5,
    }


@pytest.mark.parametrize(
    ("rule", "definition"),
    [
        ("quality.sources<=2", None),
        ("few", [{"name": "few", "figure": "quality.sources", "below": 2.0}]),
    ],
)
def test_a_figure_that_fires_on_its_limit_goes_to_the_side_of_its_rule(
    rule: str, definition: list[dict[str, Any]] | None
) -> None:
    found = Extremes(10)
    told = {"kind": "rule", "rule": rule, "drawdown": None, "peak": None}
    told["because"] = {"figure": "quality.sources", "value": 2, "limit": 2}
    body = records.alert("TOP3", episode="e", at=T0) | told
    found.take_snapshot("TOP3", T0 - 9 * SECOND, {"quality": {"sources": 3}})
    found.take_alert(msgspec.convert(body, AlertHead), body, definition and {"rule": definition})
    found.take_snapshot("TOP3", T0 - SECOND, {"quality": {"sources": -1}})  # of before it
    assert found.of("e") == 2
    for k, sources in enumerate((0, 4)):
        found.take_snapshot("TOP3", T0 + k, {"quality": {"sources": sources}})
    assert found.of("e") == 0
