"""What a snapshot says of the prices behind it: sources, ages and the times with missing trades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.types import DAY, SECOND, GapSpan, Sources


class Quality:
    """Sources of each price key, and the gaps of the last day."""

    def __init__(self) -> None:
        self.sources: dict[str, Sources] = {}
        self.gaps: list[GapSpan] = []

    def take(self, sources: Mapping[str, Sources], gaps: Iterable[GapSpan]) -> None:
        """Note what a price frame tells."""
        self.sources.update(sources)
        self.gaps.extend(gaps)

    def read(self, keys: Iterable[str], as_of: int) -> dict[str, Any]:
        """Sources, exclusions, flags and gap seconds of a basket of price keys."""
        wanted = set(keys)
        known = [(key, self.sources[key]) for key in sorted(wanted) if key in self.sources]
        left_out = [
            {"source": source, "reason": reason}
            for _, sources in known
            for source, reason in sources.excluded.items()
        ]
        return {
            "sources": {key: list(sources.used) for key, sources in known},
            "excluded": left_out,
            "flags": sorted({flag for _, sources in known for flag in sources.flags}),
            "gap_seconds_24h": self._gap_seconds(wanted, as_of),
        }

    def _gap_seconds(self, wanted: set[str], as_of: int) -> float:
        """Length of the union of the times of the last day in which a source missed trades."""
        since = as_of - DAY
        self.gaps = [gap for gap in self.gaps if gap.end > since]
        total, reached = 0, since
        for gap in sorted(self.gaps, key=lambda g: (g.start, g.end)):
            if gap.asset in wanted:
                total += max(gap.end - max(gap.start, reached), 0)
                reached = max(reached, gap.end)
        return total / SECOND

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "sources": {k: [s.used, s.excluded, s.flags] for k, s in self.sources.items()},
            "gaps": [list(gap) for gap in self.gaps],
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Quality:
        """The quality that `dump` came from."""
        self = cls()
        self.sources = {
            k: Sources(list(u), dict(e), list(f)) for k, (u, e, f) in state["sources"].items()
        }
        self.gaps = [GapSpan(*gap) for gap in state["gaps"]]
        return self
