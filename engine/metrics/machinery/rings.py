"""Levels kept at the closes of minutes, hours and days, for exact trailing periods.

A ring takes a close only where its bar was observed, so an outage of any length takes no room and
no time; a level is looked up as the last one at or before an instant.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.table import F64, I32, I64, Table, widened
from engine.types import DAY, HOUR, MINUTE

CAPACITY = {MINUTE: 1442, HOUR: 722, DAY: 1829}
"""A day of minutes, 30 days of hours, five years of days (1,827 with two leap days), and the close
before the oldest anchor."""


class Ring(Table):
    """Per basket: how many closes came, and the last ones with their times (minutes since 1970,
    which every bar here ends at), in place `count mod capacity`."""

    COLUMNS: ClassVar = {
        "count": ("i8", (), 0),
        "minute": ("i4", (16,), 0),
        "level": ("f8", (16,), 0.0),
    }
    FILLED: ClassVar = {"minute": "count", "level": "count"}
    count: I64
    minute: I32
    level: F64

    def push(self, rows: I64, at: int, levels: F64, capacity: int) -> None:
        """Keep the levels of `rows` at the bar end `at`."""
        width = self.minute.shape[1]
        if width < capacity and int(self.count[rows].max(initial=0)) >= width:
            # Nothing has wrapped yet: places stay what they are.
            self.minute = widened(self.minute, capacity)
            self.level = widened(self.level, capacity)
        _push(rows, at // MINUTE, levels, self.count, self.minute, self.level)

    def level_at(self, anchor: int) -> tuple[I64, F64]:
        """Time and level of each row's last close at or before `anchor`; 0 and NaN if none."""
        return level_at(anchor // MINUTE, self.count, self.minute, self.level)


@njit(cache=True)
def _push(rows: I64, minute: int, levels: F64, count: I64, minutes: I32, kept: F64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        place = count[i] % minutes.shape[1]
        minutes[i, place] = minute
        kept[i, place] = levels[k]
        count[i] += 1


@njit(cache=True)
def level_at(anchor: int, count: I64, minutes: I32, kept: F64) -> tuple[I64, F64]:
    """`Ring.level_at` on some rows of its columns; `anchor` in minutes."""
    found_at = np.zeros(count.shape[0], dtype=np.int64)
    found = np.full(count.shape[0], np.nan)
    for i in range(count.shape[0]):
        at, found[i] = close_at(anchor, count[i], minutes[i], kept[i])
        found_at[i] = max(at, 0) * MINUTE
    return found_at, found


@njit(cache=True)
def close_at(anchor: int, count: int, minutes: I32, kept: F64) -> tuple[int, float]:
    """Time (minutes) and level of the last close of one row at or before `anchor`; −1 and NaN if
    none."""
    capacity = minutes.shape[0]
    last = first_after(anchor, count, minutes) - 1
    if last < max(count - capacity, 0):
        return -1, np.nan
    return int(minutes[last % capacity]), float(kept[last % capacity])


@njit(cache=True)
def first_after(anchor: int, count: int, minutes: I32) -> int:
    """Number, from the first close of one row on, of the first kept one after `anchor` (minutes);
    `count` where there is none."""
    capacity = minutes.shape[0]
    low, high = max(count - capacity, 0), count
    while low < high:
        middle = (low + high) // 2
        if minutes[middle % capacity] <= anchor:
            low = middle + 1
        else:
            high = middle
    return int(low)
