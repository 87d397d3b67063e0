"""What gains and losses say, each bar a bet: how many were won, and what they brought."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numba import njit

from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import column, few
from engine.table import F64, I64, Table


class Bets(Table):
    """Per series: returns taken; bars that gained and that lost, and Σ of their magnitudes; the
    largest and the smallest return."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "wins": ("i8", (), 0),
        "losses": ("i8", (), 0),
        "gain": ("f8", (), 0.0),
        "loss": ("f8", (), 0.0),
        "best": ("f8", (), -np.inf),
        "worst": ("f8", (), np.inf),
    }
    n: I64
    wins: I64
    losses: I64
    gain: F64
    loss: F64
    best: F64
    worst: F64


BETS = StateTable("bets", SERIES, Bets)


def _take(bars: BarStatistics, bar: Bar) -> None:
    b = bars[BETS]
    _update(bar.rows, bar.r, b.n, b.wins, b.losses, b.gain, b.loss, b.best, b.worst)


@njit(cache=True)
def _update(
    rows: I64,
    returns: F64,
    n: I64,
    wins: I64,
    losses: I64,
    gain: F64,
    loss: F64,
    best: F64,
    worst: F64,
) -> None:
    for k in range(rows.shape[0]):
        i, r = rows[k], returns[k]
        n[i] += 1
        if r > 0.0:
            wins[i] += 1
            gain[i] += r
        elif r < 0.0:
            losses[i] += 1
            loss[i] -= r
        best[i] = max(best[i], r)
        worst[i] = min(worst[i], r)


def _columns(bars: BarStatistics) -> Columns:
    b, seen = bars[BETS], bars[MOMENTS].n
    short, one = few(b.n, seen, 2), few(b.n, seen, 1)
    none_lost, none_won = (b.losses == 0, "no_loss"), (b.wins == 0, "no_gain")
    still = (b.wins + b.losses == 0, "zero_variance")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = b.wins / (b.wins + b.losses)
        payoff = (b.gain / b.wins) / (b.loss / b.losses)
        return {
            "win_rate": column(rate, *short, still),
            "payoff": column(payoff, *short, none_lost, none_won),
            "profit_factor": column(b.gain / b.loss, *short, none_lost),
            "gain_to_pain": column((b.gain - b.loss) / b.loss, *short, none_lost),
            "kelly": column(rate - (1.0 - rate) / payoff, *short, none_lost, none_won),
            "d_ratio": column(b.losses * b.loss / (b.wins * b.gain), *short, none_won),
            "best_bar": column(b.best, *one),
            "worst_bar": column(b.worst, *one),
        }


_FEW = "too_few: n < 2; unobserved"
_BACON = "Bacon, Practical Portfolio Performance Measurement and Attribution, 2008"


def _card(
    name: str,
    formula: str,
    unit: str,
    undefined: str,
    value: float,
    how: str,
    order: int,
    better: str = "higher",
    **more: Any,
) -> Card:
    example = Example("four", f"risk.{name}", value, how)
    return Card(
        f"risk.{name}",
        formula,
        unit,
        undefined,
        minimum="1" if name.endswith("_bar") else "2",
        example=example,
        order=order,
        better=better,
        since="4",
        **more,
    )


FAMILY = Family(
    "Risk",
    cards=(
        _card(
            "win_rate",
            "bars with r > 0 / bars with r ≠ 0",
            "fraction",
            f"{_FEW}; zero_variance: no bar moved",
            0.5,
            "two of four",
            3200,
        ),
        _card(
            "payoff",
            "mean of the r above 0 / mean of the magnitudes of those below 0",
            "ratio",
            f"{_FEW}; no_loss; no_gain",
            1.5,
            "15 % / 10 %",
            3201,
        ),
        _card(
            "profit_factor",
            "Σ of the r above 0 / Σ of the magnitudes of those below 0",
            "ratio",
            f"{_FEW}; no_loss",
            1.5,
            "30 % / 20 %",
            3202,
        ),
        _card(
            "gain_to_pain",
            "Σ r / Σ of the magnitudes of the r below 0",
            "ratio",
            f"{_FEW}; no_loss",
            0.5,
            "10 % / 20 %",
            3203,
            label="Gain to pain",
            reference="Schwager, Hedge Fund Market Wizards, 2012, there of months",
        ),
        _card(
            "kelly",
            "win_rate − (1 − win_rate) / payoff",
            "fraction of the capital",
            f"{_FEW}; no_loss; no_gain",
            1 / 6,
            "0.5 − 0.5 / 1.5",
            3204,
            label="Kelly",
            reference="Kelly, A New Interpretation of Information Rate, 1956",
        ),
        _card(
            "d_ratio",
            "losing bars · Σ of their magnitudes / (winning bars · Σ of their r)",
            "ratio",
            f"{_FEW}; no_gain",
            2 / 3,
            "2 · 20 % / (2 · 30 %)",
            3205,
            "lower",
            label="D ratio",
            reference=_BACON,
        ),
        _card(
            "best_bar",
            "the largest r",
            "fraction of the level over one bar",
            "too_few: n < 1; unobserved",
            0.2,
            "the third bar",
            3210,
            sign="a gain is positive",
        ),
        _card(
            "worst_bar",
            "the smallest r",
            "fraction of the level over one bar",
            "too_few: n < 1; unobserved",
            -0.1,
            "two of them",
            3211,
            sign="a gain is positive",
        ),
    ),
    states=(BETS,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
