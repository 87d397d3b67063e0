"""What metrics read of the indices: all that `engine.metrics` knows of the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from engine.metrics.machinery.moving import Placed
from engine.readings import Column
from engine.table import F64, I64, Bool


class CompositionAt(Protocol):
    """What the indices in some rows of the baskets hold at an instant, and what each asset brought
    to today's return."""

    def numbers(self) -> Column:
        """The numbers of all of them."""
        ...

    def stamp(self, row: int) -> Hashable:
        """Equal as long as the template of a row stays."""
        ...

    def template(self, row: int) -> Placed:
        """Of the started index in a row."""
        ...


Composition = Callable[[int], CompositionAt]
"""Gives them at an instant, which is now."""


class Definition(Protocol):
    """An index's definition; rates are per year, times ns."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def return_interval(self) -> int:
        """Length of the bars whose returns count, ns."""
        ...

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Names of what it is held against."""
        ...

    @property
    def year_days(self) -> float:
        """Days of a year."""
        ...

    @property
    def bars_per_year(self) -> float:
        """Return bars a year."""
        ...

    @property
    def risk_free(self) -> float:
        """Of a year."""
        ...

    @property
    def target(self) -> float | None:
        """Of a year; None is the risk-free rate."""
        ...

    @property
    def omega_threshold(self) -> float:
        """Of a year."""
        ...

    @property
    def ewma_half_life(self) -> int:
        """In ns."""
        ...

    def per_bar(self, rate: float, interval: int | None = None) -> float:
        """A yearly rate for one bar, of `return_interval` if no other is given."""
        ...


class LevelView(Protocol):
    """Per basket: its level, when and at which level it began, its last price; ns, 0 for never."""

    level: F64
    started: Bool
    inception: I64
    base_level: F64
    last_at: I64
    depths: F64
    times: I64


class BasketView(Protocol):
    """Everything that has a level: indices, and assets that something is held against."""

    @property
    def row(self) -> Mapping[str, int]:
        """The row of a basket by its id."""
        ...

    @property
    def levels(self) -> LevelView:
        """One row a basket."""
        ...

    @property
    def path(self) -> NDArray[Any]:
        """The drawdowns of each basket (`engine.index.kernel_arrays.PATH`)."""
        ...
