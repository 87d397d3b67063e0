"""Batch versions of `drawdown`: from the path of levels."""

from __future__ import annotations

from typing import Any

from engine.periods import bar_end
from engine.types import DAY, SECOND
from tests.reference.basket import Path
from tests.reference.series import level_at, settled


def drawdown(path: Path, as_of: int) -> dict[str, Any]:
    """`drawdown` over every instant of the path.

    What is below the peak, or the trough, by less than 1e-14 of the peak is at it, and of depths
    that differ by less the earlier one comes first.
    """
    peak_at, peak = path[0]
    trough_at, trough = path[0]
    episodes: list[dict[str, Any]] = []
    longest = 0
    for at, level in path[1:]:
        if level >= peak * (1.0 - 1e-14):
            if trough < peak:
                episodes.append(_episode(peak_at, trough_at, at, (peak - trough) / peak))
                longest = max(longest, at - peak_at)
            peak_at, peak = at, max(level, peak)
            trough_at, trough = at, peak
        elif level <= trough - 1e-14 * peak:
            trough_at, trough = at, level
    level = path[-1][1]
    if trough < peak:
        episodes.append(_episode(peak_at, trough_at, None, (peak - trough) / peak))
    under = level < peak * (1.0 - 1e-14)
    lasting = as_of - peak_at if under else 0
    ordered: list[dict[str, Any]] = []
    for episode in episodes:
        deeper = [e for e in ordered if e["depth"] > episode["depth"] - 1e-14]
        ordered.insert(len(deeper), episode)
    worst = ordered[0] if ordered else None
    recovered = worst and worst["recovered_at"]
    return {
        "current": (peak - level) / peak if under else 0.0,
        "max": worst["depth"] if worst else 0.0,
        "peak_at": worst and worst["peak_at"],
        "trough_at": worst and worst["trough_at"],
        "recovered_at": recovered,
        "underwater_seconds": lasting / SECOND,
        "longest_seconds": max(longest, lasting) / SECOND,
        "recovery_seconds": (recovered - worst["trough_at"]) / SECOND
        if worst and recovered
        else None,
        "episodes": ordered[:5],
    }


def _episode(
    peak_at: int, trough_at: int, recovered_at: int | None, depth: float
) -> dict[str, Any]:
    times = {"peak_at": peak_at, "trough_at": trough_at, "recovered_at": recovered_at}
    return {**times, "depth": depth}


def max_daily(path: Path, as_of: int) -> float | None:
    """Largest drawdown over the levels at 00:00 UTC."""
    peak, deepest = 0.0, None
    for midnight in range(bar_end(path[0][0], DAY), as_of + 1, DAY):
        level = level_at(path, midnight)
        assert level is not None
        peak = max(peak, level)
        deepest = max(deepest or 0.0, settled((peak - level) / peak))
    return deepest
