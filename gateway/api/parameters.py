"""The kinds of parameters that operations share: times, steps, places in a list."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator, WithJsonSchema

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.problems import ApiProblem
from gateway.past import LATEST

EARLIEST = 10**15
"""Of a time in ns, eleven days behind 1970: seconds, ms and µs of today lie below, and are no such
time."""
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
LONGEST_STEP = 36_500 * DAY
"""A century: longer than any history of these markets, and far within what an int64 holds."""
_STEP = re.compile(r"[1-9][0-9]{0,4}[smhdw]")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(
    r"[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,30}))?)?(?:[Zz]|([+ -])(\d{2}):?(\d{2}))?", re.ASCII
)
_HINT = "a time such as 2026-11-27 or 2026-11-27T12:00:00Z, or whole nanoseconds"


def instant(text: object) -> int:
    """A time in ns; a date is its 00:00 UTC, and one before 1970 or behind 2200 is one of these.

    In an address `+` stands for a blank. Raises ValueError.

    >>> instant("1970-01-02"), instant("1970-01-01T01:00:00.000000001+01:00")
    (86400000000000, 1)
    >>> instant("1700000000000000001")
    1700000000000000001
    """
    told = str(text)
    if told.isascii() and told.isdigit() and len(told) <= 19:
        return _nanoseconds(int(told))
    return min(max(_calendar(told), 0), LATEST)


def moment(told: object) -> int:
    """The same where a number is no text. Raises ValueError."""
    if isinstance(told, int) and not isinstance(told, bool):
        return _nanoseconds(told)
    if not isinstance(told, str) or told.isdigit():
        raise ValueError(f"{_HINT}, not {str(told)[:40]!r}")
    return instant(told)


def _nanoseconds(told: int) -> int:
    if told < EARLIEST:
        raise ValueError(
            f"whole nanoseconds are meant, and {told} of them end in January 1970; put nine zeros "
            "behind seconds, or give a time such as 2026-11-27T12:00:00Z"
        )
    if told > LATEST:
        raise ValueError("whole nanoseconds between 1970 and 2200")
    return told


def _calendar(told: str) -> int:
    date = _DATE.match(told)
    clock = _TIME.fullmatch(told, 10) if date and len(told) > 10 else None
    if date is None or (clock is None and len(told) > 10):
        raise ValueError(f"{_HINT}, not {told[:40]!r}")
    try:
        year, month, number = map(int, date.groups())
        day = datetime(year, month, number, tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{_HINT}, not {told[:40]!r}, which no calendar has") from None
    seconds = (day - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400
    if clock is None:
        return seconds * SECOND
    hour, minute, second, fraction, sign, off_hours, off_minutes = clock.groups()
    h, m, s = int(hour), int(minute), int(second or 0)
    off_h, off_m = int(off_hours or 0), int(off_minutes or 0)
    if h > 24 or m > 59 or s > 60 or off_h > 23 or off_m > 59:  # 60: a leap second
        raise ValueError(f"{_HINT}, not {told[:40]!r}, which no clock shows")
    offset = (off_h * 60 + off_m) * (-60 if sign == "-" else 60)
    rest = int((fraction or "0")[:9].ljust(9, "0"))
    return (seconds + h * 3600 + m * 60 + s - offset) * SECOND + rest


def _step(text: object) -> int:
    told = str(text)
    if not _STEP.fullmatch(told):
        raise ValueError(f"a length such as 1s, 5m, 4h, 1d or 1w, not {told[:40]!r}")
    ns = int(told[:-1]) * _UNITS[told[-1]]
    if ns > LONGEST_STEP:
        raise ValueError(f"at most {span_text(LONGEST_STEP)}, not {told}")
    return ns


def span_text(ns: int) -> str:
    """A length as a step is written.

    >>> span_text(86_400_000_000_000), span_text(90_000_000_000)
    ('1d', '90s')
    """
    unit = next(u for u in ("d", "h", "m", "s") if ns % _UNITS[u] == 0)
    return f"{ns // _UNITS[unit]}{unit}"


_INSTANT = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
            {"type": "integer", "minimum": EARLIEST, "maximum": LATEST},
        ],
        "description": f"{_HINT[:1].upper()}{_HINT[1:]} since 1970.",
    }
)
Instant = Annotated[int, BeforeValidator(instant), _INSTANT]
"""Of a query."""
MomentGiven = Annotated[int, BeforeValidator(moment), _INSTANT]
"""Of a body."""
Step = Annotated[
    int,
    BeforeValidator(_step),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4}[smhdw]$", "examples": ["1d"]}),
]
IndexPath = Annotated[
    str, Path(description="The id of an index.", examples=["TOP3"], json_schema_extra={})
]
FromQuery = Annotated[
    Instant | None,
    Query(alias="from", description="Not before this time.", examples=["2026-11-01"]),
]
ToQuery = Annotated[
    Instant | None, Query(description="Before this time.", examples=["2026-11-27T12:00:00Z"])
]
CursorQuery = Annotated[
    str | None,
    Query(
        description="`next` of the answer before, to go on from there.",
        pattern=r"^[A-Za-z0-9_-]{1,200}$",
    ),
]


def cursor_of(place: str) -> str:
    """A place in a list as a cursor: opaque, and fit for an address."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """The place that a cursor stands for. Raises ApiProblem."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        detail = "cursor: it is none of ours; take `next` of an answer, or leave it out"
        raise ApiProblem("bad-cursor", detail) from None
