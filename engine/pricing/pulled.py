"""A median with which most voters do not agree, though all who make it agree with the price that
stands.

A deep venue that falls by less than the band with each trade would take the price along, away from
everybody else, without ever having been out. So it has to win as a challenge does; and where most
have traded since and not followed, it is out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.pricing.median import weighted_median
from engine.pricing.voting import Challenge, Vote, is_split, is_won, sum_of

if TYPE_CHECKING:
    from engine.pricing.consolidation import Consolidation


def is_pulled(key: Consolidation, votes: list[Vote], at: int, by_receipt: bool) -> bool:
    """Whether the price has to stand meanwhile. Moves it where that is decided."""
    rules, inside = key.rules, key.inside()
    if not inside or not rules.pull or not rules.votes:
        return False
    price = weighted_median(inside)
    near, left = list[Vote](), list[Vote]()
    for vote in votes:
        if vote.seat.status == "in":
            (near if vote.is_near(price, rules) else left).append(vote)
    if not left or not is_split(near, votes):
        key.pulled = key.pulled_at = 0
        return False
    if not key.pulled:
        key.pulled, key.pulled_at = max(source.traded_at for source in inside), at
    challenge = Challenge(near, sum_of(near), key.pulled, key.pulled_at)
    wins, ripe = is_won(challenge, left, at, by_receipt, rules)
    if wins:
        key.move(challenge, by_receipt)
        return False
    key.wake = min(key.wake, ripe)
    against = [v for v in left if challenge.is_followed_by(v.seat.source, by_receipt)]
    if is_split(against, votes):
        return True
    key.price = weighted_median([s for s in inside if not key.agree(s.usd, price)])
    for seat in key.usable:
        if seat.status == "in" and not key.agree(seat.source.usd, key.price):
            seat.leave(key.pulled, key.pulled_at)
    key.pulled = key.pulled_at = 0
    key.changed = True
    return False
