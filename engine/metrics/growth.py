"""Yearly growth over whole years and since inception (CAGR)."""

from __future__ import annotations

import numpy as np
from numba import njit

from engine.kept import SLOT
from engine.math import power
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import ClosesFigures, Family, MovingFigures, Placed
from engine.metrics.machinery.moving import checked
from engine.metrics.machinery.parts import ANNUALISED, CAGR, RETURNS
from engine.metrics.machinery.reading import Reading
from engine.readings import Column, column
from engine.table import F64
from engine.types import DAY

YEAR_DAYS = 365
"""Of the growth since inception: calendar time, whatever number of bars a year is."""
_CAGR_DAYS = 90
"""A shorter history annualised says more of its length than of the index."""


def annualised(reading: Reading) -> dict[str, Column]:
    """Yearly growth over 1, 3 and 5 years and since inception (CAGR)."""
    found: dict[str, Column] = {}
    for period, years in (("1y", 1), ("3y", 3), ("5y", 5)):
        values, codes = reading.column(RETURNS, period)
        exponents = np.full(len(values), 1.0 / years)
        found[period] = Column(_power(1.0 + values, exponents) - 1.0, codes)
    values, codes = reading.column(RETURNS, "inception")
    history = reading.history
    days = (reading.as_of - reading.baskets.levels.inception[history.row]) / DAY
    exponents = YEAR_DAYS / np.where(days > 0, days, np.nan)
    short = (codes == 0) & (days < _CAGR_DAYS)
    cagr = column(_power(1.0 + values, exponents) - 1.0, (short, "too_short"))
    found["inception"] = Column(cagr.values, np.where(codes > 0, codes, cagr.codes))
    return found


def _cagr(reading: Reading) -> Column:
    return checked(reading.column(ANNUALISED, "inception"))


def _place_cagr(reading: Reading, index: int, _: int | None) -> Placed:
    return Placed(SLOT, ("cagr",), reading.laid.kept[index : index + 1])


@njit(cache=True)
def _power(base: F64, exponent: F64) -> F64:
    out = np.empty(base.shape[0])
    for i in range(base.shape[0]):
        out[i] = power(base[i], exponent[i])
    return out


FAMILY = Family(
    "Returns",
    cards=(
        *(
            Card(
                f"annualised.{years}y",
                f"(1 + returns.{years}y)^(1/{years}) − 1",
                "fraction a year",
                "too_short: as returns; not_started",
                sign="a gain is positive",
                annualisation="geometric, by whole years",
                reference="GIPS: periods under a year are not annualised",
                example=Example(series, f"annualised.{years}y", value, how),
                order=2110 + years,
                better="higher",
                target=f"annualised_{years}y",
            )
            for years, series, value, how in (
                (1, "growth", 1.001**366 - 1, "returns.1y itself"),
                (3, "three years", 2 ** (1 / 3) - 1, "doubled in three years: 2^(1/3) − 1, 26 %"),
                (5, "five years", 2 ** (1 / 5) - 1, "doubled in five years: 2^(1/5) − 1, 15 %"),
            )
        ),
        *(
            Card(
                path,
                "(L1/L0)^(365 / days) − 1, from the first level to the last, by calendar days "
                "whatever year_days is",
                "fraction a year",
                "too_short: under 90 days; not_started",
                sign="a gain is positive",
                annualisation="geometric, by elapsed days",
                minimum="90 days",
                example=Example("three years", path, 2 ** (365 / 1096) - 1, "2^(365/1096) − 1"),
                order=order,
                label=label,
                better="higher",
                target=target,
                headline=path == "cagr",
            )
            for path, order, label, target in (
                ("cagr", 2120, "CAGR", "cagr"),
                ("annualised.inception", 2121, "Since start", ""),
            )
        ),
    ),
    figures=(ClosesFigures(ANNUALISED, annualised), MovingFigures(CAGR, _cagr, _place_cagr)),
)
