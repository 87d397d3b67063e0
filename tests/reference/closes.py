"""Batch versions of the figures of drawdowns over the closes of bars, as libraries count them.

`closes` is (time, level): the base, then the close of every observed bar. What `drawdown` says of
every instant is in `tests.reference.drawdown`.
"""

from __future__ import annotations

import math

from tests.reference.basket import Path
from tests.reference.series import mean, quantile, settled

STERLING = 0.10
"""What Deane Sterling Jones added to the drawdown, so that a shallow one divides by something."""
QUANTILES = {"p50": (0.50, 1), "p75": (0.75, 1), "p90": (0.90, 10), "p95": (0.95, 20)}
"""Share, and how many drawdowns a quantile needs to be more than the longest one."""

Figures = dict[str, float | None]


def depths(closes: Path) -> list[float]:
    """How far each close after the base is below the highest so far, the base included."""
    peak, found = closes[0][1], []
    for _, level in closes[1:]:
        peak = max(peak, level)
        found.append(settled(1.0 - level / peak))
    return found


def episodes(closes: Path) -> list[tuple[float, int]]:
    """Depth and duration in ns of each drawdown, from its peak; one that lasts, to the last close.

    Every close at the peak begins anew, so a duration counts from the last of them.
    """
    found: list[tuple[float, int]] = []
    begun, deepest = closes[0][0], 0.0
    for (at, _), depth in zip(closes[1:], depths(closes), strict=True):
        if depth > 0.0:
            deepest = max(deepest, depth)
            continue
        if deepest > 0.0:
            found.append((deepest, at - begun))
        begun, deepest = at, 0.0
    if deepest > 0.0:
        found.append((deepest, closes[-1][0] - begun))
    return found


def drawdowns(closes: Path) -> Figures:
    """What `drawdown` says of closes; seconds for durations."""
    d, ended = depths(closes), episodes(closes)
    found: Figures = dict.fromkeys(("ulcer_index", "pain_index", "time_under_water"))
    if len(d) >= 2:
        found["ulcer_index"] = math.sqrt(mean([x * x for x in d]))
        found["pain_index"] = mean(d)
        found["time_under_water"] = mean([float(x > 0.0) for x in d])
    seconds = [duration / 1e9 for _, duration in ended]
    found["average"] = mean([depth for depth, _ in ended]) if ended else None
    found["average_seconds"] = mean(seconds) if ended else None
    found["durations.n"] = float(len(ended))
    for name, (share, least) in QUANTILES.items():
        found[f"durations.{name}"] = quantile(seconds, share) if len(ended) >= least else None
    return found


def ratios(closes: Path, cagr: float | None, risk_free: float, deepest: float) -> Figures:
    """Growth a year over what was suffered; `deepest` is `drawdown.max`.

    All are None where no growth is given; over a drawdown of nothing, too.
    """
    found: Figures = dict.fromkeys(("martin", "pain_ratio", "sterling", "burke", "burke_modified"))
    fell = math.sqrt(math.fsum(depth * depth for depth, _ in episodes(closes)))
    if cagr is not None:
        found["sterling"] = cagr / (deepest + STERLING)
        if fell >= 1e-14:
            told = drawdowns(closes)
            over = cagr - risk_free
            found["martin"] = over / told["ulcer_index"] if told["ulcer_index"] else None
            found["pain_ratio"] = over / told["pain_index"] if told["pain_index"] else None
            found["burke"] = over / fell
            found["burke_modified"] = over / fell * math.sqrt(len(closes) - 1)
    grown = closes[-1][1] / closes[0][1] - 1.0
    found["recovery_factor"] = grown / deepest if deepest >= 1e-14 else None
    return found


def stability(closes: Path) -> float | None:
    """R² of the straight line through log levels by bar, from the first close after the base on."""
    logs = [math.log(level) for _, level in closes[1:]]
    n = len(logs)
    if n < 3:
        return None
    middle, half = mean(logs), (n - 1) / 2.0
    spread = math.fsum((y - middle) ** 2 for y in logs)
    if math.sqrt(spread / (n - 1)) < 1e-12:
        return None
    across = math.fsum((k - half) * (y - middle) for k, y in enumerate(logs))
    along = math.fsum((k - half) ** 2 for k in range(n))
    return across * across / (along * spread)
