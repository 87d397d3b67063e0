"""The body of a snapshot, put together from what a shard knows of an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.alerts.evaluator import AlertEvaluator
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.quality import Quality
from engine.index.quality_section import of_bars, read_quality
from engine.metrics.machinery.bars import BarStatistics
from engine.metrics.machinery.reader import Reading, not_started
from engine.metrics.registry import REGISTRY
from engine.readings import Undefined
from engine.records import Receipt
from engine.types import NUMBERS


class SnapshotSources(NamedTuple):
    """The parts of a shard that snapshots are read from, beside the figures."""

    baskets: Baskets
    stats: Mapping[int, BarStatistics]
    alerts: AlertEvaluator
    quality: Quality

    def body(
        self,
        definition: IndexDefinition,
        reading: Reading,
        status: str,
        origin: str,
        receipt: Receipt,
    ) -> dict[str, Any]:
        """The snapshot of one index, as of the reading's instant."""
        row, now = self.baskets.row[definition.id], reading.as_of
        started = bool(self.baskets.levels.started[row])
        if started:
            figures, undefined = reading.figures(definition)
            figures |= self.alerts.read(definition, figures, undefined)
        else:
            figures, undefined = not_started(REGISTRY)
        stats = self.stats[definition.return_interval]
        bars, why = of_bars(stats, stats.series[definition.id]), Undefined(undefined)
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
            "definition": REGISTRY.meaning(definition.digest()),
            "receipt": {**receipt._asdict(), "engine": NUMBERS},
        }
