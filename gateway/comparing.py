"""Several series of closes over their common time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.types import DAY
from gateway.wire import rfc3339

YEAR = 365 * DAY
LEAST_ANNUALISED = 90 * DAY
"""Under so much a yearly return is not told, as of `cagr`."""
ZERO = 1e-12
"""A standard deviation below is none (DESIGN, "Numbers")."""


class NothingInCommon(ValueError):  # noqa: N818 - named for what is so
    """The series have no bar of this length in common."""


class ComparedCloses(NamedTuple):
    """A series: the times (ns) at which its bars ended, and their closes."""

    name: str
    at: NDArray[np.int64]
    close: NDArray[np.float64]


def compared(
    series: Sequence[ComparedCloses],
    common: tuple[int, int],
    step: int,
    risk_free: Mapping[str, float],
) -> dict[str, Any]:
    """`series`, `pairs` and `undefined` of `/v1/compare`, and the time from the first to the last
    close that all have; `step` is the length of a bar (ns), `risk_free` by series the rate per year
    that its Sharpe ratio is above, 0 where there is none. Raises NothingInCommon."""
    shared = series[0].at
    for one in series[1:]:
        shared = np.intersect1d(shared, one.at, assume_unique=True)
    shared = shared[(shared >= common[0]) & (shared <= common[1])]
    if len(shared) < 2:  # no return, of one close
        raise NothingInCommon
    begin, end = int(shared[0]), int(shared[-1])
    within = [one._replace(**_cut(one, begin, end)) for one in series]
    undefined = dict[str, str]()
    told = [
        _of_one(k, one, step, risk_free.get(one.name, 0.0), undefined)
        for k, one in enumerate(within)
    ]
    returns = {one.name: bar_returns(one, step) for one in within}
    pairs = [
        _of_pair(k, a, b, returns, undefined)
        for k, (a, b) in enumerate(combinations([one.name for one in within], 2))
    ]
    return {
        "from": rfc3339(begin),
        "to": rfc3339(end),
        "series": told,
        "pairs": pairs,
        "undefined": undefined,
    }


def _cut(one: ComparedCloses, begin: int, end: int) -> dict[str, Any]:
    kept = (one.at >= begin) & (one.at <= end)
    return {"at": one.at[kept], "close": one.close[kept]}


class BarReturns(NamedTuple):
    """Returns, and the ends (ns) of their bars."""

    at: NDArray[np.int64]
    value: NDArray[np.float64]


def bar_returns(one: ComparedCloses, step: int) -> BarReturns:
    """Simple returns of the bars that have a close before them, at their ends."""
    follows = np.flatnonzero(np.diff(one.at) == step)
    value = one.close[follows + 1] / one.close[follows] - 1.0
    return BarReturns(one.at[follows + 1], np.where(np.abs(value) < 1e-14, 0.0, value))


def _of_one(
    k: int, one: ComparedCloses, step: int, risk_free: float, undefined: dict[str, str]
) -> dict[str, Any]:
    returns = bar_returns(one, step).value
    bars = YEAR / step
    elapsed = int(one.at[-1] - one.at[0])
    whole = float(one.close[-1] / one.close[0] - 1.0)
    found: dict[str, Any] = {"series": one.name, "n": len(returns), "return": whole}
    found["risk_free"] = risk_free
    path = f"series.{k}"

    def null(name: str, reason: str) -> None:
        found[name] = None
        undefined[f"{path}.{name}"] = reason

    if elapsed < LEAST_ANNUALISED:
        null("annualised", "too_short")
    else:
        found["annualised"] = math.expm1(math.log1p(whole) * YEAR / elapsed)
    spread = float(np.std(returns, ddof=1)) if len(returns) > 1 else math.nan
    if len(returns) < 2:
        null("volatility", "too_few")
        null("sharpe", "too_few")
    else:
        found["volatility"] = spread * math.sqrt(bars)
        if spread < ZERO:
            null("sharpe", "zero_variance")
        else:
            free = math.expm1(math.log1p(risk_free) / bars)
            found["sharpe"] = (float(np.mean(returns)) - free) / spread * math.sqrt(bars)
    return found | _falls(one, path, undefined)


def _falls(one: ComparedCloses, path: str, undefined: dict[str, str]) -> dict[str, Any]:
    peaks = np.maximum.accumulate(one.close)
    depths = 1.0 - one.close / peaks
    trough = int(np.argmax(depths))
    found = {"max_drawdown": float(depths[trough]), "drawdown": float(depths[-1])}
    if depths[trough] <= 0.0:
        undefined |= {f"{path}.{name}": "no_loss" for name in ("peak_at", "trough_at")}
        return {**found, "peak_at": None, "trough_at": None}
    peak = int(np.flatnonzero(one.close[: trough + 1] == peaks[trough])[-1])
    at = {"peak_at": rfc3339(int(one.at[peak])), "trough_at": rfc3339(int(one.at[trough]))}
    return {**found, **at}


def _of_pair(
    k: int, a: str, b: str, returns: dict[str, BarReturns], undefined: dict[str, str]
) -> dict[str, Any]:
    _, left, right = np.intersect1d(
        returns[a].at, returns[b].at, assume_unique=True, return_indices=True
    )
    x, y = returns[a].value[left], returns[b].value[right]
    found: dict[str, Any] = {"a": a, "b": b, "n": len(x)}
    names = ("correlation", "beta", "beta_of_b")
    if len(x) < 2:
        undefined |= {f"pairs.{k}.{name}": "too_few" for name in names}
        return found | dict.fromkeys(names)
    (xx, xy), (_, yy) = np.cov(x, y, ddof=1).tolist()
    flat_x, flat_y = math.sqrt(xx) < ZERO, math.sqrt(yy) < ZERO
    for name, is_flat in zip(names, (flat_x or flat_y, flat_y, flat_x), strict=True):
        if is_flat:
            undefined[f"pairs.{k}.{name}"] = "zero_variance"
    # Rounding may put equal series a little above one.
    correlation = None if flat_x or flat_y else max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
    betas = None if flat_y else xy / yy, None if flat_x else xy / xx
    return found | dict(zip(names, (correlation, *betas), strict=True))
