"""The time that a report is of, and what months and quarters are called."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from engine.periods import month_of, month_start
from engine.types import SECOND
from gateway.wire import rfc3339

_NAMED = {1: "month", 3: "quarter", 12: "year"}
"""Lengths, in months, of the periods that have a name of their own."""
MONTHS = {name: months for months, name in _NAMED.items()}
_LAST_YEAR = 2261
"""The last one that is over before ns end (int64: in April 2262)."""
_NAME = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])))?", re.ASCII)


class Period(NamedTuple):
    """A time [begin, end] in ns; None where it is not bounded: from the first level, until now."""

    begin: int | None = None
    end: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.begin is None and self.end is None

    @property
    def name(self) -> str | None:
        """As a calendar calls it.

        >>> Period(month_start(24_285), month_start(24_288)).name
        '2023-Q4'
        """
        if self.begin is None or self.end is None:
            return None
        first, last = month_of(self.begin), month_of(self.end)
        length = last - first
        if (month_start(first), month_start(last)) != self or length not in _NAMED:
            return None
        if first % length:
            return None
        return _name(first, length)

    def told(self) -> dict[str, Any]:
        """As the document has it."""
        ends = (None if at is None else rfc3339(at) for at in self)
        return {**dict(zip(("from", "to"), ends, strict=True)), "name": self.name}


def _name(first: int, length: int) -> str:
    year, month = divmod(first, 12)
    if length == 12:
        return f"{year:04}"
    return f"{year:04}-{month + 1:02}" if length == 1 else f"{year:04}-Q{month // 3 + 1}"


def period_named(name: str) -> Period | None:
    """The time that a name as `2023-10`, `2023-Q4` or `2023` stands for; None where it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    year, month, quarter = found.groups()
    length = 12 if month is quarter else 1 if month else 3
    at = 0 if length == 12 else int(month) - 1 if month else 3 * (int(quarter) - 1)
    if not 0 <= at < 12 or not 1970 <= int(year) <= _LAST_YEAR:
        return None
    first = int(year) * 12 + at
    return Period(month_start(first), month_start(first + length))


def last_ended(every: str, now: int) -> Period:
    """The last month, quarter or year (`every`) that is over at `now` (ns)."""
    length = MONTHS[every]
    last = month_of(now) // length * length
    return Period(month_start(last - length), month_start(last))


def day_text(at: int) -> str:
    """The date (UTC) of an instant."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d")
