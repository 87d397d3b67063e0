"""The words that all rooms share: units of time, the version of the numbers, a figure.

What the log holds is in `engine.records`.
"""

from __future__ import annotations

from typing import NamedTuple

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 86_400 * SECOND

NUMBERS = "4"
"""The version of the numbers, a whole number as text: one more whenever any published byte of an
old log would be another. Receipts carry it as `engine`, checkpoints too, and a log remembers which
one wrote which span. The digest of a golden log is pinned to it (`tests.engine.golden_digests`)."""


class Figure(NamedTuple):
    """A figure or the reason why there is none."""

    value: float | None
    reason: str | None = None
