"""Quiet hours go by the clocks of their zone."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from engine.types import HOUR, MINUTE, SECOND
from notify.quiet import Quiet
from tests.notify.world import BERLIN


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-07-01T21:59:59+02:00", None),
        ("2026-07-01T22:00:00+02:00", "2026-07-02T07:00:00+02:00"),
        ("2026-07-02T06:59:59+02:00", "2026-07-02T07:00:00+02:00"),
        ("2026-07-02T07:00:00+02:00", None),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),  # an hour longer
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),  # an hour less
    ],
)
def test_quiet_hours_go_by_the_clocks_of_their_zone(local: str, until: str | None) -> None:
    def ns(text: str) -> int:
        return int(datetime.fromisoformat(text).timestamp()) * SECOND

    assert BERLIN.until(ns(local)) == (None if until is None else ns(until))


def test_quiet_hours_within_a_day() -> None:
    noon = Quiet(time(12), time(13, 30), ZoneInfo("UTC"), frozenset())
    day = 1_800_000_000 // 86400 * 86400 * SECOND
    assert noon.until(day + 12 * HOUR) == day + 13 * HOUR + 30 * MINUTE
    assert noon.until(day + 13 * HOUR + 30 * MINUTE) is None
    assert noon.until(day) is None
