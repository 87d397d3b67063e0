"""Batch versions of `benchmarks`: from the lists of paired bar returns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.index.definition import IndexDefinition
from tests.reference.series import central, deviation, mean, settled


def against(
    r: Sequence[float], f: Sequence[float], definition: IndexDefinition
) -> dict[str, float | None]:
    """`benchmarks` figures of paired bar returns, without excess and EWMA beta."""
    n, a = len(r), definition.bars_per_year
    rf = definition.per_bar(definition.risk_free)
    names = ("beta", "alpha", "correlation", "tracking_error", "information_ratio")
    found: dict[str, float | None] = dict.fromkeys((*names, "up_capture", "down_capture"))
    if n >= 2:
        active = actives(r, f)
        pairs = list(zip(r, f, strict=True))
        middle, other = mean(r), mean(f)
        cross = math.fsum((x - middle) * (y - other) for x, y in pairs)
        if deviation(f) >= 1e-12:
            beta = cross / central(f, 2)
            found["beta"] = beta
            found["alpha"] = a * ((mean(r) - rf) - beta * (mean(f) - rf))
            if deviation(r) >= 1e-12:
                found["correlation"] = cross / math.sqrt(central(r, 2) * central(f, 2))
        found["tracking_error"] = deviation(active) * math.sqrt(a)
        if deviation(active) >= 1e-12:
            found["information_ratio"] = mean(active) / deviation(active) * math.sqrt(a)
    for name, sign in (("up_capture", 1.0), ("down_capture", -1.0)):
        side = [(x, y) for x, y in zip(r, f, strict=True) if y * sign > 0.0]
        if side:
            growth = [math.fsum(math.log1p(v) for v in column) / len(side) for column in zip(*side)]  # noqa: B905
            found[name] = settled(math.expm1(growth[0])) / math.expm1(growth[1])
    up, down = found["up_capture"], found["down_capture"]
    found["capture_ratio"] = up / down if up is not None and down and down > 0.0 else None
    return found


def actives(r: Sequence[float], f: Sequence[float]) -> list[float]:
    """r − f, and 0 where the growths agree to 1e-14 of themselves."""
    pairs = zip(r, f, strict=True)
    return [0.0 if math.isclose(1 + x, 1 + y, rel_tol=1e-14) else x - y for x, y in pairs]
