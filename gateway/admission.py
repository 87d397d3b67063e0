"""What the gateway takes of what a log says, and what becomes of the rest: counted, logged, told.

The records of an index go on in time and in sequence together. Where one does not, either it or
the one that is held is none of ours, and time decides, for a clock can be held against it: the
later one is taken, whatever its sequence, and one that is held ahead of the clock gives way to one
that is not. So no record, whatever it says, keeps out those that come after it.
"""

from __future__ import annotations

import logging
import math
from collections import Counter

from engine.numbers import is_power_of_two
from engine.records import Level
from engine.types import DAY, SECOND

log = logging.getLogger(__name__)

NEAR = 5 * SECOND
"""Ahead of the clock by so much is of now: stages let no more through (`streams.codecs.AHEAD`)."""
FAR = DAY
"""Ahead by more is a mistake. Less may be the log's own time, where a clock was set back."""
USUAL = frozenset({"old", "retired"})
"""Reasons that deliveries made twice have, and last records on their way: nothing foreign."""
_ROUNDING = 1e-9
"""Of a level: by less it may lie beyond what was seen of it, for it is summed afresh at times."""
TOLD_SECONDS = 600.0
"""How long it is told that something was left out: somebody who looks has seen it by then."""

Place = tuple[int, int]
"""Of a record of an index: its time (ns) and its sequence."""


def follows(place: Place, held: Place | None, now: int) -> bool:
    """Whether a record is newer than the one that is held, by the clock `now` (ns)."""
    if held is None or place > held:
        return True
    return held[0] > now + NEAR >= place[0]


class LeftOut:
    """Counts what is left out by topic and reason; the 1st, 2nd, 4th, 8th … is logged."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._last: float | None = None

    def add(self, topic: str, reason: str, said: str, now: float) -> None:
        """One record; `said` is what is wrong with it, `now` a monotonic time (s)."""
        self.counts[topic, reason] += 1
        if reason in USUAL:
            return
        self._last = now
        count = self.counts[topic, reason]
        if is_power_of_two(count):
            log.error("record of %s left out (%s, %d so far): %s", topic, reason, count, said)

    def by_topic(self) -> dict[str, dict[str, int]]:
        """The numbers of all that was foreign, by topic and reason."""
        found: dict[str, dict[str, int]] = {}
        for (topic, reason), count in sorted(self.counts.items()):
            if reason not in USUAL:
                found.setdefault(topic, {})[reason] = count
        return found

    def notes(self, now: float) -> list[str]:
        """What is to be told of it, as long as it is news."""
        if self._last is None or now - self._last > TOLD_SECONDS:
            return []
        return [
            f"left out of {topic}: " + ", ".join(f"{n} {r}" for r, n in reasons.items())
            for topic, reasons in self.by_topic().items()
        ]


def extremes_of(level: Level, low: float | None, high: float | None) -> tuple[float, float] | None:
    """The lowest and highest that an index had since its level before this one, the level itself
    where they are not told; None where the record cannot be: they are no levels, or this one lies
    not between them."""
    lowest = level.level if low is None else low
    highest = level.level if high is None else high
    if not (0.0 < level.level < math.inf and 0.0 < level.peak < math.inf):
        return None
    slack = _ROUNDING * level.level
    if not 0.0 < lowest <= level.level + slack or not level.level - slack <= highest < math.inf:
        return None
    return min(lowest, level.level), max(highest, level.level)
