"""Batch versions of `risk`: from the list of bar returns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

from engine.index.definition import IndexDefinition
from tests.reference.series import central, deviation, mean, quantile, settled

_NORMAL = NormalDist()


def risk(r: Sequence[float], definition: IndexDefinition) -> dict[str, float | None]:
    """`risk` of the bar returns, without what needs the level's path."""
    n, a = len(r), definition.bars_per_year
    rf = definition.per_bar(definition.risk_free)
    target = rf if definition.target is None else definition.per_bar(definition.target)
    threshold = definition.per_bar(definition.omega_threshold)
    names = ("volatility", "downside_deviation", "sharpe", "sortino", "omega", "skew", "kurtosis")
    found: dict[str, float | None] = dict.fromkeys(names)
    if n >= 2:
        sd = deviation(r)
        flat = sd < 1e-12
        downside = math.sqrt(mean([min(x - target, 0.0) ** 2 for x in r]))
        over = [settled(x - threshold) for x in r]
        losses = math.fsum(max(-x, 0.0) for x in over)
        found["volatility"] = sd * math.sqrt(a)
        found["downside_deviation"] = downside * math.sqrt(a)
        found["sharpe"] = None if flat else (mean(r) - rf) / sd * math.sqrt(a)
        if downside >= 1e-12:
            found["sortino"] = (mean(r) - target) * a / (downside * math.sqrt(a))
        if losses >= 1e-12:
            found["omega"] = math.fsum(max(x, 0.0) for x in over) / losses
        if n >= 3 and not flat:
            g1 = central(r, 3) / n / (central(r, 2) / n) ** 1.5
            found["skew"] = g1 * math.sqrt(n * (n - 1)) / (n - 2)
        if n >= 4 and not flat:
            g2 = central(r, 4) / n / (central(r, 2) / n) ** 2 - 3.0
            found["kurtosis"] = ((n + 1) * g2 + 6.0) * (n - 1) / ((n - 2) * (n - 3))
    for confidence, least in ((95, 20), (99, 100)):
        enough = n >= least
        found[f"var_{confidence}"] = -quantile(r, (100 - confidence) / 100) if enough else None
        worst = sorted(r)[: (n - 1) * (100 - confidence) // 100 + 1]
        found[f"cvar_{confidence}"] = -mean(worst) if enough else None
    return found


def sharpe_error(r: Sequence[float], definition: IndexDefinition) -> float | None:
    """Newey-West standard error of the annualised Sharpe ratio, from its influence function."""
    n = len(r)
    if n < 20 or deviation(r) < 1e-12:
        return None
    middle, sd = mean(r), deviation(r)
    sharpe = (middle - definition.per_bar(definition.risk_free)) / sd
    psi = [(x - middle) / sd - sharpe / 2 * (((x - middle) / sd) ** 2 - 1) for x in r]
    lag = min(math.floor(4 * (n / 100) ** (2 / 9) + 1e-12), 20)
    long_run = math.fsum(p * p for p in psi)
    for k in range(1, lag + 1):
        weight = 2 * (1 - k / (lag + 1))
        long_run += weight * math.fsum(p * q for p, q in zip(psi[k:], psi, strict=False))
    if long_run <= 1e-12 * math.fsum(p * p for p in psi):
        return None
    return math.sqrt(long_run * definition.bars_per_year) / n


def cornish_fisher(r: Sequence[float], confidence: int) -> float | None:
    """Value at risk by the Cornish-Fisher expansion; None where its slope is negative somewhere."""
    n = len(r)
    if n < 20 or deviation(r) < 1e-12:
        return None
    variance = central(r, 2) / n
    s: float = central(r, 3) / n / variance**1.5
    k: float = central(r, 4) / n / variance**2 - 3
    z = _NORMAL.inv_cdf(1 - confidence / 100)

    def slope(x: float) -> float:
        return 1 + x * s / 3 + (3 * x * x - 3) * k / 24 - (6 * x * x - 5) * s * s / 36

    # A parabola by its values at −1, 0 and 1: whether it is above 0 everywhere, but for rounding.
    bend, tilt = (slope(1) + slope(-1)) / 2 - slope(0), (slope(1) - slope(-1)) / 2
    if bend < -1e-9 or slope(0) <= 1e-9 or tilt * tilt > 4 * bend * slope(0) + 1e-9:
        return None
    expanded = z + (z * z - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s * s / 36
    return -(mean(r) + math.sqrt(variance) * expanded)


def exceedances(r: Sequence[float], confidence: int) -> dict[str, Any]:
    """Each return against the VaR of those before it, and Kupiec's test of their number."""
    least, rate = {95: 20, 99: 100}[confidence], (100 - confidence) / 100
    held = [(r[i], -quantile(r[:i], rate)) for i in range(least, len(r))]
    n, observed = len(held), sum(-x - var >= 1e-14 for x, var in held)
    p_value = None
    if n >= 250:
        share = observed / n
        promised = (1 - rate) ** (n - observed) * rate**observed
        found = (1 - share) ** (n - observed) * share**observed
        ratio = max(-2 * math.log(promised / found), 0.0)
        p_value = 2 * (1 - _NORMAL.cdf(math.sqrt(ratio)))
    return {"n": n, "expected": n * rate, "observed": observed, "kupiec_p": p_value}
