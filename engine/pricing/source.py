"""One symbol at one venue: its last price, what is still unproven of it, its weight, and its seats
in the prices that it takes part in.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, Protocol

from engine.math import decay
from engine.pricing.gate import TradeGate
from engine.pricing.rules import Rules
from engine.pricing.shared_gate import SharedGate, load_gate
from engine.records import Instrument

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


Status = Literal["in", "out", "unspoken"]


class StandingPrice(Protocol):
    """A price as those see it who take part in it (`engine.pricing.consolidation.Consolidation`):
    what stands, and who else has a seat."""

    name: str
    rules: Rules
    price: float | None
    calm: bool
    pulled: int
    pulled_at: int
    regroup: bool
    seats: list[Seat]
    usable: list[Seat]

    def agree(self, one: float, other: float) -> bool:
        """Whether one price is within the band of another."""
        ...


class Seat:
    """A source within one price. `born` is when the trade was made by which it left, `born_at` when
    that took effect. `agreed` says that it was within the band once since it joined.
    """

    __slots__ = ("agreed", "born", "born_at", "heavy", "key", "source", "status")

    def __init__(self, source: Source, key: StandingPrice) -> None:
        self.source, self.key = source, key
        self.status: Status = "in"
        self.born = 0
        self.born_at = 0
        self.agreed = False
        self.heavy = True
        """Its venue has enough volume for a part in the price."""

    def follow(self, price: float, at: int, rules: Rules) -> bool:
        """Hold it against the price that stands; True where its status is another one then."""
        before, off = self.status, abs(self.source.usd / price - 1.0)
        if off <= (rules.band if before == "in" else rules.back):
            self.status = "in"
        elif self.source.moved_at == at:
            if before != "out":  # where it pulled before, that is when the dispute began
                pull = self.key.pulled, self.key.pulled_at
                self.leave(*(pull if pull[0] else (self.source.traded_at, at)))
        elif before == "in":
            self.status = "unspoken"
        self.agreed = self.agreed or off <= rules.band
        return self.status != before

    def leave(self, born: int, born_at: int) -> None:
        """It has traded away from the price that stands."""
        self.status, self.born, self.born_at = "out", born, born_at


class Source:
    """Its gate, its last proven trade, and the volume that gives it weight.

    `price` and `weight` are in the quote currency; `usd` and `usd_weight` follow them by `rate`
    (USD for one of the quote currency, 0.0 where there is none). `weight` is scaled up by the
    Pricer's common growth factor, `tilt` by its common epoch: only ratios mean something.
    """

    __slots__ = (
        "assumed",
        "excluded",
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
        "rate_seat",
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
        self.rate_seat: Seat | None = None
        """The one in the rate of its asset, where it takes part in that."""

    @property
    def market(self) -> tuple[str, str]:
        """Venue and symbol: its identity, and the order of sources of equal price."""
        return self.instrument.venue, self.instrument.symbol

    @property
    def keys(self) -> list[StandingPrice]:
        """The wanted prices that it takes part in."""
        return [seat.key for seat in self.seats]

    @property
    def all_seats(self) -> list[Seat]:
        """Its seats in prices, and in a rate."""
        return self.seats if self.rate_seat is None else [*self.seats, self.rate_seat]

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
        for seat in self.all_seats:
            seat.key.regroup = True

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
        for seat in self.all_seats[:1]:
            standing = seat.key.price
            if standing is not None and price * self.rate > standing * (1.0 + rules.band):
                return standing / self.rate
        return price

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
