"""Drawdown alerts of what only the heaviest cluster of venues sees (`engine.index.disputes`).

They have the clocks that `[index.X.alerts]` gives, each its own. They are judged at every instant
of a dispute; between two of them only the clocks can change anything, with the figures as they
stood then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from engine.alerts.book import Rule
from engine.alerts.kind import AlertState
from engine.alerts.kinds.drawdown import fall
from engine.alerts.lifecycle import BETWEEN, FIRES, HOLDS
from engine.alerts.standings import claimed_rules, fall_rule
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.disputes import HEAVIEST, Disputes, heaviest_rule

Explain = Callable[[Sequence[int], Sequence[dict[str, Any]], dict[str, float] | None], None]
"""Adds to what alerts say of the falls of the indices in some rows why they fell, and how far the
prices behind them are to be trusted; these are given where others are to count than those that
stand."""


class Claimed(NamedTuple):
    """A rule by the heaviest cluster begins or ceases to hold."""

    definition: IndexDefinition
    rule: Rule
    fires: bool
    facts: dict[str, Any]


class ClaimJudge(NamedTuple):
    """Judges what the heaviest clusters see of these definitions' indices."""

    state: AlertState
    definitions: Iterable[IndexDefinition]
    baskets: Baskets
    disputes: Disputes
    explain: Explain

    def judge(self, at: int) -> Iterator[Claimed]:
        """What changes at this instant."""
        for definition, level in self._started():
            for depth, rule in self._rules(definition):
                for fires in self._plain(definition, depth, rule, level):
                    yield self._said(definition, rule, fires, level, at)
            for rule, fires, when in self._clocked(definition, level, at):
                yield self._said(definition, rule, fires, level, when)

    def run(self, until: int) -> Iterator[Claimed]:
        """What the clocks that run out up to `until` change."""
        found = []
        for definition, level in self._started():
            if level is None:
                continue
            for setting, rule in claimed_rules(definition):
                standing = self.state.rules.known(definition.id, setting)
                if standing is not None:
                    events = standing.run(setting.timing, until)
                    found += [(e.at, e.what == FIRES, definition, rule, level) for e in events]
        for at, fires, definition, rule, level in sorted(found, key=lambda event: event[0]):
            yield self._said(definition, rule, fires, level, at)

    def _started(self) -> Iterator[tuple[IndexDefinition, float | None]]:
        """The indices that have begun, each with its level by the heaviest clusters."""
        baskets = self.baskets
        for definition in self.definitions:
            row = baskets.row[definition.id]
            if definition.drawdown_alerts and baskets.levels.started[row]:
                yield definition, self.disputes.level(baskets, row)

    def _rules(self, definition: IndexDefinition) -> Iterator[tuple[float, Rule]]:
        for depth in definition.compiled_depths:
            yield depth, heaviest_rule(fall_rule(definition, depth))

    def _plain(
        self, definition: IndexDefinition, depth: float, rule: Rule, level: float | None
    ) -> Iterator[bool]:
        """A rule that fires at its depth at once, and clears at half of it."""
        book, fires = self.state.book, self.state.book.fires(definition.id, rule)
        if level is None:
            if fires:
                yield False
            return
        depth_now = self._depth(definition, level)
        if fires and depth_now <= depth / 2:
            yield False
        elif not fires and depth_now >= depth:
            shared = fall_rule(definition, depth)  # which tells what all see
            yield from () if book.fires(definition.id, shared) else (True,)

    def _clocked(
        self, definition: IndexDefinition, level: float | None, at: int
    ) -> Iterator[tuple[Rule, bool, int]]:
        """The rules that have clocks: which one begins or ceases to hold, and when."""
        book, rules = self.state.book, self.state.rules
        for setting, rule in claimed_rules(definition):
            fires = book.fires(definition.id, rule)
            if level is None:
                if fires or rules.known(definition.id, setting) is not None:
                    rules.standing(definition.id, setting, fires, at).end(at)
                if fires:
                    yield rule, False, at
                continue
            standing = rules.standing(definition.id, setting, fires, at)
            sight = setting.sight(self._depth(definition, level))
            shared = rule._replace(name=rule.name.removesuffix(HEAVIEST))
            if sight == HOLDS and not standing.is_open and book.fires(definition.id, shared):
                sight = BETWEEN  # all see it, and it is told
            for event in standing.see(setting.timing, sight, at):
                yield rule, event.what == FIRES, event.at

    def _depth(self, definition: IndexDefinition, level: float) -> float:
        peak = float(self.baskets.path[self.baskets.row[definition.id]]["peak"])
        return (peak - level) / peak

    def _said(
        self, definition: IndexDefinition, rule: Rule, fires: bool, level: float | None, at: int
    ) -> Claimed:
        baskets = self.baskets
        row = baskets.row[definition.id]
        p = baskets.path[row]
        shown = float(baskets.levels.level[row]) if level is None else level
        facts = fall(shown, float(p["peak"]), at, int(p["peak_at"]))
        self.explain([row], [facts], None if level is None else self.disputes.claims)
        if level is None:
            facts["reason"] = "dispute_ended"
        return Claimed(definition, rule, fires, facts)
