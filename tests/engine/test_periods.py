"""Calendar arithmetic against Python's own calendar, and at the days that go wrong elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.periods import (
    PERIODS,
    anchor,
    bar_end,
    last_rebalance,
    month_of,
    month_start,
    next_rebalance,
    years_before,
)
from engine.types import DAY, HOUR, MINUTE, SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)


def ns(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def utc(text: str) -> int:
    return ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("period", "as_of", "expected"),
    [
        ("1y", "2024-02-29T13:00", "2023-02-28"),
        ("3y", "2024-02-29", "2021-02-28"),
        ("5y", "2024-02-29T23:59", "2019-02-28"),
        ("1y", "2025-02-28", "2024-02-28"),  # not the 29th
        ("1y", "2025-03-01T00:00", "2024-03-01"),
        ("1y", "2024-12-31T23:59", "2023-12-31"),
        ("30d", "2024-03-01T12:30", "2024-01-31T12:00"),
        ("90d", "2024-03-31T12:30", "2024-01-01"),
        ("7d", "2024-03-03T00:59:59", "2024-02-25T00:00"),
        ("1d", "2024-03-01T00:00:59", "2024-02-29T00:00"),
        ("1h", "2024-03-01T00:00:30", "2024-02-29T23:00"),
        ("mtd", "2024-03-31T23:59", "2024-03-01"),
        ("mtd", "2024-03-01", "2024-03-01"),
        ("qtd", "2024-12-31T12:00", "2024-10-01"),
        ("qtd", "2024-07-01", "2024-07-01"),
        ("ytd", "2024-01-01", "2024-01-01"),
        ("ytd", "2024-12-31T23:59:59", "2024-01-01"),
    ],
)
def test_anchors_by_hand(period: str, as_of: str, expected: str) -> None:
    assert anchor(period, utc(as_of)) == utc(expected)


@given(instants)
def test_anchors_of_any_instant(at: datetime) -> None:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    same_day = [
        midnight.replace(year=at.year - y, day=28 if (at.month, at.day) == (2, 29) else at.day)
        for y in (1, 3, 5)
    ]
    first = midnight.replace(day=1)
    expected = [
        (at - timedelta(hours=1)).replace(second=0, microsecond=0),
        (at - timedelta(days=1)).replace(second=0, microsecond=0),
        (at - timedelta(days=7)).replace(minute=0, second=0, microsecond=0),
        (at - timedelta(days=30)).replace(minute=0, second=0, microsecond=0),
        midnight - timedelta(days=90),
        *same_day,
        first,
        first.replace(month=(at.month + 2) // 3 * 3 - 2),
        first.replace(month=1),
    ]
    assert [anchor(period, ns(at)) for period in PERIODS] == [ns(told) for told in expected]
    assert [years_before(ns(at), y) for y in (1, 3, 5)] == [ns(told) for told in same_day]


@given(instants, st.sampled_from([SECOND, MINUTE, HOUR, DAY]))
def test_a_bar_holds_its_end_and_not_its_start(at: datetime, interval: int) -> None:
    end = bar_end(ns(at), interval)
    assert end % interval == 0
    assert end - interval < ns(at) <= end


def is_due(schedule: str, day: date) -> bool:
    return {
        "daily": True,
        "weekly": day.isoweekday() == 1,
        "monthly": day.day == 1,
        "quarterly": day.day == 1 and day.month in (1, 4, 7, 10),
    }[schedule]


@given(instants, st.sampled_from(["daily", "weekly", "monthly", "quarterly"]))
def test_rebalances_by_looking_at_every_day(at: datetime, schedule: str) -> None:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    later = midnight + timedelta(days=1)
    while not is_due(schedule, later.date()):
        later += timedelta(days=1)
    earlier = midnight
    while not is_due(schedule, earlier.date()):
        earlier -= timedelta(days=1)
    assert next_rebalance(schedule, ns(at)) == ns(later)
    assert last_rebalance(schedule, ns(at)) == ns(earlier)


@given(instants)
def test_months(at: datetime) -> None:
    month = month_of(ns(at))
    assert divmod(month, 12) == (at.year, at.month - 1)
    assert month_start(month) <= ns(at) < month_start(month + 1)
    assert month_start(month) == utc(f"{at:%Y-%m-01}")
