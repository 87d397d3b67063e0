"""Calendar arithmetic in UTC nanoseconds: period anchors, bar boundaries, rebalancing dates."""

from __future__ import annotations

from datetime import UTC, date, datetime

from engine.types import DAY, HOUR, MINUTE, SECOND

_EPOCH = date(1970, 1, 1).toordinal()
NEVER = (1 << 63) - 1
"""A time that does not come."""

_FIXED = {
    "1h": (HOUR, MINUTE),
    "1d": (DAY, MINUTE),
    "7d": (7 * DAY, HOUR),
    "30d": (30 * DAY, HOUR),
    "90d": (90 * DAY, DAY),
}
_YEARS = {"1y": 1, "3y": 3, "5y": 5}
PERIODS = (*_FIXED, *_YEARS, "mtd", "qtd", "ytd")
"""The periods that have an anchor, in the snapshot's order."""


def _day(ns: int) -> date:
    return date.fromordinal(ns // DAY + _EPOCH)


def _ns(day: date) -> int:
    return (day.toordinal() - _EPOCH) * DAY


def years_before(ns: int, years: int) -> int:
    """00:00 of the same calendar date that many years earlier; 29 February becomes the 28th."""
    day = _day(ns)
    leap_day = (day.month, day.day) == (2, 29)
    return _ns(day.replace(year=day.year - years, day=28 if leap_day else day.day))


def month_of(ns: int) -> int:
    """The calendar month of an instant, as months since January of the year 0."""
    day = _day(ns)
    return day.year * 12 + day.month - 1


def month_start(month: int) -> int:
    """00:00 of the first day of a month, given as `month_of` gives it."""
    return _ns(date(month // 12, month % 12 + 1, 1))


def anchor(period: str, as_of: int) -> int:
    """The instant (ns) whose level a period's return starts from.

    Fixed spans go back from `as_of` and down to the grid of their bars; years go to the same date;
    to-date periods start at 00:00 of the first day.
    """
    if period in _FIXED:
        span, grid = _FIXED[period]
        return (as_of - span) // grid * grid
    if period in _YEARS:
        return years_before(as_of, _YEARS[period])
    day = _day(as_of)
    month = {"mtd": day.month, "qtd": (day.month - 1) // 3 * 3 + 1, "ytd": 1}[period]
    return _ns(day.replace(month=month, day=1))


def anchor_grid(period: str) -> int:
    """The spacing of bar closes among which a period's anchor level is found."""
    return _FIXED[period][1] if period in _FIXED else DAY


def bar_end(at: int, interval: int) -> int:
    """The end of the bar (start, end] that holds `at`."""
    return -(-at // interval) * interval


def next_rebalance(schedule: str, after: int) -> int:
    """The first rebalancing instant later than `after`, NEVER for `never`."""
    if schedule == "never":
        return NEVER
    today = after // DAY
    if schedule == "daily":
        return (today + 1) * DAY
    if schedule == "weekly":  # day 0 was a Thursday, day 4 a Monday
        return ((today - 4) // 7 * 7 + 11) * DAY
    day = _day(after)
    months = {"monthly": 1, "quarterly": 3}[schedule]
    count = day.year * 12 + (day.month - 1) // months * months + months
    return _ns(date(count // 12, count % 12 + 1, 1))


def last_rebalance(schedule: str, until: int) -> int:
    """The last rebalancing instant at or before `until`, 0 for `never`."""
    if schedule == "never":
        return 0
    today = until // DAY
    if schedule == "daily":
        return today * DAY
    if schedule == "weekly":
        return ((today - 4) // 7 * 7 + 4) * DAY
    day = _day(until)
    first = day.month if schedule == "monthly" else (day.month - 1) // 3 * 3 + 1
    return _ns(day.replace(month=first, day=1))


def iso(ns: int) -> str:
    """A time as text, to the second or, where it is not a whole one, to the nanosecond."""
    seconds, rest = divmod(ns, SECOND)
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{rest:09d}Z" if rest else f"{text}Z"
