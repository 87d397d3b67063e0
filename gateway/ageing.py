"""How an index's status ages: a log that stands still, or is read late, says nothing of now."""

from __future__ import annotations

from engine.types import SECOND

LATE = 2 * SECOND
"""Of the newest record by the wall clock: twice the beat of snapshots, so more is a delay."""
OLD = 10 * SECOND
"""From here on the figures are those of another time."""


def aged(status: str | None, age: int, lag: int) -> str | None:
    """The status to show, given the one that was published.

    `age` (ns) is that of the index's newest record by the wall clock; `lag` how late records come:
    that one when it was read, or the newest of all indices now. An index that has not started has
    no figures that could be old.
    """
    if status not in ("live", "degraded"):
        return status
    if age > OLD:
        return "stale"
    return "degraded" if lag > LATE else status
