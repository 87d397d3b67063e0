"""Where the rules of all indices stand: the part of a shard's state that rules have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from engine.alerts.book import Rule, drawdown_rule
from engine.alerts.lifecycle import FIRING, RuleStanding
from engine.alerts.rule import RuleSetting
from engine.index.definition import IndexDefinition
from engine.index.disputes import heaviest_rule

RULE, NO_DATA_KIND, DRAWDOWN = "rule", "no_data", "drawdown"
"""Kinds of alerts."""
_LOST = ":no_data"


def lost_name(name: str) -> str:
    """The name under which an alert says that the figure of a rule is missing."""
    return name + _LOST


def lost_rule(rule: Rule) -> Rule:
    """The rule under which it says so."""
    return Rule(NO_DATA_KIND, lost_name(rule.name), rule.severity)


def rules_of(definition: IndexDefinition) -> Iterator[tuple[RuleSetting, Rule]]:
    """What is judged by its life cycle, with the rule that alerts name: the rules of a definition,
    and its drawdowns where the kernel alone cannot decide them."""
    if not definition.falls.is_plain:
        yield from fall_rules(definition)
    for setting in definition.rules:
        yield setting, Rule(RULE, setting.name, setting.severity)


def claimed_rules(definition: IndexDefinition) -> Iterator[tuple[RuleSetting, Rule]]:
    """The same of what only the heaviest cluster of venues sees of its drawdowns."""
    if not definition.falls.is_plain:
        yield from fall_rules(definition, by_heaviest=True)


def fall_rules(
    definition: IndexDefinition, *, by_heaviest: bool = False
) -> Iterator[tuple[RuleSetting, Rule]]:
    """The drawdowns of a definition, each with the rule that alerts name; or what only the heaviest
    cluster sees of them."""
    for depth in definition.drawdown_alerts:
        rule = fall_rule(definition, depth)
        rule = heaviest_rule(rule) if by_heaviest else rule
        yield definition.falls.rule(depth, rule.name, rule.severity), rule


def fall_rule(definition: IndexDefinition, depth: float) -> Rule:
    """The alert rule of a depth of drawdown of an index."""
    rule = drawdown_rule(depth)
    severity = definition.falls.severity
    return rule._replace(severity=severity) if severity else rule


class Standings:
    """The standing of each rule by index and name, and the identity that it has there."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, tuple[tuple[str, ...], RuleStanding]]] = {}

    def define(self, definition: IndexDefinition) -> None:
        """Forget what this definition does not keep."""
        settings = chain(rules_of(definition), claimed_rules(definition))
        kept = {setting.name: setting.identity for setting, _ in settings}
        known = self.of.pop(definition.id, {})
        found = {n: entry for n, entry in known.items() if kept.get(n) == entry[0]}
        if found:
            self.of[definition.id] = found

    def retire(self, index: str) -> None:
        """Forget an index."""
        self.of.pop(index, None)

    def kept(self, definition: IndexDefinition) -> Iterator[str]:
        """The names of alert rules that go on under this definition."""
        known = self.of.get(definition.id, {})
        for setting, rule in rules_of(definition):
            identity, _ = known.get(setting.name, (setting.identity, None))
            if identity == setting.identity:
                yield rule.name
                yield lost_rule(rule).name

    def standing(self, index: str, setting: RuleSetting, fires: bool, now: int) -> RuleStanding:
        """That of a rule; a new one waits, or goes on where its alert fires already."""
        known = self.of.setdefault(index, {})
        if setting.name not in known:
            fresh = (
                RuleStanding(FIRING, now, now, is_open=True) if fires else RuleStanding(since=now)
            )
            known[setting.name] = setting.identity, fresh
        return known[setting.name][1]

    def known(self, index: str, setting: RuleSetting) -> RuleStanding | None:
        """That of a rule which has been judged; None for others."""
        entry = self.of.get(index, {}).get(setting.name)
        return None if entry is None else entry[1]

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            index: [[name, list(identity), s.dump()] for name, (identity, s) in known.items()]
            for index, known in self.of.items()
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Standings:
        """The standings that `dump` came from; of before there were rules, none."""
        self = cls()
        for index, known in state.items():
            self.of[index] = {
                name: (tuple(identity), RuleStanding.load(s)) for name, identity, s in known
            }
        return self
