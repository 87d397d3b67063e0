"""Returns of closed bars, and the tables of the families that live on them, for all series of one
interval.

A series is a basket sampled at this interval: an index, or something an index is held against.
Bars are (start, end]. A bar in which no constituent had a price is unobserved: neither it nor the
bar after it gives a return, since the move across the gap has no bar of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, cast

import numpy as np
from numba import njit

from engine.math import log
from engine.metrics.machinery.asked import BasketView, Definition
from engine.metrics.machinery.states import PAIR, SERIES, StateTable
from engine.readings import ZERO_RETURN
from engine.table import F64, I64, NEW, Bool, Table
from engine.types import DAY

T = TypeVar("T", bound=Table)

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


CLOSES = StateTable("closes", SERIES, Closes)
BEGINNINGS = StateTable("beginnings", PAIR, Beginnings)
OWN: tuple[StateTable[Any], ...] = (CLOSES, BEGINNINGS)
"""The tables of no family."""


class Bar(NamedTuple):
    """A closed bar of all series.

    `rows` are the series with a return and `r` their returns; `returns`, `growth` (log of the
    ratio of closes), `levels`, `seen` (whether there was a price), and `base_level` and `base_at`
    of the beginning have one value a series.
    `pairs` are the pairs of which both series have a return, `pair_r` those of the index and
    `pair_f` those of the benchmark.
    """

    end: int
    rows: I64
    r: F64
    returns: F64
    growth: F64
    levels: F64
    seen: Bool
    base_level: F64
    base_at: I64
    pairs: I64
    pair_r: F64
    pair_f: F64


class BarFamily(Protocol):
    """What of a metric family (`machinery.family.Family`) is asked here."""

    @property
    def states(self) -> tuple[StateTable[Any], ...]:
        """Its tables."""
        ...

    @property
    def judge(self) -> Callable[[BarStatistics, Bar], None] | None:
        """Takes a closed bar before any `take`."""
        ...

    @property
    def take(self) -> Callable[[BarStatistics, Bar], None] | None:
        """Takes a closed bar."""
        ...


class BarStatistics:
    """All series of one return interval, the pairs of index and benchmark, and the tables of
    `families` for them: `statistics[STATE]` is the table of a state.

    Parameters, one value a series: `bars_per_year`; `risk_free`, `target` and `threshold` of one
    bar, `yearly_risk_free` of a year; `half_life` in ns. `pair_index` and `pair_benchmark` are the
    series of each pair, `row` the baskets of the series.
    """

    def __init__(self, interval: int, families: Sequence[BarFamily]) -> None:
        self.interval = interval
        self.families = families
        self.end = 0
        self.ids: list[str] = []
        self.pairs: list[tuple[str, str]] = []
        told = [state for family in families for state in family.states]
        states = (*OWN, *(state for state in told if state.per in (SERIES, PAIR)))
        self._per = {state.name: state.per for state in states}
        self._types = {state.name: state.table for state in states}
        self.tables: dict[str, Table] = {name: table() for name, table in self._types.items()}

    def __getitem__(self, state: StateTable[T]) -> T:
        return cast("T", self.tables[state.name])

    def arrange(
        self,
        definitions: Mapping[str, Definition],
        ids: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        baskets: BasketView,
    ) -> None:
        """Keep these series and pairs, each with the state it had; new ones start empty."""
        orders = {SERIES: _order(self.ids, ids), PAIR: _order(self.pairs, pairs)}
        for name, table in self.tables.items():
            table.rearrange(orders[self._per[name]])
        self.ids, self.pairs = list(ids), list(pairs)
        self._configure(definitions, baskets)

    def _configure(self, definitions: Mapping[str, Definition], baskets: BasketView) -> None:
        """Lay out the parameters of the series, one array a parameter, and where they stand."""
        of = [definitions.get(i) for i in self.ids]
        self.series = {name: k for k, name in enumerate(self.ids)}
        self.pair_row = {pair: k for k, pair in enumerate(self.pairs)}
        yearly = [DAY * (d.year_days if d else 365.0) / self.interval for d in of]
        self.row = np.array([baskets.row[i] for i in self.ids], dtype=np.int64)
        self.bars_per_year = np.array(yearly, dtype=np.float64)
        self.yearly_risk_free = np.array([d.risk_free if d else 0.0 for d in of])
        self.risk_free = np.array([d.per_bar(d.risk_free) if d else 0.0 for d in of])
        targets = [(d.risk_free if d.target is None else d.target) if d else 0.0 for d in of]
        self.target = np.array(
            [d.per_bar(t) if d else 0.0 for d, t in zip(of, targets, strict=True)]
        )
        self.threshold = np.array([d.per_bar(d.omega_threshold) if d else 0.0 for d in of])
        half = [d.ewma_half_life if d else _BENCHMARK_HALF_LIFE for d in of]
        self.half_life = np.array(half, dtype=np.int64)
        self.pair_index = np.array([self.series[a] for a, _ in self.pairs], dtype=np.int64)
        self.pair_benchmark = np.array([self.series[b] for _, b in self.pairs], dtype=np.int64)

    def begin(self, at: int, baskets: BasketView) -> None:
        """Note what began at this instant: the benchmarks' levels for an index, and the close of a
        bar that had ended, and been closed, when it did."""
        lv, c = baskets.levels, self[CLOSES]
        if at % self.interval == 0 and self.end > at:
            began = lv.started[self.row] & (lv.inception[self.row] == at) & ~c.begun
            c.level[began], c.seen[began], c.begun[began] = lv.level[self.row][began], True, True
        index, benchmark = self.row[self.pair_index], self.row[self.pair_benchmark]
        new = lv.started[index] & (lv.inception[index] == at) & lv.started[benchmark]
        self[BEGINNINGS].level[new] = lv.level[benchmark][new]

    def close(self, end: int, baskets: BasketView) -> Bar:
        """Close the bar that ends at `end` for every series that has started."""
        lv, c = baskets.levels, self[CLOSES]
        stands = _BasketLevels(lv.started, lv.level, lv.last_at, lv.base_level, lv.inception)
        kept = _KeptCloses(c.level, c.seen, c.begun, c.unobserved)
        bar = Bar(end, *_close(end - self.interval, self.row, stands, kept, self._pairing()))
        for family in self.families:
            if family.judge is not None:
                family.judge(self, bar)
        for family in self.families:
            if family.take is not None:
                family.take(self, bar)
        return bar

    def _pairing(self) -> tuple[I64, I64]:
        return self.pair_index, self.pair_benchmark

    def skip(self, bars: int) -> None:
        """Pass over bars without any price, at once."""
        c = self[CLOSES]
        c.unobserved += np.where(c.begun, bars, 0)
        c.seen[:] = False

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "interval": self.interval,
            "end": self.end,
            "ids": list(self.ids),
            "pairs": [list(pair) for pair in self.pairs],
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    @classmethod
    def load(
        cls,
        state: Mapping[str, Any],
        families: Sequence[BarFamily],
        definitions: Mapping[str, Definition],
        baskets: BasketView,
    ) -> BarStatistics:
        """The statistics that `dump` came from."""
        self = cls(state["interval"], families)
        self.end, self.ids = state["end"], list(state["ids"])
        self.pairs = [(a, b) for a, b in state["pairs"]]
        rows = {SERIES: len(self.ids), PAIR: len(self.pairs)}
        for name, table in self._types.items():
            self.tables[name] = table.load(state["tables"].get(name), rows[self._per[name]])
        self._configure(definitions, baskets)
        return self


def _order(old: Sequence[Any], new: Sequence[Any]) -> I64:
    row = {name: i for i, name in enumerate(old)}
    return np.array([row.get(name, NEW) for name in new], dtype=np.int64)


class _BasketLevels(NamedTuple):
    """Where the baskets stand, each of shape (baskets,)."""

    started: Bool
    level: F64
    last_at: I64
    base_level: F64
    base_at: I64


class _KeptCloses(NamedTuple):
    """The columns of `Closes`, each of shape (series,)."""

    level: F64
    seen: Bool
    begun: Bool
    unobserved: I64


@njit(cache=True)
def _close(
    since: int, row: I64, stands: _BasketLevels, kept: _KeptCloses, pairing: tuple[I64, I64]
) -> Any:
    """What a `Bar` has beside its end, of the bar that begins at `since`; the closes are kept.

    A return, and its log growth, that is only rounding counts as 0.
    """
    series = row.shape[0]
    valid, seen = np.zeros(series, dtype=np.bool_), np.zeros(series, dtype=np.bool_)
    returns, growth, levels = np.zeros(series), np.zeros(series), np.empty(series)
    base_level, base_at = np.empty(series), np.empty(series, dtype=np.int64)
    count = 0
    for k in range(series):
        i = row[k]
        level = levels[k] = stands.level[i]
        base_level[k], base_at[k] = stands.base_level[i], stands.base_at[i]
        seen[k] = stands.started[i] and stands.last_at[i] > since
        if kept.begun[k] and not seen[k]:
            kept.unobserved[k] += 1
        if seen[k] and kept.seen[k]:
            valid[k] = True
            count += 1
            change = level / kept.level[k] - 1.0
            if abs(change) >= ZERO_RETURN:
                returns[k] = change
                growth[k] = log(level / kept.level[k])
        kept.level[k], kept.seen[k] = level, seen[k]
        kept.begun[k] |= stands.started[i]
    rows = np.empty(count, dtype=np.int64)
    r = np.empty(count)
    count = 0
    for k in range(series):
        if valid[k]:
            rows[count], r[count] = k, returns[k]
            count += 1
    index, benchmark = pairing
    both = np.empty(index.shape[0], dtype=np.int64)
    count = 0
    for k in range(index.shape[0]):
        if valid[index[k]] and valid[benchmark[k]]:
            both[count] = k
            count += 1
    pairs = both[:count].copy()
    pair_r, pair_f = np.empty(count), np.empty(count)
    for k in range(count):
        pair_r[k], pair_f[k] = returns[index[pairs[k]]], returns[benchmark[pairs[k]]]
    of_series = (rows, r, returns, growth, levels, seen, base_level, base_at)
    return (*of_series, pairs, pair_r, pair_f)


@njit(cache=True)
def active_return(r: float, f: float) -> float:
    """r − f, and 0 where the growths 1 + r and 1 + f differ by no more than rounding does."""
    active = r - f
    return float(active) if abs(active) >= ZERO_RETURN * (1.0 + max(r, f)) else 0.0
