"""Ticks and gaps as the contract shows them: a line of JSON each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.records import Gap, Tick


def tick_json(tick: Tick) -> dict[str, Any]:
    """A tick as the contract shows it, ready for JSON; `off_book` only where it is true."""
    i = tick.instrument
    shown: dict[str, Any] = {
        "venue": i.venue,
        "symbol": i.symbol,
        "base": i.base,
        "quote": i.quote,
        "kind": i.kind,
        "price": tick.price,
        "size": tick.size,
        "side": tick.side,
        "id": tick.id,
        "ts": tick.ts,
    }
    if tick.off_book:
        shown["off_book"] = True
    return shown


def gap_json(gap: Gap) -> Mapping[str, Any]:
    """A gap as the contract shows it: the last id before, the first one after, the reason."""
    return {
        "venue": gap.instrument.venue,
        "symbol": gap.instrument.symbol,
        "gap": {"from": gap.last_id, "to": gap.next_id, "reason": gap.reason},
    }
