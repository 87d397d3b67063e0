"""Excess returns over a benchmark: of each period, and since the index began."""

from __future__ import annotations

import numpy as np

from engine.kept import Slotted
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family, MovingFigures, Placed
from engine.metrics.machinery.moving import checked, flat, placed_names
from engine.metrics.machinery.parts import BENCHMARKS_EXCESS, RETURNS
from engine.metrics.machinery.reading import Reading
from engine.periods import PERIODS
from engine.readings import Column, column

_AGAINST = tuple(period for period in PERIODS if period != "1h")
"""An hour against a benchmark is noise."""
_NAMES = (*_AGAINST, "inception")


def _numbers(reading: Reading) -> Column:
    laid, found = reading.laid, dict[str, Column]()
    own, other = laid.kept[laid.pair_index], laid.pair_kept
    for period in _AGAINST:
        values, codes = checked(reading.column(RETURNS, period))
        why = np.where(codes[own] > 0, codes[own], codes[other])
        found[period] = Column(values[own] - values[other], why)
    # Since inception is counted from when the index began.
    begun = reading.begun()
    since = reading.baskets.levels.level[laid.pair_row] / begun - 1.0
    total = reading.column(RETURNS, "inception").values[own]
    found["inception"] = column(total - since, (np.isnan(begun), "too_short"))
    return flat(found)


def _place(reading: Reading, index: int, pair: int | None) -> Placed:
    assert pair is not None
    placed = placed_names(f"benchmarks.{reading.laid.pairs[pair].name}.excess", _NAMES, pair)
    return placed._replace(template=Slotted({"excess": placed.template}))


FAMILY = Family(
    "Benchmarks",
    cards=(
        Card(
            "benchmarks.*.excess.*",
            "returns.* − the benchmark's over the same period; inception: since the index began",
            "fraction",
            "too_short: as returns, or the benchmark began later (inception: or was named later); "
            "not_started",
            sign="ahead of the benchmark is positive",
            example=Example("four", "benchmarks.B.excess.inception", 0.0297, "6.92 % − 3.95 %"),
            order=5090,
            better="higher",
        ),
    ),
    figures=(MovingFigures(BENCHMARKS_EXCESS, _numbers, _place),),
)
