"""Exponentially weighted variance and beta, weights halving with time, uncentred.

σ² = Σw·r² / Σw and β = Σw·r·f / Σw·f². Both sums start at zero, so no starting value is assumed
(cf. J.P. Morgan, "RiskMetrics Technical Document", 4th ed., 1996, §5.2, whose mean is zero too).
"""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import decay
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import (
    PAIR,
    SERIES,
    Family,
    PairFigures,
    SeriesFigures,
    StateTable,
)
from engine.metrics.machinery.parts import BENCHMARKS_BARS, RISK_BARS
from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Table

MIN_RETURNS = 10
"""Below this the youngest return alone carries over a tenth of the weight."""


class EwmaVariance(Table):
    """Per row: `n`, the time of the last return (ns), Σw and Σw·r²."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "last_at": ("i8", (), 0),
        "weight": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
    }
    n: I64
    last_at: I64
    weight: F64
    square: F64

    def update(self, rows: I64, returns: F64, at: int, half_life: I64) -> None:
        """Take one return of the bar that ended `at` into each of `rows`; half-lives in ns."""
        for_rows = (rows, returns, at, half_life)
        _update_variance(*for_rows, self.n, self.last_at, self.weight, self.square)

    def volatility(self, bars_per_year: F64) -> Column:
        """Annualised EWMA volatility; from ten returns."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.sqrt(self.square / self.weight * bars_per_year)
        return column(value, (self.n < MIN_RETURNS, "too_few"))


class EwmaBeta(Table):
    """Per pair of index and benchmark: `n`, time of the last pair (ns), Σw, Σw·r·f and Σw·f²."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "last_at": ("i8", (), 0),
        "weight": ("f8", (), 0.0),
        "product": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
    }
    n: I64
    last_at: I64
    weight: F64
    product: F64
    square: F64

    def update(self, rows: I64, r: F64, f: F64, at: int, half_life: I64) -> None:
        """Take index returns `r` and benchmark returns `f` of the bar that ended `at`."""
        sums = (self.weight, self.product, self.square)
        _update_beta(rows, r, f, at, half_life, self.n, self.last_at, *sums)

    def beta(self) -> Column:
        """EWMA beta; from ten pairs."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.product / self.square
            flat = np.sqrt(self.square / self.weight) < ZERO_DEVIATION
        return column(value, (self.n < MIN_RETURNS, "too_few"), (flat, "zero_variance"))


EWMA = StateTable("ewma", SERIES, EwmaVariance)
EWMA_BETA = StateTable("ewma_beta", PAIR, EwmaBeta)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[EWMA].update(bar.rows, bar.r, bar.end, bars.half_life)
    half_life = bars.half_life[bars.pair_index]
    bars[EWMA_BETA].update(bar.pairs, bar.pair_r, bar.pair_f, bar.end, half_life)


@njit(cache=True)
def _update_variance(
    rows: I64, r: F64, at: int, half_life: I64, n: I64, last_at: I64, weight: F64, square: F64
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        fade = decay(at - last_at[i], half_life[i]) if n[i] > 0 else 0.0
        weight[i] = weight[i] * fade + 1.0
        square[i] = square[i] * fade + r[k] * r[k]
        n[i] += 1
        last_at[i] = at


@njit(cache=True)
def _update_beta(
    rows: I64,
    r: F64,
    f: F64,
    at: int,
    half_life: I64,
    n: I64,
    last_at: I64,
    weight: F64,
    product: F64,
    square: F64,
) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        fade = decay(at - last_at[i], half_life[i]) if n[i] > 0 else 0.0
        weight[i] = weight[i] * fade + 1.0
        product[i] = product[i] * fade + r[k] * f[k]
        square[i] = square[i] * fade + f[k] * f[k]
        n[i] += 1
        last_at[i] = at


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.ewma_volatility",
            "√(Σw·r² / Σw · A), w halves every ewma_half_life in force, about zero",
            "fraction a year",
            "too_few: n < 10",
            ddof="none: about zero, weights sum to one",
            annualisation=YEARLY,
            minimum="10",
            reference="J.P. Morgan, RiskMetrics Technical Document, 1996",
            example=Example(
                "spike",
                "risk.ewma_volatility",
                sqrt(0.01 / (2 - 2**-9) * 4),
                "Σw = 1 + 1/2 + … + 1/512 = 1.998; √(0.1²/1.998 · 4)",
            ),
            order=3030,
            better="lower",
            label="Volatility, EWMA",
        ),
        Card(
            "benchmarks.*.ewma_beta",
            "Σw·r·f / Σw·f², w halves every ewma_half_life in force, about zero",
            "ratio",
            "too_few: n < 10; zero_variance",
            minimum="10",
            reference="J.P. Morgan, RiskMetrics Technical Document, 1996",
            example=Example("spike", "benchmarks.B.ewma_beta", 2.0, "0.1 · 0.05 / 0.05²"),
            order=5020,
            group="Benchmarks",
            better="lower",
            label="Beta, EWMA",
        ),
    ),
    states=(EWMA, EWMA_BETA),
    take=_take,
    figures=(
        SeriesFigures(
            RISK_BARS, lambda bars: {"ewma_volatility": bars[EWMA].volatility(bars.bars_per_year)}
        ),
        PairFigures(BENCHMARKS_BARS, lambda bars: {"ewma_beta": bars[EWMA_BETA].beta()}),
    ),
)
