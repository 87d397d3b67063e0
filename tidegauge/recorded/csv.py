"""Lines of CSV to rows, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.compiled import uncounted
from tidegauge.recorded.grammar import Bytes
from tidegauge.recorded.rows import ASSET, QUOTE, Scratch, Tables, put_rows

_COMMA, _MARK, _LF, _CR, _BLANK, _ASCII = 44, 34, 10, 13, 32, 128
_LONGEST_CELL = 100_000
"""Bytes of a cell in quotation marks: somewhat less than the careful way takes."""


@njit(cache=True)
def scan_csv(
    text: Bytes,
    at: int,
    line: int,
    roles: NDArray[np.int64],
    tables: Tables,
    found: Scratch,
    file: int,
) -> Any:
    """Read lines from text[at] on, where line `line` begins, until the text or the room in `found`
    is at an end.

    `roles` says of each column which cell it has, 8 for one that is not used. Every line ends with
    a line feed. Returns where it stopped, the number of the line there, and how many rows it found.
    """
    room = found.rows.shape[0]
    begin_of = np.full((room, 9), -1, dtype=np.int64)
    end_of = np.full((room, 9), -1, dtype=np.int64)
    at, line, rows = _cut(text, at, line, roles, found, file, begin_of, end_of)
    put_rows(text, begin_of, end_of, rows, tables, found)
    return at, line, rows


@uncounted
def _cut(
    text: Bytes,
    at: int,
    line: int,
    roles: NDArray[np.int64],
    found: Scratch,
    file: int,
    begin_of: NDArray[np.int64],
    end_of: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Find the cells of the lines, and which lines are odd; returns as `scan_csv`."""
    all_rows, begins, is_odd = found.rows, found.begin, found.odd
    end, width, room = text.shape[0], roles.shape[0], all_rows.shape[0]
    rows = 0
    while at < end and rows < room:
        start, column, sure, marked = at, 0, True, False
        while True:
            begin = at
            c = text[at]
            if c == _MARK:
                marked = True
                begin += 1
                at += 1
                wide = False
                while text[at] != _MARK and text[at] != _LF:
                    wide |= text[at] >= _ASCII
                    at += 1
                stop = at
                if text[at] == _LF:
                    sure = False
                else:
                    at += 1
                    sure &= text[at] in (_COMMA, _LF, _CR) and stop - begin < _LONGEST_CELL
                    while text[at] not in (_COMMA, _LF):
                        sure &= text[at] == _CR
                        at += 1
            else:
                wide = False
                while c != _COMMA and c != _LF:
                    if c >= _ASCII:
                        wide = True
                    elif c == _MARK:
                        sure = False
                    at += 1
                    c = text[at]
                stop = at
            role = roles[column] if column < width else 8
            if wide and role != ASSET and role != QUOTE:
                sure = False  # perhaps not UTF-8
            begin_of[rows, role], end_of[rows, role] = begin, stop
            column += 1
            if text[at] == _LF:
                break
            at += 1
        if text[stop] != _MARK:  # carriage returns at the end are none of the cell
            while stop > begin and text[stop - 1] == _CR:
                stop -= 1
            end_of[rows, role] = stop
        at += 1
        if column == 1 and stop == begin and not marked:
            line += 1
            continue
        if marked:
            last = at - 1
            while text[last - 1] == _CR:
                last -= 1
            for k in range(start, last):
                if text[k] < _BLANK:
                    sure = False
        row = all_rows[rows]
        begins[rows] = start
        row.line, row.file = line, file
        is_odd[rows] = not (sure and column == width)
        rows += 1
        line += 1
    return at, line, rows
