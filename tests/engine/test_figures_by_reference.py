"""The figures of numbers "4" against their batch versions, on random closes, across checkpoints."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.definition import IndexDefinition, parse_index
from engine.index.shard import Shard
from engine.metrics.durations import KEPT, QUANTILES, Durations
from engine.metrics.registry import REGISTRY
from engine.periods import NEVER, month_of, month_start
from engine.types import DAY
from tests.engine.market import Feed, define, frame
from tests.engine.test_cards import leaves
from tests.reference import bets, closes, relative
from tests.reference.basket import Path
from tests.reference.series import level_at, quantile, settled

BEGIN = 19_723 * DAY
KINDS = ("wild", "calm", "rising", "falling", "still", "same")


def walk(rng: random.Random, kind: str, n: int) -> list[float]:
    """Levels of n + 1 days."""
    found = [100.0]
    for _ in range(n):
        step = {
            "wild": rng.gauss(0.001, 0.05),
            "calm": rng.choice([0.0, 0.01, -0.01]),
            "rising": rng.random() * 0.01 + 0.001,
            "falling": -rng.random() * 0.01 - 0.001,
            "still": 0.0,
        }[kind]
        found.append(found[-1] * (1.0 + step))
    return found


def holes(rng: random.Random, n: int) -> list[int]:
    """Days with a price, the first among them."""
    return [k for k in range(n + 1) if k == 0 or rng.random() > 0.05]


def returns(path: Path) -> dict[int, float]:
    """Returns of bars whose bar before was observed too."""
    known = dict(path)
    return {at: settled(level / known[at - DAY] - 1.0) for at, level in path if at - DAY in known}


def complete_months(path: Path) -> list[float]:
    """Returns of the calendar months of which the levels at both ends are known."""
    first, last = (month_of(path[k][0]) for k in (0, -1))
    levels = [level_at(path, month_start(month)) for month in range(first, last + 1)]
    return [settled(b / a - 1.0) for a, b in pairwise(x for x in levels if x is not None)]


def expected(
    definition: IndexDefinition, path: Path, other: Path, found: dict[str, Any]
) -> dict[str, float | None]:
    mine, theirs = returns(path), returns(other)
    r, rb = list(mine.values()), [mine[at] for at in mine if at in theirs]
    f = [theirs[at] for at in mine if at in theirs]
    best = bets.extremes(r)
    told: dict[str, float | None] = {"risk.best_bar": best["best"], "risk.worst_bar": best["worst"]}
    risk = bets.bets(r) | bets.about_target(r, definition)
    risk["mean_return"] = bets.mean_return(r, definition)
    for c in (95, 99):
        risk[f"var_{c}_gaussian"], risk[f"cvar_{c}_gaussian"] = bets.gaussian(r, c)
    risk["tail_ratio"] = bets.tail_ratio(r)
    sharpe, error = found["risk"]["sharpe"], found["risk"]["sharpe_se"]
    risk["min_track_record"] = bets.min_track_record(len(r), sharpe, error)
    deepest = found["drawdown"]["max"]
    risk |= closes.ratios(path, found["cagr"], definition.risk_free, deepest)
    risk["stability"] = closes.stability(path)
    risk |= {f"{name}_day": value for name, value in best.items()}
    told |= {f"risk.{name}": value for name, value in risk.items()}
    falls = closes.drawdowns(path)
    told |= {f"drawdown.{name}": value for name, value in falls.items()}
    months = bets.months(complete_months(path), definition.risk_free, definition.target)
    told |= {f"months.{name}": value for name, value in months.items()}
    pairs = relative.line(rb, f, definition) | relative.shares(rb, f)
    pairs |= relative.sided_beta(rb, f)
    return told | {f"benchmarks.B.{name}": value for name, value in pairs.items()}


def value_at(snapshot: dict[str, Any], path: str) -> Any:
    for step in path.split("."):
        snapshot = snapshot[step]
    return snapshot


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kinds=st.tuples(st.sampled_from(KINDS[:-1]), st.sampled_from(KINDS)),
    n=st.sampled_from([1, 2, 3, 25, 150, 400]),
)
def test_figures_are_those_of_the_batch_versions(seed: int, kinds: tuple[str, str], n: int) -> None:
    rng = random.Random(seed)
    begin = BEGIN + rng.choice([0, 10]) * DAY
    table = {"assets": ["A"], "benchmarks": ["B"], "risk_free": rng.choice([0.0, 0.04])}
    definition = parse_index("X", {**table, "base_level": 1000.0})
    a = walk(rng, kinds[0], n)
    b = a if kinds[1] == "same" else walk(rng, kinds[1], n)
    seen = holes(rng, n)
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {**table, "base_level": 1000.0}, begin - 1))
    for k in seen:
        feed.put(frame([(begin + k * DAY, {"A": a[k], "B": b[k]})]))
        if rng.random() < 0.02:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
    found = feed.snapshot("X")
    path, other = ([(begin + k * DAY, v[k]) for k in seen] for v in (a, b))
    for name, want in expected(definition, path, other, found).items():
        value = value_at(found, name)
        if want is None or value is None:
            assert value == want, (name, found["undefined"].get(name))
        else:
            assert value == pytest.approx(want, rel=1e-7, abs=1e-9), name


KEPT_FIRST = {
    *("autocovariance", "capture", "covariance", "daily", "ewma", "ewma_beta", "exceedances_95"),
    *("exceedances_99", "moments", "months", "partial", "tail"),
    *("rolling.30d", "rolling.90d", "rolling.1y"),
}
"""The tables in every checkpoint that there can be: those of numbers "2". No name is ever added."""
LATER = sorted({state.name for f in REGISTRY.families for state in f.states} - KEPT_FIRST)


def without(shard: Shard, names: Iterable[str]) -> Feed:
    """A feed of the same shard whose checkpoint lacked these tables."""
    state = shard.dump()
    for name in names:
        holders = [*(stats["tables"] for stats in state["stats"]), state["history"]]
        assert sum(holder.pop(name, None) is not None for holder in holders), name
    return Feed(Shard.load(state, NEVER))


def lost(whole: dict[str, Any], feed: Feed) -> dict[str, str]:
    """The reasons of the figures that are null in its snapshot and are not in the whole one."""
    undefined = feed.snapshot("X")["undefined"]
    return {path: reason for path, reason in undefined.items() if whole[path] is not None}


def test_tables_of_an_older_checkpoint_begin_unobserved() -> None:
    """A log of an earlier version goes on; what it did not keep is null until it has been seen."""
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], "benchmarks": ["B"]}, BEGIN - 1))
    rng = random.Random(1)
    a, b = walk(rng, "wild", 60), walk(rng, "wild", 60)
    for k in range(40):
        feed.put(frame([(BEGIN + k * DAY, {"A": a[k], "B": b[k]})]))
    whole = dict(leaves(feed.snapshot("X")))
    for name in LATER:  # as a version without it would have left the log
        told = set(lost(whole, without(feed.shard, [name])).values())
        assert told <= {"unobserved"}, name
    feed = without(feed.shard, LATER)
    assert set(lost(whole, feed).values()) == {"unobserved"}
    before = feed.snapshot("X")
    lacking = ("risk.win_rate", "risk.upside_potential", "risk.stability", "risk.best_day")
    falls = ("ulcer_index", "average", "average_seconds", "durations.n", "durations.p50")
    for path in (*lacking, *(f"drawdown.{name}" for name in falls)):
        assert before["undefined"][path] == "unobserved", path
    for name in ("treynor", "batting_average", "up_beta"):
        assert before["undefined"][f"benchmarks.B.{name}"] == "unobserved", name
    assert before["risk"]["sharpe"] is not None
    rising = without(feed.shard, LATER)
    for k in range(40, 50):
        rising.put(frame([(BEGIN + k * DAY, {"A": a[39] * (1.0 + k), "B": b[k]})]))
    reasons = rising.snapshot("X")["undefined"]
    for path in ("average", "average_seconds", "durations.n", "durations.p50"):
        assert reasons[f"drawdown.{path}"] == "unobserved", path  # what fell before is not known
    for k in range(40, 61):
        feed.put(frame([(BEGIN + k * DAY, {"A": a[k], "B": b[k]})]))
    after = feed.snapshot("X")
    late = [a[k] / a[k - 1] - 1.0 for k in range(40, 61)]
    assert after["risk"]["win_rate"] == pytest.approx(sum(r > 0 for r in late) / len(late))
    assert 0.0 < after["drawdown"]["ulcer_index"] < 1.0
    assert json.loads(json.dumps(after)) == after


@pytest.mark.parametrize("lasting", [None, 1.0, 40 * 86_400.0, 1e8])
def test_durations_are_exact_while_kept_and_within_a_hundredth_beyond(
    lasting: float | None,
) -> None:
    rng, table, told = random.Random(3), Durations(2), list[float]()
    open_now = np.array([False, lasting is not None]), np.array([0.0, lasting or 0.0])
    for count in range(1, 3 * KEPT):
        told.append(float(round(60 * rng.lognormvariate(6, 3)) + 1))
        table.add(np.array([1]), np.array(told[-1:]))
        if count == KEPT // 2:
            table = Durations.load(table.dump())
        if count in (1, 7, KEPT, KEPT + 1, 3 * KEPT - 1):
            every = told if lasting is None else [*told, lasting]
            for share, _ in QUANTILES.values():
                none, found = table.quantile(share, *open_now)
                near = 1e-12 if count <= KEPT else 0.0101
                assert found == pytest.approx(quantile(every, share), rel=near)
                assert np.isnan(none)
