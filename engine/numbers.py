"""Numbers as they come in: one strict reader for every door.

Files, command line and venues mean the same by a number: an ASCII decimal such as `12`, `.5`, `+1`
or `4.2e-6`. Python's own `float` also takes `1_000`, `nan`, blanks around and the digits of other
scripts, and `True` is 1.0 to it; a typing error must not become a price.
"""

from __future__ import annotations

from typing import TypeGuard

LONGEST_NUMBER = 100
"""Characters of a number in text: an amount of 256 bits with 18 decimals takes 79."""
_INFINITY = float("inf")
_NO_DECIMAL = "a number is not a decimal text"


def decimal(text: str) -> float:
    """The finite number that a text is: sign, digits with a point, exponent. Raises ValueError.

    >>> decimal("4.2e-6"), decimal(".5"), decimal("+1"), decimal("5.")
    (4.2e-06, 0.5, 1.0, 5.0)
    >>> decimal("1_000")
    Traceback (most recent call last):
    ValueError: a number is not a decimal text
    """
    try:
        value = float(text)
    except ValueError:
        raise ValueError(_NO_DECIMAL) from None
    # What is left of the forms that only Python knows: nan, inf, underscores, blanks around.
    if (
        value - value != 0.0
        or len(text) > LONGEST_NUMBER
        or "_" in text
        or not text.isascii()
        or text.strip() != text
    ):
        raise ValueError(_NO_DECIMAL)
    return value


def number(value: object) -> float:
    """The finite number that a decimal text or a JSON number is. Raises ValueError.

    >>> number(7), number("7")
    (7.0, 7.0)
    """
    if type(value) is str:
        return decimal(value)
    if type(value) is not float and type(value) is not int:
        raise ValueError("a number is neither a decimal text nor a JSON number")
    try:
        found = float(value)
    except OverflowError:  # an integer beyond the largest float
        found = _INFINITY
    if not -_INFINITY < found < _INFINITY:
        raise ValueError("a number is not finite")
    return found


def whole(text: str) -> int:
    """The integer that a text of ASCII digits with or without a sign is. Raises ValueError.

    >>> whole("-12")
    -12
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if len(text) > LONGEST_NUMBER or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a number is not a whole decimal text")
    return int(text)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a decoded value is a number: JSON's true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_power_of_two(count: int) -> bool:
    """Whether a count from 1 on is 1, 2, 4, 8 …: what comes often is reported so, ever rarer."""
    return count & (count - 1) == 0
