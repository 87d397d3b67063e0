"""The figures of some indices at one instant, as metric families read them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from engine.metrics.machinery.asked import BasketView, Composition, Definition
from engine.metrics.machinery.bars import BEGINNINGS, BarStatistics
from engine.metrics.machinery.history import History
from engine.metrics.machinery.parts import BAR, DAY_END, HOUR_END, MINUTE_END, Part
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.rows import Columns, Known, Lists, Rows, lists
from engine.metrics.machinery.windows import Windows
from engine.periods import month_of
from engine.readings import Column, Undefined
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
        self.windows, self.regimes = read.windows, read.regimes
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
        return self._read_from.composition(self.as_of)

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
            self._columns[part.name] = self._read_from.columns(part, self)
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

    def begun(self, definition: Definition, basket: str) -> float:
        """The level of a benchmark when the index began, NaN where it began later."""
        stats = self.stats[definition.return_interval]
        return stats[BEGINNINGS].level.item(stats.pair_row[definition.id, basket])
