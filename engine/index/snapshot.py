"""The body of a snapshot, put together from what a shard knows of an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.alerts.evaluator import AlertEvaluator
from engine.bars import BarStatistics
from engine.cards import snapshot_digest
from engine.history import History
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.quality import Quality
from engine.index.quality_section import of_bars, read_quality
from engine.index.roster import Roster
from engine.readings import Undefined
from engine.regimes import Regimes
from engine.snapshot import Snapshots, unstarted
from engine.types import NUMBERS, Receipt
from engine.windows import Windows


class SnapshotSources(NamedTuple):
    """The parts of a shard that snapshots are read from."""

    roster: Roster
    baskets: Baskets
    history: History
    stats: Mapping[int, BarStatistics]
    windows: Windows
    regimes: Regimes
    alerts: AlertEvaluator
    quality: Quality

    def reader(self, as_of: int) -> Snapshots:
        """Reads the figures of all indices as of an instant."""
        return Snapshots(self.baskets, self.history, self.stats, self.windows, as_of)

    def body(
        self,
        definition: IndexDefinition,
        reader: Snapshots,
        status: str,
        origin: str,
        receipt: Receipt,
    ) -> dict[str, Any]:
        """The snapshot of one index, as of the reader's instant."""
        row, now = self.baskets.row[definition.id], reader.as_of
        started = bool(self.baskets.levels.started[row])
        if started:
            figures, undefined = reader.figures(definition, self.roster.benchmarks(definition))
            figures["regime"] = self.regimes.read(definition.id, Undefined(undefined))
            figures |= self.alerts.read(definition, figures, undefined)
        else:
            figures, undefined = unstarted()
        stats = self.stats[definition.return_interval]
        bars = of_bars(stats, reader.series[definition.return_interval][definition.id])
        why = Undefined(undefined)
        quality = read_quality(self.quality, self.baskets, row, now, bars, why)
        return {
            "index": definition.id,
            "seq": receipt.offset,
            "as_of": now,
            "level": float(self.baskets.levels.level[row]) if started else None,
            "status": status,
            "origin": origin,
            **figures,
            "undefined": undefined,
            "quality": quality,
            "definition": snapshot_digest(definition),
            "receipt": {**receipt._asdict(), "engine": NUMBERS},
        }
