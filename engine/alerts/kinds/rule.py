"""Rules over any figure, and figures that are missing for too long (`engine.index.rule_watch`)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.alerts.kind import AlertKind, AlertState
from engine.alerts.rule import RuleSetting
from engine.alerts.standings import NO_DATA_KIND, RULE
from engine.index.definition import IndexDefinition


def _kept(definition: IndexDefinition, state: AlertState) -> Iterator[str]:
    return state.rules.kept(definition)


def _told(definition: IndexDefinition) -> Iterator[tuple[str, RuleSetting]]:
    for setting in definition.rules:
        yield RULE, setting


KIND = AlertKind(frozenset({RULE, NO_DATA_KIND}), _kept, told=_told)
