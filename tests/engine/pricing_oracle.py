"""The rule that makes one price of many venues once more, slow and plain.

It is written from the rule's text, not from the engine: sources are lists of trades, and weights,
paces and ages are counted anew from them each time. Only what the rule itself remembers is carried
along: the standing price, who left it when, what is unproven, and since when nobody agrees.
It knows spot trades with rising ids of symbols without counters, and wanted assets that stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.records import Instrument, TickFrame, Trust
from engine.types import SECOND
from tests.engine.oracle_price import BACK, NEVER, PEGGED, SHARE, Price, W
from tests.engine.oracle_source import ASSUMED, FRESH, UNKNOWN, B, Rate, Source, far

BURST, AHEAD, DOUBT = SECOND // 10, 5 * SECOND, 60 * SECOND


@dataclass
class Oracle:
    assets: tuple[str, ...]
    sources: dict[Instrument, Source] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    rates: dict[str, Price] = field(default_factory=dict)
    told: dict[str, Rate] = field(default_factory=dict)
    last: int = 0
    rows: list[tuple[str, int, float]] = field(default_factory=list)
    trust: list[Trust] = field(default_factory=list)
    doubt: dict[str, int] = field(default_factory=dict)
    """Until when the rate of a currency that jumped is in doubt."""

    def __post_init__(self) -> None:
        self.prices = {name: Price(name, False) for name in sorted(self.assets)}

    def take(self, frame: TickFrame) -> None:
        instants: dict[int, list[tuple[Instrument, float, float, int, int]]] = {}
        at = self.last
        rows = zip(frame.instrument, frame.price, frame.size, frame.ts, frame.received, strict=True)
        for place, price, size, ts, received in rows:
            at = max(at, received, self.last + 1)
            trade = (frame.instruments[place], price, size, ts, received)
            instants.setdefault(at, []).append(trade)
        if frame.now > at:
            instants[frame.now] = []
        for at, trades in instants.items():
            while (due := self.due()) < at:
                self.instant(due, [])
            self.instant(at, trades)
        self.last = max(at, frame.now)

    def due(self) -> int:
        waits = [s.pending[3] for s in self.sources.values() if s.pending]
        return min([p.wake for p in (*self.prices.values(), *self.rates.values())] + waits)

    def of(self, source: Source) -> list[Price]:
        """The prices that a source takes part in."""
        return [p for p in (*self.prices.values(), *self.rates.values()) if source in p.members]

    def instant(self, at: int, trades: list[tuple[Instrument, float, float, int, int]]) -> None:
        everything = (*self.prices.values(), *self.rates.values())
        touched = {p for p in everything if p.wake <= at}
        for s in self.sources.values():
            if s.fresh and at - s.proven[-1][0] >= FRESH:
                s.fresh = False
                for p in self.of(s):
                    p.came_or_went = True
                    touched.add(p)
        for s in sorted(self.sources.values(), key=lambda s: s.place):
            if s.pending and s.pending[3] <= at:
                touched.update(self.prove(s, s.pending[0], s.pending[1], at))
        for instrument, price, size, ts, received in trades:
            if ts <= received + AHEAD:
                touched.update(self.trade(instrument, price, size, ts, at))
        for currency, rate in sorted(self.rates.items()):
            if rate in touched or currency not in self.told:
                rate.remake(at)
                self.convert(currency, touched, at)
        for p in self.prices.values():
            if p not in touched:
                continue
            if p.remake(at) and p.price is not None:
                self.rows.append((p.name, at, p.price))
            if p.price is not None:
                self.trust.append(p.trust(at))

    def convert(self, currency: str, touched: set[Price], at: int) -> None:
        """Tell the sources quoted in a currency what it is worth now."""
        rate = self.rates[currency]
        quoted = [s for s in self.sources.values() if s.instrument.quote == currency]
        in_use = any(
            p.price is not None for s in quoted for p in self.prices.values() if s in p.members
        )
        if rate.price is not None:
            until = max((s.proven[-1][0] + s.silence(10.0) for s in rate.part), default=0)
            quiet = at > until
            now: Rate = (rate.price, False, not rate.part, rate.disputed, quiet)
            if not quiet:
                rate.wake = min(rate.wake, until + 1)
        elif currency in PEGGED and (not rate.part or in_use):
            now = ASSUMED
        else:
            now = UNKNOWN
        before = self.told.setdefault(currency, UNKNOWN)[0]
        if before and in_use and far(now[0], before, BACK):
            self.doubt[currency] = at + DOUBT
        if at < (end := self.doubt.get(currency, 0)):
            now, rate.wake = (*now[:3], True, now[4]), min(rate.wake, end)
        if now == self.told[currency]:
            return
        silent = now[:4] == self.told[currency][:4]
        self.told[currency] = now
        for s in quoted:
            flags = bool(s.rate[0]), *s.rate[1:4]
            s.rate = now
            for p in self.of(s):
                p.came_or_went |= flags != (bool(now[0]), *now[1:4])
                if s.fresh and not p.is_rate and not (silent and p.quiet):
                    touched.add(p)

    def source(self, instrument: Instrument) -> Source:
        """A symbol at its first trade, with the prices it belongs to."""
        if instrument in self.sources:
            return self.sources[instrument]
        s = self.sources[instrument] = Source(instrument)
        if instrument.quote == "USD":
            s.rate = (1.0, False, False, False, False)
            if instrument.base in self.rates:
                self.join(self.rates[instrument.base], s)
        else:
            if instrument.quote not in self.rates:
                rate = self.rates[instrument.quote] = Price(instrument.quote, True)
                for other in self.sources.values():
                    if other.instrument[2:4] == (instrument.quote, "USD"):
                        self.join(rate, other)
                if instrument.quote in PEGGED:
                    self.told[instrument.quote] = ASSUMED
                else:
                    self.told[instrument.quote] = UNKNOWN
                rate.wake = 0  # made at the end of this instant
            s.rate = self.told[instrument.quote]
        if instrument.base in self.prices:
            self.join(self.prices[instrument.base], s)
        return s

    def join(self, price: Price, source: Source) -> None:
        price.members.append(source)
        price.came_or_went = True

    def trade(
        self, instrument: Instrument, price: float, size: float, ts: int, at: int
    ) -> list[Price]:
        """Take a trade in; the prices to make anew for it."""
        s = self.source(instrument)
        standing = next((p.price for p in self.of(s)[:1] if p.price is not None), None)
        worth = price  # as volume: never far above the price that stands
        if standing is not None and price * s.rate[0] > standing * (1 + B):
            worth = standing / s.rate[0]
        s.count(worth * size + 1e-9, at)
        if ts < s.newest:
            return self.unmade()
        s.newest = ts
        if not s.heard or s.heard[-1] != at:
            s.heard.append(at)
        if self.is_proven(s, price, min(ts, at), at):
            return self.prove(s, price, min(ts, at), at) + self.confirm(s, at) + self.unmade()
        return self.confirm(s, at) + self.unmade()

    def confirm(self, by: Source, at: int) -> list[Price]:
        """What another venue's print, proven or not, shows of those that wait."""
        price, moved = by.waiting_usd if by.pending else by.usd, list[Price]()
        found = [
            s
            for s in self.sources.values()
            if s is not by
            and s.pending
            and s.waiting_usd
            and not far(price, s.waiting_usd)
            and any(by in p.witnesses(s) and by.weight >= SHARE * s.weight for p in self.of(s))
        ]
        for s in [*found, by] if found and by.pending else found:
            assert s.pending is not None
            moved += self.prove(s, s.pending[0], s.pending[1], at)
        return moved

    def prove(self, s: Source, price: float, traded: int, at: int) -> list[Price]:
        """This is the source's price now, and makes it fresh; the prices to make anew for it."""
        s.prove(price, traded, at)
        moved = self.of(s)
        for p in moved:
            p.came_or_went |= not s.fresh
        s.fresh = True
        return moved

    def unmade(self) -> list[Price]:
        return [p for p in self.rates.values() if p.wake == 0]

    def is_proven(self, s: Source, price: float, traded: int, at: int) -> bool:
        prices = self.of(s)
        standing = [p.price / s.rate[0] for p in prices if p.price is not None and s.rate[0]]
        known = s.price or (standing[0] if standing else 0.0)
        since = at
        if s.pending:
            first, first_traded, begun, _ = s.pending
            if abs(math.log(price / first)) < abs(math.log(price / known)):
                return traded - first_traded >= BURST or at - begun >= BURST
            if (first > known) == (price > known):
                since = begun  # still on the same side: it waits no longer for that
            s.pending = None
        if not known or not far(price, known) or not prices:
            return True
        if not all(p.doubts(s, price, known, at) for p in prices):
            return True
        sole = not any(o.recent(at) or o.recent(at, True) for p in prices for o in p.others(s))
        if since + (FRESH if sole else W) <= at:
            return True
        s.pending = (price, traded, since, NEVER if sole else since + W)
        return False
