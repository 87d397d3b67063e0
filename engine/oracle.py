"""Slow, obvious, batch versions of every metric, to hold the streaming ones against.

Everything is computed from the whole list of instants, with plain loops and `math.fsum`. Nothing
is shared with the streaming code but the calendar (`engine.periods`) and the definitions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.index.definition import IndexDefinition
from engine.oracle_basket import Instants as Instants
from engine.oracle_basket import Path as Path
from engine.oracle_basket import index_path as index_path
from engine.periods import PERIODS, anchor, bar_end
from engine.types import DAY, HOUR, MINUTE, SECOND


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


def risk(r: Sequence[float], definition: IndexDefinition) -> dict[str, float | None]:
    """`risk` of the bar returns, without what needs the level's path."""
    n, a = len(r), definition.bars_per_year
    rf = definition.per_bar(definition.risk_free)
    target = rf if definition.target is None else definition.per_bar(definition.target)
    threshold = definition.per_bar(definition.omega_threshold)
    names = ("volatility", "downside_deviation", "sharpe", "sortino", "omega", "skew", "kurtosis")
    found: dict[str, float | None] = dict.fromkeys(names)
    if n >= 2:
        sd = deviation(r)
        flat = sd < 1e-12
        downside = math.sqrt(mean([min(x - target, 0.0) ** 2 for x in r]))
        over = [settled(x - threshold) for x in r]
        losses = math.fsum(max(-x, 0.0) for x in over)
        found["volatility"] = sd * math.sqrt(a)
        found["downside_deviation"] = downside * math.sqrt(a)
        found["sharpe"] = None if flat else (mean(r) - rf) / sd * math.sqrt(a)
        if downside >= 1e-12:
            found["sortino"] = (mean(r) - target) * a / (downside * math.sqrt(a))
        if losses >= 1e-12:
            found["omega"] = math.fsum(max(x, 0.0) for x in over) / losses
        if n >= 3 and not flat:
            g1 = central(r, 3) / n / (central(r, 2) / n) ** 1.5
            found["skew"] = g1 * math.sqrt(n * (n - 1)) / (n - 2)
        if n >= 4 and not flat:
            g2 = central(r, 4) / n / (central(r, 2) / n) ** 2 - 3.0
            found["kurtosis"] = ((n + 1) * g2 + 6.0) * (n - 1) / ((n - 2) * (n - 3))
    for confidence, least in ((95, 20), (99, 100)):
        enough = n >= least
        found[f"var_{confidence}"] = -quantile(r, (100 - confidence) / 100) if enough else None
        worst = sorted(r)[: (n - 1) * (100 - confidence) // 100 + 1]
        found[f"cvar_{confidence}"] = -mean(worst) if enough else None
    return found


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


def level_at(path: Path, when: int) -> float | None:
    """The last level at or before `when`."""
    level = None
    for at, value in path:
        if at > when:
            break
        level = value
    return level


def max_daily(path: Path, as_of: int) -> float | None:
    """Largest drawdown over the levels at 00:00 UTC."""
    peak, deepest = 0.0, None
    for midnight in range(bar_end(path[0][0], DAY), as_of + 1, DAY):
        level = level_at(path, midnight)
        assert level is not None
        peak = max(peak, level)
        deepest = max(deepest or 0.0, settled((peak - level) / peak))
    return deepest


def annualised(path: Path, as_of: int) -> dict[str, float | None]:
    """`annualised` over 1, 3 and 5 years and since inception, None where undefined."""
    total = period_returns(path, as_of)
    found: dict[str, float | None] = {}
    for years in (1, 3, 5):
        change = total[f"{years}y"]
        found[f"{years}y"] = None if change is None else math.pow(1.0 + change, 1.0 / years) - 1.0
    days, grown = (as_of - path[0][0]) / DAY, 1.0 + (total["inception"] or 0.0)
    enough = days >= 90
    found["inception"] = grown ** (365.0 / days) - 1.0 if enough else None
    return found


def period_returns(path: Path, as_of: int) -> dict[str, float | None]:
    """`returns` over every period, None where undefined."""
    found: dict[str, float | None] = {}
    for period in PERIODS:
        start = anchor(period, as_of)
        then = level_at(path, start)
        # A minute's close stands for the prices in it.
        quiet = not any(start - HOUR < bar_end(at, MINUTE) <= start for at, _ in path)
        if then is None or (period == "1h" and quiet):
            found[period] = None
        else:
            found[period] = settled(path[-1][1] / then - 1.0)
    found["inception"] = settled(path[-1][1] / path[0][1] - 1.0)
    return found
