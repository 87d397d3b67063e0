"""What is to be said of who makes a price."""

from __future__ import annotations

from typing import Final

from engine.pricing.source import Source

ASSUMED_PEG: Final = "assumed_peg"
STALE_RATE: Final = "stale_rate"
SINGLE_SOURCE: Final = "single_source"


def flags_of(used: list[Source]) -> list[str]:
    """What is to be said of a price made by these sources, sorted."""
    flags = [ASSUMED_PEG] if any(source.assumed for source in used) else []
    if len(used) == 1:
        flags.append(SINGLE_SOURCE)
    if any(source.rate_stale for source in used):
        flags.append(STALE_RATE)
    return flags
