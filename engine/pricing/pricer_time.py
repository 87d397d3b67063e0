"""What happens at the begin and at the end of each instant: what time alone changes, then the
prices that trades have touched.

It keeps the scales of weights: volume and the age of prices.
"""

from __future__ import annotations

from typing import Final

from engine.index.coin_timeline import CoinTimeline
from engine.math import decay
from engine.pricing.bounds import SMALLEST_NOTIONAL
from engine.pricing.consolidation import Consolidation
from engine.pricing.events import carry_out
from engine.pricing.mirror import Mirror
from engine.pricing.price_rows import PriceRows
from engine.pricing.report import describe, evidence, told_at
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Source
from engine.pricing.sources import SourceBook, by_name
from engine.records import Sources, Trust
from engine.types import SECOND

GROWTH_LIMIT: Final = 100
"""Weights are kept as if they grew instead of decayed, and are scaled back down after so many
half-lives: 2^100 on top of LARGEST² stays far inside a double."""
FADE_LIMIT: Final = 200
"""The same of what weighs the age of prices."""


class PricerTime:
    """The Pricer's time. `mirror` is None where everything is taken the careful way."""

    def __init__(
        self, book: SourceBook, coins: CoinTimeline, rules: Rules, mirror: Mirror | None
    ) -> None:
        self.book, self.coins, self.rules, self.mirror = book, coins, rules, mirror
        self.epoch = 0
        """A trade of this time weighs its notional, one of a half-life later twice that."""
        self.growth = 1.0
        """The weight of one USD traded now."""
        self.fade_epoch = 0
        """A price traded at this time weighs its source's volume, one later more."""
        self.next_check = 0
        """Nothing is to do for a new instant before this time."""
        self.due = 0
        """Nothing is to do but to let weights grow before this time."""
        self.coins_moved = False
        """An event of a coin has taken effect; the next definition lets go what is wanted no more.
        """
        self.next_expiry = NEVER
        """No source goes stale before this time."""
        self._changed: dict[Consolidation, None] = {}
        """Prices whose sources may have changed in this record."""

    def begin(self, at: int, rows: PriceRows) -> float:
        """A new instant: what time alone changes before it; the weight of one USD traded now."""
        book = self.book
        if self.mirror is not None:
            self.mirror.pull_all()
        while (wake := book.next_wake()) < at:
            self._open(wake)
            self._wake(wake)
            self.settle(wake, rows)
        self._open(at)
        self._wake(at)
        rescale_at = self.epoch + GROWTH_LIMIT * self.rules.half_life
        fade_at = self.fade_epoch + FADE_LIMIT * self.rules.fade
        coins_at, wake = self.coins.next_at + 1, book.next_wake()
        self.due = min(self.next_expiry, coins_at, wake, rescale_at, fade_at)
        self.next_check = min(at - at % SECOND + SECOND, self.due)
        return self.grow(at)

    def grow(self, at: int) -> float:
        """The weight of one USD traded now. Volume ages in whole seconds, so that most instants
        need no new one."""
        self.growth = decay(self.epoch - (at - at % SECOND), self.rules.half_life)
        return self.growth

    def _wake(self, at: int) -> None:
        self.freshen_all(self.book.wake(at, self.fade_epoch))

    def freshen_all(self, sources: list[Source]) -> None:
        """Unproven prints of these sources are believed from now on."""
        for source in sources:
            if self.mirror is not None:
                self.mirror.mark(source)
            if not source.fresh:
                self.freshen(source)

    def _open(self, at: int) -> None:
        """Let stale sources go, and keep the scales of weights within bounds."""
        if at >= self.next_expiry:
            self._expire(at)
        while at > self.coins.next_at:
            carry_out(self.book, self.coins.take_next())
            self.coins_moved = True
            self._mark_all()
        second, half_life, fade = at - at % SECOND, self.rules.half_life, self.rules.fade
        if second - self.epoch >= GROWTH_LIMIT * half_life:
            self._rescale(second - second % half_life)
        if second - self.fade_epoch >= FADE_LIMIT * fade:
            self.fade_epoch = second - second % fade
            for source in self.book.sources.values():
                source.fade(self.fade_epoch, self.rules)
            self._mark_all()

    def _mark_all(self) -> None:
        if self.mirror is not None:
            self.mirror.mark_all()

    def _expire(self, at: int) -> None:
        self.next_expiry = NEVER
        for source in self.book.sources.values():
            if not source.fresh:
                continue
            expiry = source.moved_at + self.rules.stale_after
            if expiry <= at:
                source.fresh = False
                self.book.regroup(source)
                if self.mirror is not None:
                    self.mirror.mark(source)
            elif expiry < self.next_expiry:
                self.next_expiry = expiry

    def freshen(self, source: Source) -> None:
        """A source trades again, or for the first time."""
        source.fresh = True
        expiry = source.moved_at + self.rules.stale_after
        self.next_expiry, self.due = min(self.next_expiry, expiry), min(self.due, expiry)
        self.book.regroup(source)

    def _rescale(self, epoch: int) -> None:
        """Move the epoch by whole half-lives: by a power of two, so no weight is rounded."""
        factor = decay(epoch - self.epoch, self.rules.half_life)
        self.epoch = epoch
        for source in self.book.sources.values():
            source.weight *= factor
            source.usd_weight = source.weight * source.rate
        self._mark_all()

    def settle(self, at: int, rows: PriceRows) -> None:
        """The end of an instant: make every price anew that it touched, rates first."""
        book, mirror = self.book, self.mirror
        if book.dirty_rates:
            self._update_rates(at)
        dirty = book.dirty
        for key in sorted(dirty, key=by_name) if len(dirty) > 1 else dirty:
            if mirror is not None:
                mirror.pull_price(key)
                mirror.mark_price(key, members=key.price is None)
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
            self.look_again(book.next_wake())

    def _update_rates(self, at: int) -> None:
        """Make the rates anew that an instant touched."""
        book, mirror = self.book, self.mirror
        touched = [(conversion, conversion.usd_rate) for conversion in book.dirty_rates]
        if mirror is not None:
            mirror.pull_all()
        book.update_rates(at)
        if mirror is not None:
            for conversion, before in touched:
                mirror.mark_rate(conversion, moved=conversion.usd_rate != before)

    def changed_sources(self, now: int) -> dict[str, Sources]:
        """What is new to say of who makes the prices, once per record."""
        found: dict[str, Sources] = {}
        if not self._changed:
            return found
        for key in sorted(self._changed, key=by_name):
            key.changed = False
            if self.mirror is not None:
                self.mirror.pull_price(key)
                self.mirror.mark_price(key)
            sources = describe(key, now)
            if sources != key.reported:
                key.reported = sources
                found[key.name] = told_at(key, sources, now)
        self._changed.clear()
        return found

    def look_again(self, at: int) -> None:
        """Something is to be done at this time at the latest."""
        self.next_check, self.due = min(self.next_check, at), min(self.due, at)

    def is_due(self, at: int) -> bool:
        """Whether something is to be done at this instant before any trade of it."""
        return at >= self.due or bool(self.book.dirty or self.book.dirty_rates)

    def weigh_missed(self, source: Source, ts: int, price: float, size: float) -> None:
        """A missed trade weighs what it would weigh now had it come at its own time."""
        grown = decay(self.epoch - (ts - ts % SECOND), self.rules.half_life)
        worth = source.worth(price, self.rules) * size + SMALLEST_NOTIONAL
        source.weight += worth * min(grown, self.growth)
        source.usd_weight = source.weight * source.rate
