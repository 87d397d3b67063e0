"""Trades that were missing or are refused: gaps, and what fills them: backfills, trades come late.

They count in volume and never in a price.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.pricing.bounds import LARGEST, SMALLEST
from engine.pricing.counters import Counters
from engine.pricing.open_gaps import OpenGap, by_time, id_order
from engine.pricing.price_rows import PriceRows
from engine.pricing.source import Source
from engine.pricing.sources import SourceBook, by_name
from engine.records import BackfillFrame, FilledSpan, GapSpan

Weigh = Callable[[Source, int, float, float], None]
"""Counts a missed trade of a source in its volume: its time, price and size."""


def report_gaps(
    book: SourceBook, counters: Counters, source: Source, at: int, rows: PriceRows
) -> None:
    """Open what the gate found by `at`, and report it under every price."""
    while (gap := source.gate.take_gap()) is not None:
        counters.gaps += 1
        if not source.seen:
            continue
        start, end = source.gate.span or (source.seen, at)
        counters.holes_dropped += book.open_gaps_of(source).add(gap, start, end)
        venue, symbol = source.market
        rows.gaps.extend(
            GapSpan(key.name, venue, symbol, start, end, gap.reason)
            for key in sorted(source.keys, key=by_name)
        )


def refuse(
    book: SourceBook,
    counters: Counters,
    source: Source | None,
    trade_id: str | None,
    off_book: bool,
    at: int,
    rows: PriceRows,
) -> None:
    """A trade that is none of the market, or has a broken stamp: only its id counts as seen.

    It is taken for one of the time of the newest trade, so that no wrong time is kept.
    """
    if off_book:
        counters.off_book += 1
    else:
        counters.ahead += 1
    if source is not None and source.gate.last_ts:
        source.gate.admit(source.gate.last_ts, trade_id)
        if source.gate.gap is not None:
            report_gaps(book, counters, source, at, rows)


def take_backfill(
    book: SourceBook, counters: Counters, frame: BackfillFrame, weigh: Weigh, rows: PriceRows
) -> None:
    """Count what of a backfill is new, in the order of ids, or of times where ids have none."""
    source = book.find(frame.instrument)
    if source is None or source.instrument != frame.instrument:
        open_gaps = list[OpenGap]()
    else:
        open_gaps = book.open_gaps_of(source).met_by(frame)
    if source is None or not open_gaps:
        counters.unknown_holes += 1
        counters.backfill_known += len(frame.id)
        return
    trades = zip(frame.id, frame.ts, frame.price, frame.size, strict=True)
    numbered = open_gaps[0].between is not None
    for trade_id, ts, price, size in sorted(trades, key=id_order if numbered else by_time):
        open_gap = next((open_gap for open_gap in open_gaps if open_gap.holds(trade_id)), None)
        if open_gap is None:
            counters.backfill_known += 1
        elif not (SMALLEST <= price <= LARGEST and 0.0 <= size <= LARGEST and ts > 0):
            counters.rejected_price += 1
            open_gap.torn = True
        elif open_gap.admit(ts, trade_id):
            counters.backfilled += 1
            open_gap.count(price)
            weigh(source, ts, price, size)
        else:
            counters.backfill_known += 1
    for open_gap in open_gaps:
        whole = frame.complete and not open_gap.torn and open_gap.covered_by(frame)
        if whole or open_gap.full(source.instrument.counts):
            _close(book, counters, source, open_gap, rows)


def fill_late(
    book: SourceBook,
    counters: Counters,
    source: Source,
    trade: tuple[str | None, int, float, float],
    weigh: Weigh,
    rows: PriceRows,
) -> bool:
    """Whether a late trade (id, time, price, size) is one that was reported missing; if so it is
    counted."""
    trade_id, ts, price, size = trade
    open_gaps = book.open_gaps.get(source.market)
    if open_gaps is None or trade_id is None:
        return False
    open_gap = next((h for h in open_gaps.open if h.between and h.holds(trade_id)), None)
    if open_gap is None or not open_gap.admit(ts, trade_id):
        return False
    counters.came_late += 1
    open_gap.count(price)
    weigh(source, ts, price, size)
    if open_gap.full(source.instrument.counts):
        _close(book, counters, source, open_gap, rows)
    return True


def _close(
    book: SourceBook, counters: Counters, source: Source, open_gap: OpenGap, rows: PriceRows
) -> None:
    """Nothing of it is missing any more: say so under every price."""
    venue, symbol = source.market
    book.open_gaps_of(source).open.remove(open_gap)
    counters.gaps_filled += 1
    known = open_gap.trades > 0 and source.rate > 0.0
    low, high = (p * source.rate if known else None for p in (open_gap.low, open_gap.high))
    rows.filled.extend(
        FilledSpan(
            key.name, venue, symbol, open_gap.start, open_gap.end, open_gap.trades, low, high
        )
        for key in sorted(source.keys, key=by_name)
    )
