"""The sizes of the terms of figures: what 1e-9 is taken of, where a figure can be near zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.index.definition import IndexDefinition
from engine.types import DAY
from tests.reference import benchmarks, series

NEAR = 1e-9


def near(value: float | None, expected: float | None, scale: float) -> bool:
    """Equal within 1e-9 of the figure's own size or of `scale`; null only where both are."""
    if value is None or expected is None:
        return value is expected
    return abs(value - expected) <= NEAR * max(scale, abs(expected))


def magnitude(values: Sequence[float]) -> float:
    """The mean of the magnitudes: what a mean is summed from; 0 of none."""
    return math.fsum(map(abs, values)) / len(values) if values else 0.0


def spread(values: Sequence[float]) -> float:
    """Standard deviation, or 1 where there is none to divide by."""
    return (series.deviation(values) if len(values) > 1 else 0.0) or 1.0


def known(r: Sequence[float]) -> float:
    """What a deviation is compared by where returns hardly vary: L1/L0 − 1 is known to a few 1e-16
    of the larger of its two terms, which is 1e-9 of a millionth of it."""
    return 1e-6 * max([1.0, *(1.0 + x for x in r)])


def single(r: Sequence[float], definition: IndexDefinition, grid: int) -> dict[str, float]:
    """Of figures of bars of this length: the sum of the magnitudes of their terms, and what the
    returns are known to."""
    root = math.sqrt(definition.year_days * DAY / grid)
    rf = definition.per_bar(definition.risk_free, grid)
    target = rf if definition.target is None else definition.per_bar(definition.target, grid)
    short = math.sqrt(magnitude([min(x - target, 0.0) ** 2 for x in r])) or 1.0
    unsure, unsure_short = 1.0 + known(r) / spread(r), 1.0 + known(r) / short
    return {
        "volatility": known(r) * root,
        "downside_deviation": known(r) * root,
        "sharpe": (magnitude(r) + abs(rf)) / spread(r) * root * unsure,
        "sortino": (magnitude(r) + abs(target)) / short * root * unsure_short,
        "skew": magnitude([x**3 for x in r]) / spread(r) ** 3 * unsure,
        "kurtosis": 6.0 * unsure,
    }


def pair(
    r: Sequence[float], f: Sequence[float], beta: float, definition: IndexDefinition, grid: int
) -> dict[str, float]:
    """The same for the figures against a benchmark; `beta` is a magnitude."""
    a, rf = definition.year_days * DAY / grid, abs(definition.per_bar(definition.risk_free, grid))
    both = magnitude(r) + magnitude(f)
    error = spread(benchmarks.actives(r, f))
    unsure_f = 1.0 + known(f) / spread(f)
    return {
        "beta": spread(r) / spread(f) * unsure_f + known(r) / spread(f),
        "correlation": unsure_f + known(r) / spread(r),
        "alpha": a * (magnitude(r) + rf + beta * (magnitude(f) + rf) * unsure_f),
        "information_ratio": both / error * math.sqrt(a) * (1.0 + known([*r, *f]) / error),
        "tracking_error": max(both, known([*r, *f])) * math.sqrt(a),
    }


def captures(
    r: Sequence[float], f: Sequence[float], up: float | None, down: float | None
) -> dict[str, float]:
    """Of the captures, whose means are of logs, and of their ratio."""
    size = {}
    for name, sign in (("up_capture", 1.0), ("down_capture", -1.0)):
        side = [(math.log1p(x), math.log1p(y)) for x, y in zip(r, f, strict=True) if y * sign > 0.0]
        if side:
            mean_f = abs(math.fsum(y for _, y in side)) / len(side)
            size[name] = magnitude([x for x, _ in side]) / math.expm1(mean_f)
    if up is not None and down:
        parts = size["up_capture"] / abs(down), abs(up) * size["down_capture"] / down**2
        size["capture_ratio"] = sum(parts)
    return size
