"""A rule of an index as a shard watches it, and how its figure is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from engine.alerts.book import Rule
from engine.alerts.figures import DRAWDOWN_NOW, LEVEL, QUALITY, STATUS, FigurePath
from engine.alerts.guard import FALL, RETURN
from engine.alerts.guard import LEVEL as A_LEVEL
from engine.alerts.lifecycle import CLEARING, FIRING, PENDING, RuleStanding
from engine.alerts.rule import ABOVE, RuleSetting
from engine.index.definition import IndexDefinition
from engine.index.quality_section import of_bars, read_quality
from engine.index.shard_state import ShardState
from engine.index.status import ages
from engine.metrics.machinery.family import BAR, DAY_END, HOUR_END, INSTANT, MINUTE_END
from engine.metrics.machinery.plan import Read
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rings import level_at
from engine.periods import anchor, anchor_grid
from engine.readings import Undefined, settled_return
from engine.types import DAY, HOUR, MINUTE

SPANS = {MINUTE_END: MINUTE, HOUR_END: HOUR, DAY_END: DAY}

Value = tuple[Any, str]
"""A figure, or None with the reason."""


@dataclass(slots=True, eq=False)
class WatchedRule:
    """A rule of the index in a row, at its `place` in the order of all. `pickers` read the pieces
    of a snapshot in which its figure may be; `guarded` is its place in the guard, −1 for none."""

    place: int
    definition: IndexDefinition
    row: int
    setting: RuleSetting
    rule: Rule
    figure: FigurePath
    standing: RuleStanding
    pickers: list[Callable[[Reading], Read]]
    guarded: int = -1
    is_judged: bool = False
    """Whether its figure was looked at since it was laid out, or is looked for."""
    worst: float | None = None
    """The furthest that its figure went in the episode that is open, where that is kept."""

    @property
    def is_sought(self) -> bool:
        """Whether its figure is missing, and looked for at the end of each minute."""
        return self.standing.missing_since > 0 and self.setting.no_data > 0

    def keep(self, value: Any) -> None:
        """Its figure was seen."""
        if isinstance(value, int | float) and value == value:
            pick = max if self.setting.side == ABOVE else min
            self.worst = value if self.worst is None else pick(self.worst, value)


class Rung(NamedTuple):
    """An episode of a rule that ended, and how far its figure went in it."""

    id: str
    rule: str
    at: int
    worst: float | None


def read_parts(w: WatchedRule, reading: Reading) -> Value:
    """The figure in the pieces of a snapshot where it may be."""
    steps = w.figure.steps[2:] if w.figure.benchmark else w.figure.steps[1:]
    for picker in w.pickers:
        found, reasons = picker(reading)
        for step in steps:
            if not isinstance(found, dict) or step not in found:
                break
            found = found[step]
        else:
            return found, "" if found is not None else reasons.get(w.figure.path, "")
    return None, "unobserved"  # an asset that is not in the index now


def read_instant(state: ShardState, row: int, index: str, figure: FigurePath, at: int) -> Value:
    """A level, present drawdown or return of a started index, as the snapshot of the instant `at`
    would say it."""
    levels, history = state.baskets.levels, state.history
    level = levels.level.item(row)
    if figure.path == LEVEL:
        return level, ""
    if figure.path == DRAWDOWN_NOW:
        peak = float(state.baskets.path["peak"][row])
        return settled_return((peak - level) / peak), ""
    period = figure.steps[1]
    if period == "inception":
        return settled_return(level / levels.base_level.item(row) - 1.0), ""
    start, place = anchor(period, at), slice(history.kept[index], history.kept[index] + 1)
    ring = history.rings[anchor_grid(period)]
    columns = (ring.count[place], ring.minute[place], ring.level[place])
    (seen,), (then,) = (column.tolist() for column in level_at(start // MINUTE, *columns))
    if levels.inception.item(row) > start or then != then:
        return None, "too_short"
    if period == "1h" and seen <= start - HOUR:
        return None, "no_price"
    return settled_return(level / then - 1.0), ""


def span_of(changes: str, definition: IndexDefinition) -> int:
    """At the ends of which bars (ns) a rule is judged."""
    return definition.return_interval if changes == BAR else SPANS.get(changes, MINUTE)


def guarded_as(figure: FigurePath) -> tuple[int, str]:
    """What the guard calls it, and the period of a return."""
    if figure.path == LEVEL:
        return A_LEVEL, ""
    return (FALL, "") if figure.path == DRAWDOWN_NOW else (RETURN, figure.steps[1])


_NOTHING = (np.inf, -np.inf)


def interval_of(w: WatchedRule) -> tuple[float, float]:
    """The open interval of its figure in which a rule stays as it is."""
    s, limit = w.setting, w.setting.limit
    assert isinstance(limit, float)
    if not w.is_judged:
        return _NOTHING
    if w.standing.missing_since:  # it comes back with a minute, not with a price
        return -np.inf, np.inf
    at = s.clear if s.clear is not None and w.standing.state in (FIRING, CLEARING) else limit
    beyond = w.standing.state in (PENDING, FIRING)  # stays as long as the figure is beyond `at`
    return (at, np.inf) if beyond == (s.side == ABOVE) else (-np.inf, at)


def read_rule(state: ShardState, w: WatchedRule, at: int) -> Value:
    """The figure of a rule as of this instant; where the rule minds it, none of a stale index."""
    path = w.figure.path
    if path == STATUS:
        return state.status(w.definition), ""
    if w.setting.no_data and state.status(w.definition) == "stale":
        return None, "stale"
    if w.figure.steps[0] == QUALITY:
        return _of_quality(state, w)
    if not state.baskets.started.item(w.row):
        return None, "not_started"
    if w.figure.changes == INSTANT:
        return read_instant(state, w.row, w.definition.id, w.figure, at)
    return read_parts(w, state.reader.at(at))


def _of_quality(state: ShardState, w: WatchedRule) -> Value:
    undefined = Undefined()
    (age,) = ages(state.baskets, [w.row], state.now)
    stats = state.stats[w.definition.return_interval]
    bars = of_bars(stats, stats.series[w.definition.id])
    found: Any = read_quality(state.quality, state.baskets, w.row, age, state.now, bars, undefined)
    for step in w.figure.steps[1:]:
        found = found[step]
    return found, undefined.reasons.get(w.figure.path, "")
