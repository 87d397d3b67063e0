"""Batch versions of windows, rolling returns and the calendar: from the path of levels."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from engine.index.definition import IndexDefinition
from engine.periods import anchor, bar_end, years_before
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.reference.basket import Path
from tests.reference.benchmarks import actives
from tests.reference.series import central, deviation, level_at, mean, quantile, settled

GRIDS = {"1d": MINUTE, "7d": HOUR, "30d": HOUR, "90d": DAY, "1y": DAY}
FIGURES = ("return", "volatility", "sharpe", "sortino", "max_drawdown", "var_95")
AGAINST = ("beta", "correlation", "alpha", "information_ratio")


def closes(path: Path, grid: int, begin: int, end: int) -> dict[int, float]:
    """Close of every bar with a price that ended within [begin, end]."""
    found = {bar_end(at, grid): level for at, level in path}
    return {e: level for e, level in found.items() if begin <= e <= end}


def _returns(path: Path, grid: int, begin: int, end: int) -> dict[int, float]:
    kept = closes(path, grid, begin, end)
    r = {e: level / kept[e - grid] - 1.0 for e, level in kept.items() if e - grid in kept}
    return {e: settled(x) for e, x in r.items()}


def _fall(levels: list[float]) -> float:
    return settled(max(1.0 - level / max(levels[: k + 1]) for k, level in enumerate(levels)))


def window(
    path: Path, period: str, as_of: int, definition: IndexDefinition
) -> dict[str, float | None]:
    """The figures of a window, all None where the path does not fill it."""
    grid = GRIDS[period]
    end = as_of // grid * grid
    begin = anchor(period, end)
    found: dict[str, float | None] = dict.fromkeys(FIGURES)
    found["n"] = len(_returns(path, grid, begin, end))
    then = level_at(path, begin)
    if then is None:
        return found
    later = closes(path, grid, begin + 1, end)
    levels = [then, *(later[e] for e in sorted(later))]
    r = list(_returns(path, grid, begin, end).values())
    a = definition.year_days * DAY / grid
    rf = definition.per_bar(definition.risk_free, grid)
    target = rf if definition.target is None else definition.per_bar(definition.target, grid)
    found["return"] = settled(levels[-1] / then - 1.0)
    if 2 * len(r) >= (end - begin) // grid:
        found["max_drawdown"] = _fall(levels)
        sd = deviation(r)
        downside = math.sqrt(mean([min(x - target, 0.0) ** 2 for x in r]))
        found["volatility"] = sd * math.sqrt(a)
        found["sharpe"] = (mean(r) - rf) / sd * math.sqrt(a) if sd >= 1e-12 else None
        if downside >= 1e-12:
            found["sortino"] = (mean(r) - target) / downside * math.sqrt(a)
        found["var_95"] = -quantile(r, 0.05)
    return found


def window_against(
    path: Path, other: Path, period: str, as_of: int, definition: IndexDefinition
) -> dict[str, float | None]:
    """The figures of a window against a benchmark."""
    grid = GRIDS[period]
    end = as_of // grid * grid
    begin = anchor(period, end)
    found: dict[str, float | None] = dict.fromkeys(AGAINST)
    one, two = _returns(path, grid, begin, end), _returns(other, grid, begin, end)
    ends = [e for e in one if e in two]
    found["n"] = len(ends)
    if level_at(path, begin) is None or level_at(other, begin) is None:
        return found
    r, f = [one[e] for e in ends], [two[e] for e in ends]
    if 2 * len(ends) < (end - begin) // grid:
        return found
    a, rf = definition.year_days * DAY / grid, definition.per_bar(definition.risk_free, grid)
    active = actives(r, f)
    middle, other_middle = mean(r), mean(f)
    cross = math.fsum((x - middle) * (y - other_middle) for x, y in zip(r, f, strict=True))
    if deviation(f) >= 1e-12:
        found["beta"] = cross / central(f, 2)
        found["alpha"] = a * ((mean(r) - rf) - cross / central(f, 2) * (mean(f) - rf))
        if deviation(r) >= 1e-12:
            found["correlation"] = cross / math.sqrt(central(r, 2) * central(f, 2))
    if deviation(active) >= 1e-12:
        found["information_ratio"] = mean(active) / deviation(active) * math.sqrt(a)
    return found


def rolling(path: Path, period: str, as_of: int) -> dict[str, float | None]:
    """Returns of all windows that ended at 00:00 of a day with a price."""
    found: list[float] = []
    for end, level in sorted(closes(path, DAY, 0, as_of).items()):
        then = level_at(path, anchor(period, end))
        if then is not None:
            found.append(settled(level / then - 1.0))
    if not found:
        return dict.fromkeys(("latest", "positive_share", "min", "median", "max")) | {"n": 0.0}
    return {
        "latest": found[-1],
        "positive_share": mean([float(x > 0.0) for x in found]),
        "min": min(found),
        "median": quantile(found, 0.5),
        "max": max(found),
        "n": float(len(found)),
    }


def calendar(path: Path, as_of: int, width: int) -> dict[str, tuple[int, int]]:
    """Begin and end of every month (`width` 7) or year (4) from the path's first instant."""
    found: dict[str, tuple[int, int]] = {}
    begin = path[0][0]
    day = begin // DAY * DAY
    while day <= as_of:
        name = datetime.fromtimestamp(day / SECOND, UTC).isoformat()[:width]
        if name not in found:
            found[name] = (max(day, begin), as_of)
            previous = list(found)[-2:-1]
            for before in previous:
                found[before] = (found[before][0], day)
        day += DAY
    return found


def calendar_returns(path: Path, spans: dict[str, tuple[int, int]]) -> dict[str, float | None]:
    """The path's return over each span, None where it had no level at its begin."""
    found: dict[str, float | None] = {}
    for name, (begin, end) in spans.items():
        then, now = level_at(path, begin), level_at(path, end)
        found[name] = None if then is None or now is None else settled(now / then - 1.0)
    return found


def calmar_36m(path: Path, as_of: int) -> float | None:
    """Annualised growth of three years over the deepest fall of their levels at 00:00."""
    end = as_of // DAY * DAY
    begin = years_before(end, 3)
    then = level_at(path, begin)
    if then is None:
        return None
    levels = [then, *(v for _, v in sorted(closes(path, DAY, begin + 1, end).items()))]
    deepest = _fall(levels)
    growth: float = (path[-1][1] / then) ** (1.0 / 3.0) - 1.0
    return growth / deepest if deepest >= 1e-14 else None


def all_windows(
    path: Path, others: dict[str, Path], as_of: int, definition: IndexDefinition
) -> dict[str, Any]:
    """`windows` of a snapshot."""
    found: dict[str, Any] = {}
    for period in GRIDS:
        found[period] = {**window(path, period, as_of, definition)}
        found[period]["benchmarks"] = {
            name: window_against(path, other, period, as_of, definition)
            for name, other in others.items()
        }
    return found
