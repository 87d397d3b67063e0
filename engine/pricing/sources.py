"""Who takes part in which price: the symbols that trade, the prices wanted of them, the rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import IndexDefinition, price_key
from engine.pricing.consolidation import Consolidation
from engine.pricing.conversion import Conversion
from engine.pricing.gate import Gate
from engine.pricing.holes import Holes
from engine.pricing.rules import Rules
from engine.pricing.shared_gate import brought_by
from engine.pricing.source import NEVER, Rate, Source
from engine.types import Instrument

NUMERAIRE: Final = "USD"

by_name = attrgetter("name")


class SourceBook:
    """Sources, wanted prices and conversions, linked to one another, and what is to be made anew.

    `dirty` and `dirty_rates` are in no order that matters: whoever works them off sorts them.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.sources: dict[tuple[str, str], Source] = {}
        """By venue and symbol: every symbol that ever traded."""
        self.holes: dict[tuple[str, str], Holes] = {}
        """By venue and symbol, as `sources`: of those that ever had a hole."""
        self.keys: dict[str, Consolidation] = {}
        """The wanted prices, by price key."""
        self.wanted: dict[str, tuple[str, frozenset[str]]] = {}
        """Price key to asset and the kinds of instruments that may price it."""
        self.conversions: dict[str, Conversion] = {}
        """By currency: every one but USD that something is quoted in."""
        self.dirty: dict[Consolidation, None] = {}
        """Prices to make anew at the end of this instant, or of the next one to come."""
        self.dirty_rates: dict[Conversion, None] = {}
        self.excluded = frozenset[str]()
        """Names of sources that are left out by hand."""
        self.old_units: dict[tuple[str, str], float] = {}
        """Sources of redenominated coins that have not shown yet that they trade the new one, by
        place: how many new units one old is."""
        self.unproven: dict[Source, None] = {}
        """Sources with a price that waits for the next one."""
        self.restless: dict[Consolidation, Conversion | None] = {}
        """Prices that time alone may change, with the conversion whose rate they are."""

    def find(self, instrument: Instrument) -> Source | None:
        """The source of a symbol, None before its first trade."""
        return self.sources.get((instrument.venue, instrument.symbol))

    def heard(self, instrument: Instrument, connector: str) -> Source | None:
        """The same, with its gate set to what this connector brings."""
        source = self.find(instrument)
        if source is not None and source.gate.connector != connector:
            source.gate = brought_by(source.gate, connector)
        return source

    def open(self, instrument: Instrument, connector: str) -> Source:
        """The source of a symbol that trades, made at its first trade."""
        found = self.heard(instrument, connector)
        if found is None:
            found = self._connect(Source(instrument, brought_by(Gate(instrument), connector)))
        return found

    def holes_of(self, source: Source) -> Holes:
        """The open holes of a source."""
        return self.holes.setdefault(source.place, Holes())

    def touch(self, source: Source) -> None:
        """Every price that a source takes part in is to be made anew."""
        for seat in source.seats:
            self.dirty[seat.key] = None
        if source.feeds is not None:
            self.dirty_rates[source.feeds] = None

    def regroup(self, source: Source) -> None:
        """A source came or went: every price that it takes part in is to be made anew."""
        source.regroup()
        self.touch(source)

    def update_rates(self, at: int) -> None:
        """Make the touched rates anew, and mark the prices that fresh sources need them for."""
        for conversion in sorted(self.dirty_rates, key=attrgetter("currency")):
            if conversion.update(at):
                for source in conversion.quoted:
                    source.convert(conversion.told)
                    if source.fresh:
                        self.dirty.update(dict.fromkeys(source.keys))
            self.rest(conversion.rate, conversion)
        self.dirty_rates.clear()

    def rest(self, key: Consolidation, conversion: Conversion | None = None) -> None:
        """Note whether time alone may change this price."""
        if key.wake < NEVER:
            self.restless[key] = conversion
        else:
            self.restless.pop(key, None)

    def next_wake(self) -> int:
        """When time alone may change a price next."""
        wake = NEVER
        for key in self.restless:
            wake = min(wake, key.wake)
        for source in self.unproven:
            wake = min(wake, source.pending_until)
        return wake

    def wake(self, at: int, fade_epoch: int) -> list[Source]:
        """Mark what time changes at this instant, to be made anew at its end.

        Returns the sources whose unproven print counts as proven from now on.
        """
        believed = list[Source]()
        for key, conversion in self.restless.items():
            if key.wake <= at:
                if conversion is None:
                    self.dirty[key] = None
                else:
                    self.dirty_rates[conversion] = None
        for source in sorted(self.unproven, key=attrgetter("place")):
            if source.pending_until <= at:
                source.time_out(at)
                source.fade(fade_epoch, self.rules)
                del self.unproven[source]
                self.touch(source)
                believed.append(source)
        return believed

    def replace_changed(self, instrument: Instrument) -> int:
        """A venue's symbol came to mean something else: begin anew, but know its trades.

        Returns how many of its holes are dropped.
        """
        source = self.find(instrument)
        if source is None or source.instrument == instrument:
            return 0
        self.regroup(source)
        self.unproven.pop(source, None)
        for seat in source.seats:
            seat.key.leave(source)
        if source.feeds is not None:
            source.feeds.rate.leave(source)
        conversion = self.conversions.get(source.instrument.quote)
        if conversion is not None:
            conversion.quoted.remove(source)
        source.gate.instrument = instrument
        self._connect(Source(instrument, source.gate))
        holes = self.holes.pop(source.place, None)
        return len(holes.open) if holes is not None else 0

    def exclude(self, names: Iterable[str]) -> None:
        """Leave these sources out of every price and rate, and no others."""
        self.excluded = frozenset(names)
        for source in self.sources.values():
            if source.excluded != (source.name in self.excluded):
                source.excluded = not source.excluded
                self.regroup(source)

    def want(self, definitions: Mapping[str, IndexDefinition], coins: CoinTimeline) -> None:
        """Which prices the definitions in force ask for; a new one is made at the next instant.

        `coins` tell what assets become; of a benchmark also what is to become it.
        """
        wanted: dict[str, tuple[str, frozenset[str]]] = {}
        for d in definitions.values():
            benchmarks = coins.with_predecessors(b for b in d.benchmarks if b not in definitions)
            for asset in coins.with_successors((*d.all_assets(), *benchmarks)):
                wanted[price_key(asset, d.kinds)] = (asset, frozenset(d.kinds))
        self.wanted = dict(sorted(wanted.items()))
        before, self.keys = self.keys, {}
        for source in self.sources.values():
            source.seats = []
        for name, (asset, kinds) in self.wanted.items():
            key = before.get(name)
            if key is None:
                key = Consolidation(name, self._of(asset, kinds), self.rules)
                self.dirty[key] = None
            self.keys[name] = key
            for seat in key.seats:
                seat.source.seats.append(seat)
        self.dirty = {key: None for key in self.dirty if key.name in self.keys}
        wanted_keys = self.keys.values()
        self.restless = {k: c for k, c in self.restless.items() if c or k in wanted_keys}

    def _of(self, asset: str, kinds: Iterable[str]) -> list[Source]:
        found = (s for s in self.sources.values() if s.instrument.base == asset)
        return [s for s in found if s.instrument.kind in kinds]

    def _connect(self, source: Source) -> Source:
        """Let a source take part in the prices and rates that it belongs to."""
        instrument = source.instrument
        self.sources[source.place] = source
        source.excluded = source.name in self.excluded
        for name, (asset, kinds) in self.wanted.items():
            if instrument.base == asset and instrument.kind in kinds:
                source.seats.append(self.keys[name].join(source))
        if instrument.quote == NUMERAIRE:
            source.convert(Rate(1.0))
            conversion = self.conversions.get(instrument.base)
            if conversion is not None and instrument.kind == "spot":
                conversion.rate.join(source)
                source.feeds = conversion
            return source
        conversion = self.conversions.get(instrument.quote) or self._convert(instrument.quote)
        conversion.quoted.append(source)
        source.convert(conversion.told)
        return source

    def _convert(self, currency: str) -> Conversion:
        """Begin to convert a currency, with the sources there are."""
        feeding = [s for s in self._of(currency, ("spot",)) if s.instrument.quote == NUMERAIRE]
        conversion = self.conversions[currency] = Conversion(currency, feeding, self.rules)
        for source in feeding:
            source.feeds = conversion
        self.dirty_rates[conversion] = None
        return conversion

    def dump(self) -> dict[str, Any]:
        """What `load` cannot derive, as plain JSON values."""
        return {
            "sources": [source.dump() for _, source in sorted(self.sources.items())],
            "holes": [
                [*place, holes.dump()] for place, holes in sorted(self.holes.items()) if holes.open
            ],
            "conversions": [
                [
                    *(c.currency, list(c.told), c.doubted_until),
                    *(c in self.dirty_rates, c.rate.dump()),
                ]
                for _, c in sorted(self.conversions.items())
            ],
            "old_units": [[*place, ratio] for place, ratio in sorted(self.old_units.items())],
            "keys": [
                [key.name, key in self.dirty, key.dump()] for _, key in sorted(self.keys.items())
            ],
        }

    @classmethod
    def load(
        cls,
        state: Mapping[str, Any],
        definitions: Mapping[str, IndexDefinition],
        fresh_since: int,
        coins: CoinTimeline,
        rules: Rules,
    ) -> SourceBook:
        """The inverse of `dump`; sources that traded after `fresh_since` are fresh."""
        book = cls(rules)
        book.exclude(coins.excluded())
        old_units = state.get("old_units", [])
        book.old_units = {(venue, symbol): ratio for venue, symbol, ratio in old_units}
        for fields in state["sources"]:
            source = book._connect(Source.load(fields))
            source.fresh = source.moved_at > max(fresh_since, 0)
            if source.pending:
                book.unproven[source] = None
        for venue, symbol, holes in state["holes"]:
            book.holes[venue, symbol] = Holes.load(holes)
        for currency, told, doubted_until, dirty, _ in state["conversions"]:
            conversion = book.conversions.get(currency) or book._convert(currency)
            conversion.told, conversion.doubted_until = Rate(*told), doubted_until
            if not dirty:
                del book.dirty_rates[conversion]
        for source in book.sources.values():
            quoted = book.conversions.get(source.instrument.quote)
            source.convert(quoted.told if quoted else Rate(1.0))
        book.want(definitions, coins)
        for currency, *_, rate in state["conversions"]:
            conversion = book.conversions[currency]
            conversion.rate.load(rate)
            book.rest(conversion.rate, conversion)
        for name, dirty, key in state["keys"]:
            book.keys[name].load(key)
            book.rest(book.keys[name])
            if not dirty:
                del book.dirty[book.keys[name]]
        return book
