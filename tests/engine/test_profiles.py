"""Ranking by profile: scores worked by hand, what is not known, and rules that always hold."""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.profiles import LEAST_KNOWN, PROFILES, Profile, Weight, profile_named, rank

PLAIN = Profile(
    "plain",
    "for tests",
    (
        Weight("cagr", 0.5),
        Weight("drawdown.max", 0.3),
        Weight("benchmarks.*.alpha", 0.2),
    ),
)


def snapshot(
    cagr: float | None, depth: float | None, alpha: float | None, /, **undefined: str
) -> dict[str, Any]:
    return {
        "cagr": cagr,
        "drawdown": {"max": depth},
        "benchmarks": {"BTC": {"alpha": alpha}, "ETH": {"alpha": 99.0}},
        "undefined": undefined,
    }


def test_scores_by_hand() -> None:
    """Three indices: ranks 1, 1/2 and 0; of two equal ones each beats the other by half."""
    rows = rank(
        PLAIN,
        {
            "HIGH": snapshot(0.9, 0.8, 0.1),
            "MID": snapshot(0.4, 0.3, 0.1),
            "LOW": snapshot(0.1, 0.2, 0.0),
        },
    )
    # HIGH: 0.5·1 + 0.3·0 + 0.2·3/4; MID: 0.5·1/2 + 0.3·1/2 + 0.2·3/4; LOW: 0 + 0.3·1 + 0.
    assert [(r["rank"], r["index"]) for r in rows] == [(1, "HIGH"), (2, "MID"), (3, "LOW")]
    assert [r["score"] for r in rows] == pytest.approx([0.65, 0.55, 0.30])
    assert rows[0]["contributions"]["benchmarks.*.alpha"] == {
        "value": 0.1,
        "scaled": 0.75,
        "weight": 0.2,
        "contribution": pytest.approx(0.15),
    }
    assert rows[2]["contributions"]["drawdown.max"]["scaled"] == 1.0


def test_what_is_not_known_earns_nothing_and_is_named() -> None:
    young = snapshot(None, 0.1, 0.3, cagr="too_short")
    lone = snapshot(0.2, None, None, drawdown="not_started", **{"benchmarks.BTC": "too_few"})
    rows = rank(PLAIN, {"YOUNG": young, "LONE": lone, "NEW": snapshot(None, None, 0.9)})
    assert [(r["rank"], r["index"]) for r in rows] == [(1, "LONE"), (2, "YOUNG"), (None, "NEW")]
    assert rows[0]["missing"] == {"drawdown.max": "not_started", "benchmarks.*.alpha": "too_few"}
    assert (rows[0]["known"], rows[0]["score"]) == (0.5, 0.25)  # half is enough
    assert rows[1]["missing"] == {"cagr": "too_short"}
    # Alone in drawdown (1/2), below NEW in alpha (0).
    assert rows[1]["score"] == pytest.approx(0.3 * 0.5)
    assert (rows[2]["known"], rows[2]["score"]) == (0.2, None)


def test_without_a_benchmark() -> None:
    bare = snapshot(0.2, 0.3, None) | {"benchmarks": {}}
    [row] = rank(PLAIN, {"BARE": bare})
    assert row["missing"] == {"benchmarks.*.alpha": "no_benchmark"}
    assert row["score"] == pytest.approx(0.5 * 0.5 + 0.3 * 0.5)


def test_equal_scores_share_a_rank() -> None:
    same = snapshot(0.2, 0.3, 0.1)
    rows = rank(PLAIN, {"B": same, "A": same, "C": snapshot(0.1, 0.4, 0.0)})
    assert [(r["rank"], r["index"]) for r in rows] == [(1, "A"), (1, "B"), (3, "C")]


def place_of(snapshots: dict[str, Any]) -> dict[str, int]:
    """The ranks in fractions, in which equal sums of different parts are equal."""
    scores = dict.fromkeys(snapshots, Fraction(0))
    for chosen in PLAIN.weights:
        path, weight, lower = chosen.path, chosen.weight, chosen.lower
        names = path.replace("*", "BTC").split(".")
        found = {i: reduce(lambda v, name: v[name], names, s) for i, s in snapshots.items()}
        for i, v in found.items():
            others = [u for j, u in found.items() if j != i]
            twice = sum(2 * ((u > v) if lower else (u < v)) + (u == v) for u in others)
            scores[i] += Fraction(str(weight)) * Fraction(twice, 2 * len(others))
    return {i: 1 + sum(other > s for other in scores.values()) for i, s in scores.items()}


def test_equal_scores_of_different_parts_share_a_rank() -> None:
    rng, shared = random.Random(1), 0
    for _ in range(300):
        snapshots = {
            name: snapshot(rng.randrange(4), rng.randrange(4), rng.randrange(4))
            for name in "ABCDEF"
        }
        rows = rank(PLAIN, snapshots)
        expected = place_of(snapshots)
        assert {r["index"]: r["rank"] for r in rows} == expected
        assert [r["index"] for r in rows] == sorted(snapshots, key=lambda i: (expected[i], i))
        shared += len(set(expected.values())) < len(expected)
    assert shared > 50


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
def test_weights_sum_to_one(profile: Profile) -> None:
    assert math.fsum(w.weight for w in profile.weights) == pytest.approx(1.0, abs=1e-12)
    assert len({w.path for w in profile.weights}) == len(profile.weights)


figures = st.none() | st.floats(-1e3, 1e3)


@given(st.lists(st.tuples(figures, figures, figures), min_size=1, max_size=12))
def test_rules_that_always_hold(
    table: list[tuple[float | None, float | None, float | None]],
) -> None:
    snapshots = {f"I{k}": snapshot(*row) for k, row in enumerate(table)}
    rows = rank(PLAIN, snapshots)
    assert sorted(r["index"] for r in rows) == sorted(snapshots)
    for row in rows:
        parts = row["contributions"].values()
        assert set(row["contributions"]) | set(row["missing"]) == {w.path for w in PLAIN.weights}
        assert all(0.0 <= part["scaled"] <= 1.0 for part in parts)
        if row["known"] >= LEAST_KNOWN:
            assert row["score"] == pytest.approx(sum(p["contribution"] for p in parts))
        else:
            assert row["score"] is row["rank"] is None
    scores = [r["score"] for r in rows if r["score"] is not None]
    assert scores == sorted(scores, reverse=True)
    # Across those that have a figure, its percentile ranks average one half.
    for weight in PLAIN.weights:
        scaled = [
            r["contributions"][weight.path]["scaled"]
            for r in rows
            if weight.path in r["contributions"]
        ]
        if scaled:
            assert sum(scaled) / len(scaled) == pytest.approx(0.5)


def test_own_weights_are_scaled_to_one() -> None:
    own = profile_named("sharpe:3,drawdown.max:1")
    assert own.weights == (Weight("risk.sharpe", 0.75), Weight("drawdown.max", 0.25))
    assert own.weights[1].lower


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sharpe:0", "above 0"),
        ("sharpe:-1", "above 0"),
        ("sharpe:1e9", "above 0"),
        ("sharpe:x,cagr:1", "write figure:number"),
        ("sharpe:1,risk.sharpe:2", "given twice"),
        ("nothing:1", "unknown profile 'nothing'"),
        (":1", "unknown profile ''"),
    ],
)
def test_own_weights_that_cannot_be_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        profile_named(text)
