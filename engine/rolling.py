"""Rolling returns: of every window that ended at a 00:00 UTC, over the whole history."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.periods import anchor
from engine.readings import ZERO_RETURN, Column, column
from engine.rings import Ring
from engine.table import F64, I64, Table

ROLLING = ("30d", "90d", "1y")
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
            self.ordered = np.pad(self.ordered, ((0, 0), (0, width)))
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
