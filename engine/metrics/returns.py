"""Returns over periods up to now, and since inception."""

from __future__ import annotations

import numpy as np

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import ClosesFigures, Columns, Family
from engine.metrics.machinery.parts import RETURNS
from engine.metrics.machinery.reading import Reading
from engine.periods import PERIODS, anchor
from engine.readings import column, settled
from engine.types import HOUR


def _columns(reading: Reading) -> Columns:
    lv, history = reading.baskets.levels, reading.history
    level, base_at = lv.level[history.row], lv.inception[history.row]
    waiting = ~lv.started[history.row]
    found = {}
    for period in PERIODS:
        start = anchor(period, reading.as_of)
        at, then = history.level_at(period, start)
        quiet = (at <= start - HOUR) & (period == "1h")
        # A basket that was not kept from its beginning on has no close there either.
        late = (base_at > start) | np.isnan(then)
        reasons = [(waiting, "not_started"), (late, "too_short")]
        change = settled(level / then - 1.0)
        found[period] = column(change, *reasons, (quiet, "no_price"))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = settled(level / lv.base_level[history.row] - 1.0)
    found["inception"] = column(value, (waiting, "not_started"))
    return found


_PERIODS = (
    "too_short: the index began after the anchor; not_started; no_price (1h): no price in the hour "
    "before the anchor"
)
_LABELS = {"mtd": "Month to date", "qtd": "Quarter to date", "ytd": "Year to date"}

FAMILY = Family(
    "Returns",
    cards=(
        *(
            Card(
                f"returns.{period}",
                f"level / level at the anchor − 1; the anchor is {anchor}, its level the last one "
                "at "
                "or before it",
                "fraction",
                _PERIODS if period == "1h" else _PERIODS.split("; no_price")[0],
                sign="a gain is positive",
                minimum="an index that began at or before the anchor",
                example=Example(series, f"returns.{period}", value, how),
                order=2000 + place,
                label=_LABELS.get(period, period),
                better="higher",
                target=f"return_{period}",
                column="Change" if period == "1d" else "",
                headline=period in ("ytd", "1y"),
                drawn="returns.1y" if period == "1y" else "",
            )
            for place, (period, anchor, series, value, how) in enumerate(
                (
                    ("1h", "as_of − 1 h, floored to the minute", "hours", 0.02, "101 to 103.02"),
                    (
                        "1d",
                        "as_of − 1 d, floored to the minute",
                        "growth",
                        0.001,
                        "one day of 0.1 %",
                    ),
                    (
                        "7d",
                        "as_of − 7 d, floored to the hour",
                        "growth",
                        1.001**7 - 1,
                        "1.001^7 − 1",
                    ),
                    (
                        "30d",
                        "as_of − 30 d, floored to the hour",
                        "growth",
                        1.001**30 - 1,
                        "1.001^30 − 1",
                    ),
                    (
                        "90d",
                        "as_of − 90 d, floored to the UTC day",
                        "growth",
                        1.001**90 - 1,
                        "1.001^90 − 1",
                    ),
                    (
                        "1y",
                        "the same date a year ago, 00:00 UTC (29 February: the 28th)",
                        "growth",
                        1.001**366 - 1,
                        "1.001^366 − 1: 366 days since 4 February 2024, there was a 29th",
                    ),
                    (
                        "3y",
                        "the same date three years ago, 00:00 UTC",
                        "three years",
                        1.0,
                        "100 to 200",
                    ),
                    (
                        "5y",
                        "the same date five years ago, 00:00 UTC",
                        "five years",
                        1.0,
                        "100 to 200",
                    ),
                    (
                        "mtd",
                        "00:00 UTC of the month's first day",
                        "growth",
                        1.001**3 - 1,
                        "1.001^3 − 1",
                    ),
                    (
                        "qtd",
                        "00:00 UTC of the quarter's first day",
                        "growth",
                        1.001**34 - 1,
                        "1.001^34 − 1",
                    ),
                    ("ytd", "00:00 UTC of 1 January", "growth", 1.001**34 - 1, "1.001^34 − 1"),
                )
            )
        ),
        Card(
            "returns.inception",
            "level / base_level − 1",
            "fraction",
            "not_started",
            sign="a gain is positive",
            example=Example("four", "returns.inception", 0.0692, "106.92 / 100 − 1"),
            order=2100,
            label="Since start",
            better="higher",
            target="return_inception",
            column="Since start",
            headline=True,
        ),
    ),
    figures=(ClosesFigures(RETURNS, _columns),),
)
