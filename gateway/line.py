"""The recent level line of one index, thinned by time and bounded in memory."""

from __future__ import annotations

from array import array
from typing import Any

from engine.types import MINUTE
from gateway.wire import rfc3339

SPAN = 15 * MINUTE
"""What a person watches on a screen; longer histories are a matter for the log."""
POINTS = 600
"""About the pixels of a chart's width: more points could not be seen."""
BUCKET = SPAN // POINTS


class LevelLine:
    """One point for each `BUCKET` ns of the last `SPAN` ns that had a level, oldest first.

    A point is (instant of its last level, that level, the lowest level since the point before,
    the peak). The lowest is kept so that a short dip which rang an alert can be seen.
    Arrays take 32 bytes a point; a list of tuples would take six times that.
    """

    __slots__ = ("at", "level", "low", "peak")

    def __init__(self) -> None:
        self.at = array("q")
        self.level = array("d")
        self.low = array("d")
        self.peak = array("d")

    def __len__(self) -> int:
        return len(self.at)

    def add(self, at: int, level: float, peak: float) -> None:
        """Add the level of an instant. Points of a later time than that were none of ours."""
        while self.at and self.at[-1] > at:
            for column in (self.at, self.level, self.low, self.peak):
                column.pop()
        if self.at and at // BUCKET == self.at[-1] // BUCKET:
            self.at[-1], self.level[-1], self.peak[-1] = at, level, peak
            self.low[-1] = min(self.low[-1], level)
            return
        for column, value in zip(
            (self.level, self.low, self.peak), (level, level, peak), strict=True
        ):
            column.append(value)
        self.at.append(at)
        self._forget(at // BUCKET - POINTS)

    def _forget(self, bucket: int) -> None:
        old = 0
        while self.at[old] // BUCKET <= bucket:  # the point just added is newer, so this ends
            old += 1
        if old:
            for column in (self.at, self.level, self.low, self.peak):
                del column[:old]

    def to_mapping(self) -> dict[str, Any]:
        """The points as columns of equal length, times as text."""
        return {
            "at": [rfc3339(at) for at in self.at],
            "level": self.level.tolist(),
            "low": self.low.tolist(),
            "peak": self.peak.tolist(),
        }
