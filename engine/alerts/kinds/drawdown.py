"""Drawdowns: a level so far below its peak, and what only the heaviest cluster of venues sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.alerts.book import Rule
from engine.alerts.kind import AlertKind, AlertState
from engine.alerts.rule import RuleSetting
from engine.alerts.standings import DRAWDOWN, fall_rules
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.disputes import heaviest_rule


def fall(level: float, peak: float, at: int, peak_at: int) -> dict[str, Any]:
    """What a drawdown alert says."""
    depth = (peak - level) / peak
    return {"level": level, "peak": peak, "drawdown": depth, "at": at, "peak_at": peak_at}


def fall_now(baskets: Baskets, row: int, at: int) -> dict[str, Any]:
    """The same of a started index, as of now."""
    p = baskets.path[row]
    return fall(float(baskets.levels.level[row]), float(p["peak"]), at, int(p["peak_at"]))


def _kept(definition: IndexDefinition, _: AlertState) -> Iterator[str]:
    for rule in [rule for _, rule in fall_rules(definition)]:
        yield from (rule.name, heaviest_rule(rule).name)


def _removed(
    index: str, rule: Rule, baskets: Baskets, now: int, state: AlertState
) -> dict[str, Any]:
    return fall_now(baskets, baskets.row[index], now)


def _told(definition: IndexDefinition) -> Iterator[tuple[str, RuleSetting]]:
    yield from ((DRAWDOWN, setting) for setting, _ in fall_rules(definition))


KIND = AlertKind(frozenset({DRAWDOWN}), _kept, removed=_removed, told=_told)
