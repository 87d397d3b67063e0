"""The parts that the figures of a snapshot are made of, in its order."""

from __future__ import annotations

from typing import NamedTuple

INSTANT, BAR, MINUTE_END, HOUR_END, DAY_END = "instant", "bar", "minute", "hour", "day"
"""When figures change: at every instant, or when a bar of the index, or a UTC span, ends."""


class Part(NamedTuple):
    """Figures of one section of the snapshot that change together.

    `order` is the place of the part in the snapshot; parts of one section follow each other.
    """

    name: str
    section: str
    changes: str
    order: int


COMPOSITION = Part("composition", "composition", INSTANT, 100)
RETURNS = Part("returns", "returns", INSTANT, 200)
ANNUALISED = Part("annualised", "annualised", INSTANT, 300)
CAGR = Part("cagr", "cagr", INSTANT, 310)
CALENDAR_MONTHS = Part("calendar.months", "calendar", INSTANT, 400)
CALENDAR_YEARS = Part("calendar.years", "calendar", INSTANT, 401)
MONTHLY = Part("months", "months", DAY_END, 410)
RISK_BARS = Part("risk.bars", "risk", BAR, 500)
RISK_GROWTH = Part("risk.growth", "risk", INSTANT, 510)
RISK_FALLS = Part("risk.falls", "risk", INSTANT, 540)
RISK_DAYS = Part("risk.days", "risk", DAY_END, 550)
RISK_BACKTEST = Part("risk.backtest", "risk", BAR, 520)
RISK_GROWTH_36M = Part("risk.growth_36m", "risk", INSTANT, 530)
DRAWDOWN = Part("drawdown", "drawdown", INSTANT, 600)
DRAWDOWN_CLOSES = Part("drawdown.closes", "drawdown", BAR, 610)
BENCHMARKS_BARS = Part("benchmarks.bars", "benchmarks", BAR, 700)
BENCHMARKS_EXCESS = Part("benchmarks.excess", "benchmarks", INSTANT, 710)
ROLLING = Part("rolling", "rolling", DAY_END, 800)
REGIME = Part("regime", "regime", BAR, 1000)
