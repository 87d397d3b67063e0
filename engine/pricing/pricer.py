"""The Pricer: trades of many venues in, one USD price per asset out.

It gates the trades of each symbol (`engine.pricing.gate`), converts quote currencies through their
own traded pairs, drops stale sources, and consolidates (`engine.pricing.consolidation`) what is
left. Trades of equal effective time are one instant: all of them are taken in, then every price
they touch is made once. Time is that of the log alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import inf
from typing import Any

from engine.index.canonical import parse_canonical
from engine.index.coin_events import parse_asset
from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import DefinitionError, IndexDefinition
from engine.math import decay
from engine.migrations import migrate, version_of
from engine.pricing.bounds import LARGEST, SMALLEST
from engine.pricing.consolidation import Consolidation
from engine.pricing.counters import Counters
from engine.pricing.events import carry_out, in_units
from engine.pricing.gate import ACCEPTED, LATE, REORDERED
from engine.pricing.missed_trades import fill_late, refuse, report_gaps, take_backfill
from engine.pricing.price_rows import PriceRows
from engine.pricing.recorded import doubled
from engine.pricing.report import describe, evidence
from engine.pricing.rules import RULES, Rules
from engine.pricing.source import Source
from engine.pricing.sources import SourceBook, by_name
from engine.records import (
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    DefinitionRecord,
    Output,
    PricerInput,
    Sources,
    TickFrame,
    Trust,
)
from engine.types import SECOND

GROWTH_LIMIT = 100
"""Weights are kept as if they grew instead of decayed, and are scaled back down after so many
half-lives: 2^100 on top of LARGEST² stays far inside a double."""
FADE_LIMIT = 200
"""The same of what weighs the age of prices."""
SMALLEST_NOTIONAL = 1e-9
"""What a trade of size 0 weighs, so that every fresh source has a weight."""


class Pricer:
    """The pricing stage: `apply` one record after the other.

    `dump` and `load` are inverse: a loaded Pricer says to every further record exactly what the
    dumped one would have said.
    """

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.counters = Counters()
        self.now = 0
        """The highest time of any record so far, ns."""
        self.last_now = 0
        """The `now` of the last price frame; every later row is above it."""
        self.definitions: dict[str, dict[str, Any]] = {}
        """Those in force, as they came, by index."""
        self.coins = CoinTimeline()
        self.book = SourceBook(rules)
        self._changed: dict[Consolidation, None] = {}
        """Prices whose sources may have changed in this record."""
        self._epoch = 0
        """A trade of this time weighs its notional, one of a half-life later twice that."""
        self._growth = 1.0
        """The weight of one USD traded now."""
        self._fade_epoch = 0
        """A price traded at this time weighs its source's volume, one later more."""
        self._next_expiry: float = inf
        """No source goes stale before this time."""
        self._next_check: float = 0
        """Nothing is to do for a new instant before this time."""
        self._coins_learned = False
        """Something was learned of coins since the wanted prices were found."""
        self._coins_moved = False
        """An event has taken effect since; the next definition lets go what is wanted no more."""

    def apply(self, record: PricerInput) -> list[Output]:
        """Take one record in: one price frame, or the definition handed on.

        A definition takes effect behind the log's last price: it does not move the time.
        """
        if isinstance(record, DefinitionRecord):
            return self._define(record)
        if isinstance(record, AssetRecord):
            return self._learn(record)
        self._find_anew()
        self.now = max(self.now, record.now)
        rows = PriceRows()
        if isinstance(record, TickFrame):
            at = self._take_ticks(record, rows)
        elif isinstance(record, BackfillFrame):
            at = self._take_backfill(record, rows)
        else:
            at = self._take_assets(record, rows)
        now = max(record.now, at, self.last_now)
        if now > self.last_now:
            self._begin(now, rows)
            self._settle(now, rows)
        self.now, self.last_now = max(self.now, now), now
        body = rows.frame(now, record.origin, self._changed_sources(now))
        if isinstance(record, TickFrame):
            body = body._replace(clock=record.clock)
        return [Output("prices", "", "prices", body)]

    def _take_ticks(self, frame: TickFrame, rows: PriceRows) -> int:
        """TradeGate every tick, make prices at the end of each instant; the last instant, or 0."""
        book = self.book
        for instrument in frame.instruments:
            self.counters.holes_dropped += book.replace_changed(instrument)
        sources = [book.source_of(instrument, frame.connector) for instrument in frame.instruments]
        for gap in frame.gaps:
            source = book.source_of(gap.instrument, frame.connector)
            if source is None:  # before a symbol's first trade nothing is missed
                continue
            if gap.last_id is None or gap.next_id is None:
                source.gate.suspect_loss(gap.reason)
            else:
                source.gate.report_gap(gap)
                begin = frame.received[0] if frame.received else frame.now
                report_gaps(self.book, self.counters, source, max(begin, self.last_now + 1), rows)
        if not frame.received:
            return 0
        counters, dirty, dirty_rates = self.counters, book.dirty, book.dirty_rates
        rules, off_book = self.rules, frozenset(frame.off_book)
        accepted = 0
        at = max(frame.received[0], self.last_now + 1)
        growth = self._begin(at, rows)
        columns = (frame.instrument, frame.price, frame.size, frame.id, frame.ts, frame.received)
        for row, (place, price, size, trade_id, ts, received) in enumerate(
            zip(*columns, strict=True)
        ):
            if received > at:
                if dirty or dirty_rates:
                    self._settle(at, rows)
                at = received
                if at >= self._next_check:
                    growth = self._begin(at, rows)
            source = sources[place]
            if row in off_book or ts > received + rules.ahead:
                refuse(book, counters, source, trade_id, row in off_book, at, rows)
                continue
            if not (SMALLEST <= price <= LARGEST and 0.0 <= size <= LARGEST and ts > 0):
                counters.rejected_price += 1
                continue
            if source is None:
                source = sources[place] = book.open(frame.instruments[place], frame.connector)
            gate = source.gate
            verdict = gate.admit(ts, trade_id)
            if verdict is not ACCEPTED and verdict is not REORDERED:
                trade = trade_id, ts, price, size
                if verdict is not LATE or not fill_late(
                    book, counters, source, trade, self._weigh_missed, rows
                ):
                    counters.count(verdict)
                continue
            if gate.gap is not None:
                report_gaps(self.book, self.counters, source, at, rows)
            if book.old_units or self.coins.coming:
                price, size = in_units(book, self.coins.coming, source, price, size, at)
            source.weight += (source.worth(price, rules) * size + SMALLEST_NOTIONAL) * growth
            source.usd_weight = source.weight * source.rate
            if verdict is REORDERED:
                counters.reordered += 1
                continue
            accepted += 1
            source.note(at, rules)
            if not source.rate:
                counters.unknown_conversion += 1
            if not source.offer(price, ts, at, rules):
                counters.unproven += 1
                book.unproven[source] = None
                self._next_check = min(self._next_check, source.pending_until)
                if len(book.unproven) > 1:
                    self._freshen_all(book.confirm(source, at, self._fade_epoch))
                continue
            if book.unproven:
                book.unproven.pop(source, None)
                self._freshen_all(book.confirm(source, at, self._fade_epoch))
            if not source.fresh:
                self._freshen(source)
            source.fade(self._fade_epoch, rules)
            book.touch(source)
        counters.accepted += accepted
        self._settle(at, rows)
        return at

    def _take_backfill(self, frame: BackfillFrame, rows: PriceRows) -> int:
        at = max(frame.now, self.last_now)
        self._begin(at, rows)
        take_backfill(self.book, self.counters, frame, self._weigh_missed, rows)
        return at

    def _weigh_missed(self, source: Source, ts: int, price: float, size: float) -> None:
        """A missed trade weighs what it would weigh now had it come at its own time."""
        grown = decay(self._epoch - (ts - ts % SECOND), self.rules.half_life)
        worth = source.worth(price, self.rules) * size + SMALLEST_NOTIONAL
        source.weight += worth * min(grown, self._growth)
        source.usd_weight = source.weight * source.rate

    def _take_assets(self, frame: AssetFrame, rows: PriceRows) -> int:
        """Hand recorded prices on, also under the other price keys of their asset."""
        repeated, contradicting = doubled(frame)
        last = 0
        columns = (frame.asset, frame.at, frame.price, frame.market_cap, frame.supply)
        for row, (asset, at, price, market_cap, supply) in enumerate(zip(*columns, strict=True)):
            if at <= self.last_now or at < last:
                self.counters.late += 1
            elif row in contradicting:
                self.counters.contradicting += 1
            elif row in repeated:
                self.counters.duplicate += 1
            elif not SMALLEST <= price <= LARGEST:
                self.counters.rejected_price += 1
            else:
                if at > last and self.book.next_wake() < at:
                    self._begin(at, rows)
                last = at
                rows.add(asset, at, price, market_cap, supply)
                for key in self.book.wanted.of(asset):
                    if key != asset:
                        rows.add(key, at, price, market_cap, supply)
        return last

    def _begin(self, at: int, rows: PriceRows) -> float:
        """A new instant: what time alone changes before it; the weight of one USD traded now."""
        book, rules = self.book, self.rules
        while (wake := book.next_wake()) < at:
            self._open(wake)
            self._wake(wake)
            self._settle(wake, rows)
        self._open(at)
        self._wake(at)
        second = at - at % SECOND
        due = min(self._next_expiry, self.coins.next_at + 1, book.next_wake())
        self._next_check = min(second + SECOND, due)
        self._growth = decay(self._epoch - second, rules.half_life)
        return self._growth

    def _wake(self, at: int) -> None:
        self._freshen_all(self.book.wake(at, self._fade_epoch))

    def _freshen_all(self, sources: list[Source]) -> None:
        for source in sources:
            if not source.fresh:
                self._freshen(source)

    def _open(self, at: int) -> None:
        """Let stale sources go, and keep the scales of weights within bounds."""
        if at >= self._next_expiry:
            self._expire(at)
        while at > self.coins.next_at:
            carry_out(self.book, self.coins.take_next())
            self._coins_moved = True
        # Volume ages in whole seconds, so that most instants need no new growth.
        second, half_life, fade = at - at % SECOND, self.rules.half_life, self.rules.fade
        if second - self._epoch >= GROWTH_LIMIT * half_life:
            self._rescale(second - second % half_life)
        if second - self._fade_epoch >= FADE_LIMIT * fade:
            self._fade_epoch = second - second % fade
            for source in self.book.sources.values():
                source.fade(self._fade_epoch, self.rules)

    def _expire(self, at: int) -> None:
        self._next_expiry = inf
        for source in self.book.sources.values():
            if not source.fresh:
                continue
            expiry = source.moved_at + self.rules.stale_after
            if expiry <= at:
                source.fresh = False
                self.book.regroup(source)
            elif expiry < self._next_expiry:
                self._next_expiry = expiry

    def _freshen(self, source: Source) -> None:
        source.fresh = True
        self._next_expiry = min(self._next_expiry, source.moved_at + self.rules.stale_after)
        self.book.regroup(source)

    def _rescale(self, epoch: int) -> None:
        """Move the epoch by whole half-lives: by a power of two, so no weight is rounded."""
        factor = decay(epoch - self._epoch, self.rules.half_life)
        self._epoch = epoch
        for source in self.book.sources.values():
            source.weight *= factor
            source.usd_weight = source.weight * source.rate

    def _settle(self, at: int, rows: PriceRows) -> None:
        """The end of an instant: make every price anew that it touched, rates first."""
        book = self.book
        if book.dirty_rates:
            book.update_rates(at)
        dirty = book.dirty
        for key in sorted(dirty, key=by_name) if len(dirty) > 1 else dirty:
            if key.reprice(at) and key.price is not None:
                rows.asset.append(key.name)
                rows.at.append(at)
                rows.price.append(key.price)
            trust = key.trust
            if key.price is not None and (trust.disputed or trust.now != trust.published):
                trust.published = trust.now
                rows.trust.append(Trust(key.name, at, *trust.published, evidence(key)))
            if key.changed:
                self._changed[key] = None
            book.rest(key)
        dirty.clear()
        if book.restless:
            self._next_check = min(self._next_check, book.next_wake())

    def _changed_sources(self, now: int) -> dict[str, Sources]:
        """What is new to say of who makes the prices, once per record."""
        found = {}
        for key in sorted(self._changed, key=by_name):
            key.changed = False
            sources = describe(key, now)
            if sources != key.reported:
                key.reported = sources
                found[key.name] = Sources(
                    list(sources.used), dict(sources.excluded), list(sources.flags)
                )
        self._changed.clear()
        return found

    def _define(self, record: DefinitionRecord) -> list[Output]:
        """Keep a definition or let it go, and hand it on; one that cannot be read is counted."""
        definition = None
        if record.definition is not None:
            try:
                definition = parse_canonical(record.index, record.definition)
            except DefinitionError:
                self.counters.rejected_definition += 1
                return []
        self.definitions.pop(record.index, None)
        if record.definition is not None:
            self.definitions[record.index] = record.definition
        self._find_anew()
        self.book.define(record.index, definition, self.coins, anew=self._coins_moved)
        self._coins_moved = False
        return [Output("prices", "", "definition", record._replace(now=self.last_now))]

    def _learn(self, record: AssetRecord) -> list[Output]:
        """Keep what a record says of a coin, and hand it on; what cannot be read is counted."""
        try:
            coin = parse_asset(record.asset, record.definition)
        except DefinitionError:
            self.counters.rejected_definition += 1
            return []
        self.coins.learn(coin, self.last_now)
        self._next_check = 0
        self.book.exclude(self.coins.excluded())
        self._coins_learned = True
        return [Output("prices", "", "asset", record._replace(now=self.last_now))]

    def _find_anew(self) -> None:
        """Find the wanted prices where coins were learned: once for all that come together."""
        if self._coins_learned:
            self.book.find_anew(self.coins)
            self._coins_learned = self._coins_moved = False

    def dump(self) -> dict[str, Any]:
        """The whole state as plain JSON values; serialise it before the next `apply`."""
        self._find_anew()
        return {
            "state": version_of("pricer"),
            "now": self.now,
            "last_now": self.last_now,
            "epoch": self._epoch,
            "fade_epoch": self._fade_epoch,
            "counters": asdict(self.counters),
            "definitions": [list(item) for item in sorted(self.definitions.items())],
            "coins": self.coins.dump(),
            **self.book.dump(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], rules: Rules = RULES) -> Pricer:
        """The inverse of `dump`."""
        state = migrate("pricer", state)
        pricer = cls(rules)
        pricer.now, pricer.last_now = state["now"], state["last_now"]
        pricer._epoch, pricer._fade_epoch = state["epoch"], state["fade_epoch"]
        pricer.counters = Counters(**state["counters"])
        pricer.definitions = dict(state["definitions"])
        pricer.coins = CoinTimeline.load(state.get("coins"))
        fresh_since = pricer.last_now - rules.stale_after
        definitions = _parse(pricer.definitions)
        pricer.book = SourceBook.load(state, definitions, fresh_since, pricer.coins, rules)
        for source in pricer.book.sources.values():
            source.fade(pricer._fade_epoch, rules)
        pricer._coins_moved = True
        # Found anew at the first instant to come.
        pricer._next_expiry = 0
        return pricer


def _parse(definitions: Mapping[str, Any]) -> dict[str, IndexDefinition]:
    return {index: parse_canonical(index, mapping) for index, mapping in definitions.items()}
