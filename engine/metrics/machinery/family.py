"""What a metric family declares: state, how a closed bar changes it, and how figures are read.

A family is a module of `engine.metrics` with a `FAMILY`. The columns that it reads have one row a
series (an index, or something held against), one a pair of index and benchmark, or one a basket
whose closes are kept; what has no such form is read index by index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from engine.metrics.machinery.card import Card
from engine.readings import Column, Undefined
from engine.table import Table

if TYPE_CHECKING:
    from engine.metrics.machinery.asked import Definition
    from engine.metrics.machinery.bars import Bar, BarStatistics
    from engine.metrics.machinery.history import DayClose
    from engine.metrics.machinery.reader import Reading

INSTANT, BAR, MINUTE_END, HOUR_END, DAY_END = "instant", "bar", "minute", "hour", "day"
"""When figures change: at every instant, or when a bar of the index, or a UTC span, ends."""

SERIES, PAIR, CLOSES = "series", "pair", "closes"
"""What a table has a row for."""


class Part(NamedTuple):
    """Figures of one section of the snapshot that change together.

    `order` is the place of the part in the snapshot; parts of one section follow each other.
    """

    name: str
    section: str
    changes: str
    order: int


T = TypeVar("T", bound=Table)


@dataclass(frozen=True, slots=True)
class StateTable(Generic[T]):
    """A table that a family keeps; `name` is its name in checkpoints, dots nest.

    A checkpoint without it gives an empty one: its figures are null by their minimum of
    observations until it has seen enough.
    """

    name: str
    per: str
    table: type[T]


Columns = Mapping[str, Column | Mapping[str, Column]]
"""Figures by their name in the section, or by a name and the names below it."""


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
    """Read from the kept closes and levels of all baskets at an instant."""

    part: Part
    columns: Callable[[Reading], Columns]


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """Read for one index: what stands in the section by this part."""

    part: Part
    read: Callable[[Reading, Definition, Undefined], Any]


@dataclass(frozen=True, slots=True)
class AgainstFigures:
    """Read for one index and a benchmark, given by its name and its basket."""

    part: Part
    read: Callable[[Reading, Definition, str, str, Undefined], dict[str, Any]]


Figures = SeriesFigures | PairFigures | ClosesFigures | IndexFigures | AgainstFigures


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
    figures: tuple[Figures, ...] = ()
