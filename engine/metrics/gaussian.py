"""Mean return, and the tail that a normal distribution of the same mean and variance would have."""

from __future__ import annotations

import numpy as np

from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import Columns, Family, SeriesFigures
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import column

_QUANTILE = {95: 1.6448536269514722, 99: 2.3263478740408408}
_DENSITY = {95: 0.10313564037537139, 99: 0.026652142203457995}
"""Of the standard normal distribution at those quantiles."""
MIN_RETURNS = 20
"""As the other values at risk want."""


def _columns(bars: BarStatistics) -> Columns:
    m = bars[MOMENTS]
    few, flat = (m.n < MIN_RETURNS, "too_few"), (m.flat(), "zero_variance")
    sd = np.sqrt(m.m2 / np.maximum(m.n, 1))
    found = {"mean_return": column(m.mean * bars.bars_per_year, (m.n < 2, "too_few"))}
    for c, z in _QUANTILE.items():
        found[f"var_{c}_gaussian"] = column(z * sd - m.mean, few, flat)
        share = (100 - c) / 100
        found[f"cvar_{c}_gaussian"] = column(sd * _DENSITY[c] / share - m.mean, few, flat)
    return found


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.mean_return",
            "mean(r) · A",
            "fraction a year",
            "too_few: n < 2",
            sign="a gain is positive",
            annualisation="× A, arithmetic",
            minimum="2",
            example=Example("four", "risk.mean_return", 0.1, "2.5 % · 4"),
            order=3220,
            better="higher",
            since="4",
        ),
        *(
            Card(
                f"risk.{kind}_{c}_gaussian",
                formula.format(c=100 - c),
                "fraction of the level over one bar",
                "too_few: n < 20; zero_variance",
                sign=LOSS,
                ddof="0",
                minimum="20",
                reference="J.P. Morgan, RiskMetrics Technical Document, 1996",
                example=Example(
                    "calm",
                    f"risk.{kind}_{c}_gaussian",
                    0.01 * (_QUANTILE[c] if kind == "var" else _DENSITY[c] * 100 / (100 - c)),
                    how,
                ),
                order=order + (c == 99),
                label=f"{label} {c}%, normal",
                better="lower",
                since="4",
            )
            for kind, label, formula, how, order in (
                (
                    "var",
                    "VaR",
                    "−(mean + sd·z), z the {c} % quantile of the normal distribution",
                    "mean 0, sd 1 %: 1 % · −z",
                    3230,
                ),
                (
                    "cvar",
                    "CVaR",
                    "−mean + sd·φ(z) / {c} %, z the {c} % quantile of the normal distribution and "
                    "φ its density",
                    "mean 0, sd 1 %: 1 % · φ(z) / the share",
                    3232,
                ),
            )
            for c in _QUANTILE
        ),
    ),
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
