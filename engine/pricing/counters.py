"""What the Pricer counts: nothing that comes in is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass

from engine.pricing.gate import LATE, Verdict


@dataclass(slots=True)
class Counters:
    """What came in and what became of it, since the first record."""

    accepted: int = 0
    """Trades that moved their source's price."""
    reordered: int = 0
    """Trades older by time and new by id: they count in volume only."""
    late: int = 0
    """Older trades and rows of recorded prices, ignored."""
    duplicate: int = 0
    """Trades that were known, and rows of recorded prices that say what another one says."""
    contradicting: int = 0
    """Rows of recorded prices that give different prices of one asset at one instant: none is used.
    """
    unproven: int = 0
    """Of the accepted: prints far off that had to wait for the next one."""
    ahead: int = 0
    """Trades stamped more than five seconds ahead of their receipt: a broken stamp, refused."""
    gaps: int = 0
    off_book: int = 0
    """Trades made outside the order book: their ids count as seen, they never price."""
    rejected_price: int = 0
    """Trades and recorded prices without a usable price, size or time."""
    unknown_conversion: int = 0
    """Accepted trades whose quote currency had no rate when they came."""
    rejected_definition: int = 0
    """Definitions that cannot be read: not kept, not handed on."""
    came_late: int = 0
    """Trades reported missing that came live after all: they count in volume only."""
    backfilled: int = 0
    """Missing trades that came afterwards: they count in volume only."""
    backfill_known: int = 0
    """Trades of backfills that were known already or lie in no open gap, ignored."""
    gaps_filled: int = 0
    unknown_holes: int = 0
    """Backfills, or parts of one, of which no open gap is known."""
    holes_dropped: int = 0
    """Open gaps forgotten for newer ones or with what their symbol meant: never filled."""

    unwanted: int = 0
    """Trades of new symbols beyond what there is room for (`SourceBook.has_room`), ignored."""

    def count(self, verdict: Verdict) -> None:
        """Count a trade that the gate did not let through."""
        if verdict == LATE:
            self.late += 1
        else:
            self.duplicate += 1
