"""Value at risk by the Cornish-Fisher expansion."""

from __future__ import annotations

import numpy as np

from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import Columns, Family, SeriesFigures
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS, Moments
from engine.readings import Column, column

NORMAL_QUANTILE = {95: -1.6448536269514727, 99: -2.3263478740408411}
"""Of the standard normal distribution at 5 % and 1 %."""
MIN_EXPANSION = 20
"""Returns: as many as the historical VaR wants; sample moments of fewer say nothing of a tail."""
_BORDER = 1e-9
"""Of the domain of the expansion. Returns of a few sizes can stand right on it (without a move but
for one in six each way, K is 0), and there the rounding of K, which grows with n, must not decide.
So little of a fall in the slope only shows tens of thousands of deviations away."""


def cornish_fisher(moments: Moments, confidence: int) -> Column:
    """Value at risk by the Cornish-Fisher expansion, with population moments.

    −(mean + sd·(z + (z²−1)·S/6 + (z³−3z)·K/24 − (2z³−5z)·S²/36)), where S is the skewness and K
    the excess kurtosis. Where that polynomial does not rise with z over all z, it is no quantile,
    and undefined (D. Maillard, "A user's guide to the Cornish Fisher expansion", 2012).
    """
    n, z = np.maximum(moments.n, 1), NORMAL_QUANTILE[confidence]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variance = moments.m2 / n
        s = moments.m3 / n / (variance * np.sqrt(variance))
        k = moments.m4 / n / (variance * variance) - 3.0
        value = -(
            moments.mean
            + np.sqrt(variance)
            * (
                z
                + (z * z - 1.0) * s / 6.0
                + (z * z * z - 3.0 * z) * k / 24.0
                - (2.0 * z * z * z - 5.0 * z) * s * s / 36.0
            )
        )
        # The slope is a·z² + s/3·z + c.
        a, c = k / 8.0 - s * s / 6.0, 1.0 - k / 8.0 + 5.0 * s * s / 36.0
        rises = (a >= -_BORDER) & (c > _BORDER) & (s * s / 9.0 <= 4.0 * a * c + _BORDER)
    return column(
        value,
        (moments.n < MIN_EXPANSION, "too_few"),
        (moments.flat(), "zero_variance"),
        (~rises, "cf_domain"),
    )


def _columns(bars: BarStatistics) -> Columns:
    return {f"var_{c}_cf": cornish_fisher(bars[MOMENTS], c) for c in NORMAL_QUANTILE}


FAMILY = Family(
    "Risk",
    cards=tuple(
        Card(
            f"risk.var_{c}_cf",
            "−(mean + sd·(z + (z²−1)S/6 + (z³−3z)K/24 − (2z³−5z)S²/36)), S and K the population "
            f"skewness and excess kurtosis, z the {100 - c} % normal quantile",
            "fraction of the level over one bar",
            "too_few: n < 20; zero_variance; cf_domain: the expansion does not rise with z over "
            "all z: unless a = K/8 − S²/6 ≥ 0, c = 1 − K/8 + 5S²/36 > 0 and S²/9 ≤ 4ac, to 1e-9",
            sign=LOSS,
            ddof="0",
            minimum="20",
            reference="Maillard, A User's Guide to the Cornish Fisher Expansion, 2012",
            example=Example(
                "calm",
                f"risk.var_{c}_cf",
                0.01 * (z + (z**3 - 3 * z) / 24),
                f"mean 0, sd 1 %, S = 0, K = 4 − 3 = 1: 1 % · (z + (z³ − 3z)/24), z = {z:.4f}",
            ),
            order=order,
            label=f"VaR {c}%, Cornish-Fisher",
            better="lower",
        )
        for c, z, order in ((95, 1.6448536269514722, 3150), (99, 2.3263478740408408, 3151))
    ),
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
