"""Drawdowns over the closes of bars, as libraries count them: ulcer and pain index, their averages,
and growth over what was suffered.

The closes are those of the observed bars, begun with the base level. An episode lasts from the last
close at the peak to the first at or above it again; the open one counts up to the last close.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import LOSS, Card, Example
from engine.metrics.machinery.family import (
    SERIES,
    Columns,
    Family,
    MovingFigures,
    Placed,
    SeriesFigures,
    StateTable,
)
from engine.metrics.machinery.moving import flat, placed_names
from engine.metrics.machinery.parts import ANNUALISED, DRAWDOWN_CLOSES, RETURNS, RISK_FALLS
from engine.metrics.machinery.reading import Reading
from engine.metrics.moments import MOMENTS
from engine.readings import REASONS, ZERO_RETURN, Column, column, few
from engine.table import F64, I64, Bool, Table
from engine.types import SECOND

STERLING = 0.10
"""What Deane Sterling Jones added to the drawdown, so that a shallow one divides by something."""


class Falls(Table):
    """Per series: closes after the base, how many of them below the peak, Σ of depths and of their
    squares; the peak, its last instant and the last close's; depth of the open episode; of closed
    ones their number, Σ of depths and of their squares, and Σ of durations (ns); 1 where the table
    began later than the series."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "under": ("i8", (), 0),
        "depths": ("f8", (), 0.0),
        "squares": ("f8", (), 0.0),
        "peak": ("f8", (), 0.0),
        "peak_at": ("i8", (), 0),
        "last_at": ("i8", (), 0),
        "open": ("f8", (), 0.0),
        "episodes": ("i8", (), 0),
        "episode_depths": ("f8", (), 0.0),
        "episode_squares": ("f8", (), 0.0),
        "durations": ("i8", (), 0),
        "late": ("i8", (), 0),
    }
    n: I64
    under: I64
    depths: F64
    squares: F64
    peak: F64
    peak_at: I64
    last_at: I64
    open: F64
    episodes: I64
    episode_depths: F64
    episode_squares: F64
    durations: I64
    late: I64

    def with_open(self) -> tuple[I64, F64, F64, F64]:
        """Episodes with the open one: their number, Σ of depths, of squares, and of seconds."""
        lasts = self.open > 0.0
        lasting = np.where(lasts, self.last_at - self.peak_at, 0)
        return (
            self.episodes + lasts,
            self.episode_depths + self.open,
            self.episode_squares + self.open * self.open,
            (self.durations + lasting) / SECOND,
        )


FALLS = StateTable("falls", SERIES, Falls)


def _take(bars: BarStatistics, bar: Bar) -> None:
    f = bars[FALLS]
    begin = (bar.base_level, bar.base_at, bars[MOMENTS].n)
    state: list[Any] = [getattr(f, name) for name in f.COLUMNS]
    _update(bar.seen, bar.end, bar.levels, *begin, *state)


def began_late(bars: BarStatistics) -> Bool:
    """Whether the table, which is newer than the index, does not know of falls before: that it has
    none says nothing of those."""
    f = bars[FALLS]
    late: Bool = (f.late > 0) | ((f.peak == 0.0) & (bars[MOMENTS].n > 0))
    return late


def without_falls(none: Bool, late: Bool) -> tuple[tuple[Bool, str], ...]:
    """The reasons of what is said of falls, by whether a row has none and began late."""
    return ((none & late, "unobserved"), (none, "no_drawdown"))


@njit(cache=True)
def ended_by(seen: Bool, levels: F64, open_depth: F64, peak: F64) -> I64:
    """The rows whose open episode ends with this close: it is at the peak or above it again, but
    for rounding."""
    found, count = np.empty(seen.shape[0], dtype=np.int64), 0
    for i in range(seen.shape[0]):
        if seen[i] and open_depth[i] > 0.0 and 1.0 - levels[i] / peak[i] < ZERO_RETURN:
            found[count] = i
            count += 1
    return found[:count]


@njit(cache=True)
def _update(
    seen: Bool,
    end: int,
    levels: F64,
    base: F64,
    base_at: I64,
    returns: I64,
    n: I64,
    under: I64,
    depths: F64,
    squares: F64,
    peak: F64,
    peak_at: I64,
    last_at: I64,
    lasting: F64,
    episodes: I64,
    episode_depths: F64,
    episode_squares: F64,
    durations: I64,
    late: I64,
) -> None:
    for i in range(seen.shape[0]):
        if not seen[i]:
            continue
        if peak[i] == 0.0:
            # A table that came later than the index begins at the level that it finds.
            late[i] = returns[i] > 0
            peak[i], peak_at[i] = (levels[i], end) if late[i] else (base[i], base_at[i])
            if peak_at[i] == end:  # the base itself is this close
                last_at[i] = end
                continue
        n[i] += 1
        last_at[i] = end
        peak[i] = max(peak[i], levels[i])
        depth = 1.0 - levels[i] / peak[i]
        if depth < ZERO_RETURN:
            if lasting[i] > 0.0:
                episodes[i] += 1
                episode_depths[i] += lasting[i]
                episode_squares[i] += lasting[i] * lasting[i]
                durations[i] += end - peak_at[i]
                lasting[i] = 0.0
            peak_at[i] = end
            continue
        under[i] += 1
        depths[i] += depth
        squares[i] += depth * depth
        lasting[i] = max(lasting[i], depth)


def _columns(bars: BarStatistics) -> Columns:
    f, n = bars[FALLS], np.maximum(bars[FALLS].n, 1)
    short = few(f.n, bars[MOMENTS].n, 2)
    episodes, depth, _, seconds = f.with_open()
    with np.errstate(divide="ignore", invalid="ignore"):
        average, lasted = depth / episodes, seconds / episodes
    none = without_falls(episodes == 0, began_late(bars))
    return {
        "ulcer_index": column(np.sqrt(f.squares / n), *short),
        "pain_index": column(f.depths / n, *short),
        "time_under_water": column(f.under / n, *short),
        "average": column(average, *none),
        "average_seconds": column(lasted, *none),
    }


def _suffered(reading: Reading) -> tuple[F64, F64, F64, F64]:
    """Of each index its closes, ulcer and pain index, and the root of the squared depths of all its
    episodes."""
    of = reading.laid.of_series
    n = of(lambda bars: bars[FALLS].n)
    some = np.maximum(n, 1.0)
    ulcer = np.sqrt(of(lambda bars: bars[FALLS].squares) / some)
    pain = of(lambda bars: bars[FALLS].depths) / some
    return n, ulcer, pain, np.sqrt(of(lambda bars: bars[FALLS].with_open()[2]))


def _ratios(reading: Reading) -> Column:
    ends = tuple(bars.end for bars in reading.stats.values())
    n, ulcer, pain, fell = reading.once(("falls", ""), ends, lambda: _suffered(reading))
    laid, codes = reading.laid, reading.column(ANNUALISED, "inception").codes
    grown = reading.column(ANNUALISED, "inception").values[laid.kept]
    total = reading.column(RETURNS, "inception").values[laid.kept]
    deepest = reading.baskets.path["max_depth"][laid.row]
    free = reading.once(
        ("falls", "free"), None, lambda: np.array([d.risk_free for d in laid.definitions])
    )
    over, unseen = grown - free, np.uint8(REASONS.index("unobserved"))
    short = codes[laid.kept]
    short = np.where((short == 0) & (n == 0.0), unseen, short)

    found = {
        "martin": _over(over, ulcer, short),
        "pain_ratio": _over(over, pain, short),
        "sterling": _over(grown, deepest + STERLING, short),
        "burke": _over(over, fell, short),
        "burke_modified": _over(over * np.sqrt(n), fell, short),
        "recovery_factor": _over(total, deepest, np.zeros_like(short)),
    }
    return flat(found)


def _over(value: F64, suffered: F64, codes: NDArray[np.uint8]) -> Column:
    return Column(value, codes).over(column(suffered, (suffered < ZERO_RETURN, "no_loss")))


_RATIOS = ("martin", "pain_ratio", "sterling", "burke", "burke_modified", "recovery_factor")
"""In the order of their numbers."""


def _place_ratios(_: Reading, index: int, __: int | None) -> Placed:
    return placed_names("risk", _RATIOS, index)


_GROWN = 2 ** (365 / 1096) - 1
_CLOSES = (
    "of the closes of the observed bars after the base, d their depth below the highest so far"
)
_BACON = "Bacon, Practical Portfolio Performance Measurement and Attribution, 2008"

FAMILY = Family(
    "Drawdown",
    cards=(
        *(
            Card(
                f"drawdown.{name}",
                f"{formula}, {_CLOSES}" if place < 3 else formula,
                unit,
                undefined,
                sign=LOSS if unit == "fraction" and place != 2 else "",
                minimum="2 closes" if place < 3 else "1 episode",
                reference=reference,
                example=Example("fall", f"drawdown.{name}", value, how),
                order=4060 + place,
                label=label,
                better="lower",
                target=target,
                since="4",
            )
            for place, (
                name,
                label,
                target,
                formula,
                unit,
                undefined,
                reference,
                value,
                how,
            ) in enumerate(
                (
                    (
                        "ulcer_index",
                        "Ulcer index",
                        None,
                        "√(mean of d²)",
                        "fraction",
                        "too_few: under 2 closes; unobserved",
                        "Martin & McCann, The Investor's Guide to Fidelity Funds, 1989",
                        math.sqrt((0.16 + 0.0625) / 4),
                        "√((0 + 0.4² + 0 + 0.25²) / 4)",
                    ),
                    (
                        "pain_index",
                        "Pain index",
                        None,
                        "mean of d",
                        "fraction",
                        "too_few: under 2 closes; unobserved",
                        "Becker, The Pain Index, Zephyr Associates",
                        0.1625,
                        "(0 + 0.4 + 0 + 0.25) / 4",
                    ),
                    (
                        "time_under_water",
                        "Time under water",
                        None,
                        "share with d > 0",
                        "fraction",
                        "too_few: under 2 closes; unobserved",
                        "",
                        0.5,
                        "two of four",
                    ),
                    (
                        "average",
                        "Average drawdown",
                        "average_drawdown",
                        "mean depth of the episodes, the open one included: closes below the last "
                        "at a peak until one is at or above it again",
                        "fraction",
                        "no_drawdown; unobserved",
                        _BACON,
                        0.325,
                        "(40 % + 25 %) / 2",
                    ),
                    (
                        "average_seconds",
                        "Average time under water",
                        "average_drawdown_seconds",
                        "mean time of these episodes, from the close at the peak to the recovery; "
                        "of the open one to the last close",
                        "seconds",
                        "no_drawdown; unobserved",
                        "",
                        1.5 * 86_400,
                        "two days, and one so far",
                    ),
                )
            )
        ),
        *(
            Card(
                f"risk.{name}",
                formula,
                "ratio",
                undefined,
                minimum="" if name == "recovery_factor" else "90 days",
                reference=reference,
                example=Example("three years", f"risk.{name}", value, how),
                order=3300 + place,
                group="Risk",
                better="higher",
                since="4",
            )
            for place, (name, formula, undefined, reference, value, how) in enumerate(
                (
                    (
                        "martin",
                        "(cagr − risk_free) / drawdown.ulcer_index",
                        "too_short: as cagr; no_loss; unobserved",
                        "Martin & McCann, 1989",
                        _GROWN / math.sqrt(0.08 / 3),
                        "26 % / √((0 + 0.2² + 0.2²) / 3)",
                    ),
                    (
                        "pain_ratio",
                        "(cagr − risk_free) / drawdown.pain_index",
                        "too_short: as cagr; no_loss; unobserved",
                        "Becker, The Pain Index, Zephyr Associates",
                        _GROWN / (0.4 / 3),
                        "26 % / ((0 + 0.2 + 0.2) / 3)",
                    ),
                    (
                        "sterling",
                        "cagr / (drawdown.max + 0.1)",
                        "too_short: as cagr; unobserved",
                        _BACON,
                        _GROWN / 0.3,
                        "26 % / (20 % + 10 %)",
                    ),
                    (
                        "burke",
                        "(cagr − risk_free) / √(Σ of squared depths of the episodes)",
                        "too_short: as cagr; no_loss; unobserved",
                        "Burke, A Sharper Sharpe Ratio, 1994",
                        _GROWN / 0.2,
                        "26 % / 20 %",
                    ),
                    (
                        "burke_modified",
                        "burke · √(number of closes)",
                        "too_short: as cagr; no_loss; unobserved",
                        _BACON,
                        _GROWN / 0.2 * math.sqrt(3),
                        "of three closes",
                    ),
                    (
                        "recovery_factor",
                        "returns.inception / drawdown.max",
                        "no_loss",
                        "",
                        5.0,
                        "100 % / 20 %",
                    ),
                )
            )
        ),
    ),
    states=(FALLS,),
    take=_take,
    figures=(
        SeriesFigures(DRAWDOWN_CLOSES, _columns),
        MovingFigures(RISK_FALLS, _ratios, _place_ratios),
    ),
)
