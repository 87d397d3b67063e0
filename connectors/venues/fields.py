"""How venues write numbers, ids and times: each function reads one field, and refuses what is none.

All raise ValueError where the field cannot be used, but for `loose_number`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from math import inf

from engine.numbers import decimal
from engine.numbers import number as finite
from engine.types import SECOND

MILLISECOND = 1_000_000
"""In ns."""
MICROSECOND = 1_000
"""In ns."""
OLDEST = 1_230_940_800 * SECOND
"""2009-01-03, the day of the first Bitcoin block: no coin was traded before it."""
NEWEST = 2**63 - 1
"""Times are int64."""
LONGEST_ID = 64
"""Characters; the longest ids seen are UUIDs of 36."""
LONGEST_TIME = 40
"""Characters of a time in decimal text: ns take 19. A longer one in ISO 8601 is read, not kept."""


def text_number(text: object) -> float:
    """A positive finite number sent as JSON text ("61837.63000000"). Raises ValueError otherwise.

    What a decimal text is, `engine.numbers` says, here as at every other door.
    """
    if type(text) is not str:
        raise ValueError("a number is not a decimal text")
    value = decimal(text)
    if value <= 0.0:
        raise ValueError("a number is not positive")
    return value


def json_number(value: object) -> float:
    """A positive finite JSON number. Raises ValueError otherwise."""
    if type(value) is float and 0.0 < value < inf:
        return value
    if type(value) is not float and type(value) is not int:
        raise ValueError("a number is not a JSON number")
    found = finite(value)
    if found <= 0.0:
        raise ValueError("a number is not positive")
    return found


def loose_number(value: object) -> float:
    """A number of a trade outside the order book, sent in any form; 0.0 where it is none.

    Such a trade never prices: what counts is that its id was seen. An event that only takes an id
    (X is NA at Binance's futures) has a price and a size of zero, or none.
    """
    try:
        found = decimal(value) if type(value) is str else finite(value)
    except ValueError:
        return 0.0
    return max(found, 0.0)


def trade_id(value: object) -> str:
    """A trade id sent as a JSON integer, as text. Raises ValueError otherwise.

    Integers stay exact up to 2^64; beyond, the JSON reader makes floats, which are refused.
    """
    if type(value) is not int or value < 0:
        raise ValueError("a trade id is not an integer")
    return str(value)


def text_id(value: object) -> str:
    """A trade id sent as JSON text. Raises ValueError otherwise."""
    if type(value) is not str or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise ValueError("a trade id is not a text")
    return value


def number(value: object) -> float:
    """A positive finite number, sent as JSON number or as text. Raises ValueError otherwise."""
    return text_number(value) if type(value) is str else json_number(value)


def any_id(value: object) -> str:
    """A trade id sent as text or as JSON integer, as text. Raises ValueError otherwise."""
    return text_id(value) if type(value) is str else trade_id(value)


def whole_id(value: object) -> str:
    """A trade id sent as an integer in text. Raises ValueError otherwise."""
    if type(value) is not str or not _WHOLE.fullmatch(value):
        raise ValueError("an id is not an integer in text")
    return value


def no_id(value: object) -> None:
    """Of a trade whose wire format has no id."""


def unix_ms(value: object) -> int:
    """A Unix time sent as a JSON integer of ms, in ns. Raises ValueError otherwise."""
    if type(value) is not int:
        raise ValueError("a time is not an integer")
    ts = value * MILLISECOND
    return ts if OLDEST <= ts <= NEWEST else checked_ns(ts)


def text_ms(text: object) -> int:
    """A Unix time sent as decimal text of ms, as exact int ns. Raises ValueError otherwise."""
    if type(text) is str and len(text) == 13 and text.isascii() and text.isdigit():
        return checked_ns(int(text) * MILLISECOND)  # whole ms from 2001 to 2286, as mostly
    return text_unix_ns(text, MILLISECOND)


def text_us(text: object) -> int:
    """The same of µs."""
    return text_unix_ns(text, MICROSECOND)


def text_ns(text: object) -> int:
    """The same of ns."""
    return text_unix_ns(text, 1)


def unix_ns(value: object, unit: int) -> int:
    """A Unix time sent as a JSON integer of `unit` ns, in ns. Raises ValueError otherwise."""
    if type(value) is not int:
        raise ValueError("a time is not an integer")
    return checked_ns(value * unit)


def text_unix_ns(text: object, unit: int) -> int:
    """A Unix time sent as decimal text of `unit` ns, as exact int ns. Raises ValueError.

    Any number of fractional digits; what is below one ns is cut off.

    >>> text_unix_ns("1619093543708.2642", 1_000_000)
    1619093543708264200
    """
    if type(text) is not str or len(text) > LONGEST_TIME:
        raise ValueError("a time is not a decimal text")
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not whole or (point and not fraction) or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a time is not a decimal text")
    ts = int(digits) * unit // 10 ** len(fraction)
    return ts if OLDEST <= ts <= NEWEST else checked_ns(ts)


def iso_ns(text: object) -> int:
    """ISO 8601 in UTC ("2026-07-07T22:58:16.156605Z") as exact int ns. Raises ValueError.

    Any number of fractional digits; those beyond the ninth are cut off.
    """
    if type(text) is not str:
        raise ValueError("a time is not ISO 8601 with Z")
    return _iso_ns(text) if len(text) <= LONGEST_TIME else _iso_ns.__wrapped__(text)


@lru_cache(maxsize=256)  # trades of one order have the same time, and stand behind one another
def _iso_ns(text: str) -> int:
    if len(text) < 20 or not text.endswith("Z"):
        raise ValueError("a time is not ISO 8601 with Z")
    ts = _whole_seconds(text[:19]) * SECOND
    if len(text) > 20:
        fraction = text[20:-1]
        if text[19] != "." or not (fraction.isascii() and fraction.isdigit()):
            raise ValueError("a time has a bad fraction")
        ts += int(fraction[:9].ljust(9, "0"))
    return ts if OLDEST <= ts <= NEWEST else checked_ns(ts)


def checked_ns(ts: int) -> int:
    """The same time if coins can have been traded then, else ValueError."""
    if not OLDEST <= ts <= NEWEST:
        raise ValueError("a time is out of range")
    return ts


_WHOLE = re.compile(r"\d{1,20}", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)  # trades come in order of time, so a few seconds are asked again and again
def _whole_seconds(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("a time is not ISO 8601")
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (moment - _EPOCH).days * 86_400 + (moment - _EPOCH).seconds
