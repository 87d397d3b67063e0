"""Every figure of every index, with a reason where there is none.

Figures are read as columns over all rows at once (`Column`) and kept until they can change; then
they are picked row by row into the nested mapping of the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar, cast

import numpy as np

from engine.metrics.machinery.asked import BasketView, Composition, Definition
from engine.metrics.machinery.bars import BEGINNINGS, BarStatistics
from engine.metrics.machinery.family import (
    BAR,
    DAY_END,
    HOUR_END,
    MINUTE_END,
    AgainstFigures,
    ClosesFigures,
    Columns,
    IndexFigures,
    PairFigures,
    Part,
    SeriesFigures,
)
from engine.metrics.machinery.history import History
from engine.metrics.machinery.plan import BENCHMARKS, Piece, Plan, Read
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.registry import Registry
from engine.metrics.machinery.rows import Known, Lists, Rows, lists
from engine.metrics.machinery.windows import Windows
from engine.periods import month_of
from engine.readings import Column, Undefined
from engine.types import DAY, HOUR, MINUTE

T = TypeVar("T")

_SPANS = {MINUTE_END: MINUTE, HOUR_END: HOUR, DAY_END: DAY}


Picker = Callable[["Reading"], Read]
"""Reads a piece of the figures of one index."""


class FigureReader:
    """Reads the figures of some indices, whose benchmarks `benchmarks` gives: basket ids by name.

    It is no state: a fresh one reads the same. One belongs to a layout of baskets, bars and
    history; another layout needs another reader.
    """

    def __init__(
        self,
        registry: Registry,
        baskets: BasketView,
        history: History,
        stats: Mapping[int, BarStatistics],
        regimes: Regimes,
        composition: Composition,
        indices: Sequence[tuple[Definition, Mapping[str, str]]],
    ) -> None:
        self.registry, self.regimes, self.composition = registry, regimes, composition
        self.baskets, self.history, self.stats = baskets, history, stats
        self.benchmarks = {definition.id: benchmarks for definition, benchmarks in indices}
        pairs = [(d.id, basket) for d, benchmarks in indices for basket in benchmarks.values()]
        self.windows = Windows([definition for definition, _ in indices], pairs, history)
        self.known: Known = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._made: dict[tuple[str, str], tuple[Hashable, Any]] = {}

    def at(self, as_of: int) -> Reading:
        """A reading of all figures at one instant, which is now."""
        return Reading(self, as_of)

    def plan(self, definition: Definition) -> Plan:
        """In which pieces to read its figures."""
        if definition.benchmarks not in self._plans:
            self._plans[definition.benchmarks] = Plan(self.registry, definition.benchmarks)
        return self._plans[definition.benchmarks]

    def picker(self, piece: Piece, definition: Definition) -> Picker:
        """What reads a piece of the figures of an index, once it has started; the reasons that it
        gives are not to be changed."""
        part, name = piece
        first = self.registry.figures[part][0]
        interval, index = definition.return_interval, definition.id
        if isinstance(first, SeriesFigures):
            series = self.stats[interval].series[index]
            return lambda at: at.of_bars(part, interval).read(part.section, series)
        if isinstance(first, ClosesFigures):
            closes = self.history.kept[index]
            return lambda at: at.rows(part).read(part.section, closes)
        if isinstance(first, IndexFigures):
            return partial(_read_index, first, definition)
        assert name is not None
        basket = self.benchmarks[index][name]
        if isinstance(first, PairFigures):
            pair, path = self.stats[interval].pair_row[index, basket], f"{BENCHMARKS}.{name}"
            return lambda at: at.of_bars(part, interval).read(path, pair)
        return partial(_read_against, first, definition, name, basket)

    def once(self, key: tuple[str, str], stamp: Hashable, make: Callable[[], T]) -> T:
        """What was made at an equal stamp, or made now; not to be changed."""
        found = self._made.get(key)
        if found is None or found[0] != stamp:
            found = self._made[key] = (stamp, make())
        return cast("T", found[1])

    def kept(self, name: str, key: str, stamp: int, make: Callable[[], Columns]) -> Rows:
        """Columns that were read at an equal stamp, or read now."""
        return self.once((name, key), stamp, lambda: Rows(make(), self.known))


class Reading:
    """The figures of a reader's indices at one instant."""

    def __init__(self, reader: FigureReader, as_of: int) -> None:
        self.reader, self.as_of = reader, as_of
        self.baskets, self.history, self.stats = reader.baskets, reader.history, reader.stats
        self.registry, self.benchmarks = reader.registry, reader.benchmarks
        self.windows, self.regimes = reader.windows, reader.regimes
        self._columns: dict[str, Columns] = {}
        self._lists: dict[str, Lists] = {}
        self._rows: dict[str, Rows] = {}
        self._stamps: dict[int, dict[str, int]] = {}

    @cached_property
    def closed(self) -> Hashable:
        """Stays the same until a day or month ends, or something begins."""
        begun = np.count_nonzero(self.baskets.levels.started)
        return self.history.ends[DAY], month_of(self.as_of), begun

    @cached_property
    def composition(self) -> Callable[[int, Undefined], Mapping[str, Any]]:
        """Reads what the started index in a row holds."""
        return self.reader.composition(self.as_of)

    def stamps(self, interval: int) -> Mapping[str, int]:
        """By when figures change (`family.Part`): a number that stays while those of the indices
        with this return interval stay."""
        if interval not in self._stamps:
            spans = {changes: self.as_of // span for changes, span in _SPANS.items()}
            bar = self.stats[interval].end + self.history.ends[DAY]
            self._stamps[interval] = {BAR: bar, **spans}
        return self._stamps[interval]

    def columns(self, part: Part) -> Columns:
        """Columns of the kept baskets at this instant."""
        if part.name not in self._columns:
            found = [
                f.columns(self) for f in self.registry.figures[part] if isinstance(f, ClosesFigures)
            ]
            self._columns[part.name] = self._ordered(part, found)
        return self._columns[part.name]

    def column(self, part: Part, name: str) -> Column:
        """One of them."""
        found = self.columns(part)[name]
        assert isinstance(found, Column)
        return found

    def lists(self, part: Part) -> Lists:
        """The same as plain lists."""
        if part.name not in self._lists:
            self._lists[part.name] = lists(self.columns(part))
        return self._lists[part.name]

    def rows(self, part: Part) -> Rows:
        """The same as rows."""
        if part.name not in self._rows:
            self._rows[part.name] = Rows(self.columns(part), self.reader.known)
        return self._rows[part.name]

    def kept(self, part: Part, key: str, make: Callable[[], Columns]) -> Rows:
        """Columns of `make`, read again where a UTC span of the part has ended."""
        stamp = self.as_of // _SPANS[part.changes]
        return self.reader.kept(part.name, key, stamp, make)

    def of_bars(self, part: Part, interval: int) -> Rows:
        """Columns of the series, or pairs, of one return interval."""
        stats = self.stats[interval]

        def make() -> Columns:
            wanted = (SeriesFigures, PairFigures)
            found = [f.columns(stats) for f in self.registry.figures[part] if isinstance(f, wanted)]
            return self._ordered(part, found)

        return self.reader.kept(part.name, str(interval), stats.end, make)

    def _ordered(self, part: Part, found: Sequence[Columns]) -> Columns:
        """The columns of several families in the order of their cards."""
        if len(found) == 1:
            return found[0]
        columns = {name: column for each in found for name, column in each.items()}
        star = ".*" if part.section == BENCHMARKS else ""
        order = {n: self.registry.order[f"{part.section}{star}.{n}"] for n in columns}
        return {name: columns[name] for name in sorted(columns, key=lambda name: order[name])}

    def read(self, piece: Piece, definition: Definition) -> Read:
        """A piece of the figures of a started index; the reasons are not to be changed."""
        return self.reader.picker(piece, definition)(self)

    def begun(self, definition: Definition, basket: str) -> float:
        """The level of a benchmark when the index began, NaN where it began later."""
        stats = self.stats[definition.return_interval]
        return stats[BEGINNINGS].level.item(stats.pair_row[definition.id, basket])

    def figures(self, definition: Definition) -> tuple[dict[str, Any], dict[str, str]]:
        """All figures of a started index, and the reasons of its nulls."""
        plan = self.reader.plan(definition)
        found = [self.read(piece, definition) for piece in plan.pieces]
        joined: list[Mapping[str, Any]] = [{}] * len(plan.groups)
        plan.join(found, plan.groups, joined)
        return plan.body(joined), plan.reasons(found)


def _read_index(figures: IndexFigures, definition: Definition, reading: Reading) -> Read:
    undefined = Undefined()
    return figures.read(reading, definition, undefined), undefined.reasons


def _read_against(
    figures: AgainstFigures, definition: Definition, name: str, basket: str, reading: Reading
) -> Read:
    undefined = Undefined()
    return figures.read(reading, definition, name, basket, undefined), undefined.reasons


def not_started(registry: Registry) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures of an index without a level: none."""
    names = (*registry.sections, "flags", "targets")
    return dict.fromkeys(names), dict.fromkeys(("level", *names), "not_started")
