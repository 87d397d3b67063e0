"""Levels kept at the closes of minutes, hours and days, for exact trailing periods.

A ring takes a close only where its bar was observed, so an outage of any length takes no room and
no time; a level is looked up as the last one at or before an instant.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.table import F64, I64, Table
from engine.types import DAY, HOUR, MINUTE

CAPACITY = {MINUTE: 1442, HOUR: 722, DAY: 1829}
"""A day of minutes, 30 days of hours, five years of days (1,827 with two leap days), and the close
before the oldest anchor."""


class Ring(Table):
    """Per basket: how many closes came, and the last ones, in place `count mod capacity`."""

    COLUMNS: ClassVar = {
        "count": ("i8", (), 0),
        "at": ("i8", (16,), 0),
        "level": ("f8", (16,), 0.0),
    }
    count: I64
    at: I64
    level: F64

    def push(self, rows: I64, at: int, levels: F64, capacity: int) -> None:
        """Keep the levels of `rows` at the bar end `at`."""
        width = self.at.shape[1]
        if width < capacity and int(self.count[rows].max(initial=0)) >= width:
            wider = min(2 * width, capacity)
            # Nothing has wrapped yet: places stay what they are.
            self.at = np.pad(self.at, ((0, 0), (0, wider - width)))
            self.level = np.pad(self.level, ((0, 0), (0, wider - width)))
        _push(rows, at, levels, self.count, self.at, self.level)

    def level_at(self, anchor: int) -> tuple[I64, F64]:
        """Time and level of each row's last close at or before `anchor`; 0 and NaN if none."""
        return level_at(anchor, self.count, self.at, self.level)


@njit(cache=True)
def _push(rows: I64, at: int, levels: F64, count: I64, ats: I64, kept: F64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        place = count[i] % ats.shape[1]
        ats[i, place] = at
        kept[i, place] = levels[k]
        count[i] += 1


@njit(cache=True)
def level_at(anchor: int, count: I64, ats: I64, kept: F64) -> tuple[I64, F64]:
    """`Ring.level_at` on some rows of its columns."""
    capacity = ats.shape[1]
    found_at = np.zeros(count.shape[0], dtype=np.int64)
    found = np.full(count.shape[0], np.nan)
    for i in range(count.shape[0]):
        # Closes are numbered from the first; [low, high) narrows to the first one after anchor.
        low, high = max(count[i] - capacity, 0), count[i]
        oldest = low
        while low < high:
            middle = (low + high) // 2
            if ats[i, middle % capacity] <= anchor:
                low = middle + 1
            else:
                high = middle
        if low > oldest:
            found_at[i] = ats[i, (low - 1) % capacity]
            found[i] = kept[i, (low - 1) % capacity]
    return found_at, found
