"""Numbers that change with every price: of all indices at once, and where of each they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.kept import SLOT, Slotted
from engine.metrics.machinery.rows import WHY, Columns, codes_of
from engine.readings import Column
from engine.table import F64, I64

NOWHERE: I64 = np.zeros(0, dtype=np.int64)
"""The places of what has no slots."""


class Placed(NamedTuple):
    """What stands in the snapshot of one index: a template, or a bare SLOT; the figures in its
    slots by their whole paths, and their places among all numbers; the reasons of its other nulls.

    A plain mapping without slots may stand here too: it is read anew each time.
    """

    template: Any
    paths: Sequence[str] = ()
    places: I64 = NOWHERE
    reasons: Mapping[str, str] = {}


def reasons_of(paths: Sequence[str], codes: bytes) -> dict[str, str]:
    """The reasons of the slots that are null."""
    if not any(codes):
        return {}
    return {path: WHY[code] for path, code in zip(paths, codes, strict=True) if code}


def checked(found: Column) -> Column:
    """Numbers with NaN wherever they have a reason, and a reason wherever they are none."""
    codes = codes_of(found)
    return Column(np.where(codes > 0, np.nan, found.values), codes)


def flat(columns: Columns) -> Column:
    """The numbers of all columns, row by row."""
    leaves = [checked(column) for _, column in _leaves("", columns)]
    values: F64 = np.stack([leaf.values for leaf in leaves], axis=1).ravel()
    return Column(values, np.stack([leaf.codes for leaf in leaves], axis=1).ravel())


def placed_names(path: str, names: Sequence[str], row: int) -> Placed:
    """A row of the numbers that `flat` makes of columns of these names."""
    places = np.arange(row * len(names), (row + 1) * len(names))
    return Placed(Slotted(dict.fromkeys(names, SLOT)), [f"{path}.{name}" for name in names], places)


def placed_row(section: str, columns: Columns, row: int) -> Placed:
    """A row of columns, of which `flat` makes the numbers."""
    paths = [f"{section}{path}" for path, _ in _leaves("", columns)]
    return Placed(_template(columns), paths, np.arange(row * len(paths), (row + 1) * len(paths)))


def _template(columns: Columns) -> Slotted:
    return Slotted({n: SLOT if isinstance(c, Column) else _template(c) for n, c in columns.items()})


def _leaves(path: str, columns: Columns) -> Iterator[tuple[str, Column]]:
    for name, found in columns.items():
        if isinstance(found, Column):
            yield f"{path}.{name}", found
        else:
            yield from _leaves(f"{path}.{name}", found)


class Taken(NamedTuple):
    """The numbers of some indices, each index's together in its order, and the codes of their
    reasons; those of index k are `ends[k]` to `ends[k + 1]`."""

    numbers: F64
    codes: bytes
    ends: list[int]


class Taker:
    """Takes the numbers of several sources for some indices, as long as these lie there so."""

    def __init__(self, sizes: Sequence[int], places: Sequence[Sequence[tuple[int, I64]]]) -> None:
        """`places` are those of each index in its order, each in a source (by number) of a size."""
        self.sizes = list(sizes)
        begins = np.cumsum([0, *sizes])[:-1].tolist()
        found = [[begins[source] + at for source, at in index] for index in places]
        every = [at for index in found for at in index]
        self._gather: I64 = np.concatenate([NOWHERE, *every])
        lengths = [sum(len(at) for at in index) for index in found]
        self.ends: list[int] = np.cumsum([0, *lengths]).tolist()

    def take(self, sources: Sequence[Column]) -> Taken:
        """The numbers as they are now."""
        values = np.concatenate([source.values for source in sources])
        codes = np.concatenate([source.codes for source in sources])
        return Taken(values[self._gather], codes[self._gather].tobytes(), self.ends)
