"""How far figures went while rules about them fired: by the snapshots that were published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.alerts.rule import ABOVE, BELOW, SIGNS
from engine.alerts.standings import RULE
from engine.numbers import is_number
from engine.records import AlertHead
from gateway.kept_episodes import KeptEpisodes
from streams.episodes import figure_of, value_at, value_in


@dataclass(slots=True)
class Extreme:
    """Of an episode of a rule: its figure, the value farthest beyond the limit, and whether that is
    a high one; `begin` (ns) is its firing."""

    figure: str
    begin: int
    value: float
    is_high: bool

    def take(self, value: float) -> None:
        """Take a further value."""
        self.value = max(self.value, value) if self.is_high else min(self.value, value)


class Extremes:
    """Those of episodes that began while this gateway saw snapshots: all that fire, and the newest
    `kept` of those that are over."""

    def __init__(self, kept: int) -> None:
        self._since: dict[str, int] = {}
        """Of each index the time (ns) of the first snapshot seen."""
        self._episodes = KeptEpisodes[Extreme](kept)

    def of(self, episode: str) -> float | None:
        """The furthest value of an episode; None where it is not known."""
        found = self._episodes.get(episode)
        return None if found is None else found.value

    def take_alert(
        self, head: AlertHead, body: Mapping[str, Any], definition: Mapping[str, Any] | None
    ) -> None:
        """Take the next alert, of an index with this definition, where that is known."""
        if head.kind != RULE:
            return
        if head.state == "resolved":
            self._episodes.end(head.index, head.episode)
            return
        figure, value = figure_of(body), value_at(body)
        limit = (body.get("because") or {}).get("limit")
        is_seen = self._since.get(head.index, head.at + 1) <= head.at
        if not is_seen or figure is None or not is_number(value) or not is_number(limit):
            return
        is_high = _is_above(head.rule, figure, definition)
        if is_high is None and value != limit:  # of a rule that its definition has no more
            is_high = value > limit
        if is_high is None:
            return
        found = Extreme(figure, head.at, float(value), is_high)
        self._episodes.begin(head.index, head.episode, found)

    def take_snapshot(self, index: str, at: int, snapshot: Mapping[str, Any]) -> None:
        """Take a newer snapshot of an index, as of `at` (ns)."""
        self._since.setdefault(index, at)
        for extreme in self._episodes.firing(index):
            if at < extreme.begin:  # snapshots and alerts come on ways of their own
                continue
            value = value_in(snapshot, extreme.figure)
            if is_number(value):
                extreme.take(float(value))

    def forget(self, index: str) -> None:
        """An index is retired: what fired of it is followed no more."""
        self._since.pop(index, None)
        self._episodes.forget(index)


def _is_above(rule: str, figure: str, definition: Mapping[str, Any] | None) -> bool | None:
    """Whether a rule is about what is above its limit, or below; None where that is not known."""
    for side in (ABOVE, BELOW):
        if rule.startswith(f"{figure}{SIGNS[side]}"):  # no given name has these signs
            return side == ABOVE
    rules = (definition or {}).get("rule")
    for one in rules if isinstance(rules, list) else ():  # a log can hold what nobody checked
        if isinstance(one, Mapping) and one.get("name") == rule and (ABOVE in one or BELOW in one):
            return ABOVE in one
    return None
