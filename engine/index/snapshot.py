"""Snapshots: what a shard knows of an index, put together from parts of which most are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.index.definition import IndexDefinition
from engine.index.quality_section import of_bars, read_quality
from engine.index.shard_state import ShardState
from engine.index.status import ages
from engine.kept import Kept
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.parts import BAR
from engine.metrics.machinery.plan import Read
from engine.metrics.machinery.reader import FigureReader, not_started
from engine.metrics.machinery.reading import Reading
from engine.metrics.registry import REGISTRY
from engine.readings import Undefined
from engine.records import Receipt
from engine.types import NUMBERS


class _Figures:
    """What is kept of the figures of one index, each piece until it can change."""

    def __init__(self, reader: FigureReader, definition: IndexDefinition) -> None:
        plan = self.plan = reader.plan(definition)
        self.definition = definition
        self._pickers = [reader.picker(piece, definition) for piece in plan.pieces]
        self.meaning = REGISTRY.meaning(definition.digest())
        self._stamps: Mapping[str, int] = {}
        self._found: list[Read] = [(None, {})] * len(plan.pieces)
        self._joined: list[Mapping[str, Any]] = [{}] * len(plan.groups)
        self._reasons: dict[str, str] = {}
        self._told: dict[str, str] | None = None
        self._more: dict[str, str] = {}
        self._undefined = Kept({})
        self._bars: dict[str, Any] = {}

    def read(self, reading: Reading) -> tuple[dict[str, Any], dict[str, str]]:
        """The figures at this instant, and the reasons of their nulls, not to be changed."""
        plan, found = self.plan, self._found
        is_new = False
        groups: Sequence[int] = plan.instant_groups
        stamps = reading.stamps(self.definition.return_interval)
        if stamps != self._stamps:
            for k in plan.others:
                changes = plan.pieces[k].part.changes
                if stamps[changes] != self._stamps.get(changes):
                    value, reasons = self._pickers[k](reading)
                    is_new = is_new or not _are_same(reasons, found[k][1])
                    found[k] = Kept(value), reasons
            if stamps[BAR] != self._stamps.get(BAR):
                self._bars = {}
            self._stamps, groups = stamps, plan.groups
        for k in plan.instants:
            read = self._pickers[k](reading)
            is_new = is_new or not _are_same(read[1], found[k][1])
            found[k] = read
        if is_new:
            self._reasons = plan.reasons(found)
        plan.join(found, groups, self._joined)
        return plan.body(self._joined), self._reasons

    def of_bars(self, stats: BarStatistics) -> dict[str, Any]:
        """What is known of its bars, not to be changed."""
        if not self._bars:
            self._bars = of_bars(stats, stats.series[self.definition.id])
        return self._bars

    def undefined(self, reasons: dict[str, str], more: dict[str, str]) -> Kept:
        """The reasons of all nulls of the snapshot, those of its figures and more: as before, if
        they are."""
        if reasons is not self._told or not _are_same(more, self._more):
            self._told, self._more = reasons, more
            self._undefined = Kept(reasons | more)
        return self._undefined


def _are_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Equal, in the same order: it counts in the bytes."""
    if one is other or not (one or other):
        return True
    return one == other and list(one) == list(other)


class Snapshots:
    """Makes snapshots of the indices of a shard, laid out as now; another layout needs another.

    It is no state: a fresh one makes the same.
    """

    def __init__(self, state: ShardState) -> None:
        self.state, self.reader = state, state.reader
        self._figures: dict[str, _Figures] = {}
        self._not_started = not_started(REGISTRY)

    def all(self, origin: str, receipt: Receipt) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ids and snapshots of the indices as of now."""
        reading = self.reader.at(self.state.now)
        evidence = {**receipt._asdict(), "engine": NUMBERS}
        definitions = self.state.roster.owned()
        rows = [self.state.baskets.row[definition.id] for definition in definitions]
        old = ages(self.state.baskets, rows, self.state.now)
        for definition, row, age in zip(definitions, rows, old, strict=True):
            yield definition.id, self._body(definition, row, age, reading, origin, evidence)

    def _body(
        self,
        definition: IndexDefinition,
        row: int,
        age: int,
        reading: Reading,
        origin: str,
        evidence: dict[str, Any],
    ) -> dict[str, Any]:
        index, baskets, now = definition.id, self.state.baskets, reading.as_of
        kept = self._figures.get(index)
        if kept is None:
            kept = _Figures(self.reader, definition)
            self._figures[index] = kept
        started, more = baskets.levels.started.item(row), Undefined()
        if started:
            figures, reasons = kept.read(reading)
            alerts = self.state.alerts
            if definition.targets:  # which look up why a figure is null
                told = dict(reasons)
                figures |= alerts.read(definition, figures, told)
                more.reasons |= {path: why for path, why in told.items() if path not in reasons}
            else:
                figures |= alerts.read(definition, figures, more.reasons)
        else:
            figures, reasons = self._not_started
        stats = self.reader.stats[definition.return_interval]
        bars = kept.of_bars(stats)
        quality = read_quality(self.state.quality, baskets, row, age, now, bars, more)
        return {
            "index": index,
            "seq": evidence["offset"],
            "as_of": now,
            "level": float(baskets.levels.level[row]) if started else None,
            "status": self.state.status_at(definition, row, age),
            "origin": origin,
            **figures,
            "undefined": kept.undefined(reasons, more.reasons),
            "quality": quality,
            "definition": kept.meaning,
            "receipt": evidence,
        }
