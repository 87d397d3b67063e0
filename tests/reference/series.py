"""Paths of levels, their bar returns, and the plain statistics of a list of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.periods import bar_end
from tests.reference.basket import Instants, Path


def asset_path(instants: Instants, asset: str) -> Path:
    """The price of an asset as a path of its own."""
    return [(at, prices[asset]) for at, prices in instants if asset in prices]


def bar_returns(path: Path, interval: int, as_of: int) -> tuple[dict[int, float], int]:
    """Return of every observed bar by its end, and the number of unobserved bars."""
    closes: dict[int, float] = {}
    for at, level in path:
        if bar_end(at, interval) <= as_of:
            closes[bar_end(at, interval)] = level
    ends = sorted(closes)
    returns = {e: closes[e] / closes[e - interval] - 1.0 for e in ends if e - interval in closes}
    first = bar_end(path[0][0], interval)
    unobserved = (as_of - first) // interval + 1 - len(ends) if as_of >= first else 0
    return {e: settled(r) for e, r in returns.items()}, unobserved


def level_at(path: Path, when: int) -> float | None:
    """The last level at or before `when`."""
    level = None
    for at, value in path:
        if at > when:
            break
        level = value
    return level


def settled(change: float) -> float:
    """A return, or a fall; one below 1e-14 is rounding."""
    return 0.0 if abs(change) < 1e-14 else change


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return math.fsum(values) / len(values)


def central(values: Sequence[float], power: int) -> float:
    """Σ (x − mean)^power."""
    middle = mean(values)
    return math.fsum((v - middle) ** power for v in values)


def deviation(values: Sequence[float]) -> float:
    """Standard deviation, ddof 1."""
    return math.sqrt(central(values, 2) / (len(values) - 1))


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile with linear interpolation (type 7)."""
    ordered = sorted(values)
    rank = (len(ordered) - 1) * share
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def ewma(ends: Sequence[int], values: Sequence[float], half_life: int) -> float:
    """Σ w·value / Σ w with weights that halve every `half_life` before the last end."""
    weights = [0.5 ** ((ends[-1] - end) / half_life) for end in ends]
    return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)
