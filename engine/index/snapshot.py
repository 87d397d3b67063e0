"""Snapshots: what a shard knows of an index, put together from parts of which most are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.index.definition import IndexDefinition
from engine.index.quality_section import of_bars, read_quality
from engine.index.shard_state import ShardState
from engine.index.status import ages
from engine.kept import Joined, Kept
from engine.metrics.machinery.plan import Read
from engine.metrics.machinery.reader import FigureReader, Reading, not_started
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
        self._joined: dict[int, Joined] = {}
        self._reasons: dict[str, str] = {}
        self._undefined = Kept({})

    def read(self, reading: Reading) -> tuple[dict[str, Any], dict[str, str]]:
        """The figures at this instant, and the reasons of their nulls, not to be changed."""
        plan, found = self.plan, self._found
        is_new = False
        stamps = reading.stamps(self.definition.return_interval)
        if stamps != self._stamps:
            for k in plan.others:
                changes = plan.pieces[k].part.changes
                if stamps[changes] != self._stamps.get(changes):
                    value, reasons = self._pickers[k](reading)
                    is_new |= not _are_same(reasons, found[k][1])
                    found[k] = Kept(value), reasons
            self._stamps = stamps
        for k in plan.instants:
            read = self._pickers[k](reading)
            is_new |= not _are_same(read[1], found[k][1])
            found[k] = read
        if is_new:
            self._reasons = plan.reasons(found)
        return plan.join(found, self._joined), self._reasons

    def undefined(self, reasons: dict[str, str]) -> Kept:
        """The reasons of all nulls of the snapshot: as before, if they are."""
        kept = self._undefined
        if not _are_same(reasons, kept):
            kept = self._undefined = Kept(reasons)
        return kept


def _are_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Equal, in the same order: it counts in the bytes."""
    return one is other or (one == other and list(one) == list(other))


class Snapshots:
    """Makes snapshots of the indices of a shard, laid out as now; another layout needs another.

    It is no state: a fresh one makes the same.
    """

    def __init__(self, state: ShardState) -> None:
        self.state, self.reader = state, state.reader
        self._figures: dict[str, _Figures] = {}

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
        started = bool(baskets.levels.started[row])
        if started:
            figures, reasons = kept.read(reading)
            undefined = Undefined(dict(reasons))
            figures |= self.state.alerts.read(definition, figures, undefined.reasons)
        else:
            figures, reasons = not_started(REGISTRY)
            undefined = Undefined(reasons)
        stats = self.reader.stats[definition.return_interval]
        bars = of_bars(stats, stats.series[index])
        quality = read_quality(self.state.quality, baskets, row, age, now, bars, undefined)
        return {
            "index": index,
            "seq": evidence["offset"],
            "as_of": now,
            "level": float(baskets.levels.level[row]) if started else None,
            "status": self.state.status_at(definition, row, age),
            "origin": origin,
            **figures,
            "undefined": kept.undefined(undefined.reasons),
            "quality": quality,
            "definition": kept.meaning,
            "receipt": evidence,
        }
