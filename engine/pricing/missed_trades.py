"""Trades that were missing: holes that are told, and filled by backfills or by trades come late.

They count in volume and never in a price.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.pricing.bounds import LARGEST, SMALLEST
from engine.pricing.counters import Counters
from engine.pricing.holes import Hole, by_time, id_order
from engine.pricing.price_rows import Rows
from engine.pricing.source import Source
from engine.pricing.sources import SourceBook, by_name
from engine.types import BackfillFrame, FilledSpan, GapSpan

Weigh = Callable[[Source, int, float, float], None]
"""Counts a missed trade of a source in its volume: its time, price and size."""


def report_gaps(book: SourceBook, counters: Counters, source: Source, at: int, rows: Rows) -> None:
    """Open holes for gaps found by `at`, and tell of them under every price."""
    while (gap := source.gate.take_gap()) is not None:
        counters.gaps += 1
        if not source.seen:
            continue
        start, end = source.gate.span or (source.seen, at)
        counters.holes_dropped += book.holes_of(source).add(gap, start, end)
        venue, symbol = source.place
        rows.gaps.extend(
            GapSpan(key.name, venue, symbol, start, end, gap.reason)
            for key in sorted(source.keys, key=by_name)
        )


def take_backfill(
    book: SourceBook, counters: Counters, frame: BackfillFrame, weigh: Weigh, rows: Rows
) -> None:
    """Count what of a backfill is new, in the order of ids, or of times where ids have none."""
    source = book.find(frame.instrument)
    if source is None or source.instrument != frame.instrument:
        holes = list[Hole]()
    else:
        holes = book.holes_of(source).met_by(frame)
    if source is None or not holes:
        counters.unknown_holes += 1
        counters.backfill_known += len(frame.id)
        return
    trades = zip(frame.id, frame.ts, frame.price, frame.size, strict=True)
    numbered = holes[0].between is not None
    for trade_id, ts, price, size in sorted(trades, key=id_order if numbered else by_time):
        hole = next((hole for hole in holes if hole.holds(trade_id)), None)
        if hole is None:
            counters.backfill_known += 1
        elif not (SMALLEST <= price <= LARGEST and 0.0 <= size <= LARGEST and ts > 0):
            counters.rejected_price += 1
            hole.torn = True
        elif hole.admit(ts, trade_id):
            counters.backfilled += 1
            hole.count(price)
            weigh(source, ts, price, size)
        else:
            counters.backfill_known += 1
    for hole in holes:
        whole = frame.complete and not hole.torn and hole.covered_by(frame)
        if whole or hole.full(source.instrument.counts):
            _close(book, counters, source, hole, rows)


def fill_late(
    book: SourceBook,
    counters: Counters,
    source: Source,
    trade: tuple[str | None, int, float, float],
    weigh: Weigh,
    rows: Rows,
) -> bool:
    """Whether a late trade (id, time, price, size) is one that was told to be missing; if so it is
    counted."""
    trade_id, ts, price, size = trade
    holes = book.holes.get(source.place)
    if holes is None or trade_id is None:
        return False
    hole = next((h for h in holes.open if h.between and h.holds(trade_id)), None)
    if hole is None or not hole.admit(ts, trade_id):
        return False
    counters.came_late += 1
    hole.count(price)
    weigh(source, ts, price, size)
    if hole.full(source.instrument.counts):
        _close(book, counters, source, hole, rows)
    return True


def _close(book: SourceBook, counters: Counters, source: Source, hole: Hole, rows: Rows) -> None:
    """Nothing of it is missing any more: tell so under every price."""
    venue, symbol = source.place
    book.holes_of(source).open.remove(hole)
    counters.gaps_filled += 1
    known = hole.trades > 0 and source.rate > 0.0
    low, high = (p * source.rate if known else None for p in (hole.low, hole.high))
    rows.filled.extend(
        FilledSpan(key.name, venue, symbol, hole.start, hole.end, hole.trades, low, high)
        for key in sorted(source.keys, key=by_name)
    )
