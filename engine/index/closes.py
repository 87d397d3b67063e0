"""Prices through the kernel over the ends of minutes and hours, compiled.

At the end of a minute or an hour nothing happens but that the levels are kept, so those between two
prices of a frame need no Python: what comes out is what `Timeline` would do at each of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from engine.index import kernel
from engine.index.kernel_arrays import Standing
from engine.metrics.machinery.history import History
from engine.metrics.machinery.rings import CAPACITY
from engine.table import F64, I32, I64
from engine.types import HOUR, MINUTE

_MINUTES, _HOURS = CAPACITY[MINUTE], CAPACITY[HOUR]


class RingColumns(NamedTuple):
    """The columns `count`, `minute` and `level` of a `Ring`: (rows,), (rows, width) twice."""

    came: I64
    minute: I32
    level: F64


class GridCloses(NamedTuple):
    """The rings of minutes and hours of the baskets `row` (rows,), and when the running minute and
    hour end (`ends`, ns)."""

    row: I64
    minutes: RingColumns
    hours: RingColumns
    ends: I64

    @classmethod
    def of(cls, history: History) -> GridCloses:
        """Those of a history, which `give_back` takes the ends from."""
        minutes, hours = (history.rings[grid] for grid in (MINUTE, HOUR))
        return cls(
            history.row,
            RingColumns(minutes.count, minutes.minute, minutes.level),
            RingColumns(hours.count, hours.minute, hours.level),
            np.array([history.ends[MINUTE], history.ends[HOUR]], dtype=np.int64),
        )

    def give_back(self, history: History) -> None:
        """Note the ends that have been reached."""
        history.ends[MINUTE], history.ends[HOUR] = self.ends.tolist()


@njit(cache=True)
def apply_over_closes(
    begin: int,
    end: int,
    asset: I64,
    at: I64,
    price: F64,
    shared: Any,
    closes: GridCloses,
) -> tuple[int, int, int]:
    """`kernel.apply_prices` of the rows of one minute after the other, each minute and hour that
    ends between two rows closed.

    Returns the row where it stopped, the number of events written, and the row from which on it
    applied rows since the last end. It stops behind the first minute with an event, and before an
    end for which a ring has no room.
    """
    row, first, count = begin, begin, 0
    ends, standing = closes.ends, shared.standing
    while row < end:
        until = min(ends[0], ends[1])
        stop = row
        while stop < end and at[stop] <= until:
            stop += 1
        if stop > row:
            first = row
            row, count = kernel.apply_prices(row, stop, asset, at, price, shared)
            if count or row < stop or row == end:
                break
            kernel.resum(shared)
        now = at[row]
        if ends[0] < now:
            if not _keep(closes.row, closes.minutes, MINUTE, _MINUTES, ends[0], standing):
                break
            ends[0] += ((now - 1 - ends[0]) // MINUTE + 1) * MINUTE
        if ends[1] < now:
            if not _keep(closes.row, closes.hours, HOUR, _HOURS, ends[1], standing):
                break
            ends[1] += ((now - 1 - ends[1]) // HOUR + 1) * HOUR
    return row, count, first


@njit(cache=True)
def _keep(
    row: I64, ring: RingColumns, length: int, capacity: int, end: int, standing: Standing
) -> bool:
    """Keep the levels of the baskets that had a price in the bar that ends at `end`; False, and
    nothing kept, where the ring has to be widened first."""
    width, since = ring.level.shape[1], end - length
    if width < capacity:
        for k in range(row.shape[0]):
            i = row[k]
            if standing.started[i] and standing.last_at[i] > since and ring.came[k] >= width:
                return False
    for k in range(row.shape[0]):
        i = row[k]
        if standing.started[i] and standing.last_at[i] > since:
            place = ring.came[k] % width
            ring.minute[k, place] = end // MINUTE
            ring.level[k, place] = standing.level[i]
            ring.came[k] += 1
    return True
