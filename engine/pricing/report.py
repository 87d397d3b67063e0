"""What is said of a price: who makes it, who does not and why, and who says what in a dispute."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from engine.pricing.consolidation import Consolidation
from engine.pricing.median import weighted_median
from engine.pricing.source import Seat
from engine.pricing.voting import weight_of
from engine.records import Cluster, Sources

STALE: Final = "stale"
OUTLIER: Final = "outlier"
LAGGING: Final = "lagging"
"""The price moved away and it has not traded since."""
THIN: Final = "thin"
"""Its venue has less than a hundredth of the volume."""
NO_CONVERSION: Final = "no_conversion"
EXCLUDED: Final = "excluded"
TWO_COINS: Final = "two_coins"
DISPUTED: Final = "disputed"

_DIGITS, _PLACES = 6, 4
"""Of a price and of a share of the volume that are told as evidence: a record need not be longer
for more of them."""


def describe(key: Consolidation, at: int) -> Sources:
    """Who makes the price that stands, and who does not. Names and flags are sorted."""
    excluded = dict[str, str]()
    for seat in key.seats:
        reason = _reason(key, seat, at)
        if reason is not None:
            excluded[seat.source.name] = reason
    flags = list(key.flags)
    if key.seats and not key.usable:
        flags.append(STALE)
    if key.trust.disputed:
        flags.append(DISPUTED)
    if TWO_COINS in excluded.values():
        flags.append(TWO_COINS)
    return Sources(list(key.used), excluded, sorted(flags))


def told_at(key: Consolidation, sources: Sources, at: int) -> Sources:
    """The same for a record, with what each of them says and weighs at this time."""
    known = {seat.source.name: (seat.source.usd, seat.source.usd_weight) for seat in key.seats}
    total = 0.0
    for _, weight in known.values():
        total += weight
    seen = [known.get(name, (0.0, 0.0)) for name in sources.named]
    return Sources(
        list(sources.used),
        dict(sources.excluded),
        list(sources.flags),
        [float(f"{price:.{_DIGITS}g}") for price, _ in seen],
        [round(weight / total, _PLACES) if total else 0.0 for _, weight in seen],
        at,
    )


def evidence(key: Consolidation) -> list[Cluster]:
    """While the price is in dispute: who says what, the heaviest first."""
    total = 0.0
    for seat in key.usable:
        total += seat.source.usd_weight
    return [
        Cluster(
            weighted_median(sorted((s.source for s in group), key=attrgetter("usd"))),
            weight_of(group) / total,
            sorted(s.source.name for s in group),
        )
        for group in key.trust.clusters
    ]


def _reason(key: Consolidation, seat: Seat, at: int) -> str | None:
    """Why a member takes no part, None where it does."""
    source = seat.source
    if source.excluded:
        return EXCLUDED
    if not source.fresh:
        return STALE if key.usable or source.name not in key.used else None
    if not source.rate:
        return NO_CONVERSION
    if seat not in key.usable:
        return TWO_COINS if key.is_other_coin(seat, at) else None
    if seat.status == "in":
        return None if seat.heavy or source.name in key.used else THIN
    return OUTLIER if seat.status == "out" else LAGGING
