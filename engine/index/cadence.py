"""How often a shard publishes its indices, in the log's time."""

from __future__ import annotations

from engine.periods import NEVER
from engine.types import DAY, SECOND

SNAPSHOT_EVERY = {"live": SECOND, "backfill": DAY, "replay": NEVER}
"""How often each index is published, by the origin of the prices."""
LEVEL_EVERY = {"live": SECOND // 10, "backfill": DAY, "replay": NEVER}
"""The same for bare levels: ten a second is more than an eye can follow."""


def enter(slots: dict[str, int], what: str, now: int, every: int) -> bool:
    """Whether this is the first record in a new slot (k · every, (k + 1) · every] of time; notes
    the slot if it is."""
    slot = (now - 1) // every
    due = every < NEVER and slot > slots[what]
    if due:
        slots[what] = slot
    return due
