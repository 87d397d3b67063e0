"""A line drawn with braille: each character is two points wide and four high."""

from __future__ import annotations

import math
from collections.abc import Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""By row and column of a character, as Unicode numbers them (U+2800)."""
_BLANK = 0x2800


def line_chart(
    values: Sequence[float | None], width: int, height: int, is_log: bool = False
) -> list[str]:
    """`height` lines of `width` characters; None is a hole. Of more values than there are points
    the lowest and the highest of each point are drawn, so that no fall is hidden.

    >>> line_chart([1.0, 2.0, 3.0, 4.0], 2, 1)
    ['⡠⠊']
    """
    columns = _columns(values, 2 * width, is_log)
    known = [v for pair in columns if pair for v in pair]
    if not known:
        return [" " * width] * height
    low, high = min(known), max(known)
    if high == low:
        low, high = low - 0.5, high + 0.5
    last = 4 * height - 1
    cells = [[_BLANK] * width for _ in range(height)]
    before: tuple[int, int] | None = None
    for x, pair in enumerate(columns):
        if pair is None:
            before = None
            continue
        bottom, top = (round((v - low) / (high - low) * last) for v in pair)
        if before is not None:  # without a break to the column before
            if before[0] > top + 1:
                top = before[0] - 1
            elif before[1] < bottom - 1:
                bottom = before[1] + 1
        before = bottom, top
        for y in range(bottom, top + 1):
            row = last - y
            cells[row // 4][x // 2] |= _DOTS[row % 4][x % 2]
    return ["".join(" " if cell == _BLANK else chr(cell) for cell in line) for line in cells]


def _columns(
    values: Sequence[float | None], number: int, is_log: bool
) -> list[tuple[float, float] | None]:
    """Lowest and highest of what falls into each of so many columns."""
    found: list[tuple[float, float] | None] = []
    count = len(values)
    for x in range(number):
        begin = x * count // number
        part = values[begin : max((x + 1) * count // number, begin + 1)]
        known = [v for v in part if v is not None and (v > 0.0 or not is_log)]
        if is_log:
            known = [math.log(v) for v in known]
        found.append((min(known), max(known)) if known else None)
    return found
