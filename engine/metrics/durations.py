"""How long drawdowns last: quantiles of the durations of all episodes.

Durations of closed episodes are kept in ascending order and read exactly up to `KEPT` of them. From
then on they are counted in a histogram of log-spaced durations, whose bins are as wide as 1 % of
relative error allows (as in `value_at_risk`). The open one is put among them when it is read.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numba import njit

from engine.math import exp, log
from engine.metrics.falls import FALLS, began_late, ended_by, without_falls
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import DRAWDOWN_CLOSES
from engine.readings import column
from engine.table import F64, I64, Bool, Table, widened
from engine.types import SECOND

KEPT = 1024
"""Durations kept exactly: 8 KB a series; of daily bars more than a decade has ended by then."""
_LOG_GAMMA = math.log(1.01 / 0.99)
"""Log of the ratio of a bin's bounds; its middle 2γ/(γ+1) is within 1 % of all it holds."""
_BINS = int(math.log(1e10) / _LOG_GAMMA) + 2
"""From one second, the shortest bar, to three centuries."""

QUANTILES = {"p50": (0.50, 1), "p75": (0.75, 1), "p90": (0.90, 10), "p95": (0.95, 20)}
"""Share, and how many episodes a quantile needs to be more than the longest one."""


class Durations(Table):
    """Per series: closed episodes; their durations in seconds in ascending order; counts per bin
    once there are more than are kept."""

    COLUMNS: ClassVar = {
        "n": ("i8", (), 0),
        "kept": ("f8", (16,), 0.0),
        "counts": ("i8", (0,), 0),
    }
    FILLED: ClassVar = {"kept": "n"}
    n: I64
    kept: F64
    counts: I64

    def add(self, rows: I64, seconds: F64) -> None:
        """Take the duration of one closed episode into each of `rows`."""
        n, width = int(self.n[rows].max(initial=0)), self.kept.shape[1]
        if n >= width and width < KEPT:
            self.kept = widened(self.kept, KEPT)
        if n >= KEPT and not self.counts.shape[1]:
            self.counts = np.zeros((len(self), _BINS), dtype=np.int64)
        _insert(rows, seconds, self.n, self.kept, self.counts)

    def quantile(self, share: float, is_open: Bool, lasting: F64) -> F64:
        """The quantile of each row (type 7) with its open episode of `lasting` seconds, if there
        is one; NaN where there is none at all."""
        return _quantile(share, is_open, lasting, self.n, self.kept, self.counts)


DURATIONS = StateTable("durations", SERIES, Durations)


def _judge(bars: BarStatistics, bar: Bar) -> None:
    """Before the bar is taken: which of the episodes open so far does it end?"""
    f = bars[FALLS]
    ended = ended_by(bar.seen, bar.levels, f.open, f.peak)
    if len(ended):
        bars[DURATIONS].add(ended, (bar.end - f.peak_at[ended]) / SECOND)


def _columns(bars: BarStatistics) -> Columns:
    f, d = bars[FALLS], bars[DURATIONS]
    is_open = f.open > 0.0
    n, lasting = d.n + is_open, (f.last_at - f.peak_at) / SECOND
    unobserved, no_drawdown = without_falls(n == 0, began_late(bars) | (d.n < f.episodes))
    found = {"n": column(n, unobserved)}
    for name, (share, least) in QUANTILES.items():
        undefined = (unobserved, no_drawdown, (n < least, "too_few"))
        found[name] = column(d.quantile(share, is_open, lasting), *undefined)
    return {"durations": found}


def _is_approximate(bars: BarStatistics, series: int) -> bool:
    return bool(bars[DURATIONS].n[series] > KEPT)


@njit(cache=True)
def _bin(seconds: float) -> int:
    return min(int(log(max(seconds, 1.0)) / _LOG_GAMMA), _BINS - 1)


@njit(cache=True)
def _middle(place: int) -> float:
    gamma = 1.01 / 0.99
    return float(exp(place * _LOG_GAMMA) * 2.0 * gamma / (gamma + 1.0))


@njit(cache=True)
def _insert(rows: I64, seconds: F64, n: I64, kept: F64, counts: I64) -> None:
    for k in range(rows.shape[0]):
        i = rows[k]
        if n[i] < KEPT:
            place = n[i]
            while place > 0 and kept[i, place - 1] > seconds[k]:
                kept[i, place] = kept[i, place - 1]
                place -= 1
            kept[i, place] = seconds[k]
        else:
            if n[i] == KEPT:
                for j in range(KEPT):
                    counts[i, _bin(kept[i, j])] += 1
            counts[i, _bin(seconds[k])] += 1
        n[i] += 1


@njit(cache=True)
def _order(rank: int, extra: float, n: int, kept: F64, counts: I64) -> float:
    """The duration of a rank, 0 for the shortest, with `extra` among them (−1: there is none)."""
    if n > KEPT:
        own = _bin(extra) if extra >= 0.0 else -1
        seen = 0
        for place in range(_BINS):
            seen += counts[place] + (place == own)
            if seen > rank:
                return float(_middle(place))
    below = np.searchsorted(kept[:n], extra) if extra >= 0.0 else n
    if rank == below:
        return extra
    return float(kept[rank - (rank > below)])


@njit(cache=True)
def _quantile(share: float, is_open: Bool, lasting: F64, n: I64, kept: F64, counts: I64) -> F64:
    out = np.full(n.shape[0], np.nan)
    for i in range(n.shape[0]):
        count = n[i] + is_open[i]
        if count > 0:
            extra = lasting[i] if is_open[i] else -1.0
            rank = (count - 1) * share
            low = int(rank)
            below = _order(low, extra, n[i], kept[i], counts[i])
            above = _order(min(low + 1, count - 1), extra, n[i], kept[i], counts[i])
            out[i] = below + (rank - low) * (above - below)
    return out


_ABOUT = (
    "of the durations of the episodes of drawdown.average_seconds, the open one included; type 7; "
    f"beyond {KEPT:,} of them within 1 % from a histogram, named in quality.approximate"
)

FAMILY = Family(
    "Drawdown",
    cards=(
        Card(
            "drawdown.durations.n",
            "number of the episodes of drawdown.average, the open one included",
            "count",
            "unobserved",
            example=Example("fall", "drawdown.durations.n", 2, "to 12,000, and to 15,000"),
            order=4070,
            label="Drawdowns counted",
            since="4",
        ),
        *(
            Card(
                f"drawdown.durations.{name}",
                f"the {share:.0%} quantile {_ABOUT}",
                "seconds",
                "no_drawdown; unobserved" + ("; too_few" if least > 1 else ""),
                minimum=f"{least} episode{'s' * (least > 1)}",
                example=Example("fall", f"drawdown.durations.{name}", value, how),
                order=4071 + place,
                label=f"Drawdown time, {share:.0%} quantile",
                better="lower",
                target=f"drawdown_duration_{name}",
                approximate=True,
                since="4",
            )
            for place, ((name, (share, least)), value, how) in enumerate(
                zip(
                    QUANTILES.items(),
                    (1.5 * 86_400, 1.75 * 86_400, None, None),
                    (
                        "between one day and two",
                        "three quarters of the way from one day to two",
                        "two of ten",
                        "two of twenty",
                    ),
                    strict=True,
                )
            )
        ),
    ),
    states=(DURATIONS,),
    judge=_judge,
    is_approximate=_is_approximate,
    figures=(SeriesFigures(DRAWDOWN_CLOSES, _columns),),
)
