"""Snapshots: what a shard knows of an index, put together from parts of which most are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import is_
from typing import Any

import numpy as np

from engine.index.definition import IndexDefinition
from engine.index.quality_section import of_bars, read_quality
from engine.index.shard_state import ShardState
from engine.index.status import ages
from engine.kept import SLOT, Filled, Kept, Sheet, Slotted, fill, or_none
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.moving import Placed, Taken, Taker, checked, reasons_of
from engine.metrics.machinery.parts import BAR
from engine.metrics.machinery.plan import Read
from engine.metrics.machinery.reader import FigureReader, not_started
from engine.metrics.machinery.reading import Reading
from engine.metrics.registry import REGISTRY
from engine.readings import Column, Undefined, column, seconds
from engine.records import Receipt
from engine.table import I64
from engine.types import NUMBERS

_LEVEL, _AGE = -1, -2
"""Beside the numbers of the figures: the level, and the age of the oldest price."""


class _Index:
    """What is kept of the snapshot of one index, each piece until it can change."""

    def __init__(self, reader: FigureReader, definition: IndexDefinition, row: int) -> None:
        self.definition, self.row, self._reader = definition, row, reader
        self.meaning = REGISTRY.meaning(definition.digest())
        self.places: list[tuple[int, I64]] = []
        """Of its numbers in the snapshot's order, each in a source (by the place of its part)."""
        self._plan = plan = reader.plan(definition)
        self._placers = {k: reader.placer(plan.pieces[k], definition) for k in plan.moving}
        self._stamped = [k for k, placer in self._placers.items() if placer.is_stamped]
        others = (*plan.instants, *plan.others)
        self._pickers = {k: reader.picker(plan.pieces[k], definition) for k in others}
        self._placed: dict[int, Placed] = {}
        self._found: list[Read] = [(None, {})] * len(plan.pieces)
        self._joined: list[Mapping[str, Any]] = [{}] * plan.groups
        self._sections: dict[str, Any] = {}
        self._stamps: Mapping[str, int] = {}
        self._bars: dict[str, Any] = {}
        self._codes: bytes | None = None
        self._reasons: dict[str, str] = {}
        self._told: dict[str, str] | None = None
        self._more: dict[str, str] = {}
        self._undefined = Kept({})
        self._beside: dict[str, Any] = {}
        self._quality: tuple[Slotted, dict[str, str]] = (Slotted({}), {})
        self._quality_stamp: tuple[Any, ...] | None = None
        self._template: tuple[tuple[Any, ...], Slotted] | None = None

    # --- figures -----------------------------------------------------------------------------

    def look(self, reading: Reading) -> bool:
        """Note what has changed but for the numbers that move with every price; whether these
        stand elsewhere now."""
        plan, found = self._plan, self._found
        is_new = is_moved = False
        for k in self._stamped if self._placed else plan.moving:
            placed, before = self._placers[k].placed(reading), self._placed.get(k)
            if placed is not before:
                is_moved |= before is None or not np.array_equal(placed.places, before.places)
                if not _are_same(placed.reasons, found[k][1]):
                    self._codes = None
                self._placed[k], found[k] = placed, (placed.template, placed.reasons)
                is_new = True
        stamps = reading.stamps(self.definition.return_interval)
        if stamps != self._stamps:
            for k in plan.others:
                changes = plan.pieces[k].part.changes
                if stamps[changes] != self._stamps.get(changes):
                    value, reasons = self._pickers[k](reading)
                    found[k], is_new, self._codes = (Kept(value), reasons), True, None
            if stamps[BAR] != self._stamps.get(BAR):
                self._bars = {}
            self._stamps = stamps
        for k in plan.instants:
            found[k], is_new, self._codes = self._pickers[k](reading), True, None
        if is_moved:
            of = self._reader.source_of
            moving = [(of[plan.pieces[k].part], self._placed[k].places) for k in plan.moving]
            self.places = [(_LEVEL, np.array([self.row])), *moving]
        if is_new:
            plan.join(found, self._joined)
            self._sections = plan.body(self._joined)
        return is_moved

    def figures(self, codes: bytes) -> tuple[dict[str, Any], dict[str, str]]:
        """Its sections, with slots for the numbers that move, and the reasons of all nulls: not to
        be changed. `codes` are those of its numbers."""
        if codes != self._codes:
            self._codes, at, reasons = codes, 1, dict[str, str]()
            for k, (_, undefined) in enumerate(self._found):
                reasons.update(undefined)
                if k in self._placed:
                    paths = self._placed[k].paths
                    reasons.update(reasons_of(paths, codes[at : at + len(paths)]))
                    at += len(paths)
            if not _are_same(reasons, self._reasons):
                self._reasons = reasons
        return self._sections, self._reasons

    # --- what stands beside them -------------------------------------------------------------

    def of_bars(self, stats: BarStatistics) -> dict[str, Any]:
        """What is known of its bars, not to be changed."""
        if not self._bars:
            self._bars = of_bars(stats, stats.series[self.definition.id])
        return self._bars

    def quality(
        self,
        stamp: tuple[Any, ...] | None,
        read: Callable[[], tuple[dict[str, Any], dict[str, str]]],
    ) -> tuple[Slotted, dict[str, str]]:
        """The section `quality` and the reasons of its nulls: the very same as before if the stamp
        is, or what is read now is equal."""
        if stamp is None or stamp != self._quality_stamp:
            found, reasons = read()
            if found != self._quality[0] or reasons != self._quality[1]:
                self._quality = Slotted(found), reasons
            self._quality_stamp = stamp
        return self._quality

    def beside(self, found: dict[str, Any]) -> dict[str, Any]:
        """Flags and targets: the very same as before if they are equal."""
        if found != self._beside:
            self._beside = found
        return self._beside

    def undefined(self, reasons: dict[str, str], more: dict[str, str]) -> Kept:
        """The reasons of all nulls of the snapshot, those of its figures and more: as before, if
        they are."""
        if reasons is not self._told or not _are_same(more, self._more):
            self._told, self._more = reasons, more
            self._undefined = Kept(reasons | more)
        return self._undefined

    def template(self, *parts: Any) -> Slotted:
        """The whole snapshot of these parts, in the order of `_whole`."""
        if self._template is None or not all(map(is_, parts, self._template[0])):
            self._template = parts, Slotted(_whole(self.definition.id, self.meaning, *parts))
        return self._template[1]


def _whole(
    index: str,
    meaning: str,
    level: Any,
    status: str,
    origin: str,
    figures: Mapping[str, Any],
    beside: Mapping[str, Any],
    undefined: Mapping[str, str],
    quality: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "index": index,
        "seq": SLOT,
        "as_of": SLOT,
        "level": level,
        "status": status,
        "origin": origin,
        **figures,
        **beside,
        "undefined": undefined,
        "quality": quality,
        "definition": meaning,
        "receipt": SLOT,
    }


def _are_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Equal, in the same order: it counts in the bytes."""
    if one is other or not (one or other):
        return True
    return one == other and list(one) == list(other)


class Snapshots:
    """Makes snapshots of the indices of a shard, laid out as now; another layout needs another.

    What changes with every price is read of all indices at once. It is no state: a fresh one makes
    the same.
    """

    def __init__(self, state: ShardState) -> None:
        self.state, self.reader = state, state.reader
        row = state.baskets.row
        self._all = [_Index(self.reader, d, row[d.id]) for d in state.roster.owned()]
        self._taker: Taker | None = None
        self._not_started = not_started(REGISTRY)

    def all(self, origin: str, receipt: Receipt) -> Iterator[tuple[str, Filled]]:
        """Ids and snapshots of the indices as of now."""
        state, now = self.state, self.state.now
        reading = self.reader.at(now)
        rows = [kept.row for kept in self._all]
        old = ages(state.baskets, rows, now)
        started = state.baskets.levels.started[rows].tolist()
        taken = self._take(reading, started, old)
        evidence = {**receipt._asdict(), "engine": NUMBERS}
        sheet = Sheet((receipt.offset, now), taken.numbers, (evidence,))
        for k, (kept, begun, age) in enumerate(zip(self._all, started, old, strict=True)):
            begin, end = taken.ends[k : k + 2]
            template = self._template(kept, begun, age, reading, origin, taken, begin, end)
            yield kept.definition.id, Filled(template, sheet, begin, end)

    def _take(self, reading: Reading, started: list[bool], old: list[int]) -> Taken:
        """The numbers of all indices that have started."""
        is_moved = False
        for kept, begun in zip(self._all, started, strict=True):
            if begun:
                is_moved |= kept.look(reading)
        if not any(started):
            return Taken(np.zeros(0), b"", [0] * (len(self._all) + 1))
        numbers = [reading.numbers_of(source) for source in self.reader.sources]
        age = Column(seconds(np.array(old)), np.zeros(len(old), dtype=np.uint8))
        numbers += [age, checked(column(self.state.baskets.levels.level))]
        sizes = [len(found.values) for found in numbers]
        if is_moved or self._taker is None or self._taker.sizes != sizes:
            places = [
                [*kept.places, (_AGE, np.array([k]))] if begun else []
                for k, (kept, begun) in enumerate(zip(self._all, started, strict=True))
            ]
            self._taker = Taker(sizes, places)
        return self._taker.take(numbers)

    def _template(
        self,
        kept: _Index,
        begun: bool,
        age: int,
        reading: Reading,
        origin: str,
        taken: Taken,
        begin: int,
        end: int,
    ) -> Slotted:
        """What the snapshot of an index says, with slots for its numbers."""
        state, definition, more = self.state, kept.definition, Undefined()
        if begun:
            figures, reasons = kept.figures(taken.codes[begin:end])
            filled: Mapping[str, Any] = {}
            if definition.targets:  # which look up figures, and why one is null
                told = dict(reasons)
                filled = fill(figures, iter(or_none(taken.numbers[begin + 1 : end])))
                beside = state.alerts.read(definition, filled, told)
                more.reasons |= {path: why for path, why in told.items() if path not in reasons}
            else:
                beside = state.alerts.read(definition, filled, more.reasons)
            beside = kept.beside(beside)
        else:
            figures, reasons = self._not_started
            beside = {}
        bars = kept.of_bars(self.reader.stats[definition.return_interval])
        quality, lost = kept.quality(
            self._quality_stamp(kept.row, bars) if begun else None,
            lambda: self._read_quality(kept.row, age, reading.as_of, bars),
        )
        more.reasons |= lost
        status = state.status_at(definition, kept.row, age)
        return kept.template(
            SLOT if begun else None,
            status,
            origin,
            figures,
            beside,
            kept.undefined(reasons, more.reasons),
            quality,
        )

    def _quality_stamp(self, row: int, bars: dict[str, Any]) -> tuple[Any, ...] | None:
        """Equal as long as what `quality` says of a started index stays, but for the age; None
        where time alone may change it."""
        quality, baskets = self.state.quality, self.state.baskets
        if not quality.is_still(self.state.now) or baskets.jumps.known or baskets.joined:
            return None
        basket, version = baskets.all[row], (quality.version, baskets.contributions.version)
        return *version, bars, basket.dropped, basket.unknown_cap, basket.pending

    def _read_quality(
        self, row: int, age: int, now: int, bars: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        state, undefined = self.state, Undefined()
        found = read_quality(state.quality, state.baskets, row, age, now, bars, undefined)
        if state.baskets.levels.started.item(row):
            found["oldest_price_seconds"] = SLOT
        return found, undefined.reasons
