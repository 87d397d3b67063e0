"""Trades of venues, frame by frame: each through its gate and into its source; the prices that they
touch are made at the end of each instant (`engine.pricing.pricer_time`).

`Trades._take_rows` is the rule. What is common is taken by `engine.pricing.common_case`, which
stops where something is not; the rest of that instant then goes the careful way.
"""

from __future__ import annotations

from engine.pricing.bounds import LARGEST, SMALLEST, SMALLEST_NOTIONAL
from engine.pricing.common_case import DONE, DUE, UNSETTLED
from engine.pricing.counters import Counters
from engine.pricing.events import in_units
from engine.pricing.gate import ACCEPTED, LATE, REORDERED
from engine.pricing.mirror import Mirror
from engine.pricing.missed_trades import fill_late, refuse, report_gaps
from engine.pricing.price_rows import PriceRows
from engine.pricing.pricer_time import PricerTime
from engine.pricing.source import Source
from engine.pricing.unproven import offer
from engine.records import Gap, Instrument
from engine.records.packed_ticks import PackedTicks


class Trades:
    """Takes tick frames in."""

    def __init__(self, time: PricerTime, counters: Counters) -> None:
        self._time, self._counters = time, counters
        self._book, self._mirror, self._rules = time.book, time.mirror, time.rules

    def take(self, ticks: PackedTicks, after: int, rows: PriceRows) -> int:
        """Gate every tick, make prices at the end of each instant; the last instant, or 0.

        All instants are later than `after`.
        """
        mirror = self._mirror
        if mirror is None or mirror.places(ticks) is None:
            self._look_up(ticks)
        for gap in ticks.gaps:
            self._take_gap(gap, ticks, after, rows)
        if not ticks.rows:
            return 0
        at = max(ticks.received(0), after + 1)
        if mirror is not None:
            return self._take_common(mirror, ticks, at, rows)
        self._time.begin(at, rows)
        sources = [self._book.find(instrument) for instrument in ticks.instruments]
        at = self._take_rows(ticks, sources, 0, ticks.rows, at, rows)
        self._time.settle(at, rows)
        return at

    def _look_up(self, ticks: PackedTicks) -> None:
        """What symbols mean now, and who brings their trades."""
        book, mirror = self._book, self._mirror
        for instrument in ticks.instruments:
            source = book.find(instrument)
            if source is not None and source.instrument != instrument:
                if mirror is not None:
                    mirror.pull_all()
                    mirror.mark_all()
                self._counters.holes_dropped += book.replace_changed(instrument)
        for instrument in ticks.instruments:
            self._source_of(instrument, ticks.connector)

    def _source_of(self, instrument: Instrument, connector: str) -> Source | None:
        """The source of a symbol, its gate set to what this connector brings."""
        source = self._book.find(instrument)
        if self._mirror is not None and source is not None and source.gate.connector != connector:
            self._mirror.hand_over(source)
        return self._book.source_of(instrument, connector)

    def _take_gap(self, gap: Gap, ticks: PackedTicks, after: int, rows: PriceRows) -> None:
        """A gap that the connector tells of, ahead of its trades."""
        source = self._source_of(gap.instrument, ticks.connector)
        if source is None:  # before a symbol's first trade nothing is missed
            return
        if self._mirror is not None:
            self._mirror.pull(source)
            self._mirror.mark(source)
        if gap.last_id is None or gap.next_id is None:
            source.gate.suspect_loss(gap.reason)
        else:
            source.gate.report_gap(gap)
            begin = ticks.received(0) if ticks.rows else ticks.now
            report_gaps(self._book, self._counters, source, max(begin, after + 1), rows)

    def _take_common(self, mirror: Mirror, ticks: PackedTicks, at: int, rows: PriceRows) -> int:
        """Take all rows at once, but for the instants in which something is not common."""
        book, row = self._book, 0
        sources: list[Source | None] = []
        if self._time.is_due(at):
            self._time.begin(at, rows)
            if book.dirty or book.dirty_rates:
                row = self._take_instant(mirror, ticks, sources, 0, at, rows)
        while row < ticks.rows:
            mirror.load(self._time.epoch, self._time.fade_epoch)
            begin = row
            why, row, at, made, waiting = mirror.run(ticks, row, at, self._time.due)
            self._counters.accepted += row - begin
            if made:
                rows.add_all(*mirror.made(made))
            if why == DONE:
                break
            if waiting:
                book.dirty.update(dict.fromkeys(mirror.waiting(waiting)))
            if why == DUE:
                self._time.begin(at, rows)
                if not (book.dirty or book.dirty_rates):
                    continue
            if why == UNSETTLED:
                self._time.settle(at, rows)
            else:
                row = self._take_instant(mirror, ticks, sources, row, at, rows)
        return at

    def _take_instant(
        self,
        mirror: Mirror,
        ticks: PackedTicks,
        sources: list[Source | None],
        row: int,
        at: int,
        rows: PriceRows,
    ) -> int:
        """Take the rest of an instant from a row on the careful way; the row behind it.

        `sources` are those of the instruments, empty where not looked up yet.
        """
        if not sources:
            sources += [self._book.find(instrument) for instrument in ticks.instruments]
        end = row
        while end < ticks.rows and ticks.received(end) <= at:
            source = sources[ticks.place(end)]
            if source is not None:
                mirror.pull_around(source)
                mirror.mark(source)
            end += 1
        self._time.grow(at)
        self._take_rows(ticks, sources, row, end, at, rows)
        self._time.settle(at, rows)
        return end

    def _take_rows(
        self,
        ticks: PackedTicks,
        sources: list[Source | None],
        begin: int,
        end: int,
        at: int,
        rows: PriceRows,
    ) -> int:
        """Take rows the careful way within the instant `at` and those behind it; the last one,
        which is still to be settled."""
        book, counters, rules = self._book, self._counters, self._rules
        accepted, growth, coming = 0, self._time.growth, self._time.coins.coming
        *columns, off_book = ticks.take(begin, end)
        for row, (place, price, size, trade_id, ts, received) in enumerate(
            zip(*columns, strict=True), begin
        ):
            if received > at:
                if book.dirty or book.dirty_rates:
                    self._time.settle(at, rows)
                at = received
                if at >= self._time.next_check:
                    growth = self._time.begin(at, rows)
            source = sources[place]
            if row in off_book or ts > received + rules.ahead:
                refuse(book, counters, source, trade_id, row in off_book, at, rows)
                continue
            if not (SMALLEST <= price <= LARGEST and 0.0 <= size <= LARGEST and ts > 0):
                counters.rejected_price += 1
                continue
            if source is None:
                if not book.has_room(ticks.instruments[place]):
                    counters.unwanted += 1
                    continue
                source = sources[place] = self._open_source(ticks, place)
            gate = source.gate
            verdict = gate.admit(ts, trade_id)
            if verdict is not ACCEPTED and verdict is not REORDERED:
                trade = trade_id, ts, price, size
                if verdict is not LATE or not fill_late(
                    book, counters, source, trade, self._time.weigh_missed, rows
                ):
                    counters.count(verdict)
                continue
            if gate.gap is not None:
                report_gaps(book, counters, source, at, rows)
            if book.old_units or coming:
                price, size = in_units(book, coming, source, price, size, at)
            source.weight += (source.worth(price, rules) * size + SMALLEST_NOTIONAL) * growth
            source.usd_weight = source.weight * source.rate
            if verdict is REORDERED:
                counters.reordered += 1
                continue
            accepted += 1
            source.note(at, rules)
            if not source.rate:
                counters.unknown_conversion += 1
            if not offer(source, price, ts, at, rules):
                counters.unproven += 1
                book.unproven[source] = None
                self._time.look_again(source.pending_until)
                if len(book.unproven) > 1:
                    self._time.freshen_all(book.confirm(source, at, self._time.fade_epoch))
                continue
            if book.unproven:
                book.unproven.pop(source, None)
                self._time.freshen_all(book.confirm(source, at, self._time.fade_epoch))
            if not source.fresh:
                self._time.freshen(source)
            source.fade(self._time.fade_epoch, rules)
            book.touch(source)
        counters.accepted += accepted
        return at

    def _open_source(self, ticks: PackedTicks, place: int) -> Source:
        """The source of a symbol that trades for the first time."""
        conversions = len(self._book.conversions)
        source = self._book.open(ticks.instruments[place], ticks.connector)
        if self._mirror is not None:
            self._mirror.pull_around(source)
            self._mirror.mark_new(source)
            if len(self._book.conversions) > conversions:  # what it is quoted in has markets
                self._mirror.pull_all()
                self._mirror.mark_all()
        return source
