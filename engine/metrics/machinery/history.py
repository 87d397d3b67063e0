"""The past of the levels that someone asks about: closes of minutes, hours and days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import numpy as np

from engine.metrics.machinery.asked import BasketView
from engine.metrics.machinery.rings import CAPACITY, Ring
from engine.metrics.machinery.states import CLOSES, StateTable
from engine.periods import anchor_grid
from engine.table import F64, I64, NEW, Bool, Table
from engine.types import DAY

T = TypeVar("T", bound=Table)

GRIDS = tuple(CAPACITY)
RESERVED = ("ids", "ends", "rings")
"""What stands in its state beside the tables of families."""


class DayClose(NamedTuple):
    """The levels at 00:00 UTC (`end`), one value a kept basket; `rows` had a price that day."""

    history: History
    end: int
    rows: I64
    started: Bool
    levels: F64
    base_at: I64
    base_level: F64


class DayFamily(Protocol):
    """What of a metric family (`machinery.family.Family`) is asked here."""

    @property
    def states(self) -> tuple[StateTable[Any], ...]:
        """Its tables."""
        ...

    @property
    def close_day(self) -> Callable[[DayClose], None] | None:
        """Takes the levels at 00:00 UTC."""
        ...


class History:
    """Rings of closes of some baskets (`ids`), and the tables of `families` that daily closes
    fill: `history[STATE]` is the table of a state. `row` are their rows among the baskets."""

    def __init__(self, families: Sequence[DayFamily]) -> None:
        self.families = families
        self.ids: list[str] = []
        self.rings = {grid: Ring() for grid in GRIDS}
        self.ends = dict.fromkeys(GRIDS, 0)
        states = [s for family in families for s in family.states if s.per == CLOSES]
        self._types = {state.name: state.table for state in states}
        self.tables: dict[str, Table] = {name: table() for name, table in self._types.items()}
        self.row = np.zeros(0, dtype=np.int64)
        self.kept: dict[str, int] = {}

    def __getitem__(self, state: StateTable[T]) -> T:
        return cast("T", self.tables[state.name])

    def _all_tables(self) -> Iterator[Table]:
        yield from self.rings.values()
        yield from self.tables.values()

    def arrange(self, ids: Sequence[str], baskets: BasketView) -> None:
        """Keep the past of these baskets; what was kept before stays."""
        before = {name: i for i, name in enumerate(self.ids)}
        order = np.array([before.get(name, NEW) for name in ids], dtype=np.int64)
        for table in self._all_tables():
            table.rearrange(order)
        self.ids = list(ids)
        self.locate(baskets)

    def locate(self, baskets: BasketView) -> None:
        """Note where the baskets stand."""
        self.kept = {name: i for i, name in enumerate(self.ids)}
        self.row = np.array([baskets.row[i] for i in self.ids], dtype=np.int64)

    def close(self, grid: int, end: int, baskets: BasketView) -> None:
        """Keep the closes at `end` of the baskets that had a price in the bar of this length."""
        lv = baskets.levels
        started = lv.started[self.row]
        self._keep(grid, end, started, started & (lv.last_at[self.row] > end - grid), baskets)

    def begin(self, at: int, baskets: BasketView) -> None:
        """Keep the closes of what began at this instant in bars that had ended, and been closed,
        when it did."""
        lv = baskets.levels
        began = lv.started[self.row] & (lv.inception[self.row] == at)
        for grid, end in self.ends.items():
            if at % grid == 0 and end > at and began.any():
                fresh = began & (self.rings[grid].count == 0)
                self._keep(grid, at, fresh, fresh, baskets)

    def _keep(self, grid: int, end: int, started: Bool, seen: Bool, baskets: BasketView) -> None:
        lv = baskets.levels
        rows, levels = np.flatnonzero(seen), lv.level[self.row]
        self.rings[grid].push(rows, end, levels[rows], CAPACITY[grid])
        if grid == DAY:
            base = (lv.inception[self.row], lv.base_level[self.row])
            day = DayClose(self, end, rows, started, levels, *base)
            for family in self.families:
                if family.close_day is not None:
                    family.close_day(day)

    def level_at(self, period: str, start: int) -> tuple[I64, F64]:
        """Time and level of the last closes at or before the anchor of a period; 0 and NaN where
        there is none."""
        return self.rings[anchor_grid(period)].level_at(start)

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        found: dict[str, Any] = {
            "ids": list(self.ids),
            "ends": {str(grid): end for grid, end in self.ends.items()},
            "rings": {str(grid): ring.dump() for grid, ring in self.rings.items()},
        }
        for name, table in self.tables.items():
            *above, last = name.split(".")
            within = found
            for step in above:
                within = within.setdefault(step, {})
            within[last] = table.dump()
        return found

    @classmethod
    def load(
        cls, state: Mapping[str, Any], families: Sequence[DayFamily], baskets: BasketView
    ) -> History:
        """The history that `dump` came from."""
        self = cls(families)
        self.ids = list(state["ids"])
        self.ends = {grid: state["ends"][str(grid)] for grid in GRIDS}
        rows = len(self.ids)
        self.rings = {grid: Ring.load(state["rings"].get(str(grid)), rows) for grid in GRIDS}
        for name, table in self._types.items():
            within: Any = state
            for step in name.split("."):
                within = (within or {}).get(step)
            self.tables[name] = table.load(within, rows)
        self.locate(baskets)
        return self
