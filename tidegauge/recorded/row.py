"""One row of recorded prices: its cells, read strictly."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from engine.index.planned_changes import LAST_YEAR
from engine.names import ASSET_RULE, is_asset_name
from engine.numbers import number
from engine.pricing.bounds import LARGEST, SMALLEST
from engine.types import DAY, HOUR, MINUTE, SECOND

COLUMNS = ("ts", "asset", "price", "size", "venue", "quote", "market_cap", "supply")
END_OF_TIME = (date(LAST_YEAR + 1, 1, 1) - date(1970, 1, 1)).days * DAY
_EPOCH = date(1970, 1, 1).toordinal()
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)"  # the date, with dashes or without
    r"(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?"
    r"(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII,
)
_DATE = re.compile(r"20[0-9]{6}([0-9]{6})?")
_OTHER_UNITS = {"seconds": SECOND, "milliseconds": 1_000_000, "microseconds": 1_000}
_MARKET = range(1_230_768_000 * SECOND, 4_102_444_800 * SECOND)
"""ns of the years 2009 to 2099, from the first bitcoin on: what recorded prices are of."""
VENUE = re.compile(r"[!-~]{1,40}")
"""What may be the name of a venue."""
_LONGEST_TIME = 64
"""Characters; 35 have nanoseconds and an offset."""
_EXPECTED = "is neither ISO 8601 nor integer nanoseconds"
_SHOWN = 40
"""Characters of a cell that a message about it shows."""

Cells = tuple[Any, ...]
"""What stands under `COLUMNS`: texts or JSON values, None where there is no such column."""


class RecordedRow(NamedTuple):
    """One recorded price. `venue` is empty for an asset price in USD.

    `file` is the number of its file among those that are read together.
    """

    ts: int
    asset: str
    price: float
    size: float
    venue: str
    quote: str
    market_cap: float
    supply: float
    line: int
    file: int


class BadRowError(ValueError):
    """A row that cannot be used: its kind, a short name, and the reason."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def parse_row(cells: Cells, line: int, file: int) -> RecordedRow:
    """Check one row's cells; raises BadRowError."""
    ts, asset, price, size, venue, quote, market_cap, supply = cells
    if type(asset) is not str or not is_asset_name(asset):
        raise BadRowError("asset", f"asset {_shown(asset)} is not an asset name ({ASSET_RULE})")
    try:
        value = number(price)
    except ValueError:
        raise _no_number("price", price) from None
    if not SMALLEST <= value <= LARGEST:
        reason = f"is not a positive number from {SMALLEST:g} to {LARGEST:g}"
        raise BadRowError("price", f"price {_shown(price)} {reason}")
    if venue is None or venue == "":
        venue = ""
        if quote not in (None, "", "USD"):
            reason = f"quote {_shown(quote)}: a price without a venue is in USD"
            raise BadRowError("quote", reason)
        quote = "USD"
    else:
        quote = _quote_at(venue, quote)
    return RecordedRow(
        parse_ts(ts),
        asset,
        value,
        0.0 if size is None or size == "" else _amount("size", size),
        venue,
        quote,
        _told("market_cap", market_cap),
        _told("supply", supply),
        line,
        file,
    )


def _quote_at(venue: Any, quote: Any) -> str:
    """The quote currency of a trade of a venue."""
    if type(venue) is not str or not VENUE.fullmatch(venue):
        raise BadRowError("venue", f"venue {_shown(venue)} is not a name such as kraken")
    if quote is None:
        return "USD"
    if type(quote) is not str or not is_asset_name(quote):
        reason = "is missing" if quote == "" else f"{_shown(quote)} is not a currency such as USDT"
        raise BadRowError("quote", f"quote {reason}")
    return quote


def _amount(name: str, value: Any) -> float:
    try:
        found = number(value)
    except ValueError:
        raise _no_number(name, value) from None
    if not 0.0 <= found <= LARGEST:
        raise BadRowError(name, f"{name} {_shown(value)} is not a number from 0 to {LARGEST:g}")
    return found


def _told(name: str, value: Any) -> float:
    """An amount, NaN where it is not known: 0 stands for that in recordings of market caps."""
    return math.nan if value is None or value == "" else _amount(name, value) or math.nan


def _no_number(name: str, value: Any) -> BadRowError:
    reason = "is missing" if value is None or value == "" else f"{_shown(value)} is not a number"
    return BadRowError(name, f"{name} {reason}")


def _shown(value: Any) -> str:
    """A cell in a message: in quotation marks if it is a text, else as JSON has it."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}…"
    is_float = type(value) is float  # NaN is no JSON
    text = repr(value) if is_float and not math.isfinite(value) else orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def parse_ts(value: Any) -> int:
    """Int ns as they are; ISO 8601 to ns; a bare date is its close, the next 00:00 UTC.

    A time of day without an offset is UTC; what is below one ns is cut off. Raises BadRowError,
    also for a time outside of 1970 to 2200 and for a number of seconds, milliseconds or
    microseconds.

    >>> parse_ts("1970-01-01"), parse_ts("1970-01-01T00:00:00.000000001Z"), parse_ts(7)
    (86400000000000, 1, 7)
    """
    if type(value) is str:
        return _ns_of(value)
    if type(value) is not int:
        reason = "is missing" if value is None else f"{_shown(value)} {_EXPECTED}"
        raise BadRowError("ts", f"ts {reason}")
    return _checked(value, str(value))


@lru_cache(maxsize=1024)  # the rows of an instant have the same
def _ns_of(text: str) -> int:
    if text.isascii() and text.isdigit():
        return _checked(int(text) if len(text) <= _LONGEST_TIME else -1, text)
    if not text:
        raise BadRowError("ts", "ts is missing")
    match = _ISO.fullmatch(text) if len(text) <= _LONGEST_TIME else None
    ns = None if match is None else _iso_ns(match)
    if ns is None:
        raise BadRowError("ts", f"ts {_shown(text)} {_EXPECTED}")
    return _in_time(ns, text)


def _iso_ns(match: re.Match[str]) -> int | None:
    """ns of what is written as a time; None where the calendar or the clock has no such."""
    year, _, month, day, hour, minute, second, fraction, sign, *offset = match.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    if hour is None:
        return (days + 1) * DAY
    clock = [int(hour), int(minute), int(second or 0)]
    away = [int(part or 0) for part in offset]
    if max(clock[0], away[0]) > 23 or max(*clock[1:], away[1]) > 59:
        return None
    ns = days * DAY + clock[0] * HOUR + clock[1] * MINUTE + clock[2] * SECOND
    ns -= (away[0] * HOUR + away[1] * MINUTE) * (-1 if sign == "-" else 1)
    return ns + int(fraction[:9].ljust(9, "0")) if fraction else ns


def _checked(ns: int, text: str) -> int:
    """An integer, if it can be meant as ns."""
    _in_time(ns, text)
    for unit, size in _OTHER_UNITS.items():
        if ns * size in _MARKET:
            raise BadRowError("ts", f"ts {text!r} looks like {unit}; expected nanoseconds")
    if _DATE.fullmatch(text):
        reason = f"looks like a date; write {text[:4]}-{text[4:6]}-{text[6:8]}"
        raise BadRowError("ts", f"ts {text!r} {reason}, or nanoseconds")
    return ns


def _in_time(ns: int, text: str) -> int:
    if not 0 <= ns < END_OF_TIME:
        reason = f"ts {text[:30]!r} is not a time from 1970 to {LAST_YEAR}"
        raise BadRowError("ts", reason)
    return ns
