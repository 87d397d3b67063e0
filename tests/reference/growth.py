"""Batch versions of `returns` and `annualised`: from the path of levels."""

from __future__ import annotations

import math

from engine.periods import PERIODS, anchor, bar_end
from engine.types import DAY, HOUR, MINUTE
from tests.reference.basket import Path
from tests.reference.series import level_at, settled


def annualised(path: Path, as_of: int) -> dict[str, float | None]:
    """`annualised` over 1, 3 and 5 years and since inception, None where undefined."""
    total = period_returns(path, as_of)
    found: dict[str, float | None] = {}
    for years in (1, 3, 5):
        change = total[f"{years}y"]
        found[f"{years}y"] = None if change is None else math.pow(1.0 + change, 1.0 / years) - 1.0
    days, grown = (as_of - path[0][0]) / DAY, 1.0 + (total["inception"] or 0.0)
    enough = days >= 90
    found["inception"] = grown ** (365.0 / days) - 1.0 if enough else None
    return found


def period_returns(path: Path, as_of: int) -> dict[str, float | None]:
    """`returns` over every period, None where undefined."""
    found: dict[str, float | None] = {}
    for period in PERIODS:
        start = anchor(period, as_of)
        then = level_at(path, start)
        # A minute's close stands for the prices in it.
        quiet = not any(start - HOUR < bar_end(at, MINUTE) <= start for at, _ in path)
        if then is None or (period == "1h" and quiet):
            found[period] = None
        else:
            found[period] = settled(path[-1][1] / then - 1.0)
    found["inception"] = settled(path[-1][1] / path[0][1] - 1.0)
    return found
