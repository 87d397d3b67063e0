"""What a driver says of its start and of its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Recovered(NamedTuple):
    """What `start` did: the offsets of the checkpoints (-1: none), records applied, seconds, and
    how many of the records were an older version's work, of which nothing was sent again."""

    checkpoints: dict[str, int]
    applied: int
    seconds: float
    silent: int = 0


@dataclass(slots=True)
class DriverCounts:
    """What a driver did since it was made."""

    frames: int = 0
    duplicates: int = 0
    checkpoints: int = 0
    checkpoint_bytes: int = 0
    checkpoint_seconds: float = 0.0
    pruned: int = 0
