"""The Pricer: trades of many venues in, one USD price per asset out.

It gates the trades of each symbol (`engine.pricing.gate`), converts quote currencies through their
own traded pairs, drops stale sources, and consolidates (`engine.pricing.consolidation`) what is
left. Trades of equal effective time are one instant: all of them are taken in, then every price
they touch is made once. Time is that of the log alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.index.canonical import parse_canonical
from engine.index.coin_events import parse_asset
from engine.index.coin_timeline import CoinTimeline
from engine.index.definition import DefinitionError, IndexDefinition
from engine.migrations import migrate, version_of
from engine.pricing.bounds import LARGEST, SMALLEST
from engine.pricing.counters import Counters
from engine.pricing.mirror import Mirror
from engine.pricing.missed_trades import take_backfill
from engine.pricing.price_rows import PriceRows
from engine.pricing.pricer_time import PricerTime
from engine.pricing.recorded import doubled
from engine.pricing.rules import RULES, Rules
from engine.pricing.sources import SourceBook
from engine.pricing.trades import Trades
from engine.records import (
    AssetFrame,
    AssetRecord,
    BackfillFrame,
    DefinitionRecord,
    Output,
    PricerInput,
    TickFrame,
)
from engine.records.packed_ticks import PackedTicks


class Pricer:
    """The pricing stage: `apply` one record after the other.

    `dump` and `load` are inverse: a loaded Pricer says to every further record exactly what the
    dumped one would have said.

    Trades of which nothing unusual can be said are taken by compiled code
    (`engine.pricing.common_case`), unless it is `careful`: then all go by the code that states the
    rule. Both say the same to the byte.
    """

    def __init__(self, rules: Rules = RULES, *, careful: bool = False) -> None:
        self.rules = rules
        self.counters = Counters()
        self.now = 0
        """The highest time of any record so far, ns."""
        self.last_now = 0
        """The `now` of the last price frame; every later row is above it."""
        self.definitions: dict[str, dict[str, Any]] = {}
        """Those in force, as they came, by index."""
        self.coins = CoinTimeline()
        self._careful = careful
        self._connect(SourceBook(rules))
        self._coins_learned = False
        """Something was learned of coins since the wanted prices were found."""

    def _connect(self, book: SourceBook) -> None:
        self._book = book
        self._mirror = None if self._careful else Mirror(book, self.coins, self.rules)
        self._time = PricerTime(book, self.coins, self.rules, self._mirror)
        self._trades = Trades(self._time, self.counters)

    @property
    def book(self) -> SourceBook:
        """Sources and prices, up to date; to look at."""
        if self._mirror is not None:
            self._mirror.pull_all()
        return self._book

    def apply(self, record: PricerInput | PackedTicks) -> list[Output]:
        """Take one record in: one price frame, or the definition handed on.

        A definition takes effect behind the log's last price: it does not move the time.
        """
        if isinstance(record, TickFrame):
            record = PackedTicks.of(record)
        elif isinstance(record, DefinitionRecord):
            return self._define(record)
        elif isinstance(record, AssetRecord):
            return self._learn(record)
        if self._coins_learned:
            self._find_anew()
        rows = PriceRows()
        if isinstance(record, PackedTicks):
            rows.clock = record.clock
            at = self._trades.take(record, self.last_now, rows)
        elif isinstance(record, BackfillFrame):
            at = self._take_backfill(record, rows)
        else:
            at = self._take_assets(record, rows)
            rows.keep = record.keep and record.now >= self.last_now
        now, time = max(record.now, at, self.last_now), self._time
        if now > self.last_now and (self._careful or time.is_due(now)):
            time.begin(now, rows)
            time.settle(now, rows)
        self.last_now = now
        if now > self.now:
            self.now = now
        body = rows.frame(now, record.origin, time.changed_sources(now))
        return [Output("prices", "", "prices", body)]

    def _take_backfill(self, frame: BackfillFrame, rows: PriceRows) -> int:
        at = max(frame.now, self.last_now)
        self._time.begin(at, rows)
        take_backfill(self._book, self.counters, frame, self._time.weigh_missed, rows)
        source = self._book.find(frame.instrument)
        if self._mirror is not None and source is not None:
            self._mirror.mark(source)
        return at

    def _take_assets(self, frame: AssetFrame, rows: PriceRows) -> int:
        """Hand recorded prices on, also under the other price keys of their asset."""
        repeated, contradicting = doubled(frame)
        last = 0
        columns = (frame.asset, frame.at, frame.price, frame.market_cap, frame.supply)
        for row, (asset, at, price, market_cap, supply) in enumerate(zip(*columns, strict=True)):
            if at <= self.last_now or at < last:
                self.counters.late += 1
            elif row in contradicting:
                self.counters.contradicting += 1
            elif row in repeated:
                self.counters.duplicate += 1
            elif not SMALLEST <= price <= LARGEST:
                self.counters.rejected_price += 1
            else:
                if at > last and self._book.next_wake() < at:
                    self._time.begin(at, rows)
                last = at
                rows.add(asset, at, price, market_cap, supply)
                for key in self._book.wanted.of(asset):
                    if key != asset:
                        rows.add(key, at, price, market_cap, supply)
        return last

    def _leave_mirror(self) -> None:
        """Anything may change now."""
        if self._mirror is not None:
            self._mirror.pull_all()
            self._mirror.mark_all()

    def _define(self, record: DefinitionRecord) -> list[Output]:
        """Keep a definition or let it go, and hand it on; one that cannot be read is counted."""
        definition = None
        if record.definition is not None:
            try:
                definition = parse_canonical(record.index, record.definition)
            except DefinitionError:
                self.counters.rejected_definition += 1
                return []
        self.definitions.pop(record.index, None)
        if record.definition is not None:
            self.definitions[record.index] = record.definition
        self._find_anew()
        self._leave_mirror()
        self._book.define(record.index, definition, self.coins, anew=self._time.coins_moved)
        self._time.coins_moved = False
        return [Output("prices", "", "definition", record._replace(now=self.last_now))]

    def _learn(self, record: AssetRecord) -> list[Output]:
        """Keep what a record says of a coin, and hand it on; what cannot be read is counted."""
        try:
            coin = parse_asset(record.asset, record.definition)
        except DefinitionError:
            self.counters.rejected_definition += 1
            return []
        self.coins.learn(coin, self.last_now)
        self._time.look_again(0)
        self._leave_mirror()
        self._book.exclude(self.coins.excluded())
        self._coins_learned = True
        return [Output("prices", "", "asset", record._replace(now=self.last_now))]

    def _find_anew(self) -> None:
        """Find the wanted prices where coins were learned: once for all that come together."""
        if self._coins_learned:
            self._leave_mirror()
            self._book.find_anew(self.coins)
            self._coins_learned = self._time.coins_moved = False

    def dump(self) -> dict[str, Any]:
        """The whole state as plain JSON values; serialise it before the next `apply`."""
        self._find_anew()
        return {
            "state": version_of("pricer"),
            "now": self.now,
            "last_now": self.last_now,
            "epoch": self._time.epoch,
            "fade_epoch": self._time.fade_epoch,
            "counters": asdict(self.counters),
            "definitions": [list(item) for item in sorted(self.definitions.items())],
            "coins": self.coins.dump(),
            **self.book.dump(),
        }

    @classmethod
    def load(
        cls, state: Mapping[str, Any], rules: Rules = RULES, *, careful: bool = False
    ) -> Pricer:
        """The inverse of `dump`."""
        state = migrate("pricer", state)
        pricer = cls(rules, careful=careful)
        pricer.now, pricer.last_now = state["now"], state["last_now"]
        pricer._time.epoch, pricer._time.fade_epoch = state["epoch"], state["fade_epoch"]
        pricer.counters = Counters(**state["counters"])
        pricer.definitions = dict(state["definitions"])
        pricer.coins = CoinTimeline.load(state.get("coins"))
        fresh_since = pricer.last_now - rules.stale_after
        definitions = _parse(pricer.definitions)
        pricer._connect(SourceBook.load(state, definitions, fresh_since, pricer.coins, rules))
        pricer._time.epoch = state["epoch"]
        pricer._time.fade_epoch = state["fade_epoch"]
        for source in pricer._book.sources.values():
            source.fade(pricer._time.fade_epoch, rules)
        pricer._time.coins_moved = True
        pricer._time.next_expiry = 0  # found anew at the first instant to come
        return pricer


def _parse(definitions: Mapping[str, Any]) -> dict[str, IndexDefinition]:
    return {index: parse_canonical(index, mapping) for index, mapping in definitions.items()}
