"""Definition cards: what each published figure is, in words and formula, with a worked example.

r are simple returns of the observed bars, f those of the benchmark, n their number, A the bars a
year, rf the risk-free rate of one bar; sd has ddof 1. A return or a fall below 1e-14 is rounding
and counts as 0. docs/metrics.md is made of them.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from engine.cards.card import Card, Example
from engine.cards.composition import COMPOSITION
from engine.cards.levels import LEVELS, RETURNS
from engine.cards.market import QUALITY, REGIMES, WATCH
from engine.cards.relative import RELATIVE
from engine.cards.risk import DRAWDOWN, RISK
from engine.cards.trailing import ROLLING, WINDOWS
from engine.index.definition import IndexDefinition

__all__ = ["CARDS", "GROUPS", "METRICS_DIGEST", "Card", "Example", "snapshot_digest"]

GROUPS: dict[str, tuple[Card, ...]] = {
    "Level and weighting": LEVELS,
    "Composition": COMPOSITION,
    "Returns": RETURNS,
    "Risk": RISK,
    "Drawdown": DRAWDOWN,
    "Benchmarks": RELATIVE,
    "Windows": WINDOWS,
    "Rolling returns": ROLLING,
    "Regimes": REGIMES,
    "Warning signs, targets, alerts": WATCH,
    "Quality": QUALITY,
}
"""The cards in the order of the snapshot."""

CARDS: tuple[Card, ...] = tuple(card for group in GROUPS.values() for card in group)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


METRICS_DIGEST = _digest([card.normative() for card in CARDS])
"""Changes whenever the definition of a figure does; not with references, readings or examples."""


@lru_cache(maxsize=16_384)  # asked for with every snapshot; more indices only cost time
def snapshot_digest(definition: IndexDefinition) -> str:
    """What a snapshot's figures mean: SHA-256 over the cards and the index definition."""
    return _digest([METRICS_DIGEST, definition.digest()])
