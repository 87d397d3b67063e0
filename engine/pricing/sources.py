"""Who takes part in which price: the symbols that trade, the prices wanted of them, the rates."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import IndexDefinition
from engine.pricing.consolidation import Consolidation
from engine.pricing.conversion import Conversion
from engine.pricing.gate import TradeGate
from engine.pricing.open_gaps import OpenGaps
from engine.pricing.rules import Rules
from engine.pricing.shared_gate import brought_by
from engine.pricing.source import NEVER, Rate, Source
from engine.pricing.unproven import confirms
from engine.pricing.wanted import WantedChange, WantedPrices, parse_price_key
from engine.records import Instrument

NUMERAIRE: Final = "USD"

MOST_UNWANTED = 1000
"""Symbols up to which those are followed of which no price is made: what is subscribed to shortly
before it is defined, or after it was retired. Each takes three kilobytes."""
MOST_OF_ASSET = 1000
"""Symbols that may price one asset: twenty venues have some ten each."""

by_name = attrgetter("name")
_by_key = attrgetter("key.name")


class SourceBook:
    """Sources, wanted prices and conversions, linked to one another, and what is to be made anew.

    `dirty` and `dirty_rates` are in no order that matters: whoever works them off sorts them.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.sources: dict[tuple[str, str], Source] = {}
        """By venue and symbol: every symbol that ever traded."""
        self.open_gaps: dict[tuple[str, str], OpenGaps] = {}
        """By venue and symbol, as `sources`: of those that ever had an open gap."""
        self.keys: dict[str, Consolidation] = {}
        """The wanted prices, by price key."""
        self.wanted = WantedPrices()
        self._by_base: dict[str, dict[tuple[str, str], Source]] = {}
        """The sources of each asset, as `sources`."""
        self.conversions: dict[str, Conversion] = {}
        """By currency: every one but USD that something is quoted in."""
        self.dirty: dict[Consolidation, None] = {}
        """Prices to make anew at the end of this instant, or of the next one to come."""
        self.dirty_rates: dict[Conversion, None] = {}
        self.excluded = frozenset[str]()
        """Names of sources that are left out by hand."""
        self.old_units: dict[tuple[str, str], float] = {}
        """Sources of redenominated coins that have not shown yet that they trade the new one, by
        market: how many new units one old is."""
        self.unproven: dict[Source, None] = {}
        """Sources with a price that waits for the next one."""
        self.restless: dict[Consolidation, Conversion | None] = {}
        """Prices that time alone may change, with the conversion whose rate they are."""

    def find(self, instrument: Instrument) -> Source | None:
        """The source of a symbol, None before its first trade."""
        return self.sources.get((instrument.venue, instrument.symbol))

    def source_of(self, instrument: Instrument, connector: str) -> Source | None:
        """The same, with its gate set to what this connector brings."""
        source = self.find(instrument)
        if source is not None and source.gate.connector != connector:
            source.gate = brought_by(source.gate, connector)
        return source

    def has_room(self, instrument: Instrument) -> bool:
        """Whether a symbol that never traded is to be followed: anybody may write trades."""
        base = instrument.base
        if self.wanted.of(base) or base in self.conversions:
            return len(self._by_base.get(base, ())) < MOST_OF_ASSET
        return len(self.sources) < MOST_UNWANTED

    def open(self, instrument: Instrument, connector: str) -> Source:
        """The source of a symbol that trades, made at its first trade."""
        found = self.source_of(instrument, connector)
        if found is None:
            found = self._connect(Source(instrument, brought_by(TradeGate(instrument), connector)))
        return found

    def open_gaps_of(self, source: Source) -> OpenGaps:
        """The open gaps of a source."""
        return self.open_gaps.setdefault(source.market, OpenGaps())

    def touch(self, source: Source) -> None:
        """Every price that a source takes part in is to be made anew."""
        for seat in source.seats:
            self.dirty[self.keys[seat.key.name]] = None
        if source.rate_seat is not None:
            self.dirty_rates[self.conversions[source.instrument.base]] = None

    def regroup(self, source: Source) -> None:
        """A source came or went: every price that it takes part in is to be made anew."""
        source.regroup()
        self.touch(source)

    def update_rates(self, at: int) -> None:
        """Make the touched rates anew, and mark the prices that fresh sources need them for."""
        for conversion in sorted(self.dirty_rates, key=attrgetter("currency")):
            before = conversion.usd_rate
            if conversion.update(at):
                # That nothing confirms a rate any more counts in votes alone: not where all agree.
                told = conversion.usd_rate._replace(quiet=before.quiet) != before
                for source in conversion.quoted:
                    source.convert(conversion.usd_rate)
                    if source.fresh:
                        self.dirty.update(
                            (self.keys[key.name], None)
                            for key in source.keys
                            if told or not key.calm
                        )
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
        for key, conversion in self.restless.items():
            if key.wake <= at:
                if conversion is None:
                    self.dirty[key] = None
                else:
                    self.dirty_rates[conversion] = None
        due = [source for source in self.unproven if source.pending_until <= at]
        return self._believe(due, at, fade_epoch)

    def confirm(self, by: Source, at: int, fade_epoch: int) -> list[Source]:
        """Believe the unproven prints that a trade of another venue shows to be right, and, if any,
        that trade's own; returns them."""
        found = [source for source in self.unproven if source is not by and confirms(by, source)]
        if found and by in self.unproven:
            found.append(by)
        return self._believe(found, at, fade_epoch)

    def _believe(self, found: list[Source], at: int, fade_epoch: int) -> list[Source]:
        """The unproven prints of these sources are their prices from `at` on."""
        found.sort(key=attrgetter("market"))
        for source in found:
            source.prove(at)
            source.fade(fade_epoch, self.rules)
            del self.unproven[source]
            self.touch(source)
        return found

    def replace_changed(self, instrument: Instrument) -> int:
        """A venue's symbol came to mean something else: begin anew, but know its trades.

        Returns how many of its gaps are dropped.
        """
        source = self.find(instrument)
        if source is None or source.instrument == instrument:
            return 0
        self.regroup(source)
        self.unproven.pop(source, None)
        for seat in source.seats:
            self.keys[seat.key.name].leave(source)
        if source.rate_seat is not None:
            self.conversions[source.instrument.base].rate.leave(source)
        conversion = self.conversions.get(source.instrument.quote)
        if conversion is not None:
            conversion.quoted.remove(source)
        del self._by_base[source.instrument.base][source.market]
        source.gate.instrument = instrument
        self._connect(Source(instrument, source.gate))
        open_gaps = self.open_gaps.pop(source.market, None)
        return len(open_gaps.open) if open_gaps is not None else 0

    def exclude(self, names: Iterable[str]) -> None:
        """Leave these sources out of every price and rate, and no others."""
        self.excluded = frozenset(names)
        for source in self.sources.values():
            if source.excluded != (source.name in self.excluded):
                source.excluded = not source.excluded
                self.regroup(source)

    def define(
        self, index: str, definition: IndexDefinition | None, coins: CoinTimeline, *, anew: bool
    ) -> None:
        """Take a definition, None for one that is retired; a new price is made at the next instant.

        `coins` say what assets become; `anew` where that has changed since the last time.
        """
        self._lay_out(self.wanted.define(index, definition, coins, anew=anew))

    def find_anew(self, coins: CoinTimeline) -> None:
        """Find which prices are asked for, now that it is known what else assets become."""
        self._lay_out(self.wanted.find_anew(coins))

    def _lay_out(self, change: WantedChange) -> None:
        """Let go of prices that nobody asks for, and connect new ones with their sources."""
        for name in change.removed:
            key = self.keys.pop(name)
            for seat in key.seats:
                seat.source.seats.remove(seat)
            self.dirty.pop(key, None)
            self.restless.pop(key, None)
        for name in change.added:
            asset, kinds = self.wanted.keys[name]
            key = self.keys[name] = Consolidation(name, self._of(asset, kinds), self.rules)
            self.dirty[key] = None
            for seat in key.seats:
                insort(seat.source.seats, seat, key=_by_key)

    def _of(self, asset: str, kinds: Iterable[str]) -> list[Source]:
        sources = self._by_base.get(asset, {}).values()
        return [source for source in sources if source.instrument.kind in kinds]

    def _connect(self, source: Source) -> Source:
        """Let a source take part in the prices and rates that it belongs to."""
        instrument = source.instrument
        self.sources[source.market] = source
        self._by_base.setdefault(instrument.base, {})[source.market] = source
        source.excluded = source.name in self.excluded
        for name in self.wanted.of(instrument.base):
            _, kinds = self.wanted.keys[name]
            if instrument.kind in kinds:
                source.seats.append(self.keys[name].join(source))
        if instrument.quote == NUMERAIRE:
            source.convert(Rate(1.0))
            conversion = self.conversions.get(instrument.base)
            if conversion is not None and instrument.kind == "spot":
                source.rate_seat = conversion.rate.join(source)
            return source
        conversion = self.conversions.get(instrument.quote) or self._convert(instrument.quote)
        conversion.quoted.append(source)
        source.convert(conversion.usd_rate)
        return source

    def _convert(self, currency: str) -> Conversion:
        """Begin to convert a currency, with the sources there are."""
        feeding = [s for s in self._of(currency, ("spot",)) if s.instrument.quote == NUMERAIRE]
        conversion = self.conversions[currency] = Conversion(currency, feeding, self.rules)
        for seat in conversion.rate.seats:
            seat.source.rate_seat = seat
        self.dirty_rates[conversion] = None
        return conversion

    def dump(self) -> dict[str, Any]:
        """What `load` cannot derive, as plain JSON values."""
        return {
            "sources": [source.dump() for _, source in sorted(self.sources.items())],
            "holes": [
                [*market, open_gaps.dump()]
                for market, open_gaps in sorted(self.open_gaps.items())
                if open_gaps.open
            ],
            "conversions": [
                [
                    *(c.currency, list(c.usd_rate), c.doubted_until),
                    *(c in self.dirty_rates, c.rate.dump()),
                ]
                for _, c in sorted(self.conversions.items())
            ],
            "old_units": [[*market, ratio] for market, ratio in sorted(self.old_units.items())],
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
        for venue, symbol, open_gaps in state["holes"]:
            book.open_gaps[venue, symbol] = OpenGaps.load(open_gaps)
        for currency, rate, doubted_until, dirty, _ in state["conversions"]:
            conversion = book.conversions.get(currency) or book._convert(currency)
            conversion.usd_rate, conversion.doubted_until = Rate(*rate), doubted_until
            if not dirty:
                del book.dirty_rates[conversion]
        for source in book.sources.values():
            quoted = book.conversions.get(source.instrument.quote)
            source.convert(quoted.usd_rate if quoted else Rate(1.0))
        book._lay_out(book.wanted.define_all(definitions, coins))
        kept = [name for name, *_ in state["keys"] if name not in book.keys]
        book._lay_out(book.wanted.keep({name: parse_price_key(name) for name in kept}))
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
