"""Who has a say in a price, and when a majority moves it.

A *seat* is a source's place in one price. It is *in* while it agrees with the price that stands,
*out* once it has traded away from it, and *unspoken* where the price moved away from it and it has
not traded since: it has no voice then, for nobody knows what it would say.

Those out who agree with one another challenge the price. Against them count those in who have
traded since the challenge was born; who has not abstains. The majority of votes moves the price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.math import decay
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Seat, Source


@dataclass(slots=True)
class Vote:
    """A venue's one vote, cast by the heaviest of its sources that traded lately."""

    seat: Seat
    weight: float
    """Volume of all its sources, USD."""

    @property
    def quiet(self) -> str:
        """Its quote currency where nothing confirms the rate of that now, else ""."""
        source = self.seat.source
        return source.instrument.quote if source.rate_quiet else ""

    def is_near(self, price: float, rules: Rules) -> bool:
        """Whether it stands within the band of a price."""
        return abs(self.seat.source.usd / price - 1.0) <= rules.band

    def is_nearer(self, one: float, other: float) -> bool:
        """Whether it stands nearer (in log) to one price than to another."""
        square, middle = self.seat.source.usd * self.seat.source.usd, one * other
        return square < middle if one < other else square > middle


def count(votes: list[Vote], others: list[Vote]) -> int:
    """How many votes these are against `others`.

    All whose quote currency has a rate that nothing confirms now are one for each such currency:
    where it is wrong, it is wrong for all of them alike. Where one of the others has the same, it
    is not the rate that they differ by.
    """
    shared = {vote.quiet for vote in votes} - {vote.quiet for vote in others} - {""}
    alone = 0
    for vote in votes:
        alone += vote.quiet not in shared
    return alone + len(shared)


def is_split(some: list[Vote], votes: list[Vote]) -> bool:
    """Whether these are not all votes, and no more than half of them."""
    others = [vote for vote in votes if vote not in some]
    return bool(others) and count(some, others) <= count(others, some)


@dataclass(slots=True)
class Challenge:
    """Votes that are out and agree, and since when: by the time of trades, and of receipt."""

    votes: list[Vote]
    weight: float
    born: int
    born_at: int

    def is_followed_by(self, source: Source, by_receipt: bool) -> bool:
        """Whether a source has traded since it was born."""
        if by_receipt:
            return source.moved_at >= self.born_at
        return source.traded_at >= self.born


def by_venue(seats: Iterable[Seat], rules: Rules) -> dict[str, list[Seat]]:
    """The seats of each voter: a venue."""
    found: dict[str, list[Seat]] = {}
    for seat in seats:
        source = seat.source
        name = source.instrument.venue if rules.by_venue else source.name
        found.setdefault(name, []).append(seat)
    return found


def weigh(seats: list[Seat], at: int, rules: Rules) -> None:
    """Note which seats are of a venue that has enough of the volume to take part.

    The volume of who has been silent for too long to vote counts for less with each second more:
    a small venue is heard where the deep one is halted, the later the smaller it is.
    """
    total, venues = 0.0, dict[str, float]()
    for seat in seats:
        source, venue = seat.source, seat.source.instrument.venue
        venues[venue] = venues.get(venue, 0.0) + source.usd_weight
        silent = at - source.moved_at - source.patience(rules)
        total += source.usd_weight * (decay(silent, rules.wait) if silent > 0 else 1.0)
    least = rules.share * total
    for seat in seats:
        seat.heavy = venues[seat.source.instrument.venue] >= least


def poll(seats: list[Seat], at: int, by_receipt: bool, rules: Rules) -> tuple[list[Vote], int]:
    """The votes of those who traded lately, and when the first of them will have been silent for
    too long."""
    votes, ends = list[Vote](), NEVER
    for members in by_venue((seat for seat in seats if seat.heavy), rules).values():
        best: Seat | None = None
        weight = 0.0
        for seat in members:
            source = seat.source
            weight += source.usd_weight
            last = source.moved_at if by_receipt else source.traded_at
            silent_from = last + source.patience(rules) + 1
            if source.is_recent(at, by_receipt, rules):
                ends = min(ends, silent_from)
                if best is None or source.usd_weight > best.source.usd_weight:
                    best = seat
        if best is not None:
            votes.append(Vote(best, weight))
    return votes, ends


def winner(
    votes: list[Vote], standing: float, at: int, by_receipt: bool, rules: Rules
) -> tuple[Challenge | None, int]:
    """The challenge that moves the price now, if any, and when one may for its age alone.

    While the strongest is too young, no other one wins. Who is in and agrees with it more than with
    the price that stands adds to its strength.
    """
    found: Challenge | None = None
    strength, won, due = (0, 0.0), False, NEVER
    inside = [vote for vote in votes if vote.seat.status == "in"]
    for vote in votes:
        if vote.seat.status != "out":
            continue
        price = vote.seat.source.usd
        challenge = _challenge(price, votes, rules)
        others, allies = inside, list[Vote]()
        if rules.neutral:
            others = [v for v in inside if not v.is_nearer(price, standing)]
            allies = [v for v in inside if v not in others and v.is_near(price, rules)]
        wins, ripe = is_won(challenge, others, at, by_receipt, rules)
        due = min(due, ripe)
        if wins or (ripe < NEVER and rules.strongest):
            new = count(challenge.votes + allies, others), challenge.weight + sum_of(allies)
            if new > strength:
                found, strength, won = challenge, new, wins
    return found if won else None, due


def _challenge(price: float, votes: list[Vote], rules: Rules) -> Challenge:
    mine = [v for v in votes if v.seat.status == "out" and v.is_near(price, rules)]
    return Challenge(
        mine, sum_of(mine), min(v.seat.born for v in mine), min(v.seat.born_at for v in mine)
    )


def sum_of(votes: list[Vote]) -> float:
    """The weight of some votes."""
    total = 0.0
    for vote in votes:
        total += vote.weight
    return total


def is_won(
    challenge: Challenge, others: list[Vote], at: int, by_receipt: bool, rules: Rules
) -> tuple[bool, int]:
    """Whether it wins over those in who stand elsewhere, and when it may for its age alone."""
    against, abstaining = list[Vote](), list[Vote]()
    for vote in others:
        speaks = not rules.contest or challenge.is_followed_by(vote.seat.source, by_receipt)
        (against if speaks else abstaining).append(vote)
    weight_against, weight_abstaining = sum_of(against), sum_of(abstaining)
    wait = max((vote.seat.source.answers_within(rules) for vote in abstaining), default=0)
    for_it, contra = count(challenge.votes, others), count(against, challenge.votes)
    if for_it < contra or (
        for_it == contra and challenge.weight <= rules.outweigh * weight_against
    ):
        return False, NEVER
    if for_it <= count(others, challenge.votes):  # those who abstain could still overturn it
        if challenge.weight <= weight_against + weight_abstaining:
            return False, NEVER
        ripe = challenge.born_at + (max(wait, rules.contested) if against else wait)
        if at < ripe:
            return False, ripe
    return True, NEVER


def clusters(seats: list[Seat], rules: Rules) -> list[list[Seat]]:
    """Groups of seats within the band of one another, the heaviest first.

    They are made from the heaviest seat on, so that each seat is in one of them.
    """
    rest = sorted(seats, key=lambda s: (-s.source.usd_weight, s.source.market))
    found = list[list[Seat]]()
    while rest:
        centre = rest[0].source.usd
        group = [s for s in rest if abs(s.source.usd / centre - 1.0) <= rules.band]
        found.append(group)
        rest = [s for s in rest if s not in group]
    return sorted(found, key=weight_of, reverse=True)


def weight_of(seats: list[Seat]) -> float:
    """The volume of some seats, USD."""
    total = 0.0
    for seat in seats:
        total += seat.source.usd_weight
    return total
