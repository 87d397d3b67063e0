"""JSON lines to rows, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tidegauge.recorded.grammar import Bytes
from tidegauge.recorded.row import COLUMNS
from tidegauge.recorded.rows import ASSET, QUOTE, VENUE_CELL, Scratch, Tables, put_rows

_LF, _CR, _TAB, _BLANK, _ASCII = 10, 13, 9, 32, 128
_MARK, _BACKSLASH, _COMMA, _COLON, _OPEN, _CLOSE = 34, 92, 44, 58, 123, 125
_MINUS, _PLUS, _POINT, _0, _9, _E, _e = 45, 43, 46, 48, 57, 69, 101
_n, _t, _f = 110, 116, 102
_UNKNOWN = len(COLUMNS)
_TEXT, _NUMBER, _NULL, _OTHER, _WRONG = 0, 1, 2, 3, 4
"""What a value is; `_OTHER` is true or false."""

_KEYS = np.zeros((len(COLUMNS), 16), dtype=np.uint8)
for _place, _name in enumerate(COLUMNS):
    _KEYS[_place, : len(_name)] = np.frombuffer(_name.encode(), dtype=np.uint8)


@njit(cache=True)
def _past_blanks(text: Bytes, at: int) -> int:
    while text[at] == _BLANK or text[at] == _TAB or text[at] == _CR:
        at += 1
    return at


@njit(cache=True)
def _past_digits(text: Bytes, at: int) -> int:
    while _0 <= text[at] <= _9:
        at += 1
    return at


@njit(cache=True)
def _number_end(text: Bytes, at: int) -> int:
    """Where the JSON number that begins at text[at] ends; -1 where there is none."""
    if text[at] == _MINUS:
        at += 1
    end = _past_digits(text, at)
    if end == at or (text[at] == _0 and end > at + 1):
        return -1
    if text[end] == _POINT:
        at = end + 1
        end = _past_digits(text, at)
        if end == at:
            return -1
    if text[end] == _e or text[end] == _E:
        at = end + 1
        if text[at] == _MINUS or text[at] == _PLUS:
            at += 1
        end = _past_digits(text, at)
        if end == at:
            return -1
    return end


@njit(cache=True)
def _key_of(text: Bytes, begin: int, end: int) -> int:
    """The place of a key among COLUMNS, or `_UNKNOWN`."""
    size = end - begin
    if size < 16:
        for key in range(_KEYS.shape[0]):
            k = 0
            while k < size and _KEYS[key, k] == text[begin + k]:
                k += 1
            if k == size and _KEYS[key, size] == 0:
                return key
    return _UNKNOWN


@njit(cache=True)
def _word_end(text: Bytes, at: int) -> int:
    """Where the word of small letters that begins at text[at] ends."""
    while 97 <= text[at] <= 122:
        at += 1
    return at


@njit(cache=True)
def _is_word(text: Bytes, at: int, end: int, b: int, c: int, d: int, e: int) -> bool:
    """Whether the letters behind the first of text[at:end] are these; the last may be none, 0."""
    if end - at != (5 if e else 4):
        return False
    same = text[at + 1] == b and text[at + 2] == c and text[at + 3] == d
    return bool(same and (not e or text[at + 4] == e))


@njit(cache=True)
def _value(text: Bytes, at: int, may_be_wide: bool) -> Any:
    """What value begins at text[at], where its text begins and ends, and where to go on."""
    c = text[at]
    if c == _MARK:
        at += 1
        begin = at
        while text[at] != _MARK:
            c = text[at]
            if c < _BLANK or c == _BACKSLASH or (c >= _ASCII and not may_be_wide):
                return _WRONG, begin, at, at
            at += 1
        return _TEXT, begin, at, at + 1
    if c == _MINUS or _0 <= c <= _9:
        end = _number_end(text, at)
        return (_NUMBER if end > 0 else _WRONG), at, end, end
    end = _word_end(text, at)
    if c == _n and _is_word(text, at, end, 117, 108, 108, 0):
        return _NULL, at, end, end
    if c == _t and _is_word(text, at, end, 114, 117, 101, 0):
        return _OTHER, at, end, end
    if c == _f and _is_word(text, at, end, 97, 108, 115, 101):
        return _OTHER, at, end, end
    return _WRONG, at, at, at


@njit(cache=True)
def _object(
    text: Bytes,
    at: int,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    told: NDArray[np.bool_],
) -> bool:
    """Find the cells of the object in the line at text[at]; False where that is not sure."""
    if text[at] != _OPEN:
        return False
    at = _past_blanks(text, at + 1)
    has_quote = False
    while True:
        kind, first, last, at = _value(text, at, False)
        if kind != _TEXT:
            return False
        key = _key_of(text, first, last)
        at = _past_blanks(text, at)
        if text[at] != _COLON:
            return False
        may_be_wide = key in (ASSET, QUOTE)
        kind, first, last, at = _value(text, _past_blanks(text, at + 1), may_be_wide)
        if kind == _WRONG:
            return False
        if key == _UNKNOWN:
            if not told[0]:
                return False
        else:
            is_name = may_be_wide or key == VENUE_CELL
            if begin[key] != -1 or kind == _OTHER or (is_name and kind == _NUMBER):
                return False
            if kind == _NULL:
                begin[key] = -2
            else:
                begin[key], end[key] = first, last
                # A time in a number is a whole one.
                if key == 0 and kind == _NUMBER:
                    for k in range(first, last):
                        if not _0 <= text[k] <= _9:
                            return False
            has_quote |= key == QUOTE
        at = _past_blanks(text, at)
        if text[at] == _CLOSE:
            break
        if text[at] != _COMMA:
            return False
        at = _past_blanks(text, at + 1)
    if text[_past_blanks(text, at + 1)] != _LF:
        return False
    return told[1] or has_quote or end[VENUE_CELL] <= begin[VENUE_CELL]


@njit(cache=True)
def scan_json(
    text: Bytes,
    at: int,
    line: int,
    told: NDArray[np.bool_],
    tables: Tables,
    found: Scratch,
    file: int,
) -> Any:
    """The same as `tidegauge.recorded.csv.scan_csv` for JSON lines.

    `told` says whether the user knows of unused keys, and of venues without a quote (2,): until
    then a line that has such is odd.
    """
    all_rows, begins, is_odd = found.rows, found.begin, found.odd
    end, room = text.shape[0], all_rows.shape[0]
    begin_of = np.full((room, 9), -1, dtype=np.int64)
    end_of = np.full((room, 9), -3, dtype=np.int64)
    rows = 0
    while at < end and rows < room:
        start = at
        at = _past_blanks(text, at)
        if text[at] != _LF:
            row = all_rows[rows]
            begins[rows] = start
            row.line, row.file = line, file
            is_odd[rows] = not _object(text, at, begin_of[rows], end_of[rows], told)
            rows += 1
            while text[at] != _LF:
                at += 1
        at += 1
        line += 1
    put_rows(text, begin_of, end_of, rows, tables, found)
    return at, line, rows
