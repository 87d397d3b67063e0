"""Every figure of every index, with a reason where there is none.

Figures are read as columns over all rows at once (`Column`) and kept until they can change; then
they are picked row by row into the nested mapping of the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.metrics.machinery.asked import BasketView, Composition, Definition
from engine.metrics.machinery.bars import BEGINNINGS, BarStatistics
from engine.metrics.machinery.family import (
    BAR,
    DAY_END,
    HOUR_END,
    INSTANT,
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
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.registry import Registry
from engine.metrics.machinery.windows import Windows
from engine.readings import REASONS, Column, Undefined
from engine.types import DAY, HOUR, MINUTE

_SPANS = {MINUTE_END: MINUTE, HOUR_END: HOUR, DAY_END: DAY}
_READ_ORDER = (
    *("annualised", "risk", "drawdown", "composition", "returns", "calendar", "benchmarks"),
    *("cagr", "rolling", "windows"),
)
"""Sections in the order in which their reasons stand in `undefined`; others come behind them."""

Lists = dict[str, Any]
"""Columns as plain lists of values and reason codes, quick to pick rows from; some are nested."""


def lists(columns: Columns) -> Lists:
    """Columns as plain lists."""
    return {
        name: (c.values.tolist(), c.codes.tolist()) if isinstance(c, Column) else lists(c)
        for name, c in columns.items()
    }


def pick(columns: Lists, row: int, path: str, undefined: Undefined) -> dict[str, Any]:
    """The row's value of every column, None where undefined."""
    picked: dict[str, Any] = {}
    for name, found in columns.items():
        if type(found) is dict:
            picked[name] = pick(found, row, f"{path}.{name}", undefined)
            continue
        value, code = found[0][row], found[1][row]
        if code == 0 and value - value == 0.0:  # false for infinities and NaN
            picked[name] = value
        else:
            picked[name] = None
            undefined.reasons[f"{path}.{name}"] = REASONS[code] or "overflow"
    return picked


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
        self._kept: dict[tuple[str, str], tuple[int, Lists]] = {}

    def at(self, as_of: int) -> Reading:
        """A reading of all figures at one instant, which is now."""
        return Reading(self, as_of)

    def kept(self, name: str, key: str, stamp: int, make: Callable[[], Columns]) -> Lists:
        """Columns that were read at an equal stamp, or read now."""
        found = self._kept.get((name, key))
        if found is None or found[0] != stamp:
            found = self._kept[name, key] = (stamp, lists(make()))
        return found[1]


class Reading:
    """The figures of a reader's indices at one instant."""

    def __init__(self, reader: FigureReader, as_of: int) -> None:
        self.reader, self.as_of = reader, as_of
        self.baskets, self.history, self.stats = reader.baskets, reader.history, reader.stats
        self.registry, self.benchmarks = reader.registry, reader.benchmarks
        self.windows, self.regimes = reader.windows, reader.regimes
        self._columns: dict[str, Columns] = {}
        self._lists: dict[str, Lists] = {}

    def stamp(self, part: Part, definition: Definition) -> int:
        """A number that stays while what `part` reads stays."""
        if part.changes == INSTANT:
            return self.as_of
        if part.changes == BAR:
            return self.stats[definition.return_interval].end + self.history.ends[DAY]
        return self.as_of // _SPANS[part.changes]

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

    def kept(self, part: Part, key: str, make: Callable[[], Columns]) -> Lists:
        """Columns of `make`, read again where a UTC span of the part has ended."""
        stamp = self.as_of // _SPANS[part.changes]
        return self.reader.kept(part.name, key, stamp, make)

    def of_bars(self, part: Part, interval: int) -> Lists:
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
        star = ".*" if part.section == "benchmarks" else ""
        order = {n: self.registry.order[f"{part.section}{star}.{n}"] for n in columns}
        return {name: columns[name] for name in sorted(columns, key=lambda name: order[name])}

    def part(self, part: Part, definition: Definition) -> tuple[Any, dict[str, str]]:
        """What stands in its section by this part, and the reasons of its nulls by their path."""
        undefined = Undefined()
        if part.section == "benchmarks":
            names = self.benchmarks[definition.id]
            return {
                name: self._against(part, definition, name, undefined) for name in names
            }, undefined.reasons
        return self._part(part, definition, undefined), undefined.reasons

    def _part(self, part: Part, definition: Definition, undefined: Undefined) -> Any:
        first = self.registry.figures[part][0]
        if isinstance(first, SeriesFigures):
            row = self.stats[definition.return_interval].series[definition.id]
            columns = self.of_bars(part, definition.return_interval)
            return pick(columns, row, part.section, undefined)
        if isinstance(first, ClosesFigures):
            row = self.history.kept[definition.id]
            return pick(self.lists(part), row, part.section, undefined)
        assert isinstance(first, IndexFigures)
        return first.read(self, definition, undefined)

    def _against(
        self, part: Part, definition: Definition, name: str, undefined: Undefined
    ) -> dict[str, Any]:
        """What a part says of an index against one of its benchmarks."""
        stats, path = self.stats[definition.return_interval], f"benchmarks.{name}"
        basket = self.benchmarks[definition.id][name]
        first = self.registry.figures[part][0]
        if isinstance(first, PairFigures):
            row = stats.pair_row[definition.id, basket]
            return pick(self.of_bars(part, definition.return_interval), row, path, undefined)
        assert isinstance(first, AgainstFigures)
        return first.read(self, definition, name, basket, undefined)

    def begun(self, definition: Definition, basket: str) -> float:
        """The level of a benchmark when the index began, NaN where it began later."""
        stats = self.stats[definition.return_interval]
        return float(stats[BEGINNINGS].level[stats.pair_row[definition.id, basket]])

    def figures(self, definition: Definition) -> tuple[dict[str, Any], dict[str, str]]:
        """All figures of a started index, and the reasons of its nulls."""
        undefined = Undefined()
        body: dict[str, Any] = dict.fromkeys(self.registry.sections)
        for section in dict.fromkeys((*_READ_ORDER, *self.registry.sections)):
            parts = [part for part in self.registry.parts if part.section == section]
            if section == "benchmarks":
                body[section] = {
                    name: _joined(self._against(p, definition, name, undefined) for p in parts)
                    for name in definition.benchmarks
                }
            else:
                body[section] = _joined(self._part(p, definition, undefined) for p in parts)
        return body, undefined.reasons


def _joined(parts: Iterable[Any]) -> Any:
    """The parts of one section as one."""
    first, *others = parts
    for other in others:
        first |= other
    return first


def not_started(registry: Registry) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures of an index without a level: none."""
    names = (*registry.sections, "flags", "targets")
    return dict.fromkeys(names), dict.fromkeys(("level", *names), "not_started")
