"""Sharpe ratio, its standard error for returns that are neither independent nor normal, and the
bars that it takes to tell it from 0.

The Sharpe ratio of one bar, S = mean(r − rf) / sd, moves with each return by its influence
ψ = x/σ − S/2·(x²/σ² − 1), where x = r − μ, and its error is that of the mean of ψ (A. Lo, "The
statistics of Sharpe ratios", 2002). The long-run variance of ψ is estimated with Bartlett weights
after W. Newey and K. West ("A simple, positive semi-definite … covariance matrix", 1987).

ψ changes with μ, σ and S at each bar, so not ψ is kept but what the products of any such ψ can be
put together from: sums over returns, and their squares, up to 20 bars apart. They are sums of
y = r − shift, and whenever n has doubled, the shift becomes the mean. So the mean is at any time
within one standard deviation of the shift: later returns, no more than the earlier ones, that move
the mean by d lie so far from the earlier ones that the deviation of all is d or more. No expansion
about the mean loses digits, however the returns drift and whatever came first.
"""

from __future__ import annotations

import math
from math import sqrt
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import erfc
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import YEARLY, Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import ZERO_DEVIATION, Column, column
from engine.table import F64, I64, Table

LAGS = 20
"""The longest lag; the rule comes to it at 139,755 returns."""

MIN_RETURNS = 20
"""See tests/engine/test_coverage.py for how wide the interval really is down there."""

_LEAST = np.array([math.isqrt(10_000 * k**9 // 4**9 - 1) + 1 for k in range(2, LAGS + 1)])
"""From how many returns the lag is 2, 3, …: n²·4⁹ ≥ 100²·k⁹, in integers, so without rounding."""

_ROUNDING = 1e-12
"""A long-run variance that is a smaller share than this of what it is summed from is rounding."""

_Z = 1.6448536269514722
"""The 95 % quantile of the standard normal distribution."""

ONE, MIXED, TWO = range(3)
"""Rows of `sums`: u·v, u·v² + u²·v and u²·v²."""


class Autocovariance(Table):
    """Per row: `n`, `total` = Σy, and `sums` of products of u and v, the y of k bars apart, by k.

    `centred` is the n at which the shift became the mean. `first` are the first returns, `last` the
    last ones, youngest in front.
    """

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "centred": ("i8", (), 0),
        "shift": ("f8", (), 0.0),
        "total": ("f8", (), 0.0),
        "sums": ("f8", (3, LAGS + 1), 0.0),
        "first": ("f8", (LAGS,), 0.0),
        "last": ("f8", (LAGS,), 0.0),
    }
    n: I64
    centred: I64
    shift: F64
    total: F64
    sums: F64
    first: F64
    last: F64

    def _state(self) -> tuple[I64, I64, F64, F64, F64, F64, F64]:
        ends = (self.first, self.last)
        return (self.n, self.centred, self.shift, self.total, self.sums, *ends)

    def update(self, rows: I64, returns: F64) -> None:
        """Take one return into each of `rows`."""
        _update(rows, returns, *self._state())

    def sharpe_error(self, risk_free: F64, bars_per_year: F64) -> Column:
        """Standard error of the annualised Sharpe ratio; `risk_free` is per bar."""
        deviation, variance = _sharpe_variance(risk_free, *self._state())
        flat = (deviation < ZERO_DEVIATION) | (variance <= 0.0)
        value = np.sqrt(np.maximum(variance, 0.0) * bars_per_year)
        return column(value, (self.n < MIN_RETURNS, "too_few"), (flat, "zero_variance"))


AUTOCOVARIANCE = StateTable("autocovariance", SERIES, Autocovariance)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[AUTOCOVARIANCE].update(bar.rows, bar.r)


def _columns(bars: BarStatistics) -> Columns:
    rates = (bars.risk_free, bars.bars_per_year)
    sharpe, error = bars[MOMENTS].sharpe(*rates), bars[AUTOCOVARIANCE].sharpe_error(*rates)
    return {
        "sharpe": sharpe,
        "sharpe_se": error,
        "psr": probability_positive(sharpe, error),
        "min_track_record": _track_record(bars[MOMENTS].n, sharpe, error),
    }


def probability_positive(sharpe: Column, error: Column) -> Column:
    """Probability that the true Sharpe ratio is above zero, Φ(sharpe / error)."""
    ratio = sharpe.over(error)
    codes = np.where(error.codes > 0, error.codes, sharpe.codes)  # it wants as many returns
    return Column(_normal(ratio.values), codes)


def _track_record(n: I64, sharpe: Column, error: Column) -> Column:
    """How many bars this Sharpe ratio needs for a probability of 95 %, its error going as 1/√n."""
    share = error.times(_Z).over(sharpe)
    needed = column(n * share.values * share.values, (sharpe.values <= 0.0, "no_gain"))
    return Column(needed.values, np.where(share.codes > 0, share.codes, needed.codes))


@njit(cache=True)
def _normal(z: F64) -> F64:
    out = np.full(z.shape[0], np.nan)
    for i in range(z.shape[0]):
        if math.isfinite(z[i]):
            out[i] = 0.5 * erfc(-z[i] / math.sqrt(2.0))
    return out


@njit(cache=True)
def lag_of(n: int) -> int:
    """Newey and West's lag for n returns, min(⌊4·(n/100)^(2/9)⌋, 20), but at least 1."""
    lag = 1
    while lag < LAGS and n >= _LEAST[lag - 1]:
        lag += 1
    return lag


@njit(cache=True)
def _add(sums: F64, k: int, u: float, v: float) -> None:
    product = u * v
    sums[ONE, k] += product
    sums[MIXED, k] += product * (u + v)
    sums[TWO, k] += product * product


@njit(cache=True)
def _update(
    rows: I64,
    returns: F64,
    n: I64,
    centred: I64,
    shift: F64,
    total: F64,
    sums: F64,
    first: F64,
    last: F64,
) -> None:
    for j in range(rows.shape[0]):
        i, r = rows[j], returns[j]
        if n[i] == 0:
            shift[i] = r
            centred[i] = 1
        y = r - shift[i]
        _add(sums[i], 0, y, y)
        for k in range(1, min(n[i], LAGS) + 1):
            _add(sums[i], k, last[i, k - 1] - shift[i], y)
        if n[i] < LAGS:
            first[i, n[i]] = r
        for k in range(LAGS - 1, 0, -1):
            last[i, k] = last[i, k - 1]
        last[i, 0] = r
        total[i] += y
        n[i] += 1
        if n[i] >= 2 * centred[i]:
            _shift(i, total[i] / n[i], n, shift, total, sums, first, last)
            centred[i] = n[i]


@njit(cache=True)
def _shift(
    i: int, d: float, n: I64, shift: F64, total: F64, sums: F64, first: F64, last: F64
) -> None:
    """Move the shift of row i by d: every u and v becomes u − d and v − d."""
    # Σ(u + v) and Σ(u² + v²) over the pairs k apart, v being all but the first k, u all but the
    # last k.
    ones, squares = 2.0 * total[i], 2.0 * sums[i, ONE, 0]
    for k in range(min(n[i], LAGS + 1)):
        if k > 0:
            a, b = first[i, k - 1] - shift[i], last[i, k - 1] - shift[i]
            ones -= a + b
            squares -= a * a + b * b
        pairs = float(n[i] - k)
        one, mixed, two = sums[i, ONE, k], sums[i, MIXED, k], sums[i, TWO, k]
        sums[i, ONE, k] = one - d * ones + d * d * pairs
        sums[i, MIXED, k] = (
            mixed - d * (4.0 * one + squares) + d * d * (3.0 * ones - 2.0 * d * pairs)
        )
        sums[i, TWO, k] = (
            two - 2.0 * d * mixed + d * d * (squares + 4.0 * one - 2.0 * d * ones + d * d * pairs)
        )
    total[i] -= d * n[i]
    shift[i] += d


@njit(cache=True)
def _sharpe_variance(
    risk_free: F64,
    n: I64,
    centred: I64,
    shift: F64,
    total: F64,
    sums: F64,
    first: F64,
    last: F64,
) -> tuple[F64, F64]:
    """Standard deviation of a row's returns, and the variance of its Sharpe ratio of one bar."""
    deviation, variance = np.zeros(n.shape[0]), np.zeros(n.shape[0])
    for i in range(n.shape[0]):
        if n[i] < MIN_RETURNS:
            continue
        d = total[i] / n[i]
        sd = math.sqrt(max(sums[i, ONE, 0] - d * total[i], 0.0) / (n[i] - 1))
        deviation[i] = sd
        if sd < ZERO_DEVIATION:
            continue
        sharpe = (shift[i] - risk_free[i] + d) / sd
        # ψ = a·z + b·z² + c for z = y/sd: x is y − d.
        d /= sd
        a, b, c = 1.0 + sharpe * d, -sharpe / 2.0, (sharpe - sharpe * d * d) / 2.0 - d
        long_run, size = 0.0, 0.0
        lag = lag_of(n[i])
        ones, squares = 2.0 * total[i] / sd, 2.0 * sums[i, ONE, 0] / (sd * sd)
        for k in range(lag + 1):
            if k > 0:
                u, v = (first[i, k - 1] - shift[i]) / sd, (last[i, k - 1] - shift[i]) / sd
                ones -= u + v
                squares -= u * u + v * v
            one = sums[i, ONE, k] / (sd * sd)
            mixed = sums[i, MIXED, k] / (sd * sd * sd)
            two = sums[i, TWO, k] / (sd * sd) / (sd * sd)
            products = (
                a * a * one
                + a * b * mixed
                + b * b * two
                + c * (a * ones + b * squares + c * (n[i] - k))
            )
            weight = 1.0 if k == 0 else 2.0 * (1.0 - k / (lag + 1.0))
            long_run += weight * products
            size += weight * abs(products)
        if long_run > _ROUNDING * size:
            variance[i] = long_run / (float(n[i]) * n[i])
    return deviation, variance


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.sharpe",
            "mean(r − rf) / sd(r) · √A, rf = (1 + risk_free)^(1/A) − 1",
            "ratio",
            "too_few: n < 2; zero_variance: sd < 1e-12",
            ddof="1",
            annualisation=YEARLY,
            minimum="2; see sharpe_se for how little a few returns say",
            reference="Sharpe, The Sharpe Ratio, 1994",
            reading="below 1 weak, 1 to 2 good, above 2 very good, above 3 rare",
            example=Example("four", "risk.sharpe", 1 / 3, "2.5 % / 15 % · 2"),
            order=3040,
            better="higher",
            column="Sharpe",
            headline=True,
            error="risk.sharpe_se",
        ),
        Card(
            "risk.sharpe_se",
            "√(A·Ω/n), Ω the long-run variance of ψ = x/σ − S/2·(x²/σ² − 1), x = r − mean, S the "
            "sharpe of one bar; Newey-West, Bartlett weights, lag min(⌊4(n/100)^(2/9)⌋, 20)",
            "ratio, as sharpe",
            "too_few: n < 20; zero_variance",
            annualisation=YEARLY,
            minimum="20",
            reference="Lo, The Statistics of Sharpe Ratios, 2002; Newey & West, 1987",
            reading="sharpe ± 1.96 · sharpe_se held the truth in 93 to 95 % of simulated paths "
            "(docs/coverage.md)",
            example=Example(
                "calm",
                "risk.sharpe_se",
                sqrt(4 * (39 / 40) / 40),
                "the mean is 0, so S = 0 and ψ = x/σ; Ω = Σx²/(nσ²) = 39/40, neighbours within "
                "lag 3 "
                "have no common moves; √(4 · 0.975/40)",
            ),
            order=3050,
            label="Sharpe, std. error",
        ),
        Card(
            "risk.psr",
            "Φ(sharpe / sharpe_se): how probable it is that the true Sharpe ratio is above 0",
            "probability",
            "too_few: n < 20; zero_variance",
            minimum="20",
            reference="Bailey & López de Prado, The Sharpe Ratio Efficient Frontier, 2012, with "
            "the "
            "error above",
            reading="above 0.95: hardly by chance alone",
            example=Example("calm", "risk.psr", 0.5, "the sharpe is 0"),
            order=3060,
            better="higher",
            label="Probability Sharpe > 0",
            headline=True,
        ),
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
    states=(AUTOCOVARIANCE,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
