"""Targets that are not met, judged at daily closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.alerts.book import Rule
from engine.alerts.kind import AlertKind, AlertState, Close, DayVerdict
from engine.alerts.rule import ABOVE, BELOW, RuleSetting
from engine.alerts.targets import GOALS, TARGET, is_early, read_targets, target_rule
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition


def _kept(definition: IndexDefinition, _: AlertState) -> Iterator[str]:
    return (target_rule(*target).name for target in definition.targets)


def _close_day(close: Close, state: AlertState) -> Iterator[DayVerdict]:
    definition = close.definition
    if not definition.targets:
        return
    age = close.end - int(close.baskets.levels.inception[close.row])
    body, reasons = close.figures(definition)
    found = read_targets(definition.targets, definition.benchmarks, body, reasons)
    for name, target in found.items():
        rule, met = target_rule(name, target["target"]), target["met"]
        known = met is not None and not is_early(name, age)
        if known and met == state.book.fires(definition.id, rule):
            yield DayVerdict(rule, not met, {"figure": name, **target})


def _removed(
    index: str, rule: Rule, baskets: Baskets, now: int, state: AlertState
) -> dict[str, Any]:
    return {"evidence": {}}


def _told(definition: IndexDefinition) -> Iterator[tuple[str, RuleSetting]]:
    for name, target in definition.targets:
        goal, rule = GOALS[name], target_rule(name, target)
        # Of several benchmarks it is about the first.
        path = ".".join(definition.benchmarks[0] if step == "*" else step for step in goal.path)
        side = BELOW if goal.least else ABOVE
        yield TARGET, RuleSetting(rule.name, path, side, target, severity=rule.severity)


KIND = AlertKind(frozenset({TARGET}), _kept, _close_day, _removed, _told)
