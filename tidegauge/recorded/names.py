"""Names in recorded prices as numbers: found among the bytes of a file by compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import uncounted
from tidegauge.recorded.grammar import Bytes

LONGEST_NAME = 80
"""Bytes: twenty characters of four each."""
_ROOM = 512
"""Names at first; there is more of it as more are found."""


class NameTable(NamedTuple):
    """Names by their bytes, for compiled code: an open hash table (`slots`, a code plus one or 0),
    the bytes of each code (codes, LONGEST_NAME), their number, and how many codes there are (1,).
    """

    slots: NDArray[np.int32]
    text: NDArray[np.uint8]
    size: NDArray[np.int32]
    known: NDArray[np.int64]


def _table(room: int) -> NameTable:
    return NameTable(
        np.zeros(4 * room, dtype=np.int32),
        np.zeros((room, LONGEST_NAME), dtype=np.uint8),
        np.zeros(room, dtype=np.int32),
        np.zeros(1, dtype=np.int64),
    )


@uncounted
def code_at(table: NameTable, text: Bytes, begin: int, end: int) -> Any:
    """The code of the name text[begin:end], a new one where it has none; -1 where it cannot be one,
    or there is no room."""
    size = end - begin
    if size <= 0 or size > LONGEST_NAME:
        return -1
    slots, names, sizes, known = table.slots, table.text, table.size, table.known
    mixed = np.uint64(14695981039346656037)
    for k in range(begin, end):
        mixed = (mixed ^ np.uint64(text[k])) * np.uint64(1099511628211)
    last = slots.shape[0] - 1
    at = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(last))
    while slots[at]:
        code = np.int64(slots[at]) - 1
        if sizes[code] == size:
            k = 0
            while k < size and names[code, k] == text[begin + k]:
                k += 1
            if k == size:
                return code
        at = (at + 1) & last
    code = known[0]
    if code >= sizes.shape[0]:
        return -1
    slots[at] = code + 1
    for k in range(size):
        names[code, k] = text[begin + k]
    sizes[code] = size
    known[0] += 1
    return code


class Names:
    """The names of one kind. `is_name` says which texts are names; others have a code, too, so that
    what is no name is asked for once."""

    def __init__(self, is_name: Callable[[str], Any]) -> None:
        self._is_name = is_name
        self.table = _table(_ROOM)
        self.all: list[str] = []
        """By code; empty for what is no name."""
        self.unusable: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """The codes of what is no name."""

    def learn(self) -> None:
        """Look at what compiled code has found since the last time."""
        for code in range(len(self.all), int(self.table.known[0])):
            raw = self.table.text[code, : self.table.size[code]].tobytes()
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = ""
            if not self._is_name(text):
                text = ""
                self.unusable = np.append(self.unusable, code)
            self.all.append(text)

    def code(self, name: str) -> int:
        """The code of a name."""
        raw = np.frombuffer(name.encode(), dtype=np.uint8)
        if self.table.known[0] == self.table.size.shape[0]:
            self._grow()
        found = int(code_at(self.table, raw, 0, len(raw)))
        self.learn()
        return found

    def _grow(self) -> None:
        before, self.table = self.table, _table(2 * self.table.size.shape[0])
        for code in range(int(before.known[0])):
            name = before.text[code, : before.size[code]].tobytes()
            code_at(self.table, np.frombuffer(name, dtype=np.uint8), 0, len(name))
