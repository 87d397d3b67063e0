"""Tail ratio: how far the best twentieth of returns reaches over how far the worst does."""

from __future__ import annotations

import numpy as np

from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Columns, Family, SeriesFigures
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.value_at_risk import MIN_RETURNS, TAIL, is_approximate
from engine.readings import column


def _columns(bars: BarStatistics) -> Columns:
    tail = bars[TAIL]
    low, high = np.abs(tail.quantile(0.05)), np.abs(tail.quantile(0.95))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = high / low
    few = (tail.n < MIN_RETURNS[95], "too_few")
    return {"tail_ratio": column(ratio, few, (low == 0.0, "no_loss"))}


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.tail_ratio",
            "|95 % quantile of r| / |5 % quantile of r|, type 7; beyond 4,096 bars as var_95",
            "ratio",
            "too_few: n < 20; no_loss: the 5 % quantile is 0",
            minimum="20",
            reference="empyrical, tail_ratio",
            reading="above 1: the largest gains are larger than the largest losses",
            example=Example("scatter", "risk.tail_ratio", 1.0, "4.5 % / 4.5 %"),
            order=3240,
            better="higher",
            approximate=True,
            since="4",
        ),
    ),
    is_approximate=is_approximate,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
