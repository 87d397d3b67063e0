"""One price from many sources: outlier guard and volume-weighted median.

A *source* is one symbol at one venue. A `Consolidation` makes one price of those that are fresh and
whose quote currency converts into USD. It keeps what the rules remember: the price that stands and
which sources are out.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from engine.pricing.gate import Gate
from engine.pricing.shared_gate import SharedGate
from engine.types import Instrument, Sources

OUTLIER_BAND = 0.05
"""Sources of one asset that trade further apart than this do not price the same thing: fees,
withdrawal limits and thin books explain a few percent, not more."""
BACK_BAND = OUTLIER_BAND / 2
"""An outlier must come this close to be used again, else it would flip in and out at the edge."""
PEGGED = ("USDC", "USDT")
"""Currencies that count as one USD, and are flagged, where no trade says better."""

EXCLUDED: Final = "excluded"
STALE: Final = "stale"
OUTLIER: Final = "outlier"
NO_CONVERSION: Final = "no_conversion"
ASSUMED_PEG: Final = "assumed_peg"
SINGLE_SOURCE: Final = "single_source"
DISAGREEMENT: Final = "disagreement"

_by_price = attrgetter("usd")


class Source:
    """One symbol at one venue: its gate, its last trade and the volume that gives it weight.

    `price` and `weight` are in the quote currency; `usd` and `usd_weight` follow them by `rate`
    (USD for one of the quote currency, 0.0 where there is none). `weight` is scaled up by the
    Pricer's common growth factor: only ratios of weights mean something.
    """

    __slots__ = (
        "assumed",
        "excluded",
        "feeds",
        "fresh",
        "gate",
        "instrument",
        "keys",
        "name",
        "price",
        "rate",
        "seen",
        "usd",
        "usd_weight",
        "weight",
    )

    def __init__(self, instrument: Instrument, gate: Gate | SharedGate) -> None:
        self.instrument = instrument
        self.gate = gate
        self.name = f"{instrument.venue}:{instrument.symbol}"
        self.price = 0.0
        self.seen = 0
        """When its last accepted trade took effect, ns; 0 before the first."""
        self.fresh = False
        self.excluded = False
        """Left out by hand."""
        self.weight = 0.0
        self.rate = 0.0
        self.assumed = False
        """The rate is assumed (a peg), not traded."""
        self.usd = 0.0
        self.usd_weight = 0.0
        self.keys: list[Consolidation] = []
        """The wanted prices it takes part in."""
        self.feeds: Conversion | None = None
        """The conversion whose rate it takes part in."""

    @property
    def place(self) -> tuple[str, str]:
        """The order of sources where prices do not tell them apart."""
        return self.instrument.venue, self.instrument.symbol

    def convert(self, rate: float, assumed: bool) -> None:
        """Take over a new rate of the quote currency."""
        if bool(rate) != bool(self.rate) or assumed != self.assumed:
            self.regroup()
        self.rate, self.assumed = rate, assumed
        self.usd = self.price * rate
        self.usd_weight = self.weight * rate

    def regroup(self) -> None:
        """Tell its prices that it came, left, or converts in another way."""
        for key in self.keys:
            key.regroup = True
        if self.feeds is not None:
            self.feeds.rate.regroup = True


class Consolidation:
    """The one price of a price key, or the rate of a quote currency.

    `price` is None before the first. `changed` is set when `describe` may say something new.
    """

    __slots__ = (
        "changed",
        "disagreement",
        "flags",
        "members",
        "name",
        "out",
        "price",
        "regroup",
        "reported",
        "usable",
        "used",
    )

    def __init__(self, name: str, members: list[Source]) -> None:
        self.name = name
        self.members = sorted(members, key=attrgetter("place"))
        self.usable: list[Source] = []
        """Members that are fresh and convertible, in the order of `place`."""
        self.price: float | None = None
        self.out: frozenset[str] = frozenset()
        """Names of the usable sources that the guard keeps out."""
        self.disagreement = False
        self.used: list[str] = []
        """Names of the sources that made `price`, sorted."""
        self.flags: list[str] = []
        """What was to be said of them then, sorted."""
        self.reported = Sources()
        """What was last said of the sources; never changed in place."""
        self.regroup = True
        self.changed = True

    def join(self, source: Source) -> None:
        """Take in a new member."""
        self.members = sorted([*self.members, source], key=attrgetter("place"))
        self.regroup = True

    def leave(self, source: Source) -> None:
        """Let a member go."""
        self.members.remove(source)
        self.regroup = True

    def reprice(self) -> bool:
        """Make the price anew; False where no source is usable, and the price stays as it was."""
        if self.regroup:
            self.usable = [s for s in self.members if s.fresh and s.rate and not s.excluded]
            self.regroup, self.changed = False, True
        usable = self.usable
        n = len(usable)
        if n == 0:
            lost = {s.name for s in self.members if s.fresh}  # fresh, but nothing converts them
            self.used = [name for name in self.used if name not in lost]
            self.out, self.disagreement = frozenset(), False
            return False
        # The sort is stable: sources of one price stay in the order of `place`.
        ordered = sorted(usable, key=_by_price) if n > 1 else usable
        low, high = ordered[0].usd, ordered[-1].usd
        # So close together that nobody can be out, whatever was before: the common case.
        if high - low > BACK_BAND * low or self.out or self.disagreement:
            ordered = self._watch(ordered)
        self.price = weighted_median(ordered) if n > 1 else low
        if self.changed:
            self._note(ordered)
        return True

    def _watch(self, ordered: list[Source]) -> list[Source]:
        """Let the guard decide who is out; those who are in."""
        out, disagreement = guard(ordered, self.out, self.price)
        if out != self.out or disagreement != self.disagreement:
            self.out, self.disagreement, self.changed = out, disagreement, True
        return [s for s in ordered if s.name not in out] if out else ordered

    def _note(self, used: list[Source]) -> None:
        """Remember who made the price."""
        self.used = sorted(s.name for s in used)
        flags = [ASSUMED_PEG] if any(s.assumed for s in used) else []
        if self.disagreement:
            flags.append(DISAGREEMENT)
        if len(used) == 1:
            flags.append(SINGLE_SOURCE)
        self.flags = flags

    def describe(self) -> Sources:
        """Who makes the price that stands, and who does not. Names and flags are sorted."""
        excluded = dict[str, str]()
        for s in sorted(self.members, key=attrgetter("name")):
            if s.excluded:
                excluded[s.name] = EXCLUDED
            elif s.fresh and not s.rate:
                excluded[s.name] = NO_CONVERSION
            elif s.name in self.out:
                excluded[s.name] = OUTLIER
            elif not s.fresh and (self.usable or s.name not in self.used):
                excluded[s.name] = STALE
        stale = [STALE] if self.members and not self.usable else []
        return Sources(list(self.used), excluded, sorted([*self.flags, *stale]))


class Conversion:
    """What one of a quote currency is in USD, and the sources that need to know.

    `value` is 0.0 where nothing tells. `rate` is made only of the currency's own spot pairs against
    USD, which need no conversion: so there is no cycle.
    """

    __slots__ = ("assumed", "currency", "quoted", "rate", "value")

    def __init__(self, currency: str, feeding: list[Source]) -> None:
        self.currency = currency
        self.rate = Consolidation(currency, feeding)
        self.quoted: list[Source] = []
        self.value, self.assumed = self._unknown()

    def _unknown(self) -> tuple[float, bool]:
        return (1.0, True) if self.currency in PEGGED else (0.0, False)

    def update(self) -> bool:
        """Make the rate anew; True where the conversion is another one than before."""
        before = self.value, self.assumed
        if self.rate.reprice() and self.rate.price is not None:
            self.value, self.assumed = self.rate.price, False
        else:
            self.value, self.assumed = self._unknown()
        return before != (self.value, self.assumed)


def median(ordered: list[Source]) -> float:
    """The unweighted median of the USD prices of sources in order of price."""
    n = len(ordered)
    middle = ordered[n // 2].usd
    return middle if n % 2 else (ordered[n // 2 - 1].usd + middle) / 2


def weighted_median(ordered: list[Source]) -> float:
    """The lowest price at which the sources up to it have half of all weight.

    At exactly half it is the mean of that price and the next. `ordered` is in order of price, every
    weight is above 0.
    """
    total = 0.0
    for s in ordered:
        total += s.usd_weight
    half, reached = total / 2, 0.0  # halving a double loses nothing
    for i, s in enumerate(ordered):
        reached += s.usd_weight
        if reached >= half:
            if reached == half and i + 1 < len(ordered):
                return (s.usd + ordered[i + 1].usd) / 2
            return s.usd
    return ordered[-1].usd


def guard(
    ordered: list[Source], out: frozenset[str], price: float | None
) -> tuple[frozenset[str], bool]:
    """Which sources are out, given who was out before and the price that stands.

    Three and more are held against their median. Two, or an even split that leaves nobody near the
    median, are held against the price that stands: without one all stay in, and the second value is
    True (they disagree).
    """
    if len(ordered) == 1:
        return frozenset(), False
    if len(ordered) == 2:
        return _guard_two(ordered[0], ordered[1], out, price)
    now_out = _beyond(ordered, median(ordered), out)
    if len(now_out) < len(ordered):
        return now_out, False
    if price is None:
        return frozenset(), True
    nearest = min(ordered, key=lambda s: abs(s.usd - price))
    return _beyond(ordered, nearest.usd, frozenset()), False


def _beyond(ordered: list[Source], reference: float, out: frozenset[str]) -> frozenset[str]:
    return frozenset(
        s.name
        for s in ordered
        if abs(s.usd - reference) > (BACK_BAND if s.name in out else OUTLIER_BAND) * reference
    )


def _guard_two(
    low: Source, high: Source, out: frozenset[str], price: float | None
) -> tuple[frozenset[str], bool]:
    """Of two sources the lower is the reference, so that the rule is the same from both sides."""
    apart = high.usd - low.usd
    if apart <= BACK_BAND * low.usd:
        return frozenset(), False
    one_is_out = (low.name in out) != (high.name in out)
    if apart <= OUTLIER_BAND * low.usd:
        if one_is_out:
            return out & {low.name, high.name}, False
        if low.name not in out:
            return frozenset(), False
    if price is None:
        return frozenset(), True
    farther = low if price - low.usd > high.usd - price else high
    return frozenset({farther.name}), False
