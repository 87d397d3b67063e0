"""The past of the levels that someone asks about: closes of minutes, hours and days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numba import njit

from engine.calendar import MonthStarts
from engine.index.baskets import Baskets
from engine.math import power
from engine.periods import PERIODS, anchor, anchor_grid
from engine.readings import Column, column, settled
from engine.rings import CAPACITY, Ring
from engine.rolling import ROLLING, RollingReturns
from engine.table import F64, NEW, Bool, Table
from engine.types import DAY, HOUR

GRIDS = tuple(CAPACITY)
YEAR_DAYS = 365
"""Of the growth since inception: calendar time, whatever number of bars a year is."""
_CAGR_DAYS = 90
"""A shorter history annualised says more of its length than of the index."""


class DailyPath(Table):
    """Drawdown over the levels at 00:00 UTC: their peak, and the deepest fall from it."""

    COLUMNS: ClassVar = {"peak": ("f8", (), 0.0), "deepest": ("f8", (), 0.0)}
    peak: F64
    deepest: F64


class History:
    """Rings of closes of some baskets (`ids`), and the returns over periods read from them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.rings = {grid: Ring() for grid in GRIDS}
        self.ends = dict.fromkeys(GRIDS, 0)
        self.daily = DailyPath()
        self.rolling = {window: RollingReturns() for window in ROLLING}
        self.months = MonthStarts()
        self.row = np.zeros(0, dtype=np.int64)

    def arrange(self, ids: Sequence[str], baskets: Baskets) -> None:
        """Keep the past of these baskets; what was kept before stays."""
        place = {name: i for i, name in enumerate(self.ids)}
        order = np.array([place.get(name, NEW) for name in ids], dtype=np.int64)
        for table in (
            *self.rings.values(),
            self.daily,
            *self.rolling.values(),
            self.months,
        ):
            table.rearrange(order)
        self.ids = list(ids)
        self.locate(baskets)

    def locate(self, baskets: Baskets) -> None:
        """Note where the baskets stand."""
        self.row = np.array([baskets.row[i] for i in self.ids], dtype=np.int64)

    def close(self, grid: int, end: int, baskets: Baskets) -> None:
        """Keep the closes at `end` of the baskets that had a price in the bar of this length."""
        lv = baskets.levels
        started = lv.started[self.row]
        self._keep(grid, end, started, started & (lv.last_at[self.row] > end - grid), baskets)

    def begin(self, at: int, baskets: Baskets) -> None:
        """Keep the closes of what began at this instant in bars that had ended, and been closed,
        when it did."""
        lv = baskets.levels
        began = lv.started[self.row] & (lv.inception[self.row] == at)
        for grid, end in self.ends.items():
            if at % grid == 0 and end > at and began.any():
                fresh = began & (self.rings[grid].count == 0)
                self._keep(grid, at, fresh, fresh, baskets)

    def _keep(self, grid: int, end: int, started: Bool, seen: Bool, baskets: Baskets) -> None:
        lv = baskets.levels
        rows = np.flatnonzero(seen)
        levels = lv.level[self.row][rows]
        self.rings[grid].push(rows, end, levels, CAPACITY[grid])
        if grid == DAY:
            base_at = lv.inception[self.row]
            for window, table in self.rolling.items():
                table.update(window, end, rows, levels, base_at[rows], self.rings[DAY])
            base = lv.base_level[self.row]
            self.months.update(end, started, lv.level[self.row], base_at, base)
            d = self.daily
            d.peak[rows] = np.maximum(d.peak[rows], levels)
            fall = (d.peak[rows] - levels) / d.peak[rows]
            d.deepest[rows] = np.maximum(d.deepest[rows], settled(fall))

    def returns(self, as_of: int, baskets: Baskets) -> dict[str, Column]:
        """Return over each period up to `as_of`, and since inception."""
        lv = baskets.levels
        level, base_at = lv.level[self.row], lv.inception[self.row]
        waiting = ~lv.started[self.row]
        found: dict[str, Column] = {}
        for period in PERIODS:
            start = anchor(period, as_of)
            at, then = self.rings[anchor_grid(period)].level_at(start)
            quiet = (at <= start - HOUR) & (period == "1h")
            # A basket that was not kept from its beginning on has no close there either.
            late = (base_at > start) | np.isnan(then)
            reasons = [(waiting, "not_started"), (late, "too_short")]
            change = settled(level / then - 1.0)
            found[period] = column(change, *reasons, (quiet, "no_price"))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = settled(level / lv.base_level[self.row] - 1.0)
        found["inception"] = column(value, (waiting, "not_started"))
        return found

    def annualised(self, as_of: int, baskets: Baskets) -> dict[str, Column]:
        """Yearly growth over 1, 3 and 5 years and since inception (CAGR)."""
        found: dict[str, Column] = {}
        total = self.returns(as_of, baskets)
        for period, years in (("1y", 1), ("3y", 3), ("5y", 5)):
            values, codes = total[period]
            exponents = np.full(len(values), 1.0 / years)
            found[period] = Column(_power(1.0 + values, exponents) - 1.0, codes)
        values, codes = total["inception"]
        lv = baskets.levels
        days = (as_of - lv.inception[self.row]) / DAY
        exponents = YEAR_DAYS / np.where(days > 0, days, np.nan)
        short = (codes == 0) & (days < _CAGR_DAYS)
        cagr = column(_power(1.0 + values, exponents) - 1.0, (short, "too_short"))
        found["inception"] = Column(cagr.values, np.where(codes > 0, codes, cagr.codes))
        return found

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "ids": list(self.ids),
            "ends": {str(grid): end for grid, end in self.ends.items()},
            "rings": {str(grid): ring.dump() for grid, ring in self.rings.items()},
            "daily": self.daily.dump(),
            "rolling": {window: table.dump() for window, table in self.rolling.items()},
            "months": self.months.dump(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], baskets: Baskets) -> History:
        """The history that `dump` came from."""
        self = cls()
        self.ids = list(state["ids"])
        self.ends = {grid: state["ends"][str(grid)] for grid in GRIDS}
        rows = len(self.ids)
        self.rings = {grid: Ring.load(state["rings"].get(str(grid)), rows) for grid in GRIDS}
        self.daily = DailyPath.load(state.get("daily"), rows)
        self.rolling = {w: RollingReturns.load(state["rolling"].get(w), rows) for w in ROLLING}
        self.months = MonthStarts.load(state.get("months"), rows)
        self.locate(baskets)
        return self


@njit(cache=True)
def _power(base: F64, exponent: F64) -> F64:
    out = np.empty(base.shape[0])
    for i in range(base.shape[0]):
        out[i] = power(base[i], exponent[i])
    return out
