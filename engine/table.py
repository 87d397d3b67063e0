"""Columns with one row per thing: the shape of all numeric state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]

NEW = -1
"""In an order given to `rearrange`: a row that was not there before."""


def widened(values: NDArray[Any], most: int | None = None) -> NDArray[Any]:
    """The same rows with zeros at their ends: a sixteenth wider, at most `most`. Where every row
    takes one value at a time that costs a constant each, and leaves little room empty."""
    more = max(values.shape[1] // 16, 16)
    more = more if most is None else min(more, most - values.shape[1])
    return np.pad(values, ((0, 0), (0, more)))


class Table:
    """Named arrays of equal length. `COLUMNS` gives each one's dtype, row shape and first value."""

    COLUMNS: ClassVar[Mapping[str, tuple[str, tuple[int, ...], Any]]] = {}
    STORED_AS: ClassVar[Mapping[str, str]] = {}
    """What checkpoints call a column where that is not its name."""
    FILLED: ClassVar[Mapping[str, str]] = {}
    """Of each column that is `widened` as values come, the column that counts these."""

    def __init__(self, rows: int = 0) -> None:
        for name, (dtype, shape, fill) in self.COLUMNS.items():
            setattr(self, name, np.full((rows, *shape), fill, dtype=dtype))
        self._room: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(getattr(self, next(iter(self.COLUMNS))))

    def append(self, rows: int) -> None:
        """Add fresh rows at the end. Room is made by doubling, so a row costs a constant."""
        size = len(self)
        for name, (dtype, _, fill) in self.COLUMNS.items():
            old, room = getattr(self, name), self._room.get(name)
            # A column that was replaced since does not lie in its room any more.
            if room is None or old.base is not room or len(room) < size + rows:
                room = np.empty((2 * (size + rows), *old.shape[1:]), dtype=dtype)
                room[:size] = old
                self._room[name] = room
            room[size : size + rows] = fill
            setattr(self, name, room[: size + rows])

    def rearrange(self, order: I64) -> None:
        """Make row i what row `order[i]` was; NEW makes a fresh one."""
        fresh = order == NEW
        for name, (dtype, _, fill) in self.COLUMNS.items():
            old = getattr(self, name)
            new = np.full((len(order), *old.shape[1:]), fill, dtype=dtype)
            new[~fresh] = old[order[~fresh]]
            setattr(self, name, new)

    def dump(self) -> dict[str, NDArray[Any]]:
        """Copies of all columns by name, without the room that no row has filled yet."""
        return {self.stored(name): self._filled(name).copy() for name in self.COLUMNS}

    def _filled(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = getattr(self, name)
        if name not in self.FILLED:
            return values
        least = self.COLUMNS[name][1][0]
        return values[:, : max(least, int(getattr(self, self.FILLED[name]).max(initial=0)))]

    @classmethod
    def stored(cls, name: str) -> str:
        """The key of a column in a checkpoint."""
        return cls.STORED_AS.get(name, name)

    @classmethod
    def load(cls, state: Mapping[str, NDArray[Any]] | None, rows: int = 0) -> Self:
        """The table that `dump` came from, also an older version's.

        A column that was not there holds its first value throughout, one that is gone is not
        looked at, and a table that was not there (None, or none of its columns) has `rows` rows as
        they begin: what is read of it is undefined by its own minimum of observations. A column
        that kept its name and changed its meaning or shape takes a step of `engine.migrations`.
        """
        known = [state[k] for k in map(cls.stored, cls.COLUMNS) if k in state] if state else []
        table = cls(len(known[0]) if known else rows)
        for name, (dtype, _, _) in cls.COLUMNS.items():
            if state and (key := cls.stored(name)) in state:
                setattr(table, name, np.array(state[key], dtype=dtype))
        return table
