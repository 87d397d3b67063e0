"""What a shard publishes of an index beside its snapshots and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.index.baskets import Baskets
from engine.records import Output, Receipt
from engine.types import DAY


def day_bar(
    index: str, end: int, baskets: Baskets, origin: str, receipt: Receipt
) -> dict[str, Any]:
    """The bar of the UTC day that ends at `end`, of an index that had a price in it."""
    row = baskets.row[index]
    p = baskets.path[row]
    return {
        "index": index,
        "day": end - DAY,
        "open": float(p["day_open"]),
        "high": float(p["day_high"]),
        "low": float(p["day_low"]),
        "close": float(baskets.levels.level[row]),
        "peak": float(p["peak"]),
        "origin": origin,
        "receipt": receipt._asdict(),
    }


def bare_level(index: str, seq: int, at: int, level: float, peak: float) -> dict[str, Any]:
    """A level as it stood after the record `seq`; `drawdown` is a positive magnitude."""
    return {
        "index": index,
        "seq": seq,
        "at": at,
        "level": level,
        "peak": peak,
        "drawdown": (peak - level) / peak,
    }


def moved_levels(
    ids: Iterable[str], baskets: Baskets, published: dict[str, int], receipt: Receipt
) -> Iterator[Output]:
    """The level of every index that moved since it was last published, as `published` keeps it."""
    known = list(ids)
    rows = [baskets.row[index] for index in known]
    lv, peaks = baskets.levels, baskets.path["peak"]
    columns = (lv.started[rows], lv.last_at[rows], lv.level[rows], peaks[rows])
    for index, started, at, level, peak in zip(
        known, *(column.tolist() for column in columns), strict=True
    ):
        if started and at > published.get(index, 0):
            published[index] = at
            body = bare_level(index, receipt.offset, at, level, peak)
            yield Output("levels", index, "level", body)
