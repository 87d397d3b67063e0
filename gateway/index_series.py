"""Figures of indices for Prometheus: for who draws and watches them beside those of processes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import get_args

from engine.records.published import Status
from engine.types import SECOND
from gateway.entry import IndexEntry
from gateway.exposition import Figures, Labels

MOST = 1000
"""Indices of one answer: 8,000 series, some times what a machine's own exporter serves."""
STATUSES = (*get_args(Status), "no_data")


def index_series(entries: Iterable[IndexEntry], most: int = MOST) -> Figures:
    """Level, drawdown, status and instant of the first `most` indices; how many are left out."""
    rest = iter(entries)
    level, drawdown = dict[Labels, float](), dict[Labels, float]()
    instant, status = dict[Labels, float](), dict[Labels, float]()
    for entry in islice(rest, most):
        label = ("index", entry.index)
        if (newest := _newest(entry)) is not None:
            level[label,], drawdown[label,] = newest
            instant[label,] = entry.newest / SECOND
        for name in STATUSES:
            status[label, ("status", name)] = float(name == (entry.status or "no_data"))
    return {
        "tidegauge_index_level": level,
        "tidegauge_index_drawdown_ratio": drawdown,
        "tidegauge_index_timestamp_seconds": instant,
        "tidegauge_index_status": status,
        "tidegauge_indices_cut": sum(1 for _ in rest),
    }


def _newest(entry: IndexEntry) -> tuple[float, float] | None:
    """Level and drawdown, of the level or the snapshot, whichever is newer; None before both."""
    level, snapshot = entry.level, entry.snapshot
    if level is not None and level.at == entry.newest:
        return level.level, level.drawdown
    current = ((snapshot or {}).get("drawdown") or {}).get("current")
    if snapshot is None or snapshot["level"] is None or current is None:
        return None
    return snapshot["level"], current
