"""Excess returns over a benchmark: of each period, and since the index began."""

from __future__ import annotations

from typing import Any

from engine.metrics.machinery.asked import Definition
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import AgainstFigures, Family
from engine.metrics.machinery.parts import BENCHMARKS_EXCESS, RETURNS
from engine.metrics.machinery.reading import Reading
from engine.metrics.machinery.rows import Lists, pick
from engine.readings import TOO_SHORT, Undefined

_LEFT_OUT = ("1h", "inception")
"""An hour against a benchmark is noise; since inception is counted from when the index began."""


def _read(
    reading: Reading, definition: Definition, name: str, basket: str, undefined: Undefined
) -> dict[str, Any]:
    kept, returns = reading.history.kept, reading.rows(RETURNS)
    own, other = kept[definition.id], kept[basket]
    mine, theirs = returns.values(own), returns.values(other)
    excess = {
        period: None if a is None or b is None else a - b
        for period, a, b in zip(returns.names, mine, theirs, strict=True)
    }
    for period in _LEFT_OUT:
        del excess[period]
    path = f"benchmarks.{name}.excess"
    if None in excess.values():
        why = returns.reasons("returns", other) | returns.reasons("returns", own)
        for period, value in excess.items():
            if value is None:
                undefined.reasons[f"{path}.{period}"] = why[f"returns.{period}"]
    begun = reading.begun(definition, basket)
    since = reading.baskets.levels.level.item(reading.baskets.row[basket]) / begun - 1.0
    total = mine[returns.names.index("inception")]
    inception: Lists = {"inception": ([total - since], [0 if begun == begun else TOO_SHORT])}
    return {"excess": excess | pick(inception, 0, path, undefined)}


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
