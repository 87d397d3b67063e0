"""What the pricing oracle knows of one price: who is in or out, who moves it, who is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.records import Cluster, Trust
from engine.types import SECOND
from tests.engine.oracle_source import DAY, B, Source, far, middle

BACK, SHARE, W, COLD = 0.015, 0.01, SECOND, 5 * SECOND
FADE, NEVER, PEGGED = 10 * SECOND, 2**62, ("USDC", "USDT")


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
    pull: tuple[int, int] | None = None
    """When the trade was made and received since which the median is out of the band of most."""
    quiet: bool = False
    """All agree: time alone changes nothing."""
    wake: int = NEVER
    degraded: bool = False
    disputed: bool = False
    stood: float = 0.0
    """The price before the dispute that is open."""
    makers: set[Source] = field(default_factory=set)
    """Who made the last price without one."""
    doubted: int = 0
    """Until when what was made of the price before is in doubt."""
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
        self.find_heavy(at)
        self.weighed, self.came_or_went = at // SECOND, False
        self.quiet = self.quiet and before == self.part

    def find_heavy(self, at: int) -> None:
        """A venue with a hundredth of the volume, where that of the silent halves each second."""
        over = {s: max(at - s.proven[-1][0] - s.patience, 0) for s in self.part}
        total = sum(s.weight * 2.0 ** -(over[s] / W) for s in self.part)
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
            rooms.setdefault(s.instrument.venue, []).append(s)
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
            (o.proven and not far(o.usd, price) and o.recent(at))
            or (o.waiting_usd and not far(o.waiting_usd, price))
            for o in self.witnesses(s)
            if o.weight >= SHARE * s.weight
        )

    def witnesses(self, s: Source) -> list[Source]:
        """Other venues that may say something of a print, also by a first one of their own."""
        new = [o for o in self.members if o.pending and not o.proven]
        return self.others(s) + [o for o in new if o.instrument.venue != s.instrument.venue]

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
            self.find_heavy(at)  # all take part until the members are looked through again
        standing = self.price
        for s in self.part:
            was = self.say(s)
            if not far(s.usd, standing, B if was == "in" else BACK):
                self.status[s] = "in"
            elif s.proven[-1][0] == at:
                if was != "out":
                    self.born[s] = self.pull or (s.traded, at)
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
        self.wake = min([ripe, *ends])
        held = False
        if self.is_split(votes) and not won:
            self.held_since = self.held_since or at
            if at < self.held_since + W:
                held, self.wake = True, min(self.wake, self.held_since + W)
        else:
            self.held_since = 0
        held = held or self.is_pulled(votes, at, by_receipt)
        split = held or self.is_split(votes)
        made = not held and self.settle(at)
        inside = {s for s in self.part if self.say(s) == "in"}
        stood = self.stood or standing
        if far(self.price, standing, BACK):
            undone = not far(self.price, stood) and far(standing, stood)
            makers = self.makers & set(self.part)
            if undone or (makers and not makers & inside):
                self.doubted = at + 60 * SECOND
        doubted = at < self.doubted
        was_quiet, self.quiet = (
            self.quiet,
            not split and not doubted and len(inside) == len(self.part),
        )
        if not (was_quiet and self.quiet):  # else weights are compared once a second
            self.judge(split or doubted)
        if doubted:
            self.wake = min(self.wake, self.doubted)
        if self.quiet:
            self.wake = NEVER
        if self.disputed:
            self.stood = stood
        else:
            self.stood = 0.0
            self.makers = inside & set(self.heavy) if made else self.makers
        self.groups = self.clusters(at, by_receipt) if self.disputed else []
        return made

    def alive(self, at: int, by_receipt: bool) -> list[Source]:
        return [s for s in self.heavy if s.recent(at, by_receipt)]

    @staticmethod
    def number(some: list[Source], others: list[Source]) -> int:
        """How many votes: one for each venue, but one for all of a quote currency whose rate is not
        confirmed, unless one of the others has the same."""
        theirs = {s.instrument.quote for s in others if s.rate[4]}
        names = set[str]()
        for s in some:
            quote = s.instrument.quote
            names.add("$" + quote if s.rate[4] and quote not in theirs else s.instrument.venue)
        return len(names)

    def is_split(self, votes: dict[Source, float]) -> bool:
        return self.is_minority([v for v in votes if self.say(v) == "in"], votes)

    def is_minority(self, some: list[Source], votes: dict[Source, float]) -> bool:
        rest = [v for v in votes if v not in some]
        return bool(rest) and self.number(some, rest) <= self.number(rest, some)

    def contest(
        self,
        mine: list[Source],
        others: list[Source],
        votes: dict[Source, float],
        born: tuple[int, int],
        by_receipt: bool,
    ) -> tuple[bool, int]:
        """Whether `mine` beat the others in at all, and how old their move must be for that."""
        against = [v for v in others if self.spoke(v, born, by_receipt)]
        idle = [v for v in others if v not in against]
        mass = sum(votes[v] for v in mine)
        for_it, contra = self.number(mine, others), self.number(against, mine)
        rivals = sum(votes[v] for v in against)
        if for_it < contra or (for_it == contra and mass <= 1.5 * rivals):
            return False, 0
        if for_it > self.number(others, mine):
            return True, 0
        if mass <= rivals + sum(votes[v] for v in idle):
            return False, 0
        waits = [v.answers_within for v in idle] + ([4 * SECOND] if against else [])
        return True, max(waits, default=0)

    @staticmethod
    def spoke(s: Source, born: tuple[int, int], by_receipt: bool) -> bool:
        return (s.proven[-1][0] if by_receipt else s.traded) >= born[by_receipt]

    def challenges(
        self, votes: dict[Source, float], at: int, by_receipt: bool
    ) -> tuple[list[Source], int]:
        """The sources of the challenge that wins now, and when one may for its age."""
        best, strength, ripe, standing = list[Source](), (0, 0.0), NEVER, self.price
        assert standing is not None
        for leader in votes:
            if self.say(leader) != "out":
                continue
            k = [v for v in votes if self.say(v) == "out" and not far(v.usd, leader.usd)]
            born = min(self.born[v][0] for v in k), min(self.born[v][1] for v in k)
            # Who has come nearer to them than to the price that stands is not against them.
            halfway = leader.usd * standing
            others = [
                v
                for v in votes
                if self.say(v) == "in"
                and (v.usd * v.usd - halfway) * (leader.usd - standing) <= 0.0
            ]
            may, age = self.contest(k, others, votes, born, by_receipt)
            if not may:
                continue
            young = age > 0 and at < born[1] + age
            if young:
                ripe = min(ripe, born[1] + age)
            # Of those not against them, who agrees with them makes them stronger.
            k += [
                v
                for v in votes
                if self.say(v) == "in" and v not in others and not far(v.usd, leader.usd)
            ]
            new = self.number(k, others), sum(votes[v] for v in k)
            if new > strength:
                best = [] if young else [v for v in k if self.say(v) == "out"]
                strength = new
        return best, ripe

    def is_pulled(self, votes: dict[Source, float], at: int, by_receipt: bool) -> bool:
        """Whether those in must not make the price now, for it would be out of most of them."""
        inside = [s for s in self.part if self.say(s) == "in" and s in self.heavy]
        if not inside:
            return False
        price = self.median(inside)
        k = [v for v in votes if self.say(v) == "in" and not far(v.usd, price)]
        left = [v for v in votes if self.say(v) == "in" and v not in k]
        if not left or not self.is_minority(k, votes):
            self.pull = None
            return False
        self.pull = self.pull or (max(s.traded for s in inside), at)
        may, age = self.contest(k, left, votes, self.pull, by_receipt)
        if may and at >= self.pull[1] + age:
            for v in votes:
                self.born[v] = self.pull if v in k else self.born.get(v, (0, 0))
            self.move(k, votes, by_receipt)
            return False
        if may:
            self.wake = min(self.wake, self.pull[1] + age)
        if self.is_minority([v for v in left if self.spoke(v, self.pull, by_receipt)], votes):
            return True
        self.price = price = self.median([s for s in inside if far(s.usd, price)])
        for s in self.part:
            if self.say(s) == "in" and far(s.usd, price):
                self.status[s], self.born[s] = "out", self.pull
        self.pull = None
        return False

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
