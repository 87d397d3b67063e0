"""What the pricing oracle knows of one symbol, counted anew from its trades each time."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.records import Instrument
from engine.types import SECOND

B, FRESH, RECENT, DAY = 0.03, 180 * SECOND, 10 * SECOND, 86_400

Rate = tuple[float, bool, bool, bool, bool]
"""USD for one; assumed, stale, disputed, not confirmed lately."""
UNKNOWN: Rate = (0.0, False, False, False, False)
ASSUMED: Rate = (1.0, True, False, False, False)


def far(one: float, other: float, band: float = B) -> bool:
    return abs(one / other - 1) > band


def middle(prices: list[tuple[float, float]]) -> float:
    """The weighted median of (price, weight) pairs; at exactly half the mean of the two."""
    prices = sorted(prices, key=lambda p: p[0])
    half, up_to = sum(w for _, w in prices) / 2, 0.0
    for i, (price, weight) in enumerate(prices):
        up_to += weight
        if up_to == half and i + 1 < len(prices):
            return (price + prices[i + 1][0]) / 2
        if up_to > half:
            return price
    return prices[-1][0]


@dataclass(eq=False)
class Source:
    instrument: Instrument
    counted: list[float] = field(default_factory=list)
    """What every trade that counts in volume weighs: its notional, doubled each day."""
    heard: list[int] = field(default_factory=list)
    """Instants with new trades, proven or not."""
    proven: list[tuple[int, int, float]] = field(default_factory=list)
    """(instant, trade time or receipt, price)."""
    newest: int = 0
    pending: tuple[float, int, int, int] | None = None
    """An unproven print: price, trade time, since when such are told, until when it waits."""
    rate: Rate = UNKNOWN
    fresh: bool = False
    gap: int = 0
    """The mean interval, counted when this many instants had been heard."""
    counted_for: int = -1

    @property
    def place(self) -> tuple[str, str]:
        return self.instrument.venue, self.instrument.symbol

    @property
    def price(self) -> float:
        return self.proven[-1][2] if self.proven else 0.0

    @property
    def waiting_usd(self) -> float:
        """The print that is not proven yet."""
        return self.pending[0] * self.rate[0] if self.pending else 0.0

    @property
    def usd(self) -> float:
        return self.price * self.rate[0]

    @property
    def traded(self) -> int:
        return self.proven[-1][1]

    @property
    def weight(self) -> float:
        """Of its trades, each half as much a day later; only ratios mean something."""
        return sum(self.counted) * self.rate[0]

    @property
    def pace(self) -> int:
        """The mean interval between trades, each new one counting for a tenth."""
        if len(self.heard) != self.counted_for:
            mean = 0
            for one, next_one in zip(self.heard, self.heard[1:], strict=False):
                gap = min(next_one - one, FRESH)
                mean = mean + round(0.1 * (gap - mean)) if mean else gap
            self.counted_for, self.gap = len(self.heard), mean
        return self.gap

    def silence(self, intervals: float) -> int:
        """So many mean intervals, 10 to 180 s."""
        return min(max(RECENT, round(intervals * self.pace)), FRESH)

    @property
    def patience(self) -> int:
        """How old its last trade may be for a vote: 20 mean intervals, 10 to 180 s."""
        return self.silence(20.0)

    @property
    def answers_within(self) -> int:
        """How long a move waits for it: a second, what its last trade took to come (a second at
        the most), and a second more where it trades every other second."""
        late = max(self.proven[-1][0] - self.traded, 0)
        return SECOND + min(late, SECOND) + (SECOND if 0 < self.pace <= 2 * SECOND else 0)

    def recent(self, at: int, by_receipt: bool = False) -> bool:
        last = self.proven[-1][0] if by_receipt else self.traded
        return at - last <= self.patience

    def count(self, notional: float, at: int) -> None:
        """Count a trade in volume."""
        self.counted.append(notional * 2.0 ** ((at // SECOND - 1_700_000_000) / DAY))

    def prove(self, price: float, traded: int, at: int) -> None:
        self.proven.append((at, traded, price))
        self.pending = None

    def count_as(self, part: float) -> None:
        """Of what it traded so far only this part counts as volume."""
        self.counted = [weight * part for weight in self.counted]
