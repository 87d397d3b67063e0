"""The Pricer: trades of many venues in, one USD price per asset out.

It gates the trades of each symbol (`engine.gate`), converts quote currencies through their own
traded pairs, drops stale sources, and consolidates (`engine.consolidation`) what is left. Trades of
equal effective time are one instant: all of them are taken in, then every price they touch is made
once. Time is that of the log alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite, nan
from operator import attrgetter
from typing import Any, Final

from engine.consolidation import Consolidation, Source
from engine.definitions import DefinitionError, parse_index, price_key
from engine.gate import ACCEPTED, REORDERED, Gate
from engine.math import decay
from engine.types import (
    HOUR,
    SECOND,
    AssetFrame,
    DefinitionRecord,
    GapSpan,
    Instrument,
    Origin,
    Output,
    PriceFrame,
    PricerInput,
    Sources,
    TickFrame,
)

STALE_AFTER = 180 * SECOND
"""A source without a trade for so long leaves. Deribit's index drops a venue after 3 minutes."""
HALF_LIFE = HOUR
"""Of a source's traded volume as its weight: long enough to be calm, short enough to follow volume
that moves to another venue within a session."""
GROWTH_LIMIT = 100 * HALF_LIFE
"""Weights are kept as if they grew instead of decayed, and are scaled back down after so long:
2^100 on top of LARGEST² stays far inside a double."""
SMALLEST, LARGEST = 1e-30, 1e30
"""Prices and sizes outside are no trade; inside, no product or sum of them overflows or vanishes."""
SMALLEST_NOTIONAL = 1e-9
"""What a trade of size 0 weighs, so that every fresh source has a weight."""
NUMERAIRE: Final = "USD"
PEGGED = ("USDC", "USDT")
"""Counted as one USD, and flagged, where no trade says better."""


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
    gaps: int = 0
    rejected_price: int = 0
    """Trades and recorded prices without a usable price, size or time."""
    unknown_conversion: int = 0
    """Accepted trades whose quote currency had no rate when they came."""
    rejected_definition: int = 0


class Conversion:
    """What one of a quote currency is in USD, and the sources that need to know.

    `value` is 0.0 where nothing tells. `rate` is made only from the currency's own spot pairs
    against USD, which need no conversion: so there is no cycle.
    """

    __slots__ = ("assumed", "currency", "quoted", "rate", "value")

    def __init__(self, currency: str, rate: Consolidation) -> None:
        self.currency = currency
        self.rate = rate
        self.quoted: list[Source] = []
        self.value, self.assumed = (1.0, True) if currency in PEGGED else (0.0, False)

    def update(self) -> bool:
        """Take the rate over; True where that changes anything."""
        before = self.value, self.assumed
        if self.rate.usable and self.rate.price is not None:
            self.value, self.assumed = self.rate.price, False
        else:
            self.value, self.assumed = (1.0, True) if self.currency in PEGGED else (0.0, False)
        return before != (self.value, self.assumed)


class _Rows:
    """The price frame being made."""

    __slots__ = ("asset", "at", "gaps", "market_cap", "price", "supply")

    def __init__(self) -> None:
        self.asset: list[str] = []
        self.at: list[int] = []
        self.price: list[float] = []
        self.market_cap: list[float] = []
        self.supply: list[float] = []
        self.gaps: list[GapSpan] = []


class Pricer:
    """The pricing stage: `apply` one record after the other.

    State is everything but what `_link` derives. `dump` and `load` are inverse: a loaded Pricer says
    to every further record exactly what the dumped one would have said.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self.now = 0
        """The highest time of any record so far."""
        self.last_now = 0
        """The `now` of the last price frame; every later row is above it."""
        self.epoch = 0
        """Weights are as if all volume had been traded at this time."""
        self.definitions: dict[str, dict[str, Any]] = {}
        self.sources: dict[tuple[str, str], Source] = {}
        self.keys: dict[str, Consolidation] = {}
        """Wanted price keys."""
        self._wanted: dict[str, tuple[str, frozenset[str]]] = {}
        """Price key to asset and kinds."""
        self._conversions: dict[str, Conversion] = {}
        self._rates: dict[Consolidation, Conversion] = {}
        self._dirty: dict[Consolidation, None] = {}
        """Prices to be made anew at the end of this instant, in no order that matters."""
        self._touched: dict[Consolidation, None] = {}
        """Prices whose sources may have changed in this record."""
        self._next_expiry: float = inf
        """No source goes stale before this time."""

    def apply(self, record: PricerInput) -> list[Output]:
        """Take one record in: exactly one price frame, or the definition handed on."""
        self.now = max(self.now, record.now)
        if isinstance(record, DefinitionRecord):
            return self._define(record)
        rows = _Rows()
        if isinstance(record, TickFrame):
            self._take_ticks(record, rows)
        else:
            self._take_assets(record, rows)
        return [self._close(record.now, record.origin, rows)]

    def _take_ticks(self, frame: TickFrame, rows: _Rows) -> None:
        """Gate every tick; make prices at the end of each instant."""
        sources = [self._find(instrument) for instrument in frame.instruments]
        for gap in frame.gaps:
            feared = self.sources.get((gap.instrument.venue, gap.instrument.symbol))
            if feared is not None:
                feared.gate.fear(gap.reason)
        counters, dirty = self.counters, self._dirty
        floor = self.last_now + 1
        at, growth = 0, 1.0
        accepted = unknown = 0
        for place, price, size, trade_id, ts, received in zip(
            frame.instrument, frame.price, frame.size, frame.id, frame.ts, frame.received, strict=True
        ):
            if received > at or not at:
                if dirty:
                    self._settle(at or floor, rows)
                at = received if received > floor else floor
                growth = self._begin(at)
            if not (SMALLEST <= price <= LARGEST and 0.0 <= size <= LARGEST and ts > 0):
                counters.rejected_price += 1
                continue
            source = sources[place] or self._create(frame.instruments, place, sources)
            gate = source.gate
            verdict = gate.admit(ts, trade_id)
            if gate.gap is not None:
                self._span(source, at, rows)
            if verdict is ACCEPTED:
                accepted += 1
                source.price = price
                source.seen = at
                rate = source.rate
                if not rate:
                    unknown += 1
                source.usd = price * rate
                source.weight += (price * size + SMALLEST_NOTIONAL) * growth
                source.usd_weight = source.weight * rate
                if not source.fresh:
                    self._freshen(source)
                for consolidation in source.consolidations:
                    dirty[consolidation] = None
            elif verdict is REORDERED:
                counters.reordered += 1
                source.weight += (price * size + SMALLEST_NOTIONAL) * growth
                source.usd_weight = source.weight * source.rate
            else:
                setattr(counters, verdict, getattr(counters, verdict) + 1)
        counters.accepted += accepted
        counters.unknown_conversion += unknown
        if dirty and at:
            self._settle(at, rows)
