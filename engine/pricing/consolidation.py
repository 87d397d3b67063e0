"""One price from many sources: who agrees with the price that stands, who moves it, and the
volume-weighted median of those in.

A *source* is one symbol at one venue. A `Consolidation` makes one price of those that are fresh and
whose quote currency converts into USD. The rule and its parameters are in `engine.pricing.rules`,
its votes in `engine.pricing.voting`. It remembers the price that stands, who is in or out, and
since when the venues disagree.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from engine.pricing.median import weighted_median
from engine.pricing.price_flags import flags_of
from engine.pricing.pulled import pull
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Seat, Source
from engine.pricing.trust import PriceTrust
from engine.pricing.voting import Challenge, Vote, clusters, is_split, poll, weigh, winner
from engine.records import Sources
from engine.types import SECOND

_usd = attrgetter("usd")
_by_market = attrgetter("source.market")


class Consolidation:
    """The one price of a price key, or the rate of a quote currency.

    `price` is None before the first. `changed` is set when `engine.pricing.report` may have news to
    publish.
    """

    __slots__ = (
        "calm",
        "changed",
        "disputed_since",
        "expected",
        "flags",
        "made_at",
        "name",
        "price",
        "pulled",
        "pulled_at",
        "regroup",
        "reported",
        "rules",
        "seats",
        "silent",
        "sources",
        "thin",
        "trust",
        "usable",
        "used",
        "wake",
        "weighed_until",
    )

    def __init__(
        self, name: str, sources: Iterable[Source], rules: Rules, expected: float | None = None
    ) -> None:
        self.name, self.rules = name, rules
        self.expected = expected
        """A price that needs no second print to be believed, if any."""
        self.seats: list[Seat] = []
        """All members, in the order of `place`."""
        self.usable: list[Seat] = []
        """Those of fresh and convertible sources, in the order of `place`."""
        self.sources: list[Source] = []
        """Theirs, in the same order."""
        self.thin: set[Source] = set()
        """Those among them whose venue has not enough volume."""
        self.price: float | None = None
        self.made_at = 0
        """When a source that is in last made it."""
        self.calm = False
        """Nobody is out and nothing is disputed: the common case."""
        self.disputed_since = 0
        """Since when no more than half of the votes are in, 0 where more are."""
        self.pulled = self.pulled_at = 0
        """When the trade was made, and took effect, since which most voters do not agree with the
        median of those in; 0 where they do."""
        self.trust = PriceTrust()
        self.silent = 0.0
        """Weight of the members that are not fresh."""
        self.wake = NEVER
        """When time alone may change the price."""
        self.weighed_until = 0
        """Who is heavy is found anew from then on."""
        self.used: list[str] = []
        """Names of the sources that made `price`, sorted."""
        self.flags: list[str] = []
        """What was to be said of them then, sorted."""
        self.reported = Sources()
        """What was last said of the sources; never changed in place."""
        self.regroup = True
        self.changed = True
        for source in sources:
            self.join(source)

    def join(self, source: Source) -> Seat:
        """Take in a new member."""
        seat = Seat(source, self)
        insort(self.seats, seat, key=_by_market)
        self.regroup = True
        return seat

    def leave(self, source: Source) -> None:
        """Let a member go."""
        self.seats.remove(self.seat_of(source))
        self.regroup = True

    def seat_of(self, source: Source) -> Seat:
        """The seat of a member."""
        return next(seat for seat in self.seats if seat.source is source)

    def agree(self, one: float, other: float) -> bool:
        """Whether one price is within the band of another."""
        return abs(one / other - 1.0) <= self.rules.band

    # --- the price ---------------------------------------------------------------------------

    def reprice(self, at: int) -> bool:
        """Make the price anew; False where nothing makes one, and the price stays as it was."""
        if self.wake <= at:
            self.wake = NEVER
        if self.regroup or at >= self.weighed_until:
            self._regroup(at)
        usable = self.usable
        if not usable:
            self._nobody()
            return False
        price = self.price
        if price is None:
            return self._begin(at)
        if self.calm:
            ordered = sorted(self.sources, key=_usd)
            band = self.rules.band * price
            if ordered[0].usd >= price - band and ordered[-1].usd <= price + band:
                return self._settle_calm(ordered, at)
        return self._decide(at, price)

    def _regroup(self, at: int) -> None:
        """Find who is usable, and once a second who is heavy and how much weight is silent."""
        usable, silent = list[Seat](), 0.0
        for seat in self.seats:
            source = seat.source
            if source.excluded or not source.price:
                continue
            if not source.fresh:
                silent += source.usd_weight
            elif source.rate and not self.is_other_coin(seat, at):
                usable.append(seat)
        before = [seat.heavy for seat in usable]
        weigh(usable, at, self.rules)
        if self.regroup or usable != self.usable or before != [seat.heavy for seat in usable]:
            self.changed = True
        if usable != self.usable:
            self.usable, self.calm = usable, False
            self.sources = [seat.source for seat in usable]
        self.thin = {seat.source for seat in usable if not seat.heavy}
        self.silent = silent
        self.weighed_until = at - at % SECOND + SECOND
        self.regroup = False
        if self.calm:
            self._judge(False, at, False)

    def is_other_coin(self, seat: Seat, at: int) -> bool:
        """Whether it never agreed and stands so far off that it is probably another coin."""
        if self.price is None or seat.agreed or at - self.made_at > self.rules.two_coins_for:
            return False
        factor, usd = self.rules.two_coins, seat.source.usd
        return not self.price <= factor * usd <= factor * factor * self.price

    def _begin(self, at: int) -> bool:
        """The first price: not from one print alone, nor at once."""
        first = min(seat.source.first_at for seat in self.usable)
        prints = sum(seat.source.prints for seat in self.usable)
        if at < first + self.rules.cold:
            self.wake = first + self.rules.cold
            return False
        self.wake = NEVER
        ordered = sorted(self.sources, key=_usd)
        # By coins, not by what they are said to be worth: a wrong price must not weigh itself.
        price = weighted_median(ordered, [source.usd_weight / source.usd for source in ordered])
        expected = self.expected is not None and self.agree(price, self.expected)
        if prints < 2 and self.rules.cold and not expected:
            return False
        self.price, self.made_at, self.changed = price, at, True
        for seat in self.usable:
            seat.agreed = self.agree(seat.source.usd, price)
            if not seat.agreed:
                seat.leave(seat.source.traded_at, at)
                if seat.source.usd > price:
                    seat.source.scale_volume(price / seat.source.usd)
        weigh(self.usable, at, self.rules)
        self.thin = {seat.source for seat in self.usable if not seat.heavy}
        return self._decide(at, price)

    def _settle_calm(self, ordered: list[Source], at: int) -> bool:
        """The price where everybody is in, the sources in order of price: the common case."""
        if self.thin:
            ordered = [source for source in ordered if source not in self.thin]
        price = weighted_median(ordered)
        if not (self.agree(ordered[0].usd, price) and self.agree(ordered[-1].usd, price)):
            assert self.price is not None
            return self._decide(at, self.price)
        self.price, self.made_at, self.pulled, self.pulled_at = price, at, 0, 0
        self.wake = NEVER
        if self.changed:
            self._note(ordered)
        if self.trust.disputed:
            heavy = [seat for seat in self.usable if seat.heavy]
            self.trust.clusters = clusters(heavy, self.rules)
        else:
            self.trust.makers = self.used
        return True

    def _settle(self, at: int) -> bool:
        """The price of those who are in; False where nobody with enough volume is."""
        inside = self._inside()
        if not inside:
            return False
        self.price, self.made_at = weighted_median(inside), at
        if self.changed:
            self._note(inside)
        return True

    def _inside(self) -> list[Source]:
        """Those who make the price, in order of price."""
        return sorted((s.source for s in self.usable if s.heavy and s.status == "in"), key=_usd)

    def _decide(self, at: int, price: float) -> bool:
        """The careful way: who is in or out now, who wins, and whether the price is in dispute."""
        rules, usable = self.rules, self.usable
        for seat in usable:
            if seat.follow(price, at, rules):
                self.changed = True
            if not rules.votes:
                seat.status = "in"
        votes, ends = poll(usable, at, False, rules)
        by_receipt = not votes
        if by_receipt:  # all stamps are old: a clock is wrong, and receipt shows who is alive
            votes, ends = poll(usable, at, True, rules)
        challenge, ripe = winner(votes, price, at, by_receipt, rules)
        if challenge is not None:
            self._move(challenge, by_receipt)
        split = is_split([v for v in votes if v.seat.status == "in"], votes)
        self.wake = min(ripe, ends)
        held = self._is_held(split and challenge is None, at)
        held = held or self._is_pulled(votes, at, by_receipt)
        split = held or is_split([v for v in votes if v.seat.status == "in"], votes)
        self.changed = self.changed or split  # who makes the price is published when the hold ends
        made = not held and self._settle(at)
        if self.price is not None:
            self.trust.doubt(usable, price, self.price, at, rules)
        self._judge(split, at, by_receipt)
        if self.calm:
            self.wake = NEVER
        self.trust.remember(price, self.used)
        return made

    def _move(self, challenge: Challenge, by_receipt: bool) -> None:
        """A challenge has won: its median is the price, and the losers who have spoken since it
        was born are out from then on."""
        ordered = sorted(challenge.votes, key=lambda vote: vote.seat.source.usd)
        voters = [vote.seat.source for vote in ordered]
        price = self.price = weighted_median(voters, [vote.weight for vote in ordered])
        self.changed = True
        for seat in self.usable:
            if self.agree(seat.source.usd, price):
                seat.status, seat.agreed = "in", True
            elif seat.status != "out":
                if self.rules.claims and challenge.is_followed_by(seat.source, by_receipt):
                    seat.leave(challenge.born, challenge.born_at)
                else:
                    seat.status = "unspoken"
        for vote in ordered:
            vote.seat.status, vote.seat.agreed = "in", True

    def _is_pulled(self, votes: list[Vote], at: int, by_receipt: bool) -> bool:
        """Whether the price stands while its median is pulled along; moves it where that is
        decided."""
        inside = self._inside()
        if not inside or not self.rules.pull or not self.rules.votes:
            return False
        found = pull(inside, votes, (self.pulled, self.pulled_at), at, by_receipt, self.rules)
        self.pulled, self.pulled_at = found.since
        self.wake = min(self.wake, found.ripe)
        if found.challenge is not None:
            self._move(found.challenge, by_receipt)
        elif found.is_out:
            others = [source for source in inside if not self.agree(source.usd, found.price)]
            self.price = weighted_median(others)
            for seat in self.usable:
                if seat.status == "in" and not self.agree(seat.source.usd, self.price):
                    seat.leave(*found.since)
            self.pulled = self.pulled_at = 0
            self.changed = True
        return found.is_held

    def _is_held(self, split: bool, at: int) -> bool:
        """While no more than half of the votes are in, the price stands for a while."""
        if not split:
            self.disputed_since = 0
            return False
        if not self.disputed_since:
            self.disputed_since = at
        until = self.disputed_since + self.rules.wait
        if not self.rules.hold or at >= until:
            return False
        self.wake = min(self.wake, until)
        return True

    def _judge(self, split: bool, at: int, by_receipt: bool) -> None:
        """Whether the price is in dispute, and whether all is calm."""
        trust, disputed = self.trust, self.trust.disputed
        trust.judge(self.usable, self.silent, split, at, by_receipt, self.rules)
        if trust.disputed != disputed:
            self.changed = True
        doubted = at < trust.doubted_until
        if doubted:
            self.wake = min(self.wake, trust.doubted_until)
        self.calm = not (split or doubted) and all(seat.status == "in" for seat in self.usable)

    def _nobody(self) -> None:
        """No source is usable: the price that stands is nobody's."""
        lost = {seat.source.name for seat in self.seats if seat.source.fresh}
        kept = [name for name in self.used if name not in lost]  # fresh, but nothing converts them
        if kept != self.used or not self.trust.degraded or self.trust.disputed:
            self.changed = True
        self.trust.lose()
        self.used, self.wake, self.calm = kept, NEVER, False

    # --- what is kept of it ------------------------------------------------------------------

    def _note(self, used: list[Source]) -> None:
        """Remember who made the price."""
        self.used, self.flags = sorted(source.name for source in used), flags_of(used)

    def dump(self) -> dict[str, Any]:
        """What it remembers, as plain JSON values."""
        r = self.reported
        return {
            **{name: getattr(self, name) for name in _KEPT},
            **self.trust.dump(),
            "seats": [
                [*s.source.market, s.status, s.born, s.born_at, s.agreed, s.heavy, s in self.usable]
                for s in self.seats
            ],
            "used": list(self.used),
            "flags": list(self.flags),
            "reported": [list(r.used), dict(r.excluded), list(r.flags)],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """The inverse of `dump`, of a consolidation that has its members."""
        for name in _KEPT:
            setattr(self, name, state[name])
        self.trust.load(state)
        seats = {seat.source.market: seat for seat in self.seats}
        self.usable = []
        for venue, symbol, status, born, born_at, agreed, heavy, usable in state["seats"]:
            seat = seats[venue, symbol]
            seat.status, seat.born, seat.born_at = status, born, born_at
            seat.agreed, seat.heavy = agreed, heavy
            if usable:
                self.usable.append(seat)
        self.sources = [seat.source for seat in self.usable]
        self.thin = {seat.source for seat in self.usable if not seat.heavy}
        self.used, self.flags = list(state["used"]), list(state["flags"])
        used, excluded, flags = state["reported"]
        self.reported = Sources(list(used), dict(excluded), list(flags))


_KEPT = (
    *("price", "made_at", "calm", "disputed_since", "wake", "weighed_until", "silent"),
    *("regroup", "changed", "pulled", "pulled_at"),
)
