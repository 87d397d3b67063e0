"""The open gaps of one symbol: gaps that were reported, and what of them was filled afterwards.

The log may hold a backfill twice, and two connectors may fill the same gap. So which trade is new
is decided here, by state alone. Where both ids of a gap are numbers and rise, a trade belongs to
it if its id lies strictly between, and it is new if its id is above all that filled the gap so far.
Otherwise the ids have no order: a backfill must then name exactly the gap's two ids, and a trade is
new if it is later than all that filled it so far, or as late with another id.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from typing import Any

from engine.pricing.gate import IDS_REMEMBERED, number_of
from engine.records import BackfillFrame, Gap

OPEN_GAPS_KEPT = 256
"""Open gaps kept of a symbol: one every six minutes of the day that volume and quality look at."""


def id_order(trade: tuple[str, int, float, float]) -> tuple[int, int]:
    """Where a trade (id, time, …) stands among those whose ids are numbers."""
    return number_of(trade[0]) or 0, trade[1]


def by_time(trade: tuple[str, int, float, float]) -> int:
    """Where a trade (id, time, …) stands among those whose ids have no order."""
    return trade[1]


@dataclass(slots=True)
class OpenGap:
    """One gap that is not filled yet. Prices are in the symbol's quote currency."""

    last_id: str
    """Id of the last trade before."""
    next_id: str
    """Id of the first trade after."""
    start: int
    """`start` and `end` as in the `GapSpan` that was sent."""
    end: int
    through: str = ""
    """Id of the trade up to which it is filled; "" before the first."""
    through_ts: int = 0
    """Its time, in a gap without an order of ids."""
    seen: list[str] = field(default_factory=list)
    """Ids at that time, in a gap without an order of ids."""
    trades: int = 0
    low: float = 0.0
    high: float = 0.0
    torn: bool = False
    """A trade of it came that could not be used: it can no longer be full."""
    between: tuple[int, int] | None = field(init=False)
    """The two ids, where they are numbers and rise."""

    def __post_init__(self) -> None:
        first, last = number_of(self.last_id), number_of(self.next_id)
        rises = first is not None and last is not None and first < last
        self.between = (first, last) if rises else None  # type: ignore[assignment]  # not None

    def dump(self) -> list[Any]:
        """The state as plain JSON values."""
        return list(astuple(self)[:-1])  # without `between`, which follows from the ids

    def meets(self, frame: BackfillFrame) -> bool:
        """Whether a backfill speaks of this gap or of a part of it."""
        ids, filled = self.between, (number_of(frame.last_id), number_of(frame.next_id))
        if ids is None or filled[0] is None or filled[1] is None:
            return (self.last_id, self.next_id) == (frame.last_id, frame.next_id)
        return max(ids[0], filled[0]) < min(ids[1], filled[1])

    def covered_by(self, frame: BackfillFrame) -> bool:
        """Whether a backfill that it meets reaches over all of it."""
        ids, filled = self.between, (number_of(frame.last_id), number_of(frame.next_id))
        if ids is None or filled[0] is None or filled[1] is None:
            return True
        return filled[0] <= ids[0] and filled[1] >= ids[1]

    def holds(self, trade_id: str) -> bool:
        """Whether the trade's id can lie in this gap."""
        ids, number = self.between, number_of(trade_id)
        if ids is None:
            return trade_id not in (self.last_id, self.next_id)
        return number is not None and ids[0] < number < ids[1]

    def admit(self, ts: int, trade_id: str) -> bool:
        """Whether a trade that it holds is new; if so it is filled up to there."""
        if self.between is not None:
            if self.through and int(trade_id) <= int(self.through):
                return False
        elif ts < self.through_ts or (ts == self.through_ts and trade_id in self.seen):
            return False
        elif ts > self.through_ts:
            self.through_ts, self.seen = ts, [trade_id]
        elif len(self.seen) >= IDS_REMEMBERED:
            self.torn = True  # rather lose it than count it twice
            return False
        else:
            self.seen.append(trade_id)
        self.through = trade_id
        return True

    def count(self, price: float) -> None:
        """Note a new trade."""
        self.low = min(self.low, price) if self.trades else price
        self.high = max(self.high, price)
        self.trades += 1

    def full(self, counts: bool) -> bool:
        """Whether the ids prove that nothing is missing; `counts` as of the instrument."""
        ids = self.between
        return counts and ids is not None and self.trades == ids[1] - ids[0] - 1


class OpenGaps:
    """The open gaps of one symbol, oldest first, at most `OPEN_GAPS_KEPT`."""

    __slots__ = ("_highest", "open")

    def __init__(self) -> None:
        self.open: list[OpenGap] = []
        self._highest = 0
        """No open gap has an id above this one; a storm of gaps, each above the one before, need
        not be held against all."""

    def add(self, gap: Gap, start: int, end: int) -> int:
        """Open a gap; how many are dropped for it.

        Dropped is the oldest if there are too many, and every one whose ids overlap (the venue's
        counter began again): a trade could not be placed in one of them. A gap without both ids is
        none, since no trade could be placed in it.
        """
        if gap.last_id is None or gap.next_id is None:
            return 0
        open_gap, before = OpenGap(gap.last_id, gap.next_id, start, end), len(self.open)
        if open_gap.between is None or open_gap.between[0] < self._highest:
            self.open = [other for other in self.open if not _overlap(open_gap, other)]
            self._highest = _highest_of(self.open)
        self.open.append(open_gap)
        self._highest = max(self._highest, _highest_of([open_gap]))
        del self.open[:-OPEN_GAPS_KEPT]
        return before + 1 - len(self.open)

    def met_by(self, frame: BackfillFrame) -> list[OpenGap]:
        """The gaps that a backfill speaks of."""
        return [open_gap for open_gap in self.open if open_gap.meets(frame)]

    def dump(self) -> list[list[Any]]:
        """The state as plain JSON values."""
        return [open_gap.dump() for open_gap in self.open]

    @classmethod
    def load(cls, state: list[list[Any]]) -> OpenGaps:
        """The inverse of `dump`."""
        open_gaps = cls()
        for row in state:
            open_gap = OpenGap(*row)
            open_gap.seen = list(open_gap.seen)
            open_gaps.open.append(open_gap)
        open_gaps._highest = _highest_of(open_gaps.open)
        return open_gaps


def _highest_of(open_gaps: list[OpenGap]) -> int:
    return max((gap.between[1] for gap in open_gaps if gap.between is not None), default=0)


def _overlap(one: OpenGap, other: OpenGap) -> bool:
    a, b = one.between, other.between
    if a is None or b is None:
        return (one.last_id, one.next_id) == (other.last_id, other.next_id)
    return max(a[0], b[0]) < min(a[1], b[1])
