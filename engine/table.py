"""Columns with one row per thing: the shape of all numeric state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

NEW = -1
"""In an order given to `rearrange`: a row that was not there before."""


class Table:
    """Named arrays of equal length. `COLUMNS` gives each one's dtype, row shape and first value."""

    COLUMNS: ClassVar[Mapping[str, tuple[str, tuple[int, ...], Any]]] = {}

    def __init__(self, rows: int = 0) -> None:
        for name, (dtype, shape, fill) in self.COLUMNS.items():
            setattr(self, name, np.full((rows, *shape), fill, dtype=dtype))

    def __len__(self) -> int:
        return len(getattr(self, next(iter(self.COLUMNS))))

    def rearrange(self, order: I64) -> None:
        """Make row i what row `order[i]` was; NEW makes a fresh one."""
        fresh = order == NEW
        for name, (dtype, _, fill) in self.COLUMNS.items():
            old = getattr(self, name)
            new = np.full((len(order), *old.shape[1:]), fill, dtype=dtype)
            new[~fresh] = old[order[~fresh]]
            setattr(self, name, new)

    def dump(self) -> dict[str, NDArray[Any]]:
        """Copies of all columns by name."""
        return {name: getattr(self, name).copy() for name in self.COLUMNS}

    @classmethod
    def load(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """The table that `dump` came from."""
        table = cls()
        for name, (dtype, _, _) in cls.COLUMNS.items():
            setattr(table, name, np.array(state[name], dtype=dtype))
        return table
