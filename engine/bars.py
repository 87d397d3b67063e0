"""Returns of closed bars, and the estimators that live on them, for all series of one interval.

A series is a basket sampled at this interval: an index, or something an index is held against.
Bars are (start, end]. A bar in which no constituent had a price is unobserved: neither it nor the
bar after it gives a return, since the move across the hole has no bar of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numba import njit

from engine.estimators.autocovariance import Autocovariance
from engine.estimators.capture import Capture
from engine.estimators.covariance import Covariance
from engine.estimators.ewma import EwmaBeta, EwmaVariance
from engine.estimators.exceedances import Exceedances
from engine.estimators.moments import Moments
from engine.estimators.partial import PartialMoments
from engine.estimators.tail import Tail
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.math import log
from engine.readings import ZERO_RETURN
from engine.table import F64, I64, NEW, Bool, Table
from engine.types import DAY

_BENCHMARK_HALF_LIFE = 30 * DAY
"""For a series that is only a benchmark and has no definition of its own: the default."""


class Closes(Table):
    """Per series: the last close, whether its bar was observed, and how many were not."""

    COLUMNS: ClassVar = {
        "level": ("f8", (), 0.0),
        "seen": ("?", (), False),
        "begun": ("?", (), False),
        "unobserved": ("i8", (), 0),
    }
    level: F64
    seen: Bool
    begun: Bool
    unobserved: I64


class Beginnings(Table):
    """Per pair: the benchmark's level when the index began; NaN where there was none yet."""

    COLUMNS: ClassVar = {"level": ("f8", (), np.nan)}
    level: F64


class ClosedBar(NamedTuple):
    """A bar of all series: the rows with a return, and of every row its return and log growth."""

    rows: I64
    returns: F64
    growth: F64


class BarStatistics:
    """All series of one return interval, the pairs of index and benchmark, and their estimators."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.end = 0
        self.ids: list[str] = []
        self.pairs: list[tuple[str, str]] = []
        self.closes = Closes()
        self.moments, self.partial = Moments(), PartialMoments()
        self.ewma, self.tail = EwmaVariance(), Tail()
        self.autocovariance = Autocovariance()
        self.exceedances_95, self.exceedances_99 = Exceedances(), Exceedances()
        self.beginnings = Beginnings()
        self.covariance, self.ewma_beta, self.capture = Covariance(), EwmaBeta(), Capture()

    def _series_tables(self) -> dict[str, Table]:
        names = ("closes", "moments", "partial", "ewma", "tail", "autocovariance")
        promises = ("exceedances_95", "exceedances_99")
        return {name: getattr(self, name) for name in (*names, *promises)}

    def _pair_tables(self) -> dict[str, Table]:
        names = ("covariance", "ewma_beta", "capture", "beginnings")
        return {name: getattr(self, name) for name in names}

    def arrange(
        self,
        definitions: Mapping[str, IndexDefinition],
        ids: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        baskets: Baskets,
    ) -> None:
        """Keep these series and pairs, each with the state it had; new ones start empty."""
        series_order, pair_order = _order(self.ids, ids), _order(self.pairs, pairs)
        for table in self._series_tables().values():
            table.rearrange(series_order)
        for table in self._pair_tables().values():
            table.rearrange(pair_order)
        self.ids, self.pairs = list(ids), list(pairs)
        self._configure(definitions, baskets)

    def _configure(self, definitions: Mapping[str, IndexDefinition], baskets: Baskets) -> None:
        """Lay out the parameters of the series, one array a parameter, and where they stand."""
        of = [definitions.get(i) for i in self.ids]
        place = {name: k for k, name in enumerate(self.ids)}
        yearly = [DAY * (d.year_days if d else 365.0) / self.interval for d in of]
        self.row = np.array([baskets.row[i] for i in self.ids], dtype=np.int64)
        self.bars_per_year = np.array(yearly, dtype=np.float64)
        self.risk_free = np.array([d.per_bar(d.risk_free) if d else 0.0 for d in of])
        targets = [(d.risk_free if d.target is None else d.target) if d else 0.0 for d in of]
        self.target = np.array(
            [d.per_bar(t) if d else 0.0 for d, t in zip(of, targets, strict=True)]
        )
        self.threshold = np.array([d.per_bar(d.omega_threshold) if d else 0.0 for d in of])
        half = [d.ewma_half_life if d else _BENCHMARK_HALF_LIFE for d in of]
        self.half_life = np.array(half, dtype=np.int64)
        self.pair_index = np.array([place[a] for a, _ in self.pairs], dtype=np.int64)
        self.pair_benchmark = np.array([place[b] for _, b in self.pairs], dtype=np.int64)

    def begin(self, at: int, baskets: Baskets) -> None:
        """Note what began at this instant: the benchmarks' levels for an index, and the close of a
        bar that had ended, and been closed, when it did."""
        lv, c = baskets.levels, self.closes
        if at % self.interval == 0 and self.end > at:
            began = lv.started[self.row] & (lv.inception[self.row] == at) & ~c.begun
            c.level[began], c.seen[began], c.begun[began] = lv.level[self.row][began], True, True
        index, benchmark = self.row[self.pair_index], self.row[self.pair_benchmark]
        new = lv.started[index] & (lv.inception[index] == at) & lv.started[benchmark]
        self.beginnings.level[new] = lv.level[benchmark][new]

    def close(self, end: int, baskets: Baskets) -> ClosedBar:
        """Close the bar that ends at `end` for every series that has started."""
        lv, c = baskets.levels, self.closes
        started, level = lv.started[self.row], lv.level[self.row]
        seen = started & (lv.last_at[self.row] > end - self.interval)
        c.unobserved += c.begun & ~seen
        valid = seen & c.seen
        returns, growth = _returns(valid, c.level, level)
        c.level, c.seen, c.begun = level, seen, c.begun | started
        rows = np.flatnonzero(valid)
        if len(rows):
            self._update(rows, returns, growth, valid, end)
        return ClosedBar(rows, returns, growth)

    def skip(self, bars: int) -> None:
        """Pass over bars without any price, at once."""
        self.closes.unobserved += np.where(self.closes.begun, bars, 0)
        self.closes.seen[:] = False

    def _update(self, rows: I64, returns: F64, growth: F64, valid: Bool, end: int) -> None:
        r = returns[rows]
        self.moments.update(rows, r)
        self.partial.update(rows, r, self.target, self.threshold)
        self.ewma.update(rows, r, end, self.half_life)
        self.autocovariance.update(rows, r)
        self.exceedances_95.update(rows, r, self.tail.promised(rows, 95))
        self.exceedances_99.update(rows, r, self.tail.promised(rows, 99))
        self.tail.update(rows, r)
        pairs = np.flatnonzero(valid[self.pair_index] & valid[self.pair_benchmark])
        if len(pairs):
            a, b = self.pair_index[pairs], self.pair_benchmark[pairs]
            self.covariance.update(pairs, returns[a], returns[b])
            half_life = self.half_life[self.pair_index]
            self.ewma_beta.update(pairs, returns[a], returns[b], end, half_life)
            self.capture.update(pairs, growth[a], growth[b])

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        tables = {**self._series_tables(), **self._pair_tables()}
        return {
            "interval": self.interval,
            "end": self.end,
            "ids": list(self.ids),
            "pairs": [list(pair) for pair in self.pairs],
            "tables": {name: table.dump() for name, table in tables.items()},
        }

    @classmethod
    def load(
        cls,
        state: Mapping[str, Any],
        definitions: Mapping[str, IndexDefinition],
        baskets: Baskets,
    ) -> BarStatistics:
        """The statistics that `dump` came from."""
        self = cls(state["interval"])
        self.end, self.ids = state["end"], list(state["ids"])
        self.pairs = [(a, b) for a, b in state["pairs"]]
        for tables, rows in ((self._series_tables(), self.ids), (self._pair_tables(), self.pairs)):
            for name, table in tables.items():
                setattr(self, name, type(table).load(state["tables"].get(name), len(rows)))
        self._configure(definitions, baskets)
        return self


def _order(old: Sequence[Any], new: Sequence[Any]) -> I64:
    place = {name: i for i, name in enumerate(old)}
    return np.array([place.get(name, NEW) for name in new], dtype=np.int64)


@njit(cache=True)
def _returns(valid: Bool, before: F64, after: F64) -> tuple[F64, F64]:
    """Simple return and log growth where valid; what is only rounding counts as 0."""
    returns = np.zeros(before.shape[0])
    growth = np.zeros(before.shape[0])
    for i in range(before.shape[0]):
        if valid[i]:
            change = after[i] / before[i] - 1.0
            if abs(change) >= ZERO_RETURN:
                returns[i] = change
                growth[i] = log(after[i] / before[i])
    return returns, growth
