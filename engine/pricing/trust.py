"""How far a price is to be trusted: whether its sources disagree, and what the heaviest of them
say."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from engine.pricing.median import weighted_median
from engine.pricing.rules import Rules
from engine.pricing.source import Seat
from engine.pricing.voting import clusters

_usd = attrgetter("usd")


class PriceTrust:
    """What is to be said of the price that stands, besides what it is."""

    __slots__ = (
        "clusters",
        "degraded",
        "disputed",
        "doubted_until",
        "heaviest",
        "makers",
        "published",
        "undisputed",
    )

    def __init__(self) -> None:
        self.degraded = False
        """As much weight is out as in, or the price is in dispute."""
        self.disputed = False
        """The venues disagree so much that the price may be wrong."""
        self.heaviest = 0.0
        """The price of the heaviest cluster where that is not the price, else 0.0."""
        self.clusters: list[list[Seat]] = []
        """While the price is in dispute: those who agree with one another, the heaviest first."""
        self.undisputed = 0.0
        """The price before the dispute that is open, 0.0 where none is."""
        self.makers: list[str] = []
        """Names of the sources that made the last price without a dispute, sorted."""
        self.doubted_until = 0
        """The price that stood before was wrong, and what was made of it is in doubt so long."""
        self.published = (False, False, 0.0)
        """What was last said of `now`."""

    @property
    def now(self) -> tuple[bool, bool, float]:
        """Degraded, disputed, heaviest: as in `engine.records.Trust`."""
        return self.degraded, self.disputed, self.heaviest

    def doubt(self, usable: list[Seat], before: float, price: float, at: int, rules: Rules) -> None:
        """Whether the price that stood until now shows to have been wrong: this one takes back what
        a dispute brought, or none of those who made the one before the dispute agrees with it.

        Peaks were made of it, and falls from there are no falls of the market. Whoever looks at an
        alarm within a minute of it should know.
        """
        if abs(price / before - 1.0) <= rules.back:
            return
        stood = self.undisputed or before
        undone = abs(price / stood - 1.0) <= rules.band < abs(before / stood - 1.0)
        makers = [seat for seat in usable if seat.source.name in self.makers]
        if undone or (makers and all(seat.status != "in" for seat in makers)):
            self.doubted_until = at + rules.doubt

    def judge(
        self,
        usable: list[Seat],
        silent: float,
        split: bool,
        at: int,
        by_receipt: bool,
        rules: Rules,
    ) -> None:
        """Whether the price is in dispute, and what the heaviest cluster says then.

        `silent` is the weight of those that are not usable; `split`: most do not agree with it.
        """
        inside = outside = doubtful = undated = 0.0
        for seat in usable:
            weight = seat.source.usd_weight
            if seat.status == "in":
                inside += weight
                if seat.source.rate_disputed:
                    doubtful += weight
                if seat.source.rate_stale:
                    undated += weight
            else:
                outside += weight
        self.disputed = disputed = (
            split or outside >= inside or 2.0 * doubtful >= inside > 0.0 or at < self.doubted_until
        )
        self.degraded = disputed or outside + silent >= inside or 2.0 * undated >= inside > 0.0
        self.clusters = clusters(_spoken(usable, at, by_receipt, rules), rules) if disputed else []
        self.heaviest = 0.0
        if self.clusters and all(seat.status != "in" for seat in self.clusters[0]):
            first = sorted((seat.source for seat in self.clusters[0]), key=_usd)
            self.heaviest = weighted_median(first)

    def remember(self, before: float, makers: list[str]) -> None:
        """Keep who made the price while there is no dispute, and else the price before it."""
        if not self.disputed:
            self.undisputed, self.makers = 0.0, makers
        elif not self.undisputed:
            self.undisputed = before

    def lose(self) -> None:
        """No source is usable: the price that stands is nobody's."""
        self.degraded, self.disputed, self.heaviest, self.clusters = True, False, 0.0, []

    def rescale(self, ratio: float) -> None:
        """The coin has new units, so many for one old."""
        self.heaviest /= ratio
        self.undisputed /= ratio

    def dump(self) -> dict[str, Any]:
        """What it remembers, as plain JSON values; the clusters are found anew."""
        return {
            **{name: getattr(self, name) for name in _KEPT},
            "makers": list(self.makers),
            "told": list(self.published),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """The inverse of `dump`."""
        for name in _KEPT:
            setattr(self, name, state[name])
        self.makers = list(state["makers"])
        degraded, disputed, heaviest = state["told"]
        self.published = degraded, disputed, heaviest


def _spoken(usable: list[Seat], at: int, by_receipt: bool, rules: Rules) -> list[Seat]:
    """Those who say something now: in, or out and not silent for long."""
    heavy = [seat for seat in usable if seat.heavy and seat.status in ("in", "out")]
    return [s for s in heavy if s.status == "in" or s.source.is_recent(at, by_receipt, rules)]


_KEPT = ("disputed", "degraded", "heaviest", "undisputed", "doubted_until")
