"""Ids of trades as numbers, many at once, for what is compiled of the Pricer."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.table import I64

NO_ID: Final = -2
"""Of a trade that has none."""
NOT_COMMON: Final = -1
"""An id that is no number, and a source that is not known."""
SEPARATOR: Final = "\n"
"""Between ids in the text that `read_ids` takes."""
_HIGHEST: Final = 2**63 - 1


@njit(cache=True)
def read_ids(text: NDArray[np.int8], length: int, ints: I64, rows: int) -> bool:
    """Put the ids of so many rows as numbers into `ints`, of the first `length` bytes of a text;
    NOT_COMMON for what is no number of 63 bits, written without sign and leading zeros. False where
    there are more or fewer."""
    row, number, digits, is_number = 0, 0, 0, True
    for i in range(length + 1):
        if i < length and text[i] != 10:
            digit = text[i] - 48
            if (
                not 0 <= digit <= 9
                or (digits == 1 and number == 0)
                or number > (_HIGHEST - digit) // 10
            ):
                is_number = False
            number = 10 * number + digit if is_number else 0
            digits += 1
            continue
        if row == rows:
            return False
        ints[3 * rows + row] = number if is_number and digits else NOT_COMMON
        row, number, digits, is_number = row + 1, 0, 0, True
    return row == rows
