"""Market regimes: whether the market rises, falls or stands, is calm or not, and the index in each.

Regimes are judged at 00:00 UTC on the daily closes of a *reference*: the first benchmark of an
index, or the index itself where it has none. A bar counts to the regimes that were judged at or
before its start, so nothing that a bar does decides where it counts.

Trend. A fall of 20 % from the highest close of a rise begins a bear market, a rise of 20 % from the
lowest close of a fall a bull market (the turning points of Lunde & Timmermann, "Duration dependence
in stock prices", 2004, with one filter both ways). Either is sideways once its extreme is 21 days
old: no close since went beyond it and none turned, so all lie within 20 % of it. Three weeks is
where Dow theory ends the day to day movements (R. Rhea, "The Dow Theory", 1932).

Volatility. The EWMA of squared daily returns with the decay 0.94 of RiskMetrics (1996) is held
against the median of its own last 730 daily values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numba import njit

from engine.math import exp
from engine.metrics.machinery.asked import BasketView, Definition
from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.rows import Columns
from engine.readings import ZERO_DEVIATION, ZERO_RETURN, column
from engine.table import F64, I64, NEW, Bool, Table, widened
from engine.types import DAY

TRENDS = ("bull", "bear", "sideways")
VOLATILITIES = ("high", "low")
REGIMES = (*TRENDS, "high_volatility", "low_volatility")
"""In the order of the columns of `ByRegime`."""

TURN = 0.2
"""A fifth up or down is what a bull or a bear market is commonly taken to be."""
SIDEWAYS_AFTER = 21 * DAY
DECAY = 0.94
MIN_RETURNS = 90
"""Daily returns before the first judgement: a quarter, so that the median stands on something."""
KEPT = 730
"""Daily volatilities behind the median: two years hold calm and storm, and still move on."""
BAND = 0.125
"""High from 1 + BAND times the median on, low again at 1 − BAND: one standard error either way of
an EWMA that weighs like (1 + 0.94) / (1 − 0.94) ≈ 32 returns, 1/√64."""
_FIRST_VOLATILITY = 10
_ROUNDING = 1e-12
"""A close beyond the extreme by less of it is no new extreme but rounding of the level; one that
lacks less of a turn has turned. A volatility that is below the usual one by less is the usual."""
_NONE, _UP, _DOWN = 0, 1, -1
_HIGH, _LOW = 0, 1


class References(Table):
    """Per basket: last daily close, the extremes of its trend, EWMA of squares, regimes (or −1)."""

    COLUMNS: ClassVar = {
        "close": ("f8", (), 0.0),
        "closed_at": ("i8", (), 0),
        "direction": ("i8", (), _NONE),
        "high": ("f8", (), 0.0),
        "high_at": ("i8", (), 0),
        "low": ("f8", (), 0.0),
        "low_at": ("i8", (), 0),
        "trend": ("i8", (), -1),
        "trend_since": ("i8", (), 0),
        "n": ("i8", (), 0),
        "weight": ("f8", (), 0.0),
        "square": ("f8", (), 0.0),
        "volatility": ("i8", (), -1),
        "volatility_since": ("i8", (), 0),
    }
    close: F64
    closed_at: I64
    direction: I64
    high: F64
    high_at: I64
    low: F64
    low_at: I64
    trend: I64
    trend_since: I64
    n: I64
    weight: F64
    square: F64
    volatility: I64
    volatility_since: I64


class Volatilities(Table):
    """Per basket: how many daily volatilities came, and the last `KEPT` of them, in place
    `count mod KEPT`."""

    COLUMNS: ClassVar = {"count": ("i8", (), 0), "level": ("f8", (16,), 0.0)}
    FILLED: ClassVar = {"level": "count"}
    count: I64
    level: F64

    def push(self, rows: I64, values: F64) -> None:
        """Keep one value of each of `rows`."""
        width = self.level.shape[1]
        if width < KEPT and int(self.count[rows].max(initial=0)) >= width:
            self.level = widened(self.level, KEPT)  # nothing has wrapped yet
        self.level[rows, self.count[rows] % self.level.shape[1]] = values
        self.count[rows] += 1


class ByRegime(Table):
    """Per index and regime: count, mean, Σ of squared deviations, and log growth of its bars."""

    COLUMNS: ClassVar = {
        "n": ("i8", (len(REGIMES),), 0),
        "mean": ("f8", (len(REGIMES),), 0.0),
        "m2": ("f8", (len(REGIMES),), 0.0),
        "growth": ("f8", (len(REGIMES),), 0.0),
    }
    n: I64
    mean: F64
    m2: F64
    growth: F64


class Regimes:
    """The regimes of all kept baskets, and what each index did within those of its reference."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.references, self.volatilities = References(), Volatilities()
        self.indices: list[tuple[str, str]] = []
        self.by_regime = ByRegime()
        self.basket = np.zeros(0, dtype=np.int64)

    def arrange(
        self,
        ids: Sequence[str],
        references: Sequence[tuple[Definition, str]],
        stats: Mapping[int, BarStatistics],
        baskets: BasketView,
    ) -> None:
        """Follow these baskets; `references` gives the definition of each index and its reference.

        An index that gets another reference starts its figures by regime anew.
        """
        order = _order(self.ids, ids)
        self.references.rearrange(order)
        self.volatilities.rearrange(order)
        self.ids = list(ids)
        pairs = [(d.id, basket) for d, basket in references]
        self.by_regime.rearrange(_order(self.indices, pairs))
        self.indices = pairs
        self.locate(references, stats, baskets)

    def locate(
        self,
        references: Sequence[tuple[Definition, str]],
        stats: Mapping[int, BarStatistics],
        baskets: BasketView,
    ) -> None:
        """Note where baskets, series and references stand, and the rates of each index."""
        row = {name: i for i, name in enumerate(self.ids)}
        self.row = {index: i for i, (index, _) in enumerate(self.indices)}
        self.basket = np.array([baskets.row[i] for i in self.ids], dtype=np.int64)
        self.reference = np.array([row[b] for _, b in self.indices], dtype=np.int64)
        of = {d.id: d for d, _ in references}
        # An index is sampled at another interval too where it is the benchmark of another.
        self.series = {
            interval: np.array(
                [
                    self.row[i] if i in of and of[i].return_interval == interval else -1
                    for i in s.ids
                ],
                dtype=np.int64,
            )
            for interval, s in stats.items()
        }
        definitions = [of[index] for index, _ in self.indices]
        self.risk_free = np.array([d.per_bar(d.risk_free) for d in definitions], dtype=np.float64)
        self.bars_per_year = np.array([d.bars_per_year for d in definitions], dtype=np.float64)

    def update(self, interval: int, bar: Bar) -> None:
        """Take the returns of one closed bar of all series of an interval."""
        codes, b = self.references, self.by_regime
        regimes = (self.reference, codes.trend, codes.volatility)
        _update(
            bar.rows,
            bar.returns,
            bar.growth,
            self.series[interval],
            *regimes,
            b.n,
            b.mean,
            b.m2,
            b.growth,
        )

    def judge(self, end: int, baskets: BasketView) -> None:
        """Judge the regimes at the daily close `end`, of each basket that had a price that day.

        Judging the same close again changes nothing.
        """
        lv, r = baskets.levels, self.references
        seen = lv.started[self.basket] & (lv.last_at[self.basket] > end - DAY)
        rows = np.flatnonzero(seen)
        levels = lv.level[self.basket][rows]
        varied = _take_return(rows, end, levels, r.close, r.closed_at, r.n, r.weight, r.square)
        extremes = (r.direction, r.high, r.high_at, r.low, r.low_at)
        _judge_trend(rows, end, levels, *extremes, r.trend, r.trend_since)
        fresh = rows[varied]
        volatility = np.sqrt(r.square[fresh] / r.weight[fresh])
        self.volatilities.push(fresh, volatility)
        kept = (self.volatilities.count, self.volatilities.level)
        _judge_volatility(fresh, end, volatility, r.n, *kept, r.volatility, r.volatility_since)

    def figures(self) -> Columns:
        """Figures by regime, index after index and in the order of `REGIMES`."""
        b, width = self.by_regime, len(REGIMES)
        n = b.n.ravel()
        a, rf = np.repeat(self.bars_per_year, width), np.repeat(self.risk_free, width)
        with np.errstate(divide="ignore", invalid="ignore"):
            sd = np.sqrt(b.m2.ravel() / np.where(n > 1, n - 1, np.nan))
            sharpe = (b.mean.ravel() - rf) / sd * np.sqrt(a)
        few = (n < 2, "too_few")
        return {
            "n": column(n),
            "return": column(_compounded(b.growth.ravel()), (n < 1, "too_few")),
            "volatility": column(sd * np.sqrt(a), few),
            "sharpe": column(sharpe, few, (sd < ZERO_DEVIATION, "zero_variance")),
        }

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        tables = (self.references, self.volatilities, self.by_regime)
        return {
            "ids": list(self.ids),
            "indices": [list(pair) for pair in self.indices],
            "tables": [table.dump() for table in tables],
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Regimes:
        """The regimes that `dump` came from; `locate` them before use."""
        self = cls()
        self.ids = list(state["ids"])
        self.indices = [(index, basket) for index, basket in state["indices"]]
        references, volatilities, by_regime = state["tables"]
        self.references = References.load(references)
        self.volatilities = Volatilities.load(volatilities)
        self.by_regime = ByRegime.load(by_regime)
        return self


def _order(old: Sequence[Any], new: Sequence[Any]) -> I64:
    row = {name: i for i, name in enumerate(old)}
    return np.array([row.get(name, NEW) for name in new], dtype=np.int64)


@njit(cache=True)
def _update(
    rows: I64,
    returns: F64,
    growths: F64,
    series: I64,
    reference: I64,
    trend: I64,
    volatility: I64,
    n: I64,
    mean: F64,
    m2: F64,
    growth: F64,
) -> None:
    for j in range(rows.shape[0]):
        i = series[rows[j]]
        if i < 0:
            continue
        r = returns[rows[j]]
        k = reference[i]
        for regime in (trend[k], volatility[k] + 3 if volatility[k] >= 0 else -1):
            if regime >= 0:
                n[i, regime] += 1
                delta = r - mean[i, regime]
                mean[i, regime] += delta / n[i, regime]
                m2[i, regime] += delta * (r - mean[i, regime])
                growth[i, regime] += growths[rows[j]]


@njit(cache=True)
def _take_return(
    rows: I64, end: int, levels: F64, close: F64, closed_at: I64, n: I64, weight: F64, square: F64
) -> Bool:
    """Take the daily returns; tells which rows had one and enough before it."""
    varied = np.zeros(rows.shape[0], dtype=np.bool_)
    for j in range(rows.shape[0]):
        i = rows[j]
        if closed_at[i] == end - DAY:
            r = levels[j] / close[i] - 1.0
            r = r if abs(r) >= ZERO_RETURN else 0.0
            weight[i] = DECAY * weight[i] + 1.0
            square[i] = DECAY * square[i] + r * r
            n[i] += 1
            varied[j] = n[i] >= _FIRST_VOLATILITY
        close[i], closed_at[i] = levels[j], end
    return varied


@njit(cache=True)
def _judge_trend(
    rows: I64,
    end: int,
    levels: F64,
    direction: I64,
    high: F64,
    high_at: I64,
    low: F64,
    low_at: I64,
    trend: I64,
    since: I64,
) -> None:
    for j in range(rows.shape[0]):
        i, level = rows[j], levels[j]
        if direction[i] != _DOWN and level > high[i] * (1.0 + _ROUNDING):
            high[i], high_at[i] = level, end
        if direction[i] != _UP and (low[i] == 0.0 or level < low[i] * (1.0 - _ROUNDING)):
            low[i], low_at[i] = level, end
        if direction[i] != _DOWN and level <= high[i] * (1.0 - TURN) * (1.0 + _ROUNDING):
            direction[i], low[i], low_at[i] = _DOWN, level, end
        elif direction[i] != _UP and level >= low[i] * (1.0 + TURN) * (1.0 - _ROUNDING):
            direction[i], high[i], high_at[i] = _UP, level, end
        found = -1
        if direction[i] == _UP:
            found = 0 if end - high_at[i] < SIDEWAYS_AFTER else 2
        elif direction[i] == _DOWN:
            found = 1 if end - low_at[i] < SIDEWAYS_AFTER else 2
        if found != trend[i]:
            trend[i], since[i] = found, end


@njit(cache=True)
def _judge_volatility(
    rows: I64, end: int, now: F64, n: I64, count: I64, kept: F64, volatility: I64, since: I64
) -> None:
    for j in range(rows.shape[0]):
        i = rows[j]
        if n[i] < MIN_RETURNS:
            continue
        usual = np.median(kept[i, : min(count[i], kept.shape[1])])
        if usual < ZERO_DEVIATION:
            continue
        found = volatility[i]
        if found == -1:
            found = _HIGH if now[j] >= usual * (1.0 - _ROUNDING) else _LOW
        elif found == _LOW and now[j] >= usual * (1.0 + BAND):
            found = _HIGH
        elif found == _HIGH and now[j] <= usual * (1.0 - BAND):
            found = _LOW
        if found != volatility[i]:
            volatility[i], since[i] = found, end


@njit(cache=True)
def _compounded(growth: F64) -> F64:
    out = np.empty(growth.shape[0])
    for i in range(growth.shape[0]):
        out[i] = exp(growth[i]) - 1.0
    return out
