"""When a rule would have rung: the same machine once more, over records that are given.

What a backtest says of a rule that a run had is what that run said. For what it had not, the rule
is put into the definitions as they come by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, cast

import numpy as np

from engine.alerts.rule import ABOVE, BELOW, RuleSetting, parse_rule
from engine.alerts.standings import lost_name
from engine.index.canonical import canonical, parse_canonical
from engine.index.definition import DefinitionError, IndexDefinition
from engine.index.shard import Shard
from engine.index.watched_rule import Rung
from engine.metrics.machinery.rings import close_at
from engine.records import DefinitionRecord, Output
from engine.toml_table import TomlTable
from engine.types import DAY, MINUTE

AFTER = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
"""How long behind a firing it is looked at what came."""
_CANDIDATES, _PASSES = 12, 2
"""Thresholds that are tried at once, and how often between the two that are found."""

Run = Callable[[Shard, Callable[[DefinitionRecord], DefinitionRecord]], Iterable[Output]]
"""Puts all records through a shard, each definition as the function gives it back."""


@dataclass(frozen=True, slots=True)
class RungEpisode:
    """A time in which a rule rang. `to` (ns) and `seconds` are None while it lasts; `value` is the
    figure at firing and `worst` the furthest that it went, where it is a number. `after` has the
    change of the level from the firing on, None where the record ends before."""

    index: str
    rule: str
    kind: str
    severity: str
    at: int
    to: int | None
    seconds: float | None
    value: Any
    worst: float | None
    level: float | None
    after: dict[str, float | None]


class Backtest(NamedTuple):
    """What a rule would have said. `threshold` is the limit that would have rung at most so often,
    where that was asked for; `since` is when the first of its indices began, `until` the last
    instant that there was (ns; None: none of them began)."""

    episodes: list[RungEpisode]
    alerts: list[dict[str, Any]]
    threshold: float | None = None
    since: int | None = None
    until: int | None = None


class TriedRule(NamedTuple):
    """The rule of a backtest: one by its name, as definitions have it or by its kind, or one that
    is added to them, for the indices of `only` (all if empty)."""

    name: str = ""
    table: Mapping[str, Any] | None = None
    only: frozenset[str] = frozenset()
    is_daily: bool = True
    """Whether one that is named may be judged at daily closes, as flags and targets are."""

    def added(self, definition: IndexDefinition) -> IndexDefinition:
        """The definition with the rule; raises DefinitionError where it cannot have it."""
        if self.table is None or not self.is_about(definition.id):
            return definition
        about = definition.benchmarks, definition.all_assets()
        try:
            rule = parse_rule(TomlTable(("rule",), self.table), *about)
        except DefinitionError as error:
            message = f"for index {definition.id}: {error.message}"
            raise DefinitionError(error.path, message) from error
        return _with(definition, [rule])

    def is_about(self, index: str) -> bool:
        """Whether an index is tested."""
        return not self.only or index in self.only


def _with(definition: IndexDefinition, rules: Sequence[RuleSetting]) -> IndexDefinition:
    """A definition with more rules, of which none stands in it already."""
    own = {rule.name for rule in definition.rules}
    more = tuple(rule for rule in rules if rule.name not in own)
    return replace(definition, rules=definition.rules + more)


def backtest(run: Run, new_shard: Callable[[], Shard], tested: TriedRule) -> Backtest:
    """What a rule says over all records; raises DefinitionError where no index can have it."""
    shard = new_shard()
    names = {tested.name, lost_name(tested.name)} if tested.name else set[str]()
    shard.watch.rung = []
    if tested.table is not None or not tested.is_daily:
        shard.watch.only = names

    def define(record: DefinitionRecord) -> DefinitionRecord:
        if record.definition is None:
            return record
        found = tested.added(parse_canonical(record.index, record.definition))
        if tested.table is not None:
            name = parse_rule(TomlTable(("rule",), tested.table), *_about(found)).name
            names.update((name, lost_name(name)))
        return record._replace(definition=canonical(found))

    alerts = []
    for output in run(shard, define):
        body = output.body
        said = output.topic == "alerts" and tested.is_about(body["index"])
        if said and body["rule"] in names:
            alerts.append(body)
    since = _since(shard, tested)
    until = None if since is None else shard.state.now
    return Backtest(list(_episodes(alerts, shard)), alerts, since=since, until=until)


def _since(shard: Shard, tested: TriedRule) -> int | None:
    baskets = shard.state.baskets
    rows = [row for index, row in baskets.row.items() if tested.is_about(index)]
    return min((baskets.levels.inception.item(r) for r in rows if baskets.levels.started[r]),
               default=None)  # fmt: skip


def _about(definition: IndexDefinition) -> tuple[Sequence[str], Sequence[str]]:
    return definition.benchmarks, definition.all_assets()


def _episodes(alerts: Iterable[Mapping[str, Any]], shard: Shard) -> Iterator[RungEpisode]:
    """The firings in order, each with its end and what came after."""
    fired = [alert for alert in alerts if alert["state"] == "firing"]
    ended = {alert["episode"]: alert for alert in alerts if alert["state"] == "resolved"}
    worst = _worst(shard)
    for alert in fired:
        end = ended.get(alert["episode"])
        to = None if end is None else end["at"]
        because = {} if "drawdown" in alert else alert.get("because") or {}
        key = alert["index"], alert["rule"]
        yield RungEpisode(
            index=alert["index"],
            rule=alert["rule"],
            kind=alert["kind"],
            severity=alert["severity"],
            at=alert["at"],
            to=to,
            seconds=None if to is None else (to - alert["at"]) / 1e9,
            value=because.get("value", alert.get("drawdown")),
            worst=worst.get((*key, to)),
            level=alert["level"],
            after=_after(shard, alert["index"], alert["at"], alert["level"]),
        )


def _worst(shard: Shard) -> dict[tuple[str, str, int | None], float | None]:
    """How far figures went, by index, rule and the end of the episode; None while it lasts."""
    rung = shard.watch.rung or []
    found: dict[tuple[str, str, int | None], float | None] = {}
    for episode in rung:
        found[episode.id, episode.rule, episode.at] = episode.worst
    lasting: list[Rung] = shard.watch.open_now()
    for episode in lasting:
        found[episode.id, episode.rule, None] = episode.worst
    return found


def _after(shard: Shard, index: str, at: int, level: float | None) -> dict[str, float | None]:
    """The change of an index's level from an instant on, by its closes at 00:00 UTC."""
    history = shard.history
    if level is None or index not in history.kept:
        return dict.fromkeys(AFTER)
    place, ring = history.kept[index], history.rings[DAY]
    kept = ring.count[place], ring.minute[place], ring.level[place]
    found: dict[str, float | None] = dict.fromkeys(AFTER)
    for name, span in AFTER.items():
        if at + span <= shard.state.now:
            then, close = close_at((at + span) // MINUTE, *kept)
            found[name] = close / level - 1.0 if at < then * MINUTE else None
    return found


def at_most(run: Run, new_shard: Callable[[], Shard], tested: TriedRule, most: int) -> Backtest:
    """The backtest of a rule with the mildest of some limits at which it rings at most so often:
    its own if that does, else one found between it and the furthest that the figure went.

    Raises DefinitionError for a rule without a number as its limit.
    """
    first = backtest(run, new_shard, tested)
    table = dict(tested.table or {})
    side = next((side for side in (ABOVE, BELOW) if side in table), None)
    if side is None:
        raise DefinitionError(("rule",), "only of a rule above or below a number is there a limit "
                              "that rings less often; give it as a line")  # fmt: skip
    limit = float(table[side])
    if len(first.episodes) <= most:
        return first._replace(threshold=limit)
    worst = [episode.worst for episode in first.episodes if episode.worst is not None]
    far = max(worst, default=limit) if side == ABOVE else min(worst, default=limit)
    far += (far - limit) * 1e-6
    near = limit
    for _ in range(_PASSES):
        steps = [near + (far - near) * k / _CANDIDATES for k in range(1, _CANDIDATES + 1)]
        counts = _count(run, new_shard, tested, side, steps)
        fits = [k for k, count in enumerate(counts) if count <= most]
        if not fits:
            break
        far = steps[fits[0]]
        near = steps[fits[0] - 1] if fits[0] else near
    found = backtest(run, new_shard, tested._replace(table=_moved(table, side, far)))
    return found._replace(threshold=far)


def _moved(table: Mapping[str, Any], side: str, limit: float) -> dict[str, Any]:
    """The rule with another limit; what clears it keeps its distance."""
    moved = {**table, side: limit}
    if isinstance(table.get("clear"), int | float):
        moved["clear"] = table["clear"] + limit - float(table[side])
    return moved


def _count(
    run: Run, new_shard: Callable[[], Shard], tested: TriedRule, side: str, limits: Sequence[float]
) -> list[int]:
    """How often the rule rings with each of some limits, all of them in one run."""
    assert tested.table is not None
    table = tested.table
    tables = [
        {**_moved(table, side, limit), "name": f"limit {k}"} for k, limit in enumerate(limits)
    ]

    def define(record: DefinitionRecord) -> DefinitionRecord:
        if record.definition is None or not tested.is_about(record.index):
            return record
        definition = parse_canonical(record.index, record.definition)
        about = _about(definition)
        rules = [parse_rule(TomlTable(("rule",), table), *about) for table in tables]
        return record._replace(definition=canonical(_with(definition, rules)))

    counts = {table["name"]: 0 for table in tables}
    shard = new_shard()
    shard.watch.only = counts
    for output in run(shard, define):
        if output.topic == "alerts" and output.body["state"] == "firing":
            name = cast("str", output.body["rule"])
            if name in counts:
                counts[name] += 1
    return list(counts.values())


def plain(result: Backtest) -> dict[str, Any]:
    """As JSON may hold it: times are ns."""
    names = [field.name for field in fields(RungEpisode)]
    return {
        "fired": len(result.episodes),
        "threshold": result.threshold,
        "since": result.since,
        "until": result.until,
        "episodes": [{n: getattr(episode, n) for n in names} for episode in result.episodes],
    }


def in_total(result: Backtest) -> str:
    """The first line of what a person reads."""
    lengths = [e.seconds for e in result.episodes if e.seconds is not None]
    indices = len({e.index for e in result.episodes})
    found = f"rang {len(result.episodes)} times" + (f" on {indices} indices" if indices > 1 else "")
    if lengths:
        found += f", half of them for less than {float(np.median(lengths)):.0f} s"
    return found + (f"; limit {result.threshold:.6g}" if result.threshold is not None else "")
