"""The bodies of what a shard tells of an index beside its snapshots and alerts."""

from __future__ import annotations

from typing import Any

from engine.basket import Baskets
from engine.types import DAY, Receipt


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
