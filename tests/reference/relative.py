"""Batch versions of the figures against a benchmark beyond beta: from paired bar returns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.index.definition import IndexDefinition
from tests.reference.series import central, deviation, mean, settled

Figures = dict[str, float | None]


def growth(r: Sequence[float], a: float) -> float | None:
    """Compounded return of a year; None for less than 90 days of 365."""
    if len(r) / a < 90.0 / 365.0:
        return None
    return math.expm1(math.fsum(math.log1p(x) for x in r) * a / len(r))


def slope(r: Sequence[float], f: Sequence[float]) -> float | None:
    """Of the least-squares line; None for fewer than two or a benchmark that stands still."""
    if len(f) < 2 or deviation(f) < 1e-12:
        return None
    x, y = mean(r), mean(f)
    return math.fsum((a - x) * (b - y) for a, b in zip(r, f, strict=True)) / central(f, 2)


def line(r: Sequence[float], f: Sequence[float], definition: IndexDefinition) -> Figures:
    """R², specific and systematic risk, Treynor, M², active premium, appraisal ratio."""
    names = ("r_squared", "specific_risk", "systematic_risk", "treynor", "active_premium")
    found: Figures = dict.fromkeys((*names, "m_squared", "m_squared_excess", "appraisal"))
    a, free = definition.bars_per_year, definition.risk_free
    rf = definition.per_bar(free)
    beta = slope(r, f)
    mine, theirs = growth(r, a), growth(f, a)
    over = growth([x - rf for x in r], a)
    if mine is not None and theirs is not None:
        found["active_premium"] = mine - theirs
        if deviation(r) >= 1e-12:
            scaled = (mine - free) * deviation(f) / deviation(r) + free
            found["m_squared"] = scaled
            found["m_squared_excess"] = (1.0 + scaled) / (1.0 + theirs) - 1.0
    if beta is None:
        return found
    residuals = [x - beta * y for x, y in zip(r, f, strict=True)]
    found["systematic_risk"] = abs(beta) * deviation(f) * math.sqrt(a)
    if deviation(r) >= 1e-12:
        found["r_squared"] = beta * beta * central(f, 2) / central(r, 2)
    if over is not None and abs(beta) >= 1e-12:
        found["treynor"] = over / beta
    if len(r) >= 3:
        specific = math.sqrt(central(residuals, 2) / len(r))
        found["specific_risk"] = specific * math.sqrt(a)
        if specific >= 1e-12 and mine is not None and theirs is not None:
            jensen = mine - free - beta * (theirs - free)
            found["appraisal"] = jensen / (specific * math.sqrt(a))
    return found


def shares(r: Sequence[float], f: Sequence[float]) -> Figures:
    """Batting average, and of the bars in which the benchmark rose (fell) the shares won."""
    pairs = list(zip(r, f, strict=True))
    up, down = [p for p in pairs if p[1] > 0.0], [p for p in pairs if p[1] < 0.0]

    def share(side: list[tuple[float, float]], won: list[bool]) -> float | None:
        return mean([float(w) for w in won]) if side else None

    return {
        "batting_average": share(pairs, [settled(x - y) > 0.0 for x, y in pairs]),
        "up_number": share(up, [x > 0.0 for x, _ in up]),
        "down_number": share(down, [x < 0.0 for x, _ in down]),
        "up_percent": share(up, [settled(x - y) > 0.0 for x, y in up]),
        "down_percent": share(down, [settled(x - y) > 0.0 for x, y in down]),
    }


def sided_beta(r: Sequence[float], f: Sequence[float]) -> Figures:
    """Beta over the bars in which the benchmark rose, and over those in which it fell."""
    found: Figures = {}
    for name, sign in (("up_beta", 1.0), ("down_beta", -1.0)):
        side = [(x, y) for x, y in zip(r, f, strict=True) if y * sign > 0.0]
        found[name] = slope([x for x, _ in side], [y for _, y in side])
    return found
