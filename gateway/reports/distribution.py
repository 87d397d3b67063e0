"""How the returns of a series' bars are distributed: a histogram."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gateway.comparing import ComparedCloses, bar_returns

MOST_BINS = 61
"""As many bars as still stand apart on paper."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def distribution(one: ComparedCloses, step: int) -> dict[str, Any]:
    """The simple returns of bars of `step` (ns) with a close before them, counted in bins of one
    width with an edge at 0: `edges` one more than `counts`, a return on an edge counts above it,
    on the last one below it."""
    returns = bar_returns(one, step).value
    if not len(returns):
        return {"n": 0, "edges": [], "counts": []}
    low, high = float(np.min(returns)), float(np.max(returns))
    width = _round(max(high - low, 1e-6) / MOST_BINS)
    first = math.floor(low / width)
    last = max(math.ceil(high / width), first + 1)
    edges = np.round(np.arange(first, last + 1) * width, 12)
    counts, _ = np.histogram(returns, bins=edges)
    return {"n": len(returns), "edges": edges.tolist(), "counts": counts.tolist()}


def _round(width: float) -> float:
    """The next round width above: 1, 2, 2.5 or 5 times a power of ten."""
    scale: float = 10.0 ** math.floor(math.log10(width))
    return next(step * scale for step in _STEPS if step * scale >= width)
