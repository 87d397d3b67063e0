"""Every figure of every index, with a reason where there is none.

Figures are read as columns over all rows at once (`Column`) and kept until they can change; then
they are picked row by row into the nested mapping of the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.metrics.machinery.asked import BasketView, Composition, Definition
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.family import (
    ClosesFigures,
    IndexFigures,
    MovingFigures,
    PairFigures,
    SeriesFigures,
)
from engine.metrics.machinery.history import History
from engine.metrics.machinery.laid import Laid
from engine.metrics.machinery.moving import Placed, flat, placed_row
from engine.metrics.machinery.parts import Part
from engine.metrics.machinery.placer import Placer
from engine.metrics.machinery.plan import BENCHMARKS, Piece, Plan, Read
from engine.metrics.machinery.reading import ReadFrom, Reading
from engine.metrics.machinery.regimes import Regimes
from engine.metrics.machinery.registry import Registry
from engine.metrics.machinery.rows import Columns
from engine.metrics.machinery.windows import Windows
from engine.readings import Undefined

Picker = Callable[[Reading], Read]
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
        self.registry, self.history, self.stats = registry, history, stats
        self.benchmarks = {definition.id: benchmarks for definition, benchmarks in indices}
        pairs = [(d.id, basket) for d, benchmarks in indices for basket in benchmarks.values()]
        windows = self.windows = Windows([definition for definition, _ in indices], pairs, history)
        self.laid = Laid(indices, baskets, history, stats)
        read = (baskets, history, stats, regimes, windows, composition, self.laid, self.benchmarks)
        self._read_from = ReadFrom(*read, self._columns, self._bar_columns)
        self._plans: dict[tuple[str, ...], Plan] = {}
        moving = [part for part in registry.parts if registry.moves(part)]
        self._moving = {part: self._moving_of(part) for part in moving}
        self.sources = [figures.numbers for figures in self._moving.values()]
        """What reads the numbers that move, of all indices at once."""
        self.source_of = {part: k for k, part in enumerate(moving)}
        """By the part that they are of."""

    def at(self, as_of: int) -> Reading:
        """A reading of all figures at one instant, which is now."""
        return Reading(self._read_from, as_of)

    def plan(self, definition: Definition) -> Plan:
        """In which pieces to read its figures."""
        if definition.benchmarks not in self._plans:
            self._plans[definition.benchmarks] = Plan(self.registry, definition.benchmarks)
        return self._plans[definition.benchmarks]

    def placer(self, piece: Piece, definition: Definition) -> Placer:
        """What reads a moving piece of the figures of an index, once it has started."""
        moving, index = self._moving[piece.part], self.laid.place[definition.id]
        pair = (
            None
            if piece.benchmark is None
            else self.laid.pair_place[definition.id, piece.benchmark]
        )
        return Placer(moving.numbers, moving.template, moving.stamps, index, pair)

    def picker(self, piece: Piece, definition: Definition) -> Picker:
        """What reads a piece of the figures of an index, once it has started; the reasons that it
        gives are not to be changed."""
        part, name = piece
        if part in self._moving:
            return self.placer(piece, definition).read
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
        pair = self.stats[interval].pair_row[index, self.benchmarks[index][name]]
        path = f"{BENCHMARKS}.{name}"
        return lambda at: at.of_bars(part, interval).read(path, pair)

    def figures(
        self, reading: Reading, definition: Definition
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """All figures of a started index, and the reasons of its nulls."""
        plan = self.plan(definition)
        found = [self.picker(piece, definition)(reading) for piece in plan.pieces]
        return plan.sections(found), plan.reasons(found)

    def _moving_of(self, part: Part) -> MovingFigures:
        """The figures of a part whose numbers move; columns of closes stand in their names."""
        first = self.registry.figures[part][0]
        if isinstance(first, MovingFigures):
            return first

        def template(reading: Reading, index: int, _: int | None) -> Placed:
            return placed_row(part.section, reading.columns(part), int(self.laid.kept[index]))

        return MovingFigures(part, lambda reading: flat(reading.columns(part)), template)

    def _columns(self, part: Part, reading: Reading) -> Columns:
        """Columns of the kept baskets at this instant."""
        found = [f for f in self.registry.figures[part] if isinstance(f, ClosesFigures)]
        with np.errstate(over="ignore"):  # what overflows is null, and says so (`rows.codes_of`)
            return self._ordered(part, [f.columns(reading) for f in found])

    def _bar_columns(self, part: Part, stats: BarStatistics) -> Columns:
        """Columns of the series, or pairs, of one return interval."""
        wanted = (SeriesFigures, PairFigures)
        found = [f for f in self.registry.figures[part] if isinstance(f, wanted)]
        with np.errstate(over="ignore"):
            return self._ordered(part, [f.columns(stats) for f in found])

    def _ordered(self, part: Part, found: Sequence[Columns]) -> Columns:
        """The columns of several families in the order of their cards."""
        if len(found) == 1:
            return found[0]
        columns = {name: column for each in found for name, column in each.items()}
        star = ".*" if part.section == BENCHMARKS else ""
        order = {n: self.registry.order[f"{part.section}{star}.{n}"] for n in columns}
        return {name: columns[name] for name in sorted(columns, key=lambda name: order[name])}


def _read_index(figures: IndexFigures, definition: Definition, reading: Reading) -> Read:
    undefined = Undefined()
    return figures.read(reading, definition, undefined), undefined.reasons


def not_started(registry: Registry) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures of an index without a level: none."""
    names = (*registry.sections, "flags", "targets")
    return dict.fromkeys(names), dict.fromkeys(("level", *names), "not_started")
