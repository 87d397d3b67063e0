"""The pricing rules once more, slow and plain: at every instant from the full list of trades.

Only what the rules themselves remember is carried along: for each price the last value, who was
out and who made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from typing import Any

from engine.definitions import IndexDefinition, parse_index, price_key
from engine.types import (
    SECOND,
    AssetFrame,
    DefinitionRecord,
    Gap,
    GapSpan,
    Instrument,
    Sources,
    TickFrame,
)

STALE_AFTER = 180 * SECOND
HALF_LIFE = 3600 * SECOND


@dataclass
class Trade:
    at: int
    ts: int
    id: str | None
    price: float
    size: float

    @property
    def number(self) -> int | None:
        return int(self.id) if self.id is not None and self.id.isdecimal() else None


@dataclass
class Symbol:
    """All that arrived of one symbol, in order: trades, and reasons to fear a gap."""

    instrument: Instrument
    arrived: list[Trade | str] = field(default_factory=list)

    def replay(self) -> tuple[list[Trade], list[Trade], list[tuple[int, int, Gap]]]:
        """Trades that moved the price, trades that count in volume, gaps as (start, end, gap)."""
        moved, counted, gaps = list[Trade](), list[Trade](), list[tuple[int, int, Gap]]()
        restart = 0  # where in `counted` the venue's counter began anew
        fear = None
        for trade in self.arrived:
            if isinstance(trade, str):
                fear = fear or (trade if moved else None)
                continue
            newest = max((t.ts for t in moved), default=0)
            same = [t for t in moved if t.ts == newest]
            ids = [t.number for t in counted[restart:] if t.number is not None]
            high = max(ids, default=None)
            reason = None
            moves = True
            if trade.number is None:
                if trade.id is not None and (trade.ts, trade.id) in [(t.ts, t.id) for t in counted]:
                    continue
                if trade.ts < newest:
                    oldest = max(counted[0].ts, newest - 10 * SECOND)
                    if trade.id is not None and trade.ts >= oldest:
                        counted.append(trade)
                    continue
            else:
                below = [t.number for t in same if t.number is not None]
                last = max(below, default=None)
                if trade.number == high:
                    continue
                if trade.ts < newest:
                    if high is None or trade.number < high:
                        continue
                    moves = False
                if trade.ts == newest and last is not None and trade.number <= last:
                    continue
                if self.instrument.counts and high is not None:
                    if trade.number == high + 1:
                        fear = None
                    elif trade.number > high:
                        reason = "ids"
                    elif last is not None and trade.number < last and trade.ts > newest:
                        reason = "ids_restarted"
                        restart = len(counted)
            reason = fear or reason
            fear = None
            if reason is not None:
                gap = Gap(self.instrument, counted[-1].id, trade.id, reason)
                gaps.append((moved[-1].at, trade.at, gap))
            counted.append(trade)
            if moves:
                moved.append(trade)
        return moved, counted, gaps


@dataclass
class Memory:
    """What the rules remember of one price."""

    seen: Any = None
    price: float | None = None
    out: frozenset[str] = frozenset()
    used: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    reported: Sources = field(default_factory=Sources)
    now: Sources = field(default_factory=Sources)
    usable: bool = False


@dataclass
class Leg:
    """One source as it stands at an instant."""

    place: tuple[str, str]
    name: str
    moves: int
    fresh: bool
    rate: float
    assumed: bool
    price: float
    weight: float


@dataclass
class Oracle:
    last_now: int = 0
    now: int = 0
    symbols: dict[tuple[str, str], Symbol] = field(default_factory=dict)
    definitions: dict[str, IndexDefinition] = field(default_factory=dict)
    keys: dict[str, Memory] = field(default_factory=dict)
    rates: dict[str, Memory] = field(default_factory=dict)
    gaps_told: dict[tuple[str, str], int] = field(default_factory=dict)

    def define(self, record: DefinitionRecord) -> int:
        self.now = max(self.now, record.now)
        if record.definition is None:
            self.definitions.pop(record.index, None)
        else:
            self.definitions[record.index] = parse_index(record.index, record.definition)
        self.keys = {k: self.keys.get(k, Memory()) for k in self.wanted()}
        return self.now

    def wanted(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        found = {}
        for d in self.definitions.values():
            for a in [*d.all_assets(), *(b for b in d.benchmarks if b not in self.definitions)]:
                found[price_key(a, d.kinds)] = (a, tuple(d.kinds))
        return dict(sorted(found.items()))

    def take(self, frame: TickFrame | AssetFrame) -> tuple[int, list[Any], dict[str, Sources], Any]:
        """(now, rows of (key, at, price), changed sources, gap spans) of one record."""
        rows, spans, at = list[Any](), list[GapSpan](), 0
        if isinstance(frame, AssetFrame):
            for asset, when, price, *_ in zip(*frame[2:], strict=True):
                if when > self.last_now and when >= at and 0 < price < float("inf"):
                    at = when
                    other = [k for k, (a, _) in self.wanted().items() if a == asset and k != a]
                    rows += [(key, when, price) for key in [asset, *other]]
        else:
            for gap in frame.gaps:
                place = gap.instrument.venue, gap.instrument.symbol
                if place in self.symbols:
                    self.symbols[place].arrived.append(gap.reason)
            instants: dict[int, list[int]] = {}
            for i, received in enumerate(frame.received):
                at = max(at, received, self.last_now + 1)
                instants.setdefault(at, []).append(i)
            for at, places in instants.items():
                self.arrive(frame, at, places)
                spans += self.new_gaps()
                rows += self.instant(at)
        now = max(frame.now, at, self.last_now)
        if now > self.last_now:
            rows += self.instant(now)
        self.last_now, self.now = now, max(self.now, now)
        changed = {}
        for key in self.wanted():
            memory = self.keys[key]
            if memory.now != memory.reported:
                changed[key] = memory.reported = memory.now
        return now, rows, changed, spans

    def arrive(self, frame: TickFrame, at: int, places: Iterable[int]) -> None:
        for i in places:
            price, size, ts = frame.price[i], frame.size[i], frame.ts[i]
            if not (1e-30 <= price <= 1e30 and 0 <= size <= 1e30 and ts > 0):
                continue
            instrument = frame.instruments[frame.instrument[i]]
            place = instrument.venue, instrument.symbol
            symbol = self.symbols.setdefault(place, Symbol(instrument))
            symbol.arrived.append(Trade(at, ts, frame.id[i], price, size))

    def new_gaps(self) -> list[GapSpan]:
        found = []
        for place, symbol in self.symbols.items():
            gaps = symbol.replay()[2]
            for start, end, gap in gaps[self.gaps_told.get(place, 0) :]:
                for key, (asset, kinds) in self.wanted().items():
                    if symbol.instrument.base == asset and symbol.instrument.kind in kinds:
                        found.append(GapSpan(key, *place, start, end, gap.reason))
            self.gaps_told[place] = len(gaps)
        return found

    def legs(self, at: int, base: str, kinds: Iterable[str], quote: str | None) -> list[Leg]:
        found = []
        for place, symbol in sorted(self.symbols.items()):
            i = symbol.instrument
            if i.base != base or i.kind not in kinds or (quote and i.quote != quote):
                continue
            moved, counted, _ = symbol.replay()
            second = at // SECOND
            weight = sum(
                (t.price * t.size + 1e-9) * 0.5 ** ((second - t.at // SECOND) * SECOND / HALF_LIFE)
                for t in counted
            )
            fresh = at - moved[-1].at < STALE_AFTER
            rate, assumed = (1.0, False) if i.quote == "USD" else self.conversion(i.quote)
            found.append(
                Leg(
                    place,
                    ":".join(place),
                    len(moved),
                    fresh,
                    rate,
                    assumed,
                    moved[-1].price,
                    weight,
                )
            )
        return found

    def conversion(self, currency: str) -> tuple[float, bool]:
        memory = self.rates.get(currency, Memory())
        if memory.usable and memory.price is not None:
            return memory.price, False
        return (1.0, True) if currency in ("USDT", "USDC") else (0.0, False)

    def instant(self, at: int) -> list[tuple[str, int, float]]:
        for currency in sorted({s.instrument.quote for s in self.symbols.values()} - {"USD"}):
            memory = self.rates.setdefault(currency, Memory())
            self.reprice(memory, self.legs(at, currency, ("spot",), "USD"))
        rows = []
        for key, (asset, kinds) in self.wanted().items():
            memory = self.keys[key]
            if self.reprice(memory, self.legs(at, asset, kinds, None)):
                rows.append((key, at, memory.price))
        return rows

    def reprice(self, memory: Memory, legs: list[Leg]) -> bool:
        """True where there is a row to tell."""
        seen = [(x.name, x.moves, x.fresh, (x.rate, x.assumed) if x.fresh else None) for x in legs]
        if seen == memory.seen:
            return False
        memory.seen = seen
        usable = {x.name: x for x in legs if x.fresh and x.rate}
        memory.usable = bool(usable)
        prices = {x.name: x.price * x.rate for x in usable.values()}
        disagree = False
        if usable:
            memory.out, disagree = decide(prices, memory.out, memory.price)
            inside = [x for x in usable.values() if x.name not in memory.out]
            memory.price = heaviest_half(inside)
            memory.used = sorted(x.name for x in inside)
            memory.flags = [
                flag
                for flag, holds in (
                    ("assumed_peg", any(x.assumed for x in inside)),
                    ("disagreement", disagree),
                    ("single_source", len(inside) == 1),
                )
                if holds
            ]
        else:
            memory.out = frozenset()
            fresh = {x.name for x in legs if x.fresh}
            memory.used = [name for name in memory.used if name not in fresh]
        excluded = {}
        for x in legs:
            if x.name in memory.out:
                excluded[x.name] = "outlier"
            elif x.fresh and not x.rate:
                excluded[x.name] = "no_conversion"
            elif x.name not in memory.used:
                excluded[x.name] = "stale"
        flags = memory.flags + (["stale"] if legs and not usable else [])
        memory.now = Sources(list(memory.used), excluded, sorted(flags))
        return bool(usable)


def decide(
    prices: Mapping[str, float], out: frozenset[str], last: float | None
) -> tuple[frozenset[str], bool]:
    """Who is out, and whether they disagree without a judge."""
    if len(prices) == 1:
        return frozenset(), False
    if len(prices) == 2:
        low, high = sorted(prices, key=lambda name: prices[name])
        apart = (prices[high] - prices[low]) / prices[low]
        out = out & set(prices)
        if apart <= 0.025:
            return frozenset(), False
        if apart <= 0.05 and len(out) < 2:
            return out, False
        if last is None:
            return frozenset(), True
        return frozenset([max((high, low), key=lambda name: abs(prices[name] - last))]), False
    middle = median(prices.values())
    far = {name for name, p in prices.items() if abs(p - middle) / middle > 0.05}
    not_back = {name for name in out & set(prices) if abs(prices[name] - middle) / middle > 0.025}
    found = frozenset(far | not_back)
    if len(found) < len(prices):
        return found, False
    if last is None:
        return frozenset(), True
    judge = min(prices.values(), key=lambda p: abs(p - last))
    return frozenset(n for n, p in prices.items() if abs(p - judge) / judge > 0.05), False


def heaviest_half(legs: list[Leg]) -> float:
    """The volume-weighted median, in exact arithmetic from the weights on."""
    ordered = sorted(legs, key=lambda x: (x.price * x.rate, x.place))
    weights = [Fraction(x.weight) * Fraction(x.rate) for x in ordered]
    for i, x in enumerate(ordered):
        below = sum(weights[: i + 1])
        if below * 2 == sum(weights):
            return (x.price * x.rate + ordered[i + 1].price * ordered[i + 1].rate) / 2
        if below * 2 > sum(weights):
            return x.price * x.rate
    raise AssertionError("unreachable: the weights sum to their sum")
