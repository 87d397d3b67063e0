"""Calmar ratios: growth over the deepest fall, of the whole history and of 36 months."""

from __future__ import annotations

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import ClosesFigures, Columns, Family
from engine.metrics.machinery.parts import ANNUALISED, RISK_GROWTH, RISK_GROWTH_36M
from engine.metrics.machinery.reading import Reading
from engine.readings import ZERO_RETURN, Column, column
from engine.table import F64


def _over(growth: Column, deepest: F64) -> Column:
    return growth.over(column(deepest, (deepest < ZERO_RETURN, "no_loss")))


def _calmar(reading: Reading) -> Columns:
    deepest = reading.baskets.path["max_depth"][reading.history.row]
    return {"calmar": _over(reading.column(ANNUALISED, "inception"), deepest)}


def _calmar_36m(reading: Reading) -> Columns:
    deepest = reading.windows.deepest_36m(reading.as_of, reading.history)
    return {"calmar_36m": _over(reading.column(ANNUALISED, "3y"), deepest)}


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.calmar",
            "cagr / drawdown.max",
            "ratio",
            "too_short: as cagr; no_loss: no drawdown of 1e-14 or more",
            minimum="90 days",
            reference="Young, Calmar Ratio: A Smoother Tool, 1991, over the whole history",
            reading="above 1 good, above 3 excellent",
            example=Example(
                "three years",
                "risk.calmar",
                (2 ** (365 / 1096) - 1) / 0.2,
                "26 % / (250 to 200: 20 %)",
            ),
            order=3080,
            better="higher",
            headline=True,
        ),
        Card(
            "risk.calmar_36m",
            "annualised.3y / largest drawdown over the levels at 00:00 UTC of the last three years",
            "ratio",
            "too_short: under three years; no_loss: no drawdown of 1e-14 or more",
            minimum="three years",
            reference="Young, 1991",
            reading="above 1 good, above 3 excellent",
            example=Example(
                "three years", "risk.calmar_36m", (2 ** (1 / 3) - 1) / 0.2, "26 % / 20 %"
            ),
            order=3090,
            better="higher",
            label="Calmar, 36 months",
        ),
    ),
    figures=(
        ClosesFigures(RISK_GROWTH, _calmar),
        ClosesFigures(RISK_GROWTH_36M, _calmar_36m),
    ),
)
