"""The figures of some indices at one instant, as metric families read them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from engine.metrics.machinery.asked import BasketView, Composition, CompositionAt
from engine.metrics.machinery.bars import BEGINNINGS, BarStatistics
from engine.metrics.machinery.history import History
from engine.metrics.machinery.laid import Laid
from engine.metrics.machinery.parts import BAR, DAY_END, HOUR_END, MINUTE_END, Part
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.rows import Columns, Known, Rows
from engine.metrics.machinery.windows import Windows
from engine.periods import month_of
from engine.readings import Column
from engine.table import F64
from engine.types import DAY, HOUR, MINUTE

T = TypeVar("T")

_SPANS = {MINUTE_END: MINUTE, HOUR_END: HOUR, DAY_END: DAY}


@dataclass
class ReadFrom:
    """What readings read, and what of it is kept between them.

    `benchmarks` are the basket ids of each index's benchmarks, by name. `columns` gives those of
    the kept baskets by a part, `bar_columns` those of the series or pairs.
    """

    baskets: BasketView
    history: History
    stats: Mapping[int, BarStatistics]
    regimes: Regimes
    windows: Windows
    composition: Composition
    laid: Laid
    benchmarks: Mapping[str, Mapping[str, str]]
    columns: Callable[[Part, Reading], Columns]
    bar_columns: Callable[[Part, BarStatistics], Columns]
    known: Known = field(default_factory=dict)
    _made: dict[tuple[str, str], tuple[Hashable, Any]] = field(default_factory=dict)

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

    def __init__(self, read: ReadFrom, as_of: int) -> None:
        self._read_from, self.as_of = read, as_of
        self.baskets, self.history, self.stats = read.baskets, read.history, read.stats
        self.benchmarks, self.once = read.benchmarks, read.once
        self.windows, self.regimes, self.laid = read.windows, read.regimes, read.laid
        self._columns: dict[str, Columns] = {}
        self._rows: dict[str, Rows] = {}
        self._stamps: dict[int, dict[str, int]] = {}
        self._numbers: dict[Callable[[Reading], Column], Column] = {}
        self._stamped: dict[Callable[[Reading], Any], Sequence[Hashable]] = {}

    @cached_property
    def closed(self) -> Hashable:
        """Stays the same until a day or month ends, or something begins."""
        begun = np.count_nonzero(self.baskets.levels.started)
        return self.history.ends[DAY], month_of(self.as_of), begun

    @cached_property
    def composition(self) -> CompositionAt:
        """What the indices hold."""
        return self._read_from.composition(self.as_of)

    def stamps(self, interval: int) -> Mapping[str, int]:
        """By when figures change (`family.Part`): a number that stays while those of the indices
        with this return interval stay."""
        if interval not in self._stamps:
            spans = {changes: self.as_of // span for changes, span in _SPANS.items()}
            bar = self.stats[interval].end + self.history.ends[DAY]
            self._stamps[interval] = {BAR: bar, **spans}
        return self._stamps[interval]

    def numbers_of(self, numbers: Callable[[Reading], Column]) -> Column:
        """Numbers of all indices at this instant; what is none, as of those that have not started,
        is known by its code."""
        found = self._numbers.get(numbers)
        if found is None:
            with np.errstate(all="ignore"):
                found = self._numbers[numbers] = numbers(self)
        return found

    def stamps_of(self, stamps: Callable[[Reading], Sequence[Hashable]]) -> Sequence[Hashable]:
        """Of each index, by its place, what stays as long as a form of it does."""
        found = self._stamped.get(stamps)
        if found is None:
            found = self._stamped[stamps] = stamps(self)
        return found

    def columns(self, part: Part) -> Columns:
        """Columns of the kept baskets at this instant."""
        if part.name not in self._columns:
            self._columns[part.name] = self._read_from.columns(part, self)
        return self._columns[part.name]

    def column(self, part: Part, name: str) -> Column:
        """One of them."""
        found = self.columns(part)[name]
        assert isinstance(found, Column)
        return found

    def rows(self, part: Part) -> Rows:
        """The same as rows."""
        if part.name not in self._rows:
            self._rows[part.name] = Rows(self.columns(part), self._read_from.known)
        return self._rows[part.name]

    def kept(self, part: Part, key: str, make: Callable[[], Columns]) -> Rows:
        """Columns of `make`, read again where a UTC span of the part has ended."""
        stamp = self.as_of // _SPANS[part.changes]
        return self._read_from.kept(part.name, key, stamp, make)

    def kept_at(self, part: Part, key: str, stamp: int, make: Callable[[], Columns]) -> Rows:
        """Columns of `make`, read again at another stamp."""
        return self._read_from.kept(part.name, key, stamp, make)

    def of_bars(self, part: Part, interval: int) -> Rows:
        """Columns of the series, or pairs, of one return interval."""
        stats, columns = self.stats[interval], self._read_from.bar_columns
        return self.kept_at(part, str(interval), stats.end, lambda: columns(part, stats))

    def begun(self) -> F64:
        """Of each pair the level of the benchmark when the index began; NaN if it began later."""
        return self.laid.of_pairs(lambda stats: stats[BEGINNINGS].level)
