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
from tests.reference import bets, closes
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


def of_growth(name: str) -> Read:
    def read(t: Told) -> float | None:
        deepest = max(closes.depths(t.path), default=0.0)
        return closes.ratios(t.path, t.cagr(), t.definition.risk_free, deepest)[name]

    return read


def of_months(name: str) -> Read:
    return lambda t: bets.months(t.months(), t.definition.risk_free, t.definition.target)[name]


# Growth over drawdowns stays here: the engine's is by a year of 365 days, R's by its own scale.
PENDING: dict[str, Read] = {
    "risk.martin": of_growth("martin"),
    "risk.pain_ratio": of_growth("pain_ratio"),
    "risk.sterling": of_growth("sterling"),
    "risk.burke": of_growth("burke"),
    "risk.burke_modified": of_growth("burke_modified"),
    "risk.stability": lambda t: closes.stability(t.path),
    "risk.best_day": lambda t: bets.extremes(t.returns())["best"],
    "risk.worst_day": lambda t: bets.extremes(t.returns())["worst"],
    "months.mean": of_months("mean"),
    "months.volatility": of_months("volatility"),
    "months.sharpe": of_months("sharpe"),
    "months.sortino": of_months("sortino"),
}


def read(
    path: str, mine: Path, other: Path, table: dict[str, Any], definition: Any
) -> float | None:
    """The figure of one index of the bench."""
    year = float(table.get("year_days", 365.0))
    return PENDING[path](Told(mine, other, definition, year))
