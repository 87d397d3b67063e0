"""Several series of closes over time: the closes that all have, and rolling figures against the
first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.comparing import ZERO, ComparedCloses, bar_returns
from gateway.wire import rfc3339

MOST_POINTS = 4000
"""Of a chart: ten years of days."""


def over_time(
    series: Sequence[ComparedCloses], common: tuple[int, int], step: int, window: int
) -> dict[str, Any]:
    """`closes` at the times (the ends of bars) that all have, the last `MOST_POINTS` of them, and
    `rolling`: beta and correlation of the first against each of the others, over the last `window`
    bars in which all have a return; null until there are as many, and where one does not vary.
    """
    shared = series[0].at
    for one in series[1:]:
        shared = np.intersect1d(shared, one.at, assume_unique=True)
    shared = shared[(shared >= common[0]) & (shared <= common[1])][-MOST_POINTS:]
    kept = [_at(one, shared) for one in series]
    closes = {one.name: one.close for one in kept}
    returns = [bar_returns(one, step) for one in kept]
    at = returns[0].at
    first, *others = (one.value for one in returns)
    rolling = {
        one.name: _rolling(first, other, window)
        for one, other in zip(series[1:], others, strict=True)
    }
    return {
        "at": [rfc3339(time) for time in shared.tolist()],
        "closes": {name: close.tolist() for name, close in closes.items()},
        "rolling": {
            "window": window,
            "of": series[0].name,
            "at": [rfc3339(time) for time in at.tolist()],
            "beta": {name: beta for name, (beta, _) in rolling.items()},
            "correlation": {name: correlation for name, (_, correlation) in rolling.items()},
        },
    }


def _at(one: ComparedCloses, shared: NDArray[np.int64]) -> ComparedCloses:
    kept = np.isin(one.at, shared, assume_unique=True)
    return one._replace(at=one.at[kept], close=one.close[kept])


def _rolling(
    x: NDArray[np.float64], y: NDArray[np.float64], window: int
) -> tuple[list[float | None], list[float | None]]:
    """Beta and correlation of x against y over the last `window` of them, each window by itself:
    what is added and taken away again keeps the rounding of all that went through it."""
    unknown = [None] * min(window - 1, len(x))
    if len(x) < window:
        return list(unknown), list(unknown)
    of_x = np.lib.stride_tricks.sliding_window_view(x, window)
    of_y = np.lib.stride_tricks.sliding_window_view(y, window)
    dx = of_x - of_x.mean(axis=1, keepdims=True)
    dy = of_y - of_y.mean(axis=1, keepdims=True)
    xy, xx, yy = (dx * dy).sum(axis=1), (dx * dx).sum(axis=1), (dy * dy).sum(axis=1)
    least = ZERO * ZERO * (window - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.where(yy < least, np.nan, xy / yy)
        both = np.where((xx < least) | (yy < least), np.nan, xy / np.sqrt(xx * yy))
    return [*unknown, *_known(beta)], [*unknown, *_known(np.clip(both, -1.0, 1.0))]


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
