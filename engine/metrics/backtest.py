"""How often losses exceeded the value at risk forecast before them, and whether that fits.

Each return is held against the historical VaR of the returns before it, from the first bar for
which there was one. A loss above it by less than 1e-14, which is rounding, is no greater than
forecast. The test is P. Kupiec's proportion of failures ("Techniques for verifying the
accuracy of risk measurement models", 1995): with x exceedances of n at a forecast rate p,
LR = −2·ln((1−p)^(n−x)·p^x / ((1−x/n)^(n−x)·(x/n)^x)) has χ² with one degree of freedom.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import erfc, log
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BACKTEST
from engine.metrics.value_at_risk import TAIL
from engine.readings import ZERO_RETURN, Column, column
from engine.table import F64, I64, Table

MIN_RETURNS = 250
"""For the p-value: a year of trading days, the Basel committee's back-testing window."""


class Exceedances(Table):
    """Per row: returns that had a forecast, and how many of them were a greater loss."""

    COLUMNS: ClassVar = {"n": ("i8", (), 0), "observed": ("i8", (), 0)}
    n: I64
    observed: I64

    def update(self, rows: I64, returns: F64, forecast: F64) -> None:
        """Hold one return against the VaR forecast for it, in each of `rows`; NaN: there was none.

        `forecast` has one value a row of the table.
        """
        _hold(rows, returns, forecast, self.n, self.observed)

    def columns(self, confidence: int) -> dict[str, Column]:
        """Number of returns held, exceedances expected and observed, and Kupiec's p-value."""
        rate = (100 - confidence) / 100.0
        return {
            "n": column(self.n),
            "expected": column(self.n * rate),
            "observed": column(self.observed),
            "kupiec_p": column(
                _kupiec(rate, self.n, self.observed), (self.n < MIN_RETURNS, "too_few")
            ),
        }


EXCEEDANCES = {c: StateTable(f"exceedances_{c}", SERIES, Exceedances) for c in (95, 99)}
"""By the confidence of the value at risk, in per cent."""


def _judge(bars: BarStatistics, bar: Bar) -> None:
    for confidence, state in EXCEEDANCES.items():
        forecast = bars[TAIL].forecast(bar.rows, confidence)
        bars[state].update(bar.rows, bar.r, forecast)


def _columns(bars: BarStatistics) -> Columns:
    return {
        f"var_{confidence}_exceedances": bars[state].columns(confidence)
        for confidence, state in EXCEEDANCES.items()
    }


@njit(cache=True)
def _hold(rows: I64, returns: F64, forecast: F64, n: I64, observed: I64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        if forecast[i] == forecast[i]:
            n[i] += 1
            observed[i] += -returns[k] - forecast[i] >= ZERO_RETURN


@njit(cache=True)
def _log_likelihood(count: float, rate: float) -> float:
    return count * log(rate) if count > 0.0 else 0.0


@njit(cache=True)
def _kupiec(rate: float, n: I64, observed: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        if n[i] < MIN_RETURNS:
            continue
        hits, misses = float(observed[i]), float(n[i] - observed[i])
        share = hits / n[i]
        expected = _log_likelihood(misses, 1.0 - rate) + _log_likelihood(hits, rate)
        found = _log_likelihood(misses, 1.0 - share) + _log_likelihood(hits, share)
        ratio = max(2.0 * (found - expected), 0.0)
        out[i] = erfc(math.sqrt(ratio / 2.0))
    return out


def _kupiec_of_none(n: int, rate: float) -> float:
    """χ²(1) probability of no exceedance in n returns."""
    return math.erfc(math.sqrt(-n * math.log(1.0 - rate)))


FAMILY = Family(
    "Risk",
    cards=(
        *(
            Card(
                f"risk.var_{c}_exceedances.{name}",
                formula,
                unit,
                undefined,
                minimum=minimum,
                reference="Kupiec, Techniques for Verifying the Accuracy of Risk Measurement "
                "Models, "
                "1995",
                reading=reading,
                example=Example("shrinking", f"risk.var_{c}_exceedances.{name}", value, how),
                order=order + place,
                label=label,
                display="ratio" if name == "kupiec_p" else "number" if name == "expected" else "",
            )
            for c, least, n, order in ((95, 20, 340, 3160), (99, 100, 260, 3170))
            for place, (
                name,
                label,
                formula,
                unit,
                undefined,
                minimum,
                reading,
                value,
                how,
            ) in enumerate(
                (
                    (
                        "n",
                        "Returns counted",
                        f"returns held each against the var_{c} of the returns before it",
                        "count",
                        "",
                        f"{least} returns before the first",
                        "",
                        n,
                        f"360 returns, the first {least} have no VaR before them",
                    ),
                    (
                        "expected",
                        "",
                        f"n · {100 - c} %",
                        "count",
                        "",
                        "",
                        "",
                        n * (100 - c) / 100,
                        f"{n} · {100 - c} %",
                    ),
                    (
                        "observed",
                        "",
                        f"losses above the var_{c} that was published before them; 1e-14 above is "
                        "as great",
                        "count",
                        "",
                        "",
                        "",
                        0,
                        "every loss is smaller than all before it, so smaller than what was "
                        "promised",
                    ),
                    (
                        "kupiec_p",
                        "Kupiec p",
                        "χ²(1) probability of −2·ln(p^x(1−p)^(n−x) / (x/n)^x(1−x/n)^(n−x)), x "
                        "observed",
                        "probability",
                        "too_few: n < 250",
                        "250",
                        "below 0.05 the VaR is rejected: too many exceedances, or too few",
                        _kupiec_of_none(n, (100 - c) / 100),
                        f"none of {n}: −2·{n}·ln({c / 100})",
                    ),
                )
            )
        ),
    ),
    states=tuple(EXCEEDANCES.values()),
    judge=_judge,
    figures=(SeriesFigures(RISK_BACKTEST, _columns),),
)
