"""What a metric family declares: state, how a closed bar changes it, and how figures are read.

A family is a module of `engine.metrics` with a `FAMILY`. The columns that it reads have one row a
series (an index, or something held against), one a pair of index and benchmark, or one a basket
whose closes are kept; what has no such form is read index by index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card
from engine.metrics.machinery.history import DayClose
from engine.metrics.machinery.moving import Placed
from engine.metrics.machinery.parts import BAR, DAY_END, HOUR_END, INSTANT, MINUTE_END, Part
from engine.metrics.machinery.placer import MakeTemplate, Stamps
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rows import Columns
from engine.metrics.machinery.states import CLOSES, PAIR, SERIES, StateTable
from engine.readings import Column, Undefined

__all__ = [  # all that a metric's file declares itself with
    "BAR",
    "CLOSES",
    "DAY_END",
    "HOUR_END",
    "INSTANT",
    "MINUTE_END",
    "PAIR",
    "SERIES",
    "ClosesFigures",
    "Columns",
    "Family",
    "Figures",
    "IndexFigures",
    "MovingFigures",
    "PairFigures",
    "Part",
    "Placed",
    "SeriesFigures",
    "StateTable",
]


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """Read from the bars of all series of one return interval."""

    part: Part
    columns: Callable[[BarStatistics], Columns]


@dataclass(frozen=True, slots=True)
class PairFigures:
    """Read from the bars of all pairs of one return interval; named below the benchmark."""

    part: Part
    columns: Callable[[BarStatistics], Columns]


@dataclass(frozen=True, slots=True)
class ClosesFigures:
    """Read from the kept closes and levels of all baskets at an instant; floats, where the part
    changes at every instant."""

    part: Part
    columns: Callable[[Reading], Columns]


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """Read for one index: what stands in the section by this part."""

    part: Part
    read: Callable[[Reading, Definition, Undefined], Any]


@dataclass(frozen=True, slots=True)
class MovingFigures:
    """Numbers that change with every price. `numbers` reads them of all indices at once; `template`
    says of one index (in the section `benchmarks`, of it and one benchmark) what stands there and
    which of the numbers; it is asked again where `stamps` gives another value of the index."""

    part: Part
    numbers: Callable[[Reading], Column]
    template: MakeTemplate
    stamps: Stamps | None = None


Figures = SeriesFigures | PairFigures | ClosesFigures | IndexFigures | MovingFigures


@dataclass(frozen=True, slots=True)
class Family:
    """All that there is to say about some metrics that belong together.

    `group` is the heading of the cards. On a closed bar, `judge` of every family comes first, on
    what was known before that bar; then `take`. `close_day` takes the levels at 00:00 UTC.
    """

    group: str
    cards: tuple[Card, ...]
    states: tuple[StateTable[Any], ...] = ()
    judge: Callable[[BarStatistics, Bar], None] | None = None
    take: Callable[[BarStatistics, Bar], None] | None = None
    close_day: Callable[[DayClose], None] | None = None
    is_approximate: Callable[[BarStatistics, int], bool] | None = None
    figures: tuple[Figures, ...] = ()
