"""Numbers and times in bytes of text, compiled: what is common in files of recorded prices.

`decimal_at` and `time_at` either give the very value that `engine.numbers.decimal` and
`tidegauge.recorded.row.parse_ts` give for the same text, or say that they are not sure. What they
are not sure of is read by those two, which alone decide what a number or a time is.

The rounding of decimals is that of D. Lemire, "Number parsing at a gigabyte per second" (2021):
the product of the digits with a power of five of 128 bits, which decides all but the forms that
are left to the careful way here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import uncounted
from engine.types import DAY, HOUR, MINUTE, SECOND
from tidegauge.recorded.row import END_OF_TIME

Bytes = NDArray[np.uint8]

_MOST_DIGITS = 19
"""Significant ones: so many always fit into 64 bits."""
_LOWEST, _HIGHEST = -60, 50
"""Powers of ten that digits are multiplied by: prices of 1e-30 to 1e30 have no others, unless they
are written in an odd way."""
_EXACT_TEN = 10.0 ** np.arange(23)
"""Powers of ten that a float holds exactly."""
_EXACT_WHOLE = np.uint64(2**53)
_TWO = np.array([2.0**k for k in range(-400, 401)])


def _power_of_five(q: int) -> int:
    """The 128 highest bits of 5 ** q: cut off, but rounded up where it is a fraction whose
    denominator fits into 64 bits, so that no tie is missed."""
    five = 5 ** abs(q)
    if q >= 0:
        return int(five << 127 >> (five.bit_length() - 1))
    found = (1 << (five.bit_length() + 127)) // five + (1 if q >= -27 else 0)
    return int(found)


_FIVES = [_power_of_five(q) for q in range(_LOWEST, _HIGHEST + 1)]
_FIVE_HIGH = np.array([five >> 64 for five in _FIVES], dtype=np.uint64)
_FIVE_LOW = np.array([five & (2**64 - 1) for five in _FIVES], dtype=np.uint64)

_U0, _U1, _U3, _U63 = np.uint64(0), np.uint64(1), np.uint64(3), np.uint64(63)
_U9, _U10, _U32 = np.uint64(9), np.uint64(10), np.uint64(32)
_LOW_32 = np.uint64(2**32 - 1)
_LOW_9 = np.uint64(2**9 - 1)

_PLUS, _MINUS, _POINT, _COMMA, _COLON, _BLANK = 43, 45, 46, 44, 58, 32
_0, _9, _E, _e, _T, _t, _Z, _z = 48, 57, 69, 101, 84, 116, 90, 122

# Whole numbers that are perhaps not meant as ns: see `tidegauge.recorded.row`.
_DOUBTFUL = np.array(
    [
        (20_000_000, 21_000_000),  # a date
        (1_230_768_000, 4_102_444_800),  # seconds
        (1_230_768_000_000, 4_102_444_800_000),
        (20_000_000_000_000, 21_000_000_000_000),  # a date and time
        (1_230_768_000_000_000, 4_102_444_800_000_000),
    ],
    dtype=np.int64,
)
_FIRST_YEAR, _LAST_YEAR = 1971, 2199
"""Years whose times lie within those of recorded prices, whatever their offset."""


@uncounted
def _product(a: Any, b: Any) -> Any:
    """High and low 64 bits of the product of two."""
    a1, a0, b1, b0 = a >> _U32, a & _LOW_32, b >> _U32, b & _LOW_32
    low, mid = a0 * b0, a1 * b0
    middle = mid + (low >> _U32)
    other = a0 * b1 + (middle & _LOW_32)
    return a1 * b1 + (middle >> _U32) + (other >> _U32), (other << _U32) | (low & _LOW_32)


@uncounted
def _rounded(digits: Any, q: int) -> Any:
    """The float nearest to digits · 10 ** q, and whether that is sure."""
    if digits <= _EXACT_WHOLE and -22 <= q <= 22:
        whole = float(digits)
        return (whole / _EXACT_TEN[-q] if q < 0 else whole * _EXACT_TEN[q]), True
    if not _LOWEST <= q <= _HIGHEST:
        return 0.0, False
    zeros = 0
    for step in (32, 16, 8, 4, 2, 1):
        if digits >> np.uint64(64 - step) == _U0:
            digits <<= np.uint64(step)
            zeros += step
    high, low = _product(digits, _FIVE_HIGH[q - _LOWEST])
    if high & _LOW_9 == _LOW_9:
        more, _ = _product(digits, _FIVE_LOW[q - _LOWEST])
        low += more
        if more > low:
            high += _U1
    upper = high >> _U63
    shift = upper + _U9
    found = high >> shift
    if low <= _U1 and found & _U3 == _U1 and found << shift == high:
        return 0.0, False  # perhaps exactly between two floats
    found = (found + (found & _U1)) >> _U1
    exponent = ((217706 * q) >> 16) + 63 + np.int64(upper) - zeros - 52
    return float(found) * _TWO[exponent + 400], True


@uncounted
def decimal_at(text: Bytes, begin: int, end: int) -> Any:
    """The number in text[begin:end], and whether it is sure that it is one."""
    at, negative = begin, False
    if at < end and (text[at] == _MINUS or text[at] == _PLUS):
        negative = text[at] == _MINUS
        at += 1
    digits, significant, q, any_digit, behind = _U0, 0, 0, False, False
    while at < end:
        c = text[at]
        if _0 <= c <= _9:
            any_digit = True
            if significant or c != _0:
                significant += 1
            digits = digits * _U10 + np.uint64(c - _0)
            if behind:
                q -= 1
        elif c == _POINT and not behind:
            behind = True
        else:
            break
        at += 1
    if not any_digit or significant > _MOST_DIGITS or end - begin > 100:
        return 0.0, False
    if at < end:
        if (text[at] != _E and text[at] != _e) or end - at > 5:
            return 0.0, False
        at += 1
        sign = 1
        if at < end and (text[at] == _MINUS or text[at] == _PLUS):
            sign = -1 if text[at] == _MINUS else 1
            at += 1
        if at == end:
            return 0.0, False
        exponent: Any = 0
        while at < end:
            c = text[at]
            if not _0 <= c <= _9:
                return 0.0, False
            exponent = 10 * exponent + (np.int64(c) - _0)
            at += 1
        q += sign * exponent
    if digits == _U0:
        return (-0.0 if negative else 0.0), True
    value, sure = _rounded(digits, q)
    return (-value if negative else value), sure


@uncounted
def _whole_at(text: Bytes, begin: int, end: int) -> Any:
    """The digits text[begin:end] as a number; -1 where there are others than digits, or none."""
    if begin >= end:
        return -1
    found: Any = 0
    for k in range(begin, end):
        c = np.int64(text[k])
        if not _0 <= c <= _9:
            return -1
        found = 10 * found + (c - _0)
    return found


@uncounted
def ns_is_sure(ns: int) -> bool:
    """Whether a whole number that stands for a time can only be meant as ns."""
    if not 0 <= ns < END_OF_TIME:
        return False
    for k in range(_DOUBTFUL.shape[0]):  # noqa: SIM110 - compiled
        if _DOUBTFUL[k, 0] <= ns < _DOUBTFUL[k, 1]:
            return False
    return True


@uncounted
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 of a date; -1 where the calendar has no such."""
    if not (1 <= month <= 12 and 1 <= day <= 31 and _FIRST_YEAR <= year <= _LAST_YEAR):
        return -1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > 30 and (month == 4 or month == 6 or month == 9 or month == 11):
        return -1
    if month == 2 and day > (29 if leap else 28):
        return -1
    y = year - 1 if month <= 2 else year
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    era = y % 400
    return y // 400 * 146_097 + era * 365 + era // 4 - era // 100 + of_year - 719_468


@uncounted
def time_at(text: Bytes, begin: int, end: int) -> Any:
    """The time (ns) in text[begin:end], and whether it is sure that it is one."""
    size = end - begin
    if size <= 18 or (size == 19 and text[begin + 4] != _MINUS):
        if size != 10 or text[begin + 4] != _MINUS:
            found = _whole_at(text, begin, end)
            return found, ns_is_sure(found)
    elif size > 40:
        return 0, False
    if text[begin + 4] != _MINUS or text[begin + 7] != _MINUS:
        return 0, False
    year, month = _whole_at(text, begin, begin + 4), _whole_at(text, begin + 5, begin + 7)
    days = _days(year, month, _whole_at(text, begin + 8, begin + 10))
    if days < 0:
        return 0, False
    if size == 10:
        return (days + 1) * DAY, True
    between = text[begin + 10]
    if (between != _T and between != _t and between != _BLANK) or size < 19:
        return 0, False
    if text[begin + 13] != _COLON or text[begin + 16] != _COLON:
        return 0, False
    hour, minute = _whole_at(text, begin + 11, begin + 13), _whole_at(text, begin + 14, begin + 16)
    second = _whole_at(text, begin + 17, begin + 19)
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return 0, False
    ns: Any = days * DAY + hour * HOUR + minute * MINUTE + second * SECOND
    at = begin + 19
    if at < end and (text[at] == _POINT or text[at] == _COMMA):
        at += 1
        unit, first = SECOND // 10, at
        while at < end and _0 <= text[at] <= _9:
            ns += (np.int64(text[at]) - _0) * unit
            unit //= 10
            at += 1
        if at == first:
            return 0, False
    if at == end:
        return ns, True
    if at + 1 == end:
        return ns, text[at] == _Z or text[at] == _z
    if at + 6 != end or text[at + 3] != _COLON or (text[at] != _PLUS and text[at] != _MINUS):
        return 0, False
    hour, minute = _whole_at(text, at + 1, at + 3), _whole_at(text, at + 4, at + 6)
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        return 0, False
    away = hour * HOUR + minute * MINUTE
    return (ns + away if text[at] == _MINUS else ns - away), True
