"""Definitions of other libraries that differ from ours, computed plainly to explain differences.

r and f are returns of the same periods, a is periods a year.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist, fmean, pstdev, stdev

Series = Sequence[float]


def growth(r: Series) -> float:
    """Cumulative return."""
    return math.prod(1.0 + x for x in r) - 1.0


def annual(r: Series, a: float, n: int | None = None) -> float:
    """Geometric annual return over n periods."""
    return math.pow(1.0 + growth(r), a / (n or len(r))) - 1.0


def beta(r: Series, f: Series) -> float:
    """Slope of the least-squares line."""
    mr, mf = fmean(r), fmean(f)
    cross = math.fsum((x - mr) * (y - mf) for x, y in zip(r, f, strict=True))
    return cross / math.fsum((y - mf) ** 2 for y in f)


def capture_total(r: Series, f: Series, up: bool) -> float:
    """PerformanceAnalytics: cumulative returns over each other, f = 0 on the down side."""
    side = [(x, y) for x, y in zip(r, f, strict=True) if (y > 0.0) is up]
    return growth([x for x, _ in side]) / growth([y for _, y in side])


def capture_annual(r: Series, f: Series, sign: float) -> float:
    """empyrical: annual returns over each other, f = 0 on neither side, 252 bars a year."""
    side = [(x, y) for x, y in zip(r, f, strict=True) if y * sign > 0.0]
    return annual([x for x, _ in side], 252) / annual([y for _, y in side], 252)


def geometric_alpha(r: Series, f: Series, a: float) -> float:
    """empyrical: the mean residual, annualised geometrically."""
    return math.pow(1.0 + fmean(r) - beta(r, f) * fmean(f), a) - 1.0


def jensen(r: Series, f: Series, a: float, slope: float) -> float:
    """PerformanceAnalytics: geometric annual returns, and beta."""
    return annual(r, a) - slope * annual(f, a)


def active_premium(r: Series, f: Series, a: float) -> float:
    """PerformanceAnalytics: difference of geometric annual returns."""
    return annual(r, a) - annual(f, a)


def geometric_information_ratio(r: Series, f: Series, a: float) -> float:
    """PerformanceAnalytics: the active premium over the tracking error."""
    active = [x - y for x, y in zip(r, f, strict=True)]
    return active_premium(r, f, a) / (stdev(active) * math.sqrt(a))


def gaussian_var(r: Series, level: float, population: bool) -> float:
    """Mean plus z times the standard deviation, negative where it is a loss."""
    sd = pstdev(r) if population else stdev(r)
    return fmean(r) + NormalDist().inv_cdf(level) * sd


def gaussian_es(r: Series, level: float, population: bool) -> float:
    """Mean of a normal tail."""
    sd = pstdev(r) if population else stdev(r)
    return fmean(r) - sd * NormalDist().pdf(NormalDist().inv_cdf(level)) / level


def correlation(r: Series, f: Series) -> float:
    """Pearson's."""
    return beta(r, f) * pstdev(f) / pstdev(r)


def inverse_volatility(prices: Mapping[str, Series]) -> dict[str, float]:
    """ffn: weights of one over the standard deviation of the returns there are."""
    steady = {
        name: 1.0 / stdev([b / a - 1.0 for a, b in pairwise(p)]) for name, p in prices.items()
    }
    return {name: one / math.fsum(steady.values()) for name, one in steady.items()}


def moment(r: Series, power: int) -> float:
    """Population central moment, in units of the population's standard deviation."""
    m = fmean(r)
    return fmean([(x - m) ** power for x in r]) / pstdev(r) ** power


def semivariance_subset(r: Series) -> float:
    """PerformanceAnalytics: squares below the mean over their own number."""
    m = fmean(r)
    return fmean([(x - m) ** 2 for x in r if x < m])


def probabilistic_sharpe(r: Series) -> float:
    """quantstats: Sharpe a period, moments of a skewed but independent sample."""
    sharpe = fmean(r) / stdev(r)
    skew, kurtosis = bias_corrected(r)
    variance = (1 + 0.5 * sharpe**2 - skew * sharpe + kurtosis / 4 * sharpe**2) / (len(r) - 1)
    return NormalDist().cdf(sharpe / math.sqrt(variance))


def half_corrected_skew(r: Series) -> float:
    """PerformanceAnalytics: the sample's factor on the population's standard deviation."""
    n = len(r)
    return moment(r, 3) * n**2 / ((n - 1) * (n - 2))


def bias_corrected(r: Series) -> tuple[float, float]:
    """Skew and excess kurtosis as pandas gives them."""
    n = len(r)
    skew = moment(r, 3) * math.sqrt(n * (n - 1)) / (n - 2)
    excess = ((n + 1) * (moment(r, 4) - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return skew, excess


def cornish_fisher(r: Series, level: float) -> float:
    """Quantile of the Cornish-Fisher expansion with population moments, negative where a loss."""
    z, s, k = NormalDist().inv_cdf(level), moment(r, 3), moment(r, 4) - 3.0
    bent = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return fmean(r) + bent * pstdev(r)


def monotone(r: Series) -> bool:
    """Whether that expansion rises with z everywhere, so that it can be a quantile."""
    s, k = moment(r, 3), moment(r, 4) - 3.0
    square, linear, free = k / 8 - s**2 / 6, s / 3, 1 - k / 8 + 5 * s**2 / 36  # of its slope
    if square <= 0:
        return square == linear == 0 < free
    return free - linear**2 / (4 * square) >= 0


def depths(r: Series) -> list[float]:
    """How far wealth is below its highest, after each return; the beginning counts."""
    wealth, peak, found = 1.0, 1.0, []
    for x in r:
        wealth *= 1.0 + x
        peak = max(peak, wealth)
        found.append(1.0 - wealth / peak)
    return found


def drawdown_days(r: Series) -> float:
    """ffn: mean days from the first close below the peak to the recovery, or to the end."""
    found: list[int] = []
    begun: int | None = None
    days = depths(r)
    for day, depth in enumerate(days):
        if depth > 1e-14:
            begun = day if begun is None else begun
        elif begun is not None:
            found.append(day - begun)
            begun = None
    return fmean([*found, len(days) - 1 - begun] if begun is not None else found)


def ulcer_sample(r: Series) -> float:
    """quantstats: squares of the drawdowns over n − 1."""
    return math.sqrt(math.fsum(d * d for d in depths(r)) / (len(r) - 1))
