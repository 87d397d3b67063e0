"""Minimum track record: how many bars the Sharpe ratio needs to be told from 0."""

from __future__ import annotations

import numpy as np

from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Columns, Family, SeriesFigures
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.metrics.sharpe import AUTOCOVARIANCE
from engine.readings import Column, column

_Z = 1.6448536269514722
"""The 95 % quantile of the standard normal distribution."""


def _columns(bars: BarStatistics) -> Columns:
    rates = (bars.risk_free, bars.bars_per_year)
    sharpe, error = bars[MOMENTS].sharpe(*rates), bars[AUTOCOVARIANCE].sharpe_error(*rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = _Z * error.values / sharpe.values
    bars_needed = column(bars[MOMENTS].n * share * share, (sharpe.values <= 0.0, "no_gain"))
    codes = np.where(error.codes > 0, error.codes, sharpe.codes)
    found = np.where(codes > 0, codes, bars_needed.codes)
    return {"min_track_record": Column(bars_needed.values, found)}


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.min_track_record",
            "n · (z · sharpe_se / sharpe)², z the 95 % quantile of the normal distribution: from "
            "so many bars on psr would be 0.95 at this Sharpe ratio",
            "number of bars",
            "too_few: n < 20; zero_variance; no_gain: the Sharpe ratio is not above 0",
            minimum="20",
            reference="Bailey & López de Prado, The Sharpe Ratio Efficient Frontier, 2012, with "
            "the error of sharpe_se",
            example=Example("calm", "risk.min_track_record", None, "no_gain: the sharpe is 0"),
            order=3250,
            label="Bars to be sure of Sharpe",
            display="number",
            better="lower",
            since="4",
        ),
    ),
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
