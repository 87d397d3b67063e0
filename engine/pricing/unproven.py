"""Single prints far off: whether one is believed before the next trade of its source."""

from __future__ import annotations

from engine.math import log
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Seat, Source, StandingPrice


def offer(source: Source, price: float, ts: int, at: int, rules: Rules) -> bool:
    """Take a new trade of a source at this price; False where it is not proven yet.

    It is unproven if it is far off the source's own last price and every price that stands, and
    no other venue trades there. The next trade proves it if it is nearer to it.
    """
    traded = min(ts, at)
    known = source.price or source.standing()
    if source.pending and known and abs(log(price / source.pending)) < abs(log(price / known)):
        if traded - source.pending_ts < rules.burst and at - source.pending_at < rules.burst:
            return False  # of the same order
        source.accept(price, traded, at)
        return True
    same_side = source.pending and (source.pending > known) == (price > known)
    begun = source.pending_at if same_side else at
    source.pending, source.pending_until = 0.0, NEVER
    if known and rules.unproven and _is_far(price, known, rules):
        seats = source.all_seats
        if seats and all(_doubts(seat, price, known, at) for seat in seats):
            source.pending, source.pending_ts, source.pending_at = price, traded, begun
            sole = all(_is_sole(seat.key, source, at) for seat in seats)
            until = begun + (rules.stale_after if sole else rules.wait)
            if until > at:
                # One print alone is never a price, and by then it is too old to be one.
                source.pending_until = NEVER if sole else until
                return False
    source.accept(price, traded, at)
    return True


def _is_far(price: float, known: float, rules: Rules) -> bool:
    return not abs(price / known - 1.0) <= rules.band


def _doubts(seat: Seat, price: float, known: float, at: int) -> bool:
    """Whether a price far off the source's own last one, `known` (both in its quote currency),
    says nothing here before the next trade."""
    source, key = seat.source, seat.key
    standing, rules = key.price, key.rules
    if not source.rate:
        return True
    price, known = price * source.rate, known * source.rate
    if standing is not None:
        off = price - standing
        if abs(off / standing) <= rules.band:
            return False
        was = known - standing
        if abs(was / standing) > rules.band and (was > 0.0) == (off > 0.0):
            return False  # it was out there already
    return not any(
        _may_confirm(other, source)
        and (
            (other.source.is_recent(at, False, rules) and key.agree(other.source.usd, price))
            or (other.source.pending and key.agree(other.source.pending_usd, price))
        )
        for other in _others_at(key)
    )


def confirms(by: Source, source: Source) -> bool:
    """Whether what `by` trades now, be it unproven itself, proves the print of `source` that
    waits: two venues do not err at one price at one time."""
    price = by.pending_usd if by.pending else by.usd
    return bool(source.pending_usd) and any(
        seat.source is by
        and _may_confirm(seat, source)
        and seat.key.agree(price, source.pending_usd)
        for mine in source.all_seats
        for seat in _others_at(mine.key)
    )


def _others_at(key: StandingPrice) -> list[Seat]:
    """Who may say something of a print: who has a part in the price, and who is new and waits with
    its first one."""
    new = [
        seat
        for seat in key.seats
        if seat.source.pending and not seat.source.price and not seat.source.excluded
    ]
    return [*key.usable, *new]


def _may_confirm(other: Seat, source: Source) -> bool:
    """Whether it is of another venue, and with enough weight to speak for this one."""
    return (
        other.source.instrument.venue != source.instrument.venue
        and other.heavy
        and other.source.usd_weight >= other.key.rules.share * source.usd_weight
    )


def _is_sole(key: StandingPrice, source: Source, at: int) -> bool:
    """Whether no other venue that traded lately could have a say."""
    venue, rules = source.instrument.venue, key.rules
    return not any(
        seat.source.instrument.venue != venue
        and seat.heavy
        and (seat.source.is_recent(at, False, rules) or seat.source.is_recent(at, True, rules))
        for seat in key.usable
    )
