"""Who prices what, and who is left out and why, as the newest snapshots have it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.entry import IndexEntry
from gateway.state import State

Feeds = Callable[[], Mapping[str, Mapping[str, Any]]]
"""How each venue is heard by this process, by its name; times as text (`gateway.wire.rfc3339`)."""
MOST_GAPS = 100


LOOK_SECONDS = 1.0
"""How long one look at all indices serves everybody: it takes 0.1 s where there are 10,000."""


class Sourcing:
    """The sources of all indices together."""

    def __init__(self, entries: Iterable[IndexEntry]) -> None:
        self.used: dict[str, Counter[str]] = {}
        """By venue the assets that it prices, and in how many indices."""
        self.excluded: dict[str, Counter[tuple[str, str]]] = {}
        """By venue its sources that are left out, why, and in how many indices."""
        self._by_asset: dict[str, dict[str, None]] = {}
        self._indices = Counter[str]()
        self._gaps: list[dict[str, Any]] = []
        for entry in entries:
            self._take(entry.index, (entry.snapshot or {}).get("quality") or {})

    def _take(self, index: str, quality: Mapping[str, Any]) -> None:
        for asset, sources in (quality.get("sources") or {}).items():
            self._indices[asset] += 1
            self._by_asset.setdefault(asset, {}).update(dict.fromkeys(sources))
            for venue in {venue_of(source) for source in sources}:
                self.used.setdefault(venue, Counter())[asset] += 1
        for one in quality.get("excluded") or ():
            place = self.excluded.setdefault(venue_of(one["source"]), Counter())
            place[one["source"], one["reason"]] += 1
        filled = quality.get("backfilled") or {}
        seconds, gaps = quality.get("gap_seconds_24h") or 0.0, filled.get("gaps_24h") or 0
        if seconds or gaps:
            told = {"index": index, "gap_seconds_24h": seconds, "backfilled_gaps_24h": gaps}
            self._gaps.append(told | {"backfilled_trades_24h": filled.get("trades_24h") or 0})

    def gaps(self) -> list[dict[str, Any]]:
        """The indices of which most is missing."""
        order = sorted(self._gaps, key=lambda g: (-g["gap_seconds_24h"], g["index"]))
        return order[:MOST_GAPS]

    def assets(self) -> list[dict[str, Any]]:
        """By asset the sources that price it, and those that do not."""
        left_out: dict[str | None, dict[tuple[str, str], None]] = {}
        for counter in self.excluded.values():
            for source, reason in counter:
                left_out.setdefault(self._asset_of(source), {})[source, reason] = None
        names = sorted({*self._by_asset, *(name for name in left_out if name is not None)})
        rows: list[str | None] = [*names, *([None] if None in left_out else [])]
        return [
            {
                "asset": asset,
                "used": sorted(self._by_asset.get(asset or "", ())),
                "excluded": [
                    {"source": source, "reason": reason}
                    for source, reason in sorted(left_out.get(asset, ()))
                ],
                "indices": self._indices[asset or ""],
            }
            for asset in rows
        ]

    def _asset_of(self, source: str) -> str | None:
        """The asset of a source that prices none now: the longest one that its symbol begins with,
        as venues write them; snapshots do not say it."""
        symbol = source.partition(":")[2].removeprefix("t").upper().replace("XBT", "BTC")
        found = [name for name in self._by_asset if symbol.startswith(name.partition("@")[0])]
        return max(found, key=len, default=None)


class SourcingNow:
    """That of now, at most `LOOK_SECONDS` old."""

    def __init__(self) -> None:
        self._looked, self._found = -math.inf, Sourcing(())

    def look(self, state: State) -> Sourcing:
        """What the newest snapshots say."""
        now = state.clock()
        if now >= self._looked + LOOK_SECONDS:
            self._looked, self._found = now, Sourcing(state.entries())
        return self._found


def venue_of(source: str) -> str:
    """The venue of a source (`kraken:BTC/USD`, or the venue alone)."""
    return source.partition(":")[0]
