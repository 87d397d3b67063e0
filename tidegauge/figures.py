"""What a process says of its parts: figures for `/metrics`, reasons for `/readyz`.

A part is a connector (sessions, the frames made of what they hear, what of them waits) or the
stages of a worker. Each is asked anew whenever somebody wants to know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from connectors.feed.backfiller import BackfillCounts, Backfiller
from connectors.feed.stats import SessionStats
from engine.types import SECOND
from streams.clock import LogClock
from streams.ingest import FrameBuilder
from tidegauge.opening import Stages

Found = dict[str, Any]
"""Figures in the form that `gateway.exposition` writes."""

DOWN_SECONDS = 30.0
"""A venue without any trade for so long is named on the readiness page."""
LATE = 2 * SECOND
"""From here on what waits is told: page and API call an index degraded then (`gateway.ageing`)."""
LATELY = 60 * SECOND
"""How long a loss is told: an index is degraded for it as long (`engine.index.quality`)."""

_SESSION = (
    *("messages", "ticks", "overlapped", "off_book", "unsubscribed", "malformed"),
    *("gaps", "merged_gaps", "reconnects", "stalls", "refused"),
)


class Lately:
    """How much a counter has grown in the last `LATELY`, as far as it was looked at."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque([(0, 0)])

    def growth(self, count: int, now: int) -> int:
        """By how much, at `now` (ns) and with the counter at `count`."""
        if now - self._seen[-1][0] >= SECOND:  # who asks ever again makes it no longer
            self._seen.append((now, count))
        while len(self._seen) > 1 and self._seen[1][0] <= now - LATELY:
            self._seen.popleft()
        return count - self._seen[0][1]


class Waiting(NamedTuple):
    """A queue: its name, how many wait in it, and how old the oldest is (ns)."""

    name: str
    number: int
    age: int


class Feed:
    """A connector: its sessions, the frames made of what they hear, and what of them waits.

    `waiting` gives the queues behind the frame builder's own.
    """

    def __init__(
        self,
        builder: FrameBuilder,
        backfiller: Backfiller,
        clock: LogClock,
        waiting: Callable[[int], Iterable[Waiting]] = lambda now: (),
    ) -> None:
        self.stats: Sequence[SessionStats] = ()
        """Of the sessions that run now."""
        self._builder, self._backfiller, self._clock = builder, backfiller, clock
        self._behind = waiting
        self._dropped = Lately()

    def _queues(self, now: int) -> list[Waiting]:
        oldest = self._builder.oldest
        age = 0 if oldest is None else max(now - oldest, 0)
        return [Waiting("ingest", self._builder.waiting, age), *self._behind(now)]

    def reasons(self) -> list[str]:
        """What is wrong with it now."""
        now = self._clock.now()
        found = [*self._clock.reasons(), *silent(self.stats, now)]
        dropped = self._dropped.growth(self._builder.counts.overflowed, now)
        if dropped:
            found.append(
                f"{dropped} trades were dropped in the last minute: more comes in than is taken"
            )
        for name, number, age in self._queues(now):
            if age > LATE:
                found.append(f"queue {name}: {number} wait, the oldest for {age / SECOND:.1f} s")
        return found

    def figures(self) -> Found:
        """Its figures."""
        queues = self._queues(self._clock.now())
        return {
            **{f"tidegauge_ingest_{k}_total": n for k, n in asdict(self._builder.counts).items()},
            "tidegauge_queue_length": {(("queue", q.name),): q.number for q in queues},
            "tidegauge_queue_age_seconds": {(("queue", q.name),): q.age / SECOND for q in queues},
            **{
                f"tidegauge_session_{name}_total": {
                    (("session", s.name),): getattr(s, name) for s in self.stats
                }
                for name in _SESSION
            },
            **{
                f"tidegauge_backfill_{name}_total": {
                    (("venue", v),): getattr(c, name) for v, c in self._backfiller.counts.items()
                }
                for name in BackfillCounts.__slots__
            },
            "tidegauge_backfill_waiting": self._backfiller.waiting,
            "tidegauge_clock_steps_total": self._clock.steps,
            "tidegauge_clock_ahead_seconds": self._clock.ahead / SECOND,
        }


def silent(stats: Iterable[SessionStats], now: int) -> list[str]:
    """The sessions without a trade for long, at `now` (ns), with what is wrong with them."""
    found = []
    for session in stats:
        last = max((t for t in session.last_data().values() if t), default=0)
        if now - last > DOWN_SECONDS * SECOND:
            why = f" ({session.last_error})" if session.last_error else ""
            found.append(f"{session.name}: no trade, {session.state}{why}")
    return found


class Position(NamedTuple):
    """Where a stage stands in its partition (`ticks/0`).

    `behind` are the records that it has yet to take, `lag` how old (ns) the last one that it took
    is where there are any; `rejected` are those that could not be used.
    """

    partition: str
    offset: int
    behind: int
    lag: int
    rejected: int


def positions_of(stages: Stages, now: int) -> list[Position]:
    """Where all stages at work here stand, at `now` (ns)."""
    found = []
    for runner in stages.runners:
        behind = stages.behind(runner)
        lag = max(now - runner.applied_at, 0) if behind and runner.applied_at else 0
        where = f"{runner.topic}/{runner.partition}"
        found.append(Position(where, runner.last_offset, behind, lag, runner.rejected))
    return found


_STATUS = {
    "duplicates": "tidegauge_stage_duplicates_total",
    "appended": "tidegauge_stage_appended_total",
    "checkpoints": "tidegauge_stage_checkpoints_total",
    "log_bytes": "tidegauge_log_bytes",
}
"""Of what stages say of themselves, what their positions do not."""


def status_figures(stages: Stages) -> Found:
    """The figures of the stages together."""
    return {_STATUS[name]: n for name, n in stages.status().items() if name in _STATUS}


def stage_figures(positions: Iterable[Position]) -> Found:
    """The figures of stages, each."""
    by = {(("partition", p.partition),): p for p in positions}
    return {
        "tidegauge_stage_offset": {label: p.offset for label, p in by.items()},
        "tidegauge_stage_behind": {label: p.behind for label, p in by.items()},
        "tidegauge_lag_seconds": {label: p.lag / SECOND for label, p in by.items()},
        "tidegauge_rejected_total": {label: p.rejected for label, p in by.items()},
    }


def stage_reasons(positions: Iterable[Position]) -> list[str]:
    """What is wrong with stages: which are late, and by how much."""
    return [
        f"{p.partition} is {p.lag / SECOND:.1f} s late ({p.behind} records behind): "
        "more comes in than is taken"
        for p in positions
        if p.lag > LATE
    ]


def rejected(positions: Iterable[Position]) -> Mapping[str, int]:
    """How many records of each partition could not be used."""
    return {p.partition: p.rejected for p in positions if p.rejected}
