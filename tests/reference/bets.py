"""Batch versions of what gains and losses say, and the best and worst of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from engine.index.definition import IndexDefinition
from tests.reference.series import central, deviation, mean, quantile

_NORMAL = NormalDist()
Figures = dict[str, float | None]


def bets(r: Sequence[float]) -> Figures:
    """Win rate, payoff, profit factor, gain to pain, Kelly and d ratio, about 0."""
    gains, losses = [x for x in r if x > 0.0], [-x for x in r if x < 0.0]
    names = ("win_rate", "payoff", "profit_factor", "gain_to_pain", "kelly", "d_ratio")
    found: Figures = dict.fromkeys(names)
    if len(r) < 2 or not gains + losses:
        return found
    won, lost = math.fsum(gains), math.fsum(losses)
    found["win_rate"] = len(gains) / (len(gains) + len(losses))
    if losses:
        found["profit_factor"] = won / lost
        found["gain_to_pain"] = (won - lost) / lost
    if gains:
        found["d_ratio"] = len(losses) * lost / (len(gains) * won)
    if gains and losses:
        payoff = mean(gains) / mean(losses)
        found["payoff"] = payoff
        share = len(gains) / (len(gains) + len(losses))
        found["kelly"] = share - (1.0 - share) / payoff
    return found


def extremes(r: Sequence[float]) -> Figures:
    """The largest and the smallest return of bars or days."""
    return {"best": max(r) if r else None, "worst": min(r) if r else None}


def tail_ratio(r: Sequence[float]) -> float | None:
    """How far the best twentieth reaches over how far the worst does."""
    if len(r) < 20 or quantile(r, 0.05) == 0.0:
        return None
    return abs(quantile(r, 0.95)) / abs(quantile(r, 0.05))


def about_target(r: Sequence[float], definition: IndexDefinition) -> Figures:
    """Potentials a bar, deviation a year and frequency above and below the target."""
    names = ("upside_potential", "downside_potential", "upside_potential_ratio")
    found: Figures = dict.fromkeys((*names, "upside_deviation", "upside_frequency"))
    free = definition.per_bar(definition.risk_free)
    target = free if definition.target is None else definition.per_bar(definition.target)
    if len(r) < 2:
        return found
    above, below = [max(x - target, 0.0) for x in r], [max(target - x, 0.0) for x in r]
    downside = math.sqrt(mean([x * x for x in below]))
    found["upside_potential"], found["downside_potential"] = mean(above), mean(below)
    if downside >= 1e-12:
        found["upside_potential_ratio"] = mean(above) / downside
    squares = mean([x * x for x in above])
    found["upside_deviation"] = math.sqrt(squares * definition.bars_per_year)
    found["upside_frequency"] = mean([float(x > target) for x in r])
    return found


def gaussian(r: Sequence[float], confidence: int) -> tuple[float | None, float | None]:
    """Value at risk and expected shortfall of a normal return, population moments."""
    if len(r) < 20 or deviation(r) < 1e-12:
        return None, None
    sd, tail = math.sqrt(central(r, 2) / len(r)), 1.0 - confidence / 100.0
    z = _NORMAL.inv_cdf(tail)
    return -(mean(r) + z * sd), -mean(r) + sd * _NORMAL.pdf(z) / tail


def mean_return(r: Sequence[float], definition: IndexDefinition) -> float | None:
    """Arithmetic mean, times the bars of a year."""
    return mean(r) * definition.bars_per_year if len(r) >= 2 else None


def min_track_record(n: int, sharpe: float | None, error: float | None) -> float | None:
    """How many bars this Sharpe ratio, with an error that falls as 1/√n, needs for psr 0.95."""
    if sharpe is None or error is None or sharpe <= 0.0:
        return None
    return n * (_NORMAL.inv_cdf(0.95) * error / sharpe) ** 2


def months(r: Sequence[float], risk_free: float, target: float | None) -> Figures:
    """`months`: statistics of the returns of complete calendar months, twelve a year."""

    def monthly(rate: float) -> float:
        return math.expm1(math.log1p(rate) / 12.0)

    found: Figures = dict.fromkeys(("mean", "volatility", "sharpe", "sortino"))
    found |= extremes(r) | {"n": float(len(r))}
    found["positive_share"] = mean([float(x > 0.0) for x in r]) if r else None
    if len(r) >= 2:
        free = monthly(risk_free)
        goal = free if target is None else monthly(target)
        sd = deviation(r)
        downside = math.sqrt(mean([min(x - goal, 0.0) ** 2 for x in r]))
        found["mean"], found["volatility"] = mean(r) * 12.0, sd * math.sqrt(12.0)
        if sd >= 1e-12:
            found["sharpe"] = (mean(r) - free) / sd * math.sqrt(12.0)
        if downside >= 1e-12:
            found["sortino"] = (mean(r) - goal) / downside * math.sqrt(12.0)
    return found
