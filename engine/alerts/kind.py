"""What an alert kind declares: which rules a definition keeps, and what it says at a daily close.

A kind is a module of `engine.alerts.kinds` with a `KIND`; it needs no line elsewhere. Kinds that
are judged with every price are compiled besides (`engine.index.kernel`, `engine.alerts.guard`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.alerts.book import AlertBook, Rule
from engine.alerts.flags import Flags
from engine.alerts.rule import RuleSetting
from engine.alerts.standings import Standings
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.metrics.machinery.years import Years

Figures = Callable[[IndexDefinition], tuple[dict[str, Any], dict[str, str]]]
"""Gives the figures of a started index, and the reasons of their nulls."""


class AlertState(NamedTuple):
    """What is known of the alerts of a shard."""

    book: AlertBook
    flags: Flags
    rules: Standings


class Close(NamedTuple):
    """The daily close `end` (ns) of an index that had a price that day, after the rebalances due
    then. `benchmark` is the basket of its first benchmark."""

    definition: IndexDefinition
    end: int
    baskets: Baskets
    years: Years
    benchmark: str | None
    figures: Figures

    @property
    def row(self) -> int:
        """The row of its basket."""
        return self.baskets.row[self.definition.id]

    @property
    def level(self) -> float:
        """Its level."""
        return float(self.baskets.levels.level[self.row])


class DayVerdict(NamedTuple):
    """A rule began or ceased to hold, by this evidence."""

    rule: Rule
    fires: bool
    evidence: dict[str, Any]


Removed = Callable[[str, Rule, Baskets, int, AlertState], dict[str, Any]]
"""What an alert of a rule that was taken away says beside level and time, by the index, the rule,
the baskets and the time (ns)."""


Told = Callable[[IndexDefinition], Iterable[tuple[str, RuleSetting]]]
"""Gives the rules of an index by its definition, each with the kind that its alerts have, as people
are told of them: all but those that every index has."""


def no_rules(_: IndexDefinition) -> Iterable[tuple[str, RuleSetting]]:
    """None that a definition asks for."""
    return ()


def nothing(*_: Any) -> dict[str, Any]:
    """No more than level and time."""
    return {}


@dataclass(frozen=True, slots=True)
class AlertKind:
    """A kind of alerts. `names` are what its alerts have as `kind`; `kept` gives the names of the
    rules of a definition that go on as they are."""

    names: frozenset[str]
    kept: Callable[[IndexDefinition, AlertState], Iterable[str]]
    close_day: Callable[[Close, AlertState], Iterator[DayVerdict]] | None = None
    removed: Removed = nothing
    told: Told = no_rules
