"""Rolling returns: of every window that ended at a 00:00 UTC, over the whole history."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import CLOSES, Family, IndexFigures, StateTable
from engine.metrics.machinery.history import DayClose
from engine.metrics.machinery.parts import ROLLING
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rings import Ring
from engine.metrics.machinery.rows import pick
from engine.periods import anchor
from engine.readings import ZERO_RETURN, Column, Undefined, column
from engine.table import F64, I64, Table, widened
from engine.types import DAY

LENGTHS = ("30d", "90d", "1y")
"""Lengths of the windows."""


class RollingReturns(Table):
    """Per basket: number of windows, the latest return, all returns in ascending order.

    A day without any price has no window of its own. A window takes 8 bytes, for good: 3 KB a year.
    """

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "latest": ("f8", (), 0.0),
        "ordered": ("f8", (16,), 0.0),
    }
    FILLED: ClassVar = {"ordered": "n"}
    n: I64
    latest: F64
    ordered: F64

    def update(
        self, window: str, end: int, rows: I64, levels: F64, base_at: I64, days: Ring
    ) -> None:
        """Take the window that ended at `end` with `levels`; `base_at` is when each row began."""
        begin = anchor(window, end)
        _, then = days.level_at(begin)
        whole = base_at <= begin
        rows, levels = rows[whole], levels[whole]
        width = self.ordered.shape[1]
        if len(rows) and int(self.n[rows].max()) >= width:
            self.ordered = widened(self.ordered)
        _insert(rows, levels, then, self.n, self.latest, self.ordered)

    def columns(self) -> dict[str, Column]:
        """Latest, share above zero, least, median, greatest and number of the windows."""
        least, median, most, positive = _summary(self.n, self.ordered)
        none = (self.n == 0, "too_short")
        return {
            "latest": column(self.latest, none),
            "positive_share": column(positive, none),
            "min": column(least, none),
            "median": column(median, none),
            "max": column(most, none),
            "n": column(self.n),
        }


@njit(cache=True)
def _insert(rows: I64, levels: F64, then: F64, n: I64, latest: F64, ordered: F64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        change = levels[k] / then[i] - 1.0
        if not np.isfinite(change):  # the close at its start is not kept: it began before its row
            continue
        if abs(change) < ZERO_RETURN:
            change = 0.0
        place = n[i]
        while place > 0 and ordered[i, place - 1] > change:
            ordered[i, place] = ordered[i, place - 1]
            place -= 1
        ordered[i, place] = change
        latest[i] = change
        n[i] += 1


@njit(cache=True)
def _summary(n: I64, ordered: F64) -> tuple[F64, F64, F64, F64]:
    least, median = np.full(n.shape[0], np.nan), np.full(n.shape[0], np.nan)
    most, positive = np.full(n.shape[0], np.nan), np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        count = n[i]
        if count == 0:
            continue
        values = ordered[i, :count]
        least[i], most[i] = values[0], values[count - 1]
        low, high = values[(count - 1) // 2], values[count // 2]
        median[i] = low + (high - low) / 2.0
        positive[i] = (count - np.searchsorted(values, 0.0, side="right")) / count
    return least, median, most, positive


RETURNS = {window: StateTable(f"rolling.{window}", CLOSES, RollingReturns) for window in LENGTHS}


def _close_day(day: DayClose) -> None:
    rows, history = day.rows, day.history
    closed = (day.end, rows, day.levels[rows], day.base_at[rows], history.rings[DAY])
    for window, state in RETURNS.items():
        history[state].update(window, *closed)


def _read(reading: Reading, definition: Definition, undefined: Undefined) -> dict[str, Any]:
    history, found = reading.history, {}
    for window, state in RETURNS.items():
        columns = reading.kept(ROLLING, window, history[state].columns)
        row = history.kept[definition.id]
        found[window] = pick(columns, row, f"rolling.{window}", undefined)
    return found


_WHOLE = "too_short: no whole window yet"
_RISE = 1.001**30 - 1

FAMILY = Family(
    "Rolling returns",
    cards=(
        *(
            Card(
                f"rolling.*.{name}",
                f"{formula} the returns of all windows of that length that ended at 00:00 UTC of "
                "a day "
                "with a price",
                "fraction",
                _WHOLE,
                sign="a gain is positive",
                example=Example(
                    "growth", f"rolling.30d.{name}", _RISE, "1.001^30 − 1 in each window"
                ),
                order=order,
                label=label,
                better="higher",
            )
            for order, name, label, formula in (
                (7000, "latest", "Latest", "the last of"),
                (7001, "min", "Lowest", "the lowest of"),
                (7002, "median", "Median", "the median (type 7) of"),
                (7003, "max", "Highest", "the highest of"),
            )
        ),
        Card(
            "rolling.*.positive_share",
            "share of these returns above 0",
            "fraction",
            _WHOLE,
            reading="how often one gained who held for so long",
            example=Example("growth", "rolling.30d.positive_share", 1.0, "all of them"),
            order=7010,
            label="Share above 0",
            better="higher",
        ),
        Card(
            "rolling.*.n",
            "their number",
            "count",
            example=Example("growth", "rolling.30d.n", 371, "ends at day 30 to day 400"),
            order=7020,
            label="Windows counted",
        ),
    ),
    states=tuple(RETURNS.values()),
    close_day=_close_day,
    figures=(IndexFigures(ROLLING, _read),),
)
