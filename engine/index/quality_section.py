"""The section `quality` of a snapshot: how good what the figures are made of is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.index.basket_flags import flags
from engine.index.baskets import Baskets
from engine.index.quality import Quality
from engine.metrics.machinery.bars import CLOSES, BarStatistics
from engine.metrics.registry import REGISTRY
from engine.readings import Undefined
from engine.types import SECOND


def read_quality(
    quality: Quality,
    baskets: Baskets,
    row: int,
    age: int,
    now: int,
    bars: Mapping[str, Any],
    undefined: Undefined,
) -> dict[str, Any]:
    """What is known of the prices of the basket in this row, of which the oldest of what it holds
    has this `age` (ns), and of its bars (`of_bars`)."""
    found = quality.read(baskets.all[row].keys, now)
    started = bool(baskets.levels.started[row])
    found["oldest_price_seconds"] = age / SECOND if started else None
    found |= bars
    if not started:
        undefined.reasons["quality.oldest_price_seconds"] = "not_started"
    fall = quality.gap_drawdown(baskets, row, now)
    found["gap_drawdown"] = fall.value
    if fall.reason is not None:
        undefined.reasons["quality.gap_drawdown"] = fall.reason
    found["flags"] += flags(baskets, row, now)
    return found


def of_bars(stats: BarStatistics, series: int) -> dict[str, Any]:
    """What is known of the bars of a series."""
    return {
        "unobserved_bars": int(stats[CLOSES].unobserved[series]),
        "approximate": REGISTRY.approximate(stats, series),
    }
