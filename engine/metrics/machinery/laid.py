"""Where the indices of a reader stand in the tables that figures are read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.metrics.machinery.asked import BasketView, Definition
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.history import History
from engine.table import F64, I64


class LaidPair(NamedTuple):
    """The number of an index among all, and the name and the basket of a benchmark of it."""

    number: int
    name: str
    basket: str


class Laid:
    """The indices in order and all their pairs with benchmarks, index by index, with their rows
    among the baskets (`row`) and the kept ones (`kept`)."""

    def __init__(
        self,
        indices: Sequence[tuple[Definition, Mapping[str, str]]],
        baskets: BasketView,
        history: History,
        stats: Mapping[int, BarStatistics],
    ) -> None:
        self.definitions = tuple(definition for definition, _ in indices)
        ids = [definition.id for definition in self.definitions]
        self.place = {index: k for k, index in enumerate(ids)}
        self.pairs = tuple(
            LaidPair(k, name, basket)
            for k, (_, benchmarks) in enumerate(indices)
            for name, basket in benchmarks.items()
        )
        self.pair_place = {(ids[p.number], p.name): k for k, p in enumerate(self.pairs)}
        others = [p.basket for p in self.pairs]
        self.pair_index: I64 = np.array([p.number for p in self.pairs], dtype=np.int64)
        self.row, self.pair_row = (_rows(baskets.row, names) for names in (ids, others))
        self.kept, self.pair_kept = (_rows(history.kept, names) for names in (ids, others))
        self._stats = stats
        intervals = [definition.return_interval for definition in self.definitions]
        self._series = _by_interval(
            [(i, stats[i].series[index]) for i, index in zip(intervals, ids, strict=True)]
        )
        self._pairs = _by_interval(
            [
                (intervals[p.number], stats[intervals[p.number]].pair_row[ids[p.number], p.basket])
                for p in self.pairs
            ]
        )

    def of_series(self, read: Callable[[BarStatistics], F64 | I64]) -> F64:
        """What is read of the series of each index, of its return interval."""
        return self._gathered(self._series, read, len(self.definitions))

    def of_pairs(self, read: Callable[[BarStatistics], F64 | I64]) -> F64:
        """What is read of each pair, of the return interval of its index."""
        return self._gathered(self._pairs, read, len(self.pairs))

    def _gathered(
        self,
        groups: Mapping[int, tuple[I64, I64]],
        read: Callable[[BarStatistics], F64 | I64],
        number: int,
    ) -> F64:
        found = np.empty(number)
        for interval, (places, rows) in groups.items():
            found[places] = read(self._stats[interval])[rows]
        return found


def _rows(row: Mapping[str, int], names: Sequence[str]) -> I64:
    return np.array([row[name] for name in names], dtype=np.int64)


def _by_interval(found: Sequence[tuple[int, int]]) -> dict[int, tuple[I64, I64]]:
    """Places and rows by interval, of (interval, row) at each place."""
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for place, (interval, row) in enumerate(found):
        places, rows = groups.setdefault(interval, ([], []))
        places.append(place)
        rows.append(row)
    return {
        interval: (np.array(places, dtype=np.int64), np.array(rows, dtype=np.int64))
        for interval, (places, rows) in groups.items()
    }
