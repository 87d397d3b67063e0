"""Single prints far off: whether one is believed before the next trade of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.pricing.consolidation import Consolidation
    from engine.pricing.source import Source
    from engine.pricing.voting import Seat


def doubts(seat: Seat, price: float, known: float, at: int) -> bool:
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


def _others_at(key: Consolidation) -> list[Seat]:
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


def is_sole(key: Consolidation, source: Source, at: int) -> bool:
    """Whether no other venue that traded lately could have a say."""
    venue, rules = source.instrument.venue, key.rules
    return not any(
        seat.source.instrument.venue != venue
        and seat.heavy
        and (seat.source.is_recent(at, False, rules) or seat.source.is_recent(at, True, rules))
        for seat in key.usable
    )
