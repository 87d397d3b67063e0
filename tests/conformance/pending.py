"""Figures that the engine does not publish yet, by the batch versions of `tests.reference`.

`Bench.read` takes a path that stands in `PENDING` from here, and every other from the engine's
snapshot: what the engine has learnt to publish is deleted from the table, one line each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from engine.index.definition import IndexDefinition
from engine.types import DAY, SECOND
from tests.reference import bets, closes, relative, risk
from tests.reference.basket import Path
from tests.reference.series import settled


@dataclass(frozen=True, slots=True)
class Told:
    """One index of the bench: its daily closes, those of its benchmark, and its definition."""

    path: Path
    other: Path
    definition: IndexDefinition
    year: float
    """Days of the year that growth is read by."""

    def returns(self) -> list[float]:
        return [x for _, x in self._returns(self.path)]

    def pair(self) -> tuple[list[float], list[float]]:
        theirs = dict(self._returns(self.other))
        both = [(x, theirs[at]) for at, x in self._returns(self.path) if at in theirs]
        return [x for x, _ in both], [y for _, y in both]

    def _returns(self, path: Path) -> list[tuple[int, float]]:
        steps = pairwise(path)
        return [(at, settled(level / before - 1.0)) for (_, before), (at, level) in steps]

    def cagr(self) -> float | None:
        days = (self.path[-1][0] - self.path[0][0]) / DAY
        if days < 90:
            return None
        grown: float = (self.path[-1][1] / self.path[0][1]) ** (self.year / days) - 1.0
        return grown

    def months(self) -> list[float]:
        """Returns of the complete calendar months of daily closes."""
        firsts = [
            level for at, level in self.path if datetime.fromtimestamp(at / SECOND, UTC).day == 1
        ]
        return [settled(b / a - 1.0) for a, b in pairwise(firsts)]


Read = Callable[[Told], float | None]


def of_bets(name: str) -> Read:
    return lambda t: bets.bets(t.returns())[name]


def of_target(name: str) -> Read:
    return lambda t: bets.about_target(t.returns(), t.definition)[name]


def of_closes(name: str) -> Read:
    return lambda t: closes.drawdowns(t.path)[name]


def of_growth(name: str) -> Read:
    def read(t: Told) -> float | None:
        deepest = max(closes.depths(t.path), default=0.0)
        return closes.ratios(t.path, t.cagr(), t.definition.risk_free, deepest)[name]

    return read


def of_months(name: str) -> Read:
    return lambda t: bets.months(t.months(), t.definition.risk_free, t.definition.target)[name]


def of_line(name: str) -> Read:
    return lambda t: relative.line(*t.pair(), t.definition)[name]


def of_shares(name: str) -> Read:
    return lambda t: relative.shares(*t.pair())[name]


def of_side(name: str) -> Read:
    return lambda t: relative.sided_beta(*t.pair())[name]


def track_record(t: Told) -> float | None:
    r = t.returns()
    sharpe, error = risk.risk(r, t.definition)["sharpe"], risk.sharpe_error(r, t.definition)
    return bets.min_track_record(len(r), sharpe, error)


PENDING: dict[str, Read] = {
    "drawdown.ulcer_index": of_closes("ulcer_index"),
    "drawdown.pain_index": of_closes("pain_index"),
    "drawdown.average": of_closes("average"),
    "drawdown.average_seconds": of_closes("average_seconds"),
    "risk.martin": of_growth("martin"),
    "risk.pain_ratio": of_growth("pain_ratio"),
    "risk.sterling": of_growth("sterling"),
    "risk.burke": of_growth("burke"),
    "risk.burke_modified": of_growth("burke_modified"),
    "risk.recovery_factor": of_growth("recovery_factor"),
    "risk.stability": lambda t: closes.stability(t.path),
    "risk.tail_ratio": lambda t: bets.tail_ratio(t.returns()),
    "risk.win_rate": of_bets("win_rate"),
    "risk.payoff": of_bets("payoff"),
    "risk.gain_to_pain": of_bets("gain_to_pain"),
    "risk.kelly": of_bets("kelly"),
    "risk.d_ratio": of_bets("d_ratio"),
    "risk.best_day": lambda t: bets.extremes(t.returns())["best"],
    "risk.worst_day": lambda t: bets.extremes(t.returns())["worst"],
    "risk.mean_return": lambda t: bets.mean_return(t.returns(), t.definition),
    "risk.min_track_record": track_record,
    "risk.var_95_gaussian": lambda t: bets.gaussian(t.returns(), 95)[0],
    "risk.cvar_95_gaussian": lambda t: bets.gaussian(t.returns(), 95)[1],
    "risk.upside_potential": of_target("upside_potential"),
    "risk.downside_potential": of_target("downside_potential"),
    "risk.upside_potential_ratio": of_target("upside_potential_ratio"),
    "risk.upside_deviation": of_target("upside_deviation"),
    "risk.upside_frequency": of_target("upside_frequency"),
    "months.mean": of_months("mean"),
    "months.volatility": of_months("volatility"),
    "months.sharpe": of_months("sharpe"),
    "months.sortino": of_months("sortino"),
    "benchmarks.benchmark.r_squared": of_line("r_squared"),
    "benchmarks.benchmark.specific_risk": of_line("specific_risk"),
    "benchmarks.benchmark.systematic_risk": of_line("systematic_risk"),
    "benchmarks.benchmark.appraisal": of_line("appraisal"),
    "benchmarks.benchmark.treynor": of_line("treynor"),
    "benchmarks.benchmark.active_premium": of_line("active_premium"),
    "benchmarks.benchmark.m_squared": of_line("m_squared"),
    "benchmarks.benchmark.m_squared_excess": of_line("m_squared_excess"),
    "benchmarks.benchmark.batting_average": of_shares("batting_average"),
    "benchmarks.benchmark.up_number": of_shares("up_number"),
    "benchmarks.benchmark.down_number": of_shares("down_number"),
    "benchmarks.benchmark.up_percent": of_shares("up_percent"),
    "benchmarks.benchmark.down_percent": of_shares("down_percent"),
    "benchmarks.benchmark.up_beta": of_side("up_beta"),
    "benchmarks.benchmark.down_beta": of_side("down_beta"),
}


def read(
    path: str, mine: Path, other: Path, table: dict[str, Any], definition: Any
) -> float | None:
    """The figure of one index of the bench."""
    year = float(table.get("year_days", 365.0))
    return PENDING[path](Told(mine, other, definition, year))
