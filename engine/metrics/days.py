"""The best and the worst day, whatever the bars of the index are."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import CLOSES, ClosesFigures, Columns, Family, StateTable
from engine.metrics.machinery.history import DayClose
from engine.metrics.machinery.parts import RISK_DAYS
from engine.metrics.machinery.reading import Reading
from engine.readings import ZERO_RETURN, column, few
from engine.table import F64, I64, Table
from engine.types import DAY


class Days(Table):
    """Per basket: its last daily close and the time of it; daily returns taken, the largest and
    the smallest."""

    COLUMNS: ClassVar = {
        "close": ("f8", (), 0.0),
        "closed_at": ("i8", (), 0),
        "n": ("i8", (), 0),
        "best": ("f8", (), -np.inf),
        "worst": ("f8", (), np.inf),
    }
    close: F64
    closed_at: I64
    n: I64
    best: F64
    worst: F64


DAYS = StateTable("days", CLOSES, Days)


def _close_day(day: DayClose) -> None:
    d = day.history[DAYS]
    _update(day.rows, day.end, day.levels, d.close, d.closed_at, d.n, d.best, d.worst)


@njit(cache=True)
def _update(
    rows: I64, end: int, levels: F64, close: F64, closed_at: I64, n: I64, best: F64, worst: F64
) -> None:
    for i in rows:
        if closed_at[i] == end - DAY:
            change = levels[i] / close[i] - 1.0
            change = change if abs(change) >= ZERO_RETURN else 0.0
            n[i] += 1
            best[i], worst[i] = max(best[i], change), min(worst[i], change)
        close[i], closed_at[i] = levels[i], end


def _columns(reading: Reading) -> Columns:
    d, closes = reading.history[DAYS], reading.history.rings[DAY].count
    none = few(d.n, closes - 1, 1)
    return {"best_day": column(d.best, *none), "worst_day": column(d.worst, *none)}


FAMILY = Family(
    "Risk",
    cards=tuple(
        Card(
            f"risk.{name}_day",
            f"the {what} return of a UTC day, of those that have a price, as has the day before",
            "fraction of the level over a day",
            "too_few: no two such days; unobserved",
            sign="a gain is positive",
            minimum="1 day",
            example=Example("four", f"risk.{name}_day", value, how),
            order=3212 + place,
            better="higher",
            since="4",
        )
        for place, (name, what, value, how) in enumerate(
            (
                ("best", "largest", 0.2, "the third day"),
                ("worst", "smallest", -0.1, "two of them"),
            )
        )
    ),
    states=(DAYS,),
    close_day=_close_day,
    figures=(ClosesFigures(RISK_DAYS, _columns),),
)
