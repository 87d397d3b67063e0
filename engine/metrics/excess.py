"""Excess returns over a benchmark: of each period, and since the index began."""

from __future__ import annotations

from typing import Any

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import AgainstFigures, Family
from engine.metrics.machinery.parts import BENCHMARKS_EXCESS, RETURNS
from engine.metrics.machinery.reader import Reading
from engine.metrics.machinery.rows import Lists, pick
from engine.readings import TOO_SHORT, Undefined

_LEFT_OUT = ("1h", "inception")
"""An hour against a benchmark is noise; since inception is counted from when the index began."""


def _read(
    reading: Reading, definition: Definition, name: str, basket: str, undefined: Undefined
) -> dict[str, Any]:
    kept, returns = reading.history.kept, reading.lists(RETURNS)
    own, other = kept[definition.id], kept[basket]
    excess: Lists = {}
    for period, (values, codes) in returns.items():
        if period not in _LEFT_OUT:
            excess[period] = ([values[own] - values[other]], [codes[own] or codes[other]])
    begun = reading.begun(definition, basket)
    since = float(reading.baskets.levels.level[reading.baskets.row[basket]]) / begun - 1.0
    total = returns["inception"][0][own]
    excess["inception"] = ([total - since], [0 if begun == begun else TOO_SHORT])
    return {"excess": pick(excess, 0, f"benchmarks.{name}.excess", undefined)}


FAMILY = Family(
    "Benchmarks",
    cards=(
        Card(
            "benchmarks.*.excess.*",
            "returns.* − the benchmark's over the same period; inception: since the index began",
            "fraction",
            "too_short: as returns, or the benchmark began later (inception: or was named later); "
            "not_started",
            sign="ahead of the benchmark is positive",
            example=Example("four", "benchmarks.B.excess.inception", 0.0297, "6.92 % − 3.95 %"),
            order=5090,
            better="higher",
        ),
    ),
    figures=(AgainstFigures(BENCHMARKS_EXCESS, _read),),
)
