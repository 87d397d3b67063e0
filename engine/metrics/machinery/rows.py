"""Columns of figures, laid out so that a row of them is quickly picked as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.readings import REASONS, Column, Undefined

Columns = Mapping[str, Column | Mapping[str, Column]]
"""Figures by their name in the section, or by a name and the names below it."""

Lists = dict[str, Any]
"""Columns as plain lists of values and reason codes, for what is computed row by row."""

_OVERFLOW = len(REASONS)
WHY = (*REASONS, "overflow")
"""Reasons by code; the last one is of a value that is no number and has no reason."""

Known = dict[tuple[str, ...], dict[tuple[str, bytes], dict[str, str]]]
"""Reasons by the names of the figures, the path above them, and the codes: most rows share them."""


def lists(columns: Columns) -> Lists:
    """Columns as plain lists."""
    return {
        name: (c.values.tolist(), c.codes.tolist()) if isinstance(c, Column) else lists(c)
        for name, c in columns.items()
    }


class Rows:
    """One row for each of the columns' values, None where undefined; some columns are nested."""

    def __init__(self, columns: Columns, known: Known) -> None:
        self.names = tuple(columns)
        leaves = dict(_leaves("", columns))
        self._paths = tuple(leaves)
        self._codes: NDArray[np.uint8] = np.stack(list(leaves.values()), axis=1)
        self._has_none = self._codes.max(axis=1).tolist()
        self._known = known.setdefault(self._paths, {})
        self._nested: list[tuple[str, Rows]] = []
        values: list[list[Any]] = []
        for name, found in columns.items():
            if isinstance(found, Column):
                values.append(_plain(found))
            else:
                self._nested.append((name, Rows(found, known)))
                values.append([None] * len(self._codes))
        self._table = list(zip(*values, strict=True))

    def read(self, path: str, row: int) -> tuple[dict[str, Any], dict[str, str]]:
        """The row's value of every column, and why which of them are None (`reasons`)."""
        return self.pick(row), self.reasons(path, row)

    def values(self, row: int) -> tuple[Any, ...]:
        """The row's value of every column that has no columns below it."""
        return self._table[row]

    def pick(self, row: int) -> dict[str, Any]:
        """The row's value of every column."""
        found = dict(zip(self.names, self._table[row], strict=True))
        for name, nested in self._nested:
            found[name] = nested.pick(row)
        return found

    def reasons(self, path: str, row: int) -> dict[str, str]:
        """Why which of them are None, by their paths below `path`; not to be changed."""
        if not self._has_none[row]:
            return _NONE
        codes = self._codes[row].tobytes()
        found = self._known.get((path, codes))
        if found is None:
            found = self._known[path, codes] = {
                f"{path}{name}": WHY[code]
                for name, code in zip(self._paths, codes, strict=True)
                if code
            }
        return found


_NONE: dict[str, str] = {}


def codes_of(found: Column) -> NDArray[np.uint8]:
    """The codes of its reasons (`WHY`), also of what is no number and has none."""
    lost = (found.codes == 0) & ~np.isfinite(found.values)
    return np.where(lost, np.uint8(_OVERFLOW), found.codes) if lost.any() else found.codes


def _plain(found: Column) -> list[Any]:
    values: list[Any] = found.values.tolist()
    for row in np.flatnonzero(codes_of(found)).tolist():
        values[row] = None
    return values


def _leaves(path: str, columns: Columns) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for name, found in columns.items():
        if isinstance(found, Column):
            yield f"{path}.{name}", codes_of(found)
        else:
            yield from _leaves(f"{path}.{name}", found)


def pick(columns: Rows | Lists, row: int, path: str, undefined: Undefined) -> dict[str, Any]:
    """The row's value of every column, None where undefined."""
    if isinstance(columns, Rows):
        undefined.reasons.update(columns.reasons(path, row))
        return columns.pick(row)
    picked: dict[str, Any] = {}
    for name, (values, codes) in columns.items():
        value, code = values[row], codes[row]
        if code == 0 and value - value == 0.0:  # false for infinities and NaN
            picked[name] = value
        else:
            picked[name] = None
            undefined.reasons[f"{path}.{name}"] = REASONS[code] or "overflow"
    return picked
