"""One symbol at one venue: its last price, what is still unproven of it, and its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from engine.math import decay, log
from engine.pricing.gate import TradeGate
from engine.pricing.rules import Rules
from engine.pricing.shared_gate import SharedGate, load_gate
from engine.pricing.unproven import doubts, is_sole
from engine.records import Instrument

if TYPE_CHECKING:
    from engine.pricing.consolidation import Consolidation
    from engine.pricing.conversion import Conversion
    from engine.pricing.voting import Seat

NEVER: Final = 2**63 - 1

PACE_SHARE = 0.1
"""What a new interval between two trades counts in the mean of them (an EWMA)."""
FAINTEST = 2.0**-500
"""The least that a price may fade to: above 0, so that of old prices only the heaviest counts."""


class Rate(NamedTuple):
    """What one of a quote currency is in USD, 0.0 where unknown; whether that is assumed (it never
    traded), only the last one known, or in dispute; and whether its markets have been quiet, so
    that nothing confirms it."""

    value: float
    assumed: bool = False
    stale: bool = False
    disputed: bool = False
    quiet: bool = False


class Source:
    """Its gate, its last proven trade, and the volume that gives it weight.

    `price` and `weight` are in the quote currency; `usd` and `usd_weight` follow them by `rate`
    (USD for one of the quote currency, 0.0 where there is none). `weight` is scaled up by the
    Pricer's common growth factor, `tilt` by its common epoch: only ratios mean something.
    """

    __slots__ = (
        "assumed",
        "excluded",
        "feeds",
        "first_at",
        "fresh",
        "gate",
        "instrument",
        "moved_at",
        "name",
        "pace",
        "pending",
        "pending_at",
        "pending_ts",
        "pending_until",
        "price",
        "prints",
        "rate",
        "rate_disputed",
        "rate_quiet",
        "rate_stale",
        "seats",
        "seen",
        "tilt",
        "traded_at",
        "usd",
        "usd_weight",
        "weight",
    )

    def __init__(self, instrument: Instrument, gate: TradeGate | SharedGate) -> None:
        self.instrument = instrument
        self.gate = gate
        self.name = f"{instrument.venue}:{instrument.symbol}"
        self.price = 0.0
        """Of the last proven trade; 0.0 before the first."""
        self.traded_at = 0
        """When that was traded: its own time, or that of its receipt if that is earlier."""
        self.moved_at = 0
        """The instant at which it took effect."""
        self.seen = 0
        """When its last new trade took effect, proven or not, ns; 0 before the first."""
        self.first_at = 0
        """When its first one did."""
        self.prints = 0
        """Instants at which a proven trade took effect, counted to two."""
        self.pace = 0
        """Mean interval between instants with new trades, ns; 0 where unknown."""
        self.pending = 0.0
        """A price that is not proven yet; 0.0 for none."""
        self.pending_ts = 0
        self.pending_at = 0
        self.pending_until = NEVER
        """When it counts as proven though nothing followed."""
        self.fresh = False
        self.excluded = False
        """Left out by hand."""
        self.weight = 0.0
        self.tilt = 0.0
        """How much its price has faded with age, see `engine.pricing.rules.Rules.fade`."""
        self.rate = 0.0
        self.assumed = False
        """The rate is assumed (a peg), not traded."""
        self.rate_stale = False
        """The rate is the last known one: nothing fresh confirms it."""
        self.rate_disputed = False
        """The venues disagree about the rate."""
        self.rate_quiet = False
        """Nothing has confirmed the rate lately."""
        self.usd = 0.0
        self.usd_weight = 0.0
        self.seats: list[Seat] = []
        """One in each wanted price that it takes part in."""
        self.feeds: Conversion | None = None
        """The conversion whose rate it takes part in."""

    @property
    def market(self) -> tuple[str, str]:
        """Venue and symbol: its identity, and the order of sources of equal price."""
        return self.instrument.venue, self.instrument.symbol

    @property
    def keys(self) -> list[Consolidation]:
        """The wanted prices that it takes part in."""
        return [seat.key for seat in self.seats]

    @property
    def all_seats(self) -> list[Seat]:
        """The same with the rate that it feeds, as seats."""
        return self.seats if self.feeds is None else [*self.seats, self.feeds.rate.seat_of(self)]

    @property
    def pending_usd(self) -> float:
        """The unproven price in USD; 0.0 for none."""
        return self.pending * self.rate

    def convert(self, rate: Rate) -> None:
        """Take over a new rate of the quote currency."""
        before = bool(self.rate), self.assumed, self.rate_stale, self.rate_disputed
        self.rate, self.assumed, self.rate_stale, self.rate_disputed, self.rate_quiet = rate
        if before != (bool(rate.value), *rate[1:4]):
            self.regroup()
        self.usd = self.price * self.rate
        self.usd_weight = self.weight * self.rate

    def regroup(self) -> None:
        """Mark in its prices that it came, left, or converts in another way."""
        for seat in self.seats:
            seat.key.regroup = True
        if self.feeds is not None:
            self.feeds.rate.regroup = True

    def note(self, at: int, rules: Rules) -> None:
        """A new trade takes effect at `at`: the source is alive, and this is its pace."""
        if at > self.seen:
            if not self.seen:
                self.first_at = at
            else:
                interval = min(at - self.seen, rules.stale_after)
                step = round(PACE_SHARE * (interval - self.pace)) if self.pace else interval
                self.pace += step
            self.seen = at

    def offer(self, price: float, ts: int, at: int, rules: Rules) -> bool:
        """Take a new trade of this price; False where it is not proven yet.

        It is unproven if it is far off the source's own last price and every price that stands, and
        no other venue trades there. The next trade proves it if it is nearer to it.
        """
        traded = min(ts, at)
        known = self.price or self.standing()
        if self.pending and known and abs(log(price / self.pending)) < abs(log(price / known)):
            if traded - self.pending_ts < rules.burst and at - self.pending_at < rules.burst:
                return False  # of the same order
            self.accept(price, traded, at)
            return True
        same_side = self.pending and (self.pending > known) == (price > known)
        begun = self.pending_at if same_side else at
        self.pending, self.pending_until = 0.0, NEVER
        if known and rules.unproven and self._is_far(price, known, rules):
            seats = self.all_seats
            if seats and all(doubts(seat, price, known, at) for seat in seats):
                self.pending, self.pending_ts, self.pending_at = price, traded, begun
                sole = all(is_sole(seat.key, self, at) for seat in seats)
                until = begun + (rules.stale_after if sole else rules.wait)
                if until > at:
                    # One print alone is never a price, and by then it is too old to be one.
                    self.pending_until = NEVER if sole else until
                    return False
        self.accept(price, traded, at)
        return True

    @staticmethod
    def _is_far(price: float, known: float, rules: Rules) -> bool:
        return not abs(price / known - 1.0) <= rules.band

    def standing(self) -> float:
        """A price that stands, in the quote currency, 0.0 for none: what a source without a price
        of its own is held against."""
        for seat in self.all_seats:
            if seat.key.price is not None and self.rate:
                return seat.key.price / self.rate
        return 0.0

    def worth(self, price: float, rules: Rules) -> float:
        """What a coin traded at this price counts as volume: far above the price that stands no
        more than that, else a wrong price would gain the weight to be believed."""
        key = self.seats[0].key if self.seats else self.feeds.rate if self.feeds else None
        if key is None or key.price is None or price * self.rate <= key.price * (1.0 + rules.band):
            return price
        return key.price / self.rate

    def scale_volume(self, factor: float) -> None:
        """Take back a part of the volume that it was given."""
        self.weight *= factor
        self.usd_weight = self.weight * self.rate

    def accept(self, price: float, traded: int, at: int) -> None:
        """This price is the source's from the instant `at` on."""
        if at > self.moved_at:
            self.prints = min(self.prints + 1, 2)
        self.price, self.usd = price, price * self.rate
        self.traded_at, self.moved_at = traded, at
        self.pending, self.pending_until = 0.0, NEVER

    def prove(self, at: int) -> None:
        """The unproven price is believed: another venue trades there too, or nothing contradicted
        it for long enough."""
        self.accept(self.pending, self.pending_ts, at)

    def fade(self, epoch: int, rules: Rules) -> None:
        """Weigh the age of the price, as of an epoch common to all sources."""
        self.tilt = max(decay(epoch - self.traded_at, rules.fade), FAINTEST)

    def patience(self, rules: Rules) -> int:
        """The age up to which it has a vote, ns."""
        return self.silence(rules.paces, rules)

    def silence(self, intervals: float, rules: Rules) -> int:
        """So many mean intervals between its trades, within what any source is given, ns."""
        return min(max(rules.recent, round(intervals * self.pace)), rules.stale_after)

    def answers_within(self, rules: Rules) -> int:
        """How long a move that it could overturn waits for its next trade, ns."""
        wait = rules.wait
        if rules.delays:
            wait += min(max(self.moved_at - self.traded_at, 0), rules.wait)
        return wait + rules.wait if 0 < self.pace <= rules.lively else wait

    def is_recent(self, at: int, by_receipt: bool, rules: Rules) -> bool:
        """Whether it traded lately enough for a vote, by the time of its trade or of receipt."""
        return at - (self.moved_at if by_receipt else self.traded_at) <= self.patience(rules)

    def dump(self) -> dict[str, Any]:
        """What cannot be derived, as plain JSON values."""
        return {
            "instrument": list(self.instrument),
            "gate": self.gate.dump(),
            **{name: getattr(self, name) for name in _KEPT},
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Source:
        """The inverse of `dump`; what the rest of the book knows is not known yet."""
        instrument = Instrument(*state["instrument"])
        source = cls(instrument, load_gate(instrument, state["gate"]))
        for name in _KEPT:
            setattr(source, name, state[name])
        return source


_KEPT = (
    *("price", "traded_at", "moved_at", "seen", "first_at", "prints", "pace", "weight"),
    *("pending", "pending_ts", "pending_at", "pending_until"),
)
