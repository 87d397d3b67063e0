"""The life of an alert rule: five states, the one table of what may follow what, and its clocks.

A rule waits (`ok`), sees its figure beyond the limit (`pending`), has seen it there for long enough
(`firing`), sees it beyond what clears it (`clearing`) and, after long enough, waits again. From any
state it may lose its figure (`no_data`); an episode that was open then goes on when it is back.

All is a function of what was seen and when, in the log's time. Between two sights of the figure
only the clocks can change anything, at the times that `due` gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from engine.periods import NEVER

OK: Final = "ok"
PENDING: Final = "pending"
FIRING: Final = "firing"
CLEARING: Final = "clearing"
NO_DATA: Final = "no_data"

TRANSITIONS: Mapping[str, frozenset[str]] = {
    OK: frozenset({PENDING, NO_DATA}),
    PENDING: frozenset({OK, FIRING, NO_DATA}),
    FIRING: frozenset({CLEARING, NO_DATA}),
    CLEARING: frozenset({OK, FIRING, NO_DATA}),
    NO_DATA: frozenset({OK, FIRING}),
}
"""What may follow each state. Every change goes through `RuleStanding.move`, which holds to it."""

HOLDS: Final = "holds"
BETWEEN: Final = "between"
CLEARS: Final = "clears"
MISSING: Final = "missing"
"""What a rule sees of its figure: beyond the limit, neither there nor beyond what clears it, beyond
that, or nothing."""

FIRES: Final = "fires"
RESOLVES: Final = "resolves"
LOST: Final = "lost"
FOUND: Final = "found"
"""What a rule says: an episode begins, or ends; its figure is gone for too long, or back."""


class Timing(NamedTuple):
    """The clocks of a rule, in ns: how long the limit must hold, how long it must be clear, the
    time between two firings, and how long its figure may be missing (0: for ever)."""

    hold: int = 0
    clear_hold: int = 0
    cooldown: int = 0
    no_data: int = 0


class Event(NamedTuple):
    """What a rule says, and when (ns)."""

    what: str
    at: int


class IllegalTransitionError(Exception):
    """A change of state that is not in the table: a fault of ours."""


@dataclass(slots=True)
class RuleStanding:
    """Where one rule of an index stands. Times are ns, 0 for none.

    `since` is when the state was entered, `fired_at` the last firing, `missing_since` when the
    figure went missing. `is_open`: an episode has begun and not ended.
    """

    state: str = OK
    since: int = 0
    fired_at: int = 0
    missing_since: int = 0
    is_open: bool = False

    def move(self, to: str, at: int) -> None:
        """Enter another state; raises IllegalTransitionError where the table has no such step."""
        if to not in TRANSITIONS[self.state]:
            raise IllegalTransitionError(f"{self.state} → {to}")
        self.state, self.since = to, at

    def due(self, timing: Timing) -> int:
        """When the next clock runs out if nothing else is seen; NEVER where none runs."""
        found = NEVER
        if self.state == PENDING:
            found = self.since + timing.hold
            if self.fired_at:
                found = max(found, self.fired_at + timing.cooldown)
        elif self.state == CLEARING:
            found = self.since + timing.clear_hold
        if self.missing_since and timing.no_data and self.state != NO_DATA:
            found = min(found, self.missing_since + timing.no_data)
        return found

    def run(self, timing: Timing, until: int) -> Iterator[Event]:
        """Let the clocks run up to `until`, which is included: what the rule says meanwhile."""
        while (at := self.due(timing)) <= until:
            yield from self._ring(timing, at)

    def _ring(self, timing: Timing, at: int) -> Iterator[Event]:
        """The clock that is due at this time runs out."""
        lost = self.missing_since + timing.no_data if self.missing_since else NEVER
        if timing.no_data and lost <= at:
            self.move(NO_DATA, at)
            yield Event(LOST, at)
        elif self.state == PENDING:
            self.move(FIRING, at)
            self.fired_at, self.is_open = at, True
            yield Event(FIRES, at)
        else:
            self.move(OK, at)
            self.is_open = False
            yield Event(RESOLVES, at)

    def see(self, timing: Timing, sight: str, at: int) -> Iterator[Event]:
        """The figure as it is at this instant; then the clocks that run out there.

        What was due before it has been let run (`run`): the figure stood as it was seen last.
        """
        if sight == MISSING:
            self._miss(at)
        else:
            yield from self._find(at)
            self._follow(sight, at)
        yield from self.run(timing, at)

    def end(self, at: int) -> None:
        """There is nothing to be seen any more: it waits again, and its cooldown goes on."""
        if self.state == FIRING:
            self.move(CLEARING, at)
        if self.state != OK:
            self.move(OK, at)
        self.is_open, self.missing_since = False, 0

    def _miss(self, at: int) -> None:
        """Of a figure that is not there nobody can say that it holds, or that it is clear."""
        if not self.missing_since:
            self.missing_since = at
        if self.state == PENDING:
            self.move(OK, at)
        elif self.state == CLEARING:
            self.move(FIRING, at)

    def _find(self, at: int) -> Iterator[Event]:
        self.missing_since = 0
        if self.state == NO_DATA:
            self.move(FIRING if self.is_open else OK, at)
            yield Event(FOUND, at)

    def _follow(self, sight: str, at: int) -> None:
        if self.state == OK and sight == HOLDS:
            self.move(PENDING, at)
        elif self.state == PENDING and sight != HOLDS:
            self.move(OK, at)
        elif self.state == FIRING and sight == CLEARS:
            self.move(CLEARING, at)
        elif self.state == CLEARING and sight != CLEARS:
            self.move(FIRING, at)

    def dump(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return asdict(self)

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> RuleStanding:
        """The standing that `dump` came from."""
        return cls(**state)
