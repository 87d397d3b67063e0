"""Quiet hours: a part of the day, by the clocks of a place, in which only some alerts are told."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.types import MINUTE, SECOND


class Quiet(NamedTuple):
    """From `start` until `end` by the clocks of `zone`, past midnight where `end` is not after
    `start`; alerts of the severities of `passing` are told all the same."""

    start: time
    end: time
    zone: ZoneInfo
    passing: frozenset[str]

    def until(self, now: int) -> int | None:
        """The end of the quiet hours that are now (ns UTC); None where none are."""
        local = datetime.fromtimestamp(now // SECOND, self.zone)
        clock = local.time()
        over_midnight = self.end <= self.start
        if over_midnight and not (clock >= self.start or clock < self.end):
            return None
        if not over_midnight and not self.start <= clock < self.end:
            return None
        day = local.date()
        if over_midnight and clock >= self.start:
            day += timedelta(days=1)
        end = datetime.combine(day, self.end, self.zone).astimezone(UTC)
        found = int(end.timestamp()) * SECOND
        # Where clocks are set the end may be past already: then it is looked again soon.
        return found if found > now else now + MINUTE
