"""The rule that makes one price of many venues once more, slow and plain.

It is written from the rule's text, not from the engine: sources are lists of trades, and weights,
paces and ages are counted anew from them each time. Only what the rule itself remembers is carried
along: the standing price, who left it when, what is unproven, and since when nobody agrees.
It knows spot trades with rising ids of symbols without counters, and wanted assets that stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.types import SECOND, Cluster, Instrument, TickFrame, Trust
from tests.engine.oracle_source import DAY, FRESH, B, Rate, Source, far, middle

BACK, SHARE, W, BURST, AHEAD, COLD = 0.015, 0.01, SECOND, SECOND // 10, 5 * SECOND, 5 * SECOND
DOUBT, FADE, NEVER, PEGGED = 60 * SECOND, 20 * SECOND, 2**62, ("USDC", "USDT")


@dataclass(eq=False)
class Price:
    """One price to be made: of an asset, or of a quote currency (`expected` if pegged)."""

    name: str
    is_rate: bool
    members: list[Source] = field(default_factory=list)
    price: float | None = None
    made: int = 0
    status: dict[Source, str] = field(default_factory=dict)
    born: dict[Source, tuple[int, int]] = field(default_factory=dict)
    """When the trade was made by which a source left, and when it was received."""
    agreed: set[Source] = field(default_factory=set)
    part: list[Source] = field(default_factory=list)
    heavy: list[Source] = field(default_factory=list)
    silent: float = 0.0
    weighed: int = -1
    """The second for which it was last found out who has volume enough."""
    came_or_went: bool = True
    held_since: int = 0
    quiet: bool = False
    """All agree: time alone changes nothing."""
    wake: int = NEVER
    degraded: bool = False
    disputed: bool = False
    groups: list[list[Source]] = field(default_factory=list)

    def say(self, source: Source) -> str:
        return self.status.get(source, "in")

    # who

    def weigh(self, at: int) -> None:
        before = self.part
        self.part = [
            s
            for s in self.members
            if s.fresh and s.rate[0] and s.proven and not self.other_coin(s, at)
        ]
        self.part.sort(key=lambda s: s.place)
        self.silent = sum(s.weight for s in self.members if s.proven and not s.fresh)
        self.find_heavy()
        self.weighed, self.came_or_went = at // SECOND, False
        self.quiet = self.quiet and before == self.part

    def find_heavy(self) -> None:
        total = sum(s.weight for s in self.part)
        self.heavy = [
            s
            for s in self.part
            if sum(o.weight for o in self.part if o.instrument.venue == s.instrument.venue)
            >= SHARE * total
        ]

    def other_coin(self, s: Source, at: int) -> bool:
        if self.price is None or s in self.agreed or at - self.made > DAY * SECOND:
            return False
        return not 0.5 <= s.usd / self.price <= 2.0

    def votes(self, at: int, by_receipt: bool) -> dict[Source, float]:
        """Each voter's heaviest recent source, with the weight of all its sources."""
        rooms: dict[str, list[Source]] = {}
        for s in self.heavy:
            name = "rate of " + s.instrument.quote if s.rate[2] else s.instrument.venue
            rooms.setdefault(name, []).append(s)
        found = {}
        for room in rooms.values():
            alive = [s for s in room if s.recent(at, by_receipt)]
            if alive:
                found[max(alive, key=lambda s: s.weight)] = sum(s.weight for s in room)
        return found

    # single prints

    def doubts(self, s: Source, price: float, known: float, at: int) -> bool:
        price, known = price * s.rate[0], known * s.rate[0]
        if not price:
            return True
        if self.price is not None:
            if not far(price, self.price):
                return False
            if far(known, self.price) and (known > self.price) == (price > self.price):
                return False
        return not any(
            not far(o.usd, price) and o.recent(at) and o.weight >= SHARE * s.weight
            for o in self.others(s)
        )

    def others(self, s: Source) -> list[Source]:
        return [o for o in self.heavy if o.instrument.venue != s.instrument.venue]

    # the price

    def remake(self, at: int) -> bool:
        """Make it anew; False where nobody makes it."""
        self.wake = NEVER
        if self.came_or_went or at // SECOND != self.weighed:
            self.weigh(at)
            if self.quiet:
                self.judge(False)
        if not self.part:
            self.degraded, self.disputed, self.quiet, self.groups = True, False, False, []
            return False
        if self.price is None:
            first = min(s.heard[0] for s in self.part)
            if at < first + COLD:
                self.wake = first + COLD
                return False
            price = middle([(s.usd, s.weight / s.usd) for s in self.part])  # by coins
            pegged = self.is_rate and self.name in PEGGED and not far(price, 1.0)
            if not pegged and sum(min(len({p[0] for p in s.proven}), 2) for s in self.part) < 2:
                return False
            self.price, self.made = price, at
            for s in self.part:
                if far(s.usd, price):
                    self.status[s], self.born[s] = "out", (s.traded, at)
                    s.count_as(min(price / s.usd, 1.0))
                else:
                    self.agreed.add(s)
            self.find_heavy()  # all take part until the members are looked through again
        standing = self.price
        for s in self.part:
            was = self.say(s)
            if not far(s.usd, standing, B if was == "in" else BACK):
                self.status[s] = "in"
            elif s.proven[-1][0] == at:
                if was != "out":
                    self.born[s] = s.traded, at
                self.status[s] = "out"
            elif was == "in":
                self.status[s] = "unspoken"
            if not far(s.usd, standing):
                self.agreed.add(s)
        votes, by_receipt = self.votes(at, False), False
        if not votes:
            votes, by_receipt = self.votes(at, True), True
        ends = [
            (s.proven[-1][0] if by_receipt else s.traded) + s.patience + 1
            for s in self.alive(at, by_receipt)
        ]
        won, ripe = self.challenges(votes, at, by_receipt)
        if won:
            self.move(won, votes, by_receipt)
        inside = [v for v in votes if self.say(v) == "in"]
        split = 2 * len(inside) <= len(votes) and len(inside) < len(votes)
        self.wake = min([ripe, *ends])
        held = False
        if split and not won:
            self.held_since = self.held_since or at
            if at < self.held_since + W:
                held, self.wake = True, min(self.wake, self.held_since + W)
        else:
            self.held_since = 0
        made = not held and self.settle(at)
        was_quiet, self.quiet = (
            self.quiet,
            not split and all(self.say(s) == "in" for s in self.part),
        )
        if not (was_quiet and self.quiet):  # else weights are compared once a second
            self.judge(split)
        if self.quiet:
            self.wake = NEVER
        self.groups = self.clusters(at, by_receipt) if self.disputed else []
        return made

    def alive(self, at: int, by_receipt: bool) -> list[Source]:
        return [s for s in self.heavy if s.recent(at, by_receipt)]

    def challenges(
        self, votes: dict[Source, float], at: int, by_receipt: bool
    ) -> tuple[list[Source], int]:
        """The sources of the challenge that wins now, and when one may for its age."""
        best, strength, ripe = list[Source](), (0, 0.0), NEVER
        for leader in votes:
            if self.say(leader) != "out":
                continue
            k = [v for v in votes if self.say(v) == "out" and not far(v.usd, leader.usd)]
            born = min(self.born[v][by_receipt] for v in k)
            inside = [v for v in votes if self.say(v) == "in"]
            against = [v for v in inside if (v.proven[-1][0] if by_receipt else v.traded) >= born]
            idle = [v for v in inside if v not in against]
            mine, theirs = sum(votes[v] for v in k), sum(votes[v] for v in against)
            if len(k) < len(against) or (len(k) == len(against) and mine <= 1.5 * theirs):
                continue
            if idle and len(k) <= len(against) + len(idle):
                if mine <= theirs + sum(votes[v] for v in idle):
                    continue
                old_enough = min(self.born[v][1] for v in k) + W
                if at < old_enough:
                    ripe = min(ripe, old_enough)
                    continue
            if (len(k), mine) > strength:
                best, strength = k, (len(k), mine)
        return best, ripe

    def move(self, won: list[Source], votes: dict[Source, float], by_receipt: bool) -> None:
        self.price = price = middle([(v.usd, votes[v]) for v in won])
        born = min(self.born[v][0] for v in won), min(self.born[v][1] for v in won)
        for s in self.part:
            if s in won or not far(s.usd, price):
                self.status[s] = "in"
                self.agreed.add(s)
            elif self.say(s) != "out":
                last = s.proven[-1][0] if by_receipt else s.traded
                self.status[s] = "out" if last >= born[by_receipt] else "unspoken"
                self.born[s] = born

    def settle(self, at: int) -> bool:
        inside = [s for s in self.part if self.say(s) == "in"]
        inside = [s for s in inside if s in self.heavy]
        if not inside:
            return False
        self.price, self.made = self.median(inside), at
        return True

    @staticmethod
    def median(sources: list[Source]) -> float:
        newest = max(s.traded for s in sources)
        return middle([(s.usd, s.weight * 2.0 ** -((newest - s.traded) / FADE)) for s in sources])

    def judge(self, split: bool) -> None:
        inside = [s for s in self.part if self.say(s) == "in"]
        weight_in = sum(s.weight for s in inside)
        weight_out = sum(s.weight for s in self.part if s not in inside)
        doubtful = sum(s.weight for s in inside if s.rate[3])
        old_rates = sum(s.weight for s in inside if s.rate[2])
        self.disputed = (
            split or weight_out >= weight_in or (doubtful > 0 and 2 * doubtful >= weight_in)
        )
        self.degraded = (
            self.disputed
            or weight_out + self.silent >= weight_in
            or (old_rates > 0 and 2 * old_rates >= weight_in)
        )

    def clusters(self, at: int, by_receipt: bool) -> list[list[Source]]:
        """Who says something and agrees with the heaviest left, until nobody is left."""
        left = [
            s
            for s in self.heavy
            if self.say(s) == "in" or (self.say(s) == "out" and s.recent(at, by_receipt))
        ]
        found = list[list[Source]]()
        while left:
            centre = max(left, key=lambda s: s.weight).usd
            found.append([s for s in left if not far(s.usd, centre)])
            left = [s for s in left if far(s.usd, centre)]
        return sorted(found, key=lambda group: -sum(s.weight for s in group))

    def trust(self, at: int) -> Trust:
        total = sum(s.weight for s in self.part)
        said = [
            Cluster(
                self.median(group),
                sum(s.weight for s in group) / total,
                sorted(":".join(s.place) for s in group),
            )
            for group in self.groups
        ]
        beside = said and all(self.say(s) != "in" for s in self.groups[0])
        heaviest = said[0].price if beside else 0.0
        return Trust(self.name, at, self.degraded, self.disputed, heaviest, said)


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
            now: Rate = (rate.price, False, not rate.part, rate.disputed)
        elif currency in PEGGED and (not rate.part or in_use):
            now = (1.0, True, False, False)
        else:
            now = (0.0, False, False, False)
        before = self.told.setdefault(currency, (0.0, False, False, False))[0]
        if before and far(now[0], before, BACK):
            self.doubt[currency] = at + DOUBT
        if at < (end := self.doubt.get(currency, 0)):
            now, rate.wake = (*now[:3], True), min(rate.wake, end)
        if now == self.told[currency]:
            return
        self.told[currency] = now
        for s in quoted:
            flags = bool(s.rate[0]), *s.rate[1:]
            s.rate = now
            for p in self.of(s):
                p.came_or_went |= flags != (bool(now[0]), *now[1:])
                if s.fresh and not p.is_rate:
                    touched.add(p)

    def source(self, instrument: Instrument) -> Source:
        """A symbol at its first trade, with the prices it belongs to."""
        if instrument in self.sources:
            return self.sources[instrument]
        s = self.sources[instrument] = Source(instrument)
        if instrument.quote == "USD":
            s.rate = (1.0, False, False, False)
            if instrument.base in self.rates:
                self.join(self.rates[instrument.base], s)
        else:
            if instrument.quote not in self.rates:
                rate = self.rates[instrument.quote] = Price(instrument.quote, True)
                for other in self.sources.values():
                    if other.instrument[2:4] == (instrument.quote, "USD"):
                        self.join(rate, other)
                if instrument.quote in PEGGED:
                    self.told[instrument.quote] = (1.0, True, False, False)
                else:
                    self.told[instrument.quote] = (0.0, False, False, False)
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
            return self.prove(s, price, min(ts, at), at) + self.unmade()
        return self.unmade()

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
        until = since + (FRESH if sole else W)
        if until <= at:
            return True
        s.pending = (price, traded, since, until)
        return False
