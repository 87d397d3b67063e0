"""Slow, obvious, batch versions of regimes and red flags, to hold the streaming ones against.

All is computed from the list of daily closes, with plain loops and `math.fsum`. Nothing is shared
with the streaming code but the calendar and the definitions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from engine.index.definition import IndexDefinition
from engine.periods import bar_end, month_of, next_rebalance, years_before
from engine.types import DAY
from tests.reference.basket import Instants, Path
from tests.reference.series import bar_returns, deviation, mean

Closes = list[tuple[int, float]]
"""Daily closes: 00:00 UTC and the level then, of the days that had a price."""
Judged = list[tuple[int, str | None]]
"""What was judged at each daily close."""
Year = tuple[float, float, float]
"""Return, volatility, Sharpe."""
Changes = list[tuple[int, str, bool]]
"""Times, flags, and whether they came or went."""


def daily_closes(path: Path, as_of: int) -> Closes:
    """The last level of every day with a price, up to `as_of`."""
    closes = {bar_end(at, DAY): level for at, level in path if bar_end(at, DAY) <= as_of}
    return sorted(closes.items())


def daily_returns(closes: Closes) -> list[tuple[int, float]]:
    """Returns of the days whose day before was seen too."""
    found = []
    for (before, low), (at, high) in pairwise(closes):
        if at - before == DAY:
            change = high / low - 1.0
            found.append((at, 0.0 if abs(change) < 1e-14 else change))
    return found


def trends(closes: Closes) -> Judged:
    """The trend at every close: what has turned by 20 %, and how old its extreme is."""
    direction, since = 0, 0  # up or down, and the close from which it counts
    found: Judged = []
    for k, (at, level) in enumerate(closes):
        phase = closes[since : k + 1]
        highest, lowest = max(v for _, v in phase), min(v for _, v in phase)
        if direction >= 0 and level / highest - 0.8 <= 1e-12:
            direction, since, phase = -1, k, closes[k : k + 1]
        elif direction <= 0 and 1.2 - level / lowest <= 1e-12:
            direction, since, phase = 1, k, closes[k : k + 1]
        if direction == 0:
            found.append((at, None))
            continue
        extreme = max(v for _, v in phase) if direction > 0 else min(v for _, v in phase)
        reached = next(when for when, v in phase if abs(v - extreme) <= 1e-12 * extreme)
        name = "bull" if direction > 0 else "bear"
        found.append((at, "sideways" if at - reached >= 21 * DAY else name))
    return found


def volatilities(closes: Closes) -> Judged:
    """High or low at every close, by the EWMA of squared returns against its median."""
    ends = [at for at, _ in closes]
    returns = dict(daily_returns(closes))
    squares: list[float] = []
    values: list[float] = []
    state: str | None = None
    found: Judged = []
    for at in ends:
        if at in returns:
            squares.append(returns[at] ** 2)
            weights = [0.94 ** (len(squares) - 1 - k) for k in range(len(squares))]
            total = math.fsum(w * s for w, s in zip(weights, squares, strict=True))
            now = math.sqrt(total / math.fsum(weights))
            if len(squares) >= 10:
                values.append(now)
            if len(squares) >= 90:
                state = _held(state, now, _median(values[-730:]))
        found.append((at, state))
    return found


def _held(state: str | None, now: float, usual: float) -> str | None:
    if usual < 1e-12:
        return state
    if state is None:
        return "high" if now / usual >= 1.0 - 1e-12 else "low"
    if state == "low":
        return "high" if now >= 1.125 * usual else "low"
    return "low" if now <= 0.875 * usual else "high"


def _median(values: Sequence[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2.0


def last(judged: Judged, at: int) -> tuple[str | None, int | None]:
    """What the last close at or before `at` was judged to be, and since which close it is so."""
    name, since = None, None
    for end, found in judged:
        if end > at:
            break
        if found != name:
            name, since = found, end
    return name, since


def returns_by_regime(
    path: Path, definition: IndexDefinition, trend: Judged, volatility: Judged, as_of: int
) -> dict[str, list[float]]:
    """Returns of the bars that began within each regime."""
    interval = definition.return_interval
    returns, _ = bar_returns(path, interval, as_of)
    bars: dict[str, list[float]] = {
        name: [] for name in ("bull", "bear", "sideways", "high_volatility", "low_volatility")
    }
    for end, r in returns.items():
        names = [last(trend, end - interval)[0], last(volatility, end - interval)[0]]
        names[1] = names[1] and f"{names[1]}_volatility"
        for name in filter(None, names):
            bars[name].append(r)
    return bars


def by_regime(
    path: Path, definition: IndexDefinition, trend: Judged, volatility: Judged, as_of: int
) -> dict[str, dict[str, float | None]]:
    """Figures of the index over the bars that began within each regime."""
    bars, a = (
        returns_by_regime(path, definition, trend, volatility, as_of),
        definition.bars_per_year,
    )
    rf = definition.per_bar(definition.risk_free)
    found: dict[str, dict[str, float | None]] = {}
    for name, seen in bars.items():
        sd = deviation(seen) if len(seen) > 1 else 0.0
        flat = sd < 1e-12
        found[name] = {
            "n": len(seen),
            "return": math.exp(math.fsum(map(math.log1p, seen))) - 1.0 if seen else None,
            "volatility": sd * math.sqrt(a) if len(seen) > 1 else None,
            "sharpe": None if flat else (mean(seen) - rf) / sd * math.sqrt(a),
        }
    return found


def cycles(closes: Closes) -> list[dict[str, Any]]:
    """Every fall from a peak of the closes to its recovery, the last one open if it is."""
    found: list[dict[str, Any]] = []
    peak_at, peak = closes[0]
    low_at, low = closes[0]
    for at, level in closes[1:]:
        if level >= peak * (1.0 - 1e-12):
            found.append(_fall(peak_at, peak, low_at, low, at))
            (peak_at, peak), (low_at, low) = (at, level), (at, level)
        elif level <= low - 1e-12 * peak:
            low_at, low = at, level
    return [*found, _fall(peak_at, peak, low_at, low, None)]


def _fall(at: int, peak: float, low_at: int, low: float, recovered: int | None) -> dict[str, Any]:
    depth = (peak - low) / peak
    return {"depth": depth, "peak_at": at, "trough_at": low_at, "recovered_at": recovered}


def year(closes: Closes, begin: int, end: int, definition: IndexDefinition) -> Year | None:
    """Return, volatility and Sharpe of the daily closes of (begin, end], None where undefined."""
    before = [level for at, level in closes if at <= begin]
    r = [x for at, x in daily_returns(closes) if at - DAY >= begin and at <= end]
    if not before or len(r) < 180 or deviation(r) < 1e-12:
        return None
    growth = [level for at, level in closes if at <= end][-1] / before[-1] - 1.0
    return growth, deviation(r) * math.sqrt(definition.year_days), _sharpe(r, definition)


def _sharpe(r: Sequence[float], definition: IndexDefinition) -> float:
    rf = math.pow(1.0 + definition.risk_free, 1.0 / definition.year_days) - 1.0
    return (mean(r) - rf) / deviation(r) * math.sqrt(definition.year_days)


def paired(
    closes: Closes, other: Closes, end: int, definition: IndexDefinition
) -> tuple[float, float] | None:
    """Sharpe of both over the days of the trailing year on which both had returns."""
    begin = years_before(end, 1)
    mine = {at: x for at, x in daily_returns(closes) if at - DAY >= begin and at <= end}
    theirs = dict(daily_returns(other))
    both = [at for at in mine if at in theirs]
    pair = [mine[at] for at in both], [theirs[at] for at in both]
    reaches = closes[0][0] <= begin and other[0][0] <= begin
    if not reaches or len(both) < 180 or min(map(deviation, pair)) < 1e-12:
        return None
    return _sharpe(pair[0], definition), _sharpe(pair[1], definition)


def deeper_drawdowns(closes: Closes) -> Changes:
    """When the last three falls of 20 % were each deeper than the one before."""
    states = []
    for k in range(1, len(closes) + 1):
        *ended, lasting = cycles(closes[:k])
        depths = [c["depth"] for c in ended if c["depth"] >= 0.2 - 1e-12]
        if depths and lasting["depth"] >= max(0.2 - 1e-12, depths[-1] + 1e-12):
            depths.append(lasting["depth"])
        steps = [b - a for a, b in pairwise(depths[-3:])]
        states.append(len(steps) == 2 and min(steps) >= 1e-12)
    return _changes("deeper_drawdowns", [at for at, _ in closes], states)


def _changes(flag: str, ends: Sequence[int], states: Sequence[bool]) -> Changes:
    before = [False, *states]
    return [
        (at, flag, now) for at, was, now in zip(ends, before, states, strict=False) if was != now
    ]


def monthly_flags(
    closes: Closes, other: Closes | None, definition: IndexDefinition
) -> dict[str, Changes]:
    """When falling_sharpe, behind_benchmark and more_volatility_without_return came and went."""
    ends: list[int] = []
    for at, _ in closes:
        if not ends or month_of(at) != month_of(ends[-1]):
            ends.append(at)
    whole = {at: [c for c in closes if c[0] <= at] for at in ends}
    years = [year(whole[at], years_before(at, 1), at, definition) for at in ends]
    falls = _falling(ends, [y[2] if y else None for y in years])
    found = {"falling_sharpe": _changes("falling_sharpe", ends, falls)}
    if other is not None:
        pairs = [paired(whole[at], [c for c in other if c[0] <= at], at, definition) for at in ends]
        found["behind_benchmark"] = _changes("behind_benchmark", ends, _behind(ends, pairs))
    states: list[bool] = []
    for at, now in zip(ends, years, strict=True):
        before = year(whole[at], years_before(at, 2), years_before(at, 1), definition)
        least = 1.1 if states[-1:] == [True] else 1.2
        if now is None or before is None:
            states.append(False)
        else:
            states.append(now[1] / before[1] - least >= -1e-12 and now[0] - before[0] <= 1e-12)
    name = "more_volatility_without_return"
    return {**found, name: _changes(name, ends, states)}


def _follows(ends: Sequence[int], k: int) -> bool:
    return k > 0 and month_of(ends[k]) == month_of(ends[k - 1]) + 1


def _falling(ends: Sequence[int], sharpes: Sequence[float | None]) -> list[bool]:
    states: list[bool] = []
    for k in range(len(ends)):
        falls: list[float] = []  # of the month ends in a row that end here, newest first
        j = k
        while j > 0 and _follows(ends, j) and len(falls) < 3:
            one, two = sharpes[j - 1], sharpes[j]
            if one is None or two is None or one - two <= 1e-6:
                break
            falls.append(one - two)
            j -= 1
        begins = len(falls) == 3 and math.fsum(falls) >= 0.7
        states.append(begins or (states[-1:] == [True] and len(falls) > 0))
    return states


def _behind(ends: Sequence[int], pairs: Sequence[tuple[float, float] | None]) -> list[bool]:
    states = []
    for k in range(len(ends)):
        run = 0
        for j in range(k, -1, -1):
            pair = pairs[j]
            if pair is None or pair[0] >= pair[1] - 1e-6:
                break
            run += 1
            if not _follows(ends, j):
                break
        states.append(run >= 12)
    return states


def weight_drift(
    instants: Instants, closes: Closes, definition: IndexDefinition
) -> tuple[Changes, float]:
    """When the flag came and went, and how far the furthest weight is off at the last close.

    For a basket without planned changes whose prices never get too old.
    """
    named = dict(zip(definition.assets, definition.weights, strict=True))
    prices: dict[str, float] = {}
    held: Mapping[str, float] = {}
    states: list[bool] = []
    off = 0.0
    due, rows = 0, list(instants)
    for end, _ in closes:
        while rows and rows[0][0] <= end:
            at, moved = rows.pop(0)
            if held and due < at:
                held, due = dict(prices), next_rebalance(definition.rebalance, at - 1)
            prices.update(moved)
            if not held and all(asset in prices for asset in named):
                held, due = dict(prices), next_rebalance(definition.rebalance, at)
        if due <= end:
            held, due = dict(prices), next_rebalance(definition.rebalance, end)
        grown = {a: w * prices[a] / held[a] for a, w in named.items()}
        total = math.fsum(grown.values())
        off = max(abs(grown[a] / total - w) for a, w in named.items())
        states.append(off > 0.025 + 1e-12 if states[-1:] == [True] else off >= 0.05 - 1e-12)
    return _changes("weight_drift", [at for at, _ in closes], states), off
