"""A median with which most voters do not agree, though all who make it agree with the price that
stands.

A deep venue that falls by less than the band with each trade would take the price along, away from
everybody else, without ever having been out. So it has to win as a challenge does; and where most
have traded since and not followed, it is out.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.pricing.median import weighted_median
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Source
from engine.pricing.voting import Challenge, Vote, is_split, is_won, sum_of


class Pull(NamedTuple):
    """What is to be done about a median: nothing, as a rule."""

    price: float
    """The median of those who are in."""
    since: tuple[int, int] = (0, 0)
    """When most first did not agree with it, as their trades say and by our clock; 0 where they
    do."""
    challenge: Challenge | None = None
    """It has won: the price moves to it."""
    is_held: bool = False
    """The price stands until it wins, or others follow."""
    is_out: bool = False
    """Most have traded since and not followed: who makes this median is out."""
    ripe: int = NEVER
    """When to look again."""


def pull(
    inside: list[Source],
    votes: list[Vote],
    since: tuple[int, int],
    at: int,
    by_receipt: bool,
    rules: Rules,
) -> Pull:
    """How the median of those who are in (one or more) stands with the voters at an instant."""
    price = weighted_median(inside)
    near, left = list[Vote](), list[Vote]()
    for vote in votes:
        if vote.seat.status == "in":
            (near if vote.is_near(price, rules) else left).append(vote)
    if not left or not is_split(near, votes):
        return Pull(price)
    if not since[0]:
        since = max(source.traded_at for source in inside), at
    challenge = Challenge(near, sum_of(near), *since)
    wins, ripe = is_won(challenge, left, at, by_receipt, rules)
    if wins:
        return Pull(price, since, challenge)
    against = [v for v in left if challenge.is_followed_by(v.seat.source, by_receipt)]
    held = is_split(against, votes)
    return Pull(price, since, None, held, not held, ripe)
