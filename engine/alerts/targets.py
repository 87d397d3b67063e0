"""Targets: what an index was expected to do, held against what it does.

A target names a figure of the snapshot and a number. For most figures more is better and the target
is the least; for losses, volatility and the like it is the most that is expected. The snapshot's
`met` compares the figure beside it. The alert is judged once a day, at 00:00 UTC on days on which
the index had a price, so that a figure near its target cannot ring at every tick: it fires at the
first close at which a target is not met, and resolves at the first at which it is met again. A
figure that is undefined changes nothing. Figures of `risk` and against a benchmark are judged from
30 days after the first level: those of a few returns are mostly chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from engine.alerts.book import Rule, short
from engine.metrics.machinery.registry import Goal
from engine.metrics.registry import REGISTRY
from engine.types import DAY

TARGET = "target"
"""The kind of the alerts."""

JUDGED_AFTER = 30 * DAY
ROUNDING = 1e-12
"""A figure that misses its target by less has reached it: (7 − 6.3) / 7 is above 0.1 in floats."""


GOALS: Mapping[str, Goal] = REGISTRY.goals
"""Every name that `[index.X.targets]` may have."""


def problem(name: str, has_benchmark: bool) -> str | None:
    """What is wrong with a target's name, in words; None where it can be used."""
    if name not in GOALS:
        near = get_close_matches(name, GOALS, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(GOALS)}"
        return f"unknown target; {hint}"
    if "*" in GOALS[name].path and not has_benchmark:
        return "is a figure against the first benchmark, and the index has none; add `benchmarks`"
    return None


def is_early(name: str, age: int) -> bool:
    """Whether it is too early to judge this target `age` ns after the first level."""
    return GOALS[name].path[0] in ("risk", "benchmarks") and age < JUDGED_AFTER


def target_rule(name: str, target: float) -> Rule:
    """The alert rule of a target, named by what makes it fire.

    >>> target_rule("sharpe", 1.5).name, target_rule("max_drawdown", 0.5).name
    ('sharpe<1.50', 'max_drawdown>0.50')
    """
    sign = "<" if GOALS[name].least else ">"
    return Rule(TARGET, f"{name}{sign}{short(target)}", "warning")


def _is_met(goal: Goal, value: float, target: float) -> bool:
    if math.isclose(value, target, rel_tol=ROUNDING, abs_tol=ROUNDING):
        return True
    return value >= target if goal.least else value <= target


def read_targets(
    targets: Iterable[tuple[str, float]],
    benchmarks: tuple[str, ...],
    figures: Mapping[str, Any],
    reasons: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """`targets` of a snapshot from its other figures; `reasons` are those of its nulls."""
    found: dict[str, dict[str, Any]] = {}
    for name, target in targets:
        goal = GOALS[name]
        path = [benchmarks[0] if step == "*" else step for step in goal.path]
        value: Any = figures
        for step in path:
            value = value[step]
        met = None if value is None else _is_met(goal, value, target)
        found[name] = {"target": target, "value": value, "met": met}
        if value is None:
            why = reasons[".".join(path)]
            reasons[f"targets.{name}.value"] = reasons[f"targets.{name}.met"] = why
    return found
