"""The sources and prices of a Pricer as numbers in arrays, for what is compiled.

`engine.pricing.common_case` works on the arrays, the readable code on the objects. Each source and
each price is at any time up to date in one of the two, or in both:

- what was taken in the arrays is *ahead* there; `pull` brings it into the object before that is
  read, `pull_all` everything;
- what the readable code may have changed is *marked*, and loaded into the arrays before the next
  row is taken there.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, Final, cast

import numpy as np

from engine.index.coin_timeline import CoinTimeline
from engine.pricing.common_case import (
    CLOCK,
    KEY,
    LINKS,
    NOT_COMMON,
    SEAT,
    SOURCE,
    parts,
    run,
)
from engine.pricing.consolidation import Consolidation
from engine.pricing.conversion import Conversion
from engine.pricing.gate import TradeGate
from engine.pricing.rules import Rules
from engine.pricing.source import NEVER, Seat, Source, StandingPrice
from engine.pricing.sources import SourceBook
from engine.records import Instrument
from engine.records.bounds import INT64
from engine.records.packed_ticks import PackedTicks
from engine.table import I64

_LISTED: Final = 2
"""In `_ahead`: noted as touched, and pulled since."""


Stretch = tuple[int, int, int, int, int]
"""What was taken at once: why it stopped, before which row, within which instant, how many rows of
prices were made, and how many prices are left to be made."""


class Mirror:
    """The arrays, and which of them are ahead of or behind their objects."""

    def __init__(self, book: SourceBook, coins: CoinTimeline, rules: Rules) -> None:
        self._book, self._coins, self._rules = book, coins, rules
        self._find_all = True
        """Nothing in the arrays is of use: all is to be laid out anew."""
        self._stale_sources: dict[Source, None] = {}
        self._stale_keys: dict[StandingPrice, None] = {}
        self._blocked = frozenset[StandingPrice]()
        """Prices in which an unproven print waits for what a trade of another source says."""
        self._lay_out(0, 0)
        self._find_all = True

    # --- where is what -----------------------------------------------------------------------

    def _lay_out(self, epoch: int, fade_epoch: int) -> None:
        """Give every source and every price a place."""
        book, rules = self._book, self._rules
        self._sources = list(book.sources.values())
        self._keys = [key for _, key in sorted(book.keys.items())]
        self._place_of = {source: place for place, source in enumerate(self._sources)}
        self._row_of: dict[StandingPrice, int] = {key: row for row, key in enumerate(self._keys)}
        self._names = [key.name for key in self._keys]
        self._shapes: dict[int, tuple[Any, ...]] = {}
        """How many of a price's seats are usable, whose they are, and which are heavy."""
        self._known: dict[str, dict[Instrument, int]] = {}
        """By connector: the places of instruments."""
        self._last: dict[str, tuple[Sequence[Instrument], I64]] = {}
        """By connector: the instruments of its last frame, and their places."""
        self._clock = np.array(
            [
                (
                    *(epoch, fade_epoch, rules.half_life, rules.fade, rules.ahead),
                    *(rules.stale_after, rules.recent, rules.wait),
                    *(rules.band, rules.share, rules.paces),
                )
            ],
            CLOCK,
        )
        self._rescaled = {e.asset for e in self._coins.coming if e.becomes is None}
        """Assets of which a new unit is to come, and may be traded already."""
        size, rows = 2 * len(self._sources) + 16, len(self._keys)
        width = max((len(key.seats) for key in self._keys), default=0) + 4
        self.sources, self.links = np.zeros(size, SOURCE), np.zeros((size, LINKS), np.int64)
        self.keys, self.seats = np.zeros(rows, KEY), np.zeros((rows, width), SEAT)
        self._work = np.zeros(2 * max(size, rows) + size + 2 * rows, np.int64)
        ahead, self._touched, self._dirty = parts(self._work, size, rows)
        self._is_ahead, self._touches = ahead.data, 0
        self._state = self.sources, self.links, self.keys, self.seats, self._clock
        self._make_room(64)
        self._stale_sources = dict.fromkeys(self._sources)
        self._stale_keys = dict.fromkeys(self._keys)
        self._find_all = False

    def places(self, ticks: PackedTicks) -> I64 | None:
        """The places of the sources of a frame's instruments, or NOT_COMMON; None where one of them
        has changed or is brought by somebody else than before."""
        instruments, connector = ticks.instruments, ticks.connector
        last = self._last.get(connector)
        # The codec gives the very same ones where a frame names the same as another.
        if last is not None and (last[0] is instruments or last[0] == instruments):
            return last[1]
        known = self._known.setdefault(connector, {})
        found = [known.get(instrument, NOT_COMMON) for instrument in instruments]
        if NOT_COMMON in found:
            for i, instrument in enumerate(instruments):
                source = self._book.find(instrument) if found[i] < 0 else None
                if source is None:
                    continue
                if source.instrument != instrument or source.gate.connector != connector:
                    return None
                if isinstance(source.gate, TradeGate) and source in self._place_of:
                    found[i] = known[instrument] = self._place_of[source]
        places = np.array(found, np.int64)
        if NOT_COMMON not in found:
            self._last[connector] = instruments, places
        return places

    # --- taking trades -----------------------------------------------------------------------

    def _make_room(self, rows: int) -> None:
        """Arrays for the prices that are made of so many trades."""
        self._room = rows
        self._prices = np.zeros(LINKS * rows)
        self._made = np.zeros(2 * LINKS * rows, np.int64)
        # Python reads items of these faster than those of arrays.
        self._price_items = self._prices.data
        self._made_items = self._made.data
        self._room_of = self._prices, self._made, self._work

    def run(self, ticks: PackedTicks, begin: int, at: int, due: int) -> Stretch:
        """Take common rows of a frame from `begin` on (`engine.pricing.common_case.run`)."""
        if ticks.rows > self._room:
            self._make_room(2 * ticks.rows)
        places = self.places(ticks)
        if places is None:  # one symbol stands there with two meanings
            places = np.full(len(ticks.instruments), NOT_COMMON)
        why, row, at, made, waiting, self._touches = run(
            *self._state, places, ticks.floats, ticks.ints, *self._room_of, begin, at, due,
            self._touches,
        )  # fmt: skip
        return why, row, at, made, waiting

    def waiting(self, count: int) -> list[Consolidation]:
        """The prices that a stretch left to be made."""
        return [self._keys[row] for row in self._dirty[:count].tolist()]

    def made(self, count: int) -> tuple[list[str], list[int], list[float]]:
        """The rows of prices that the last stretch made: names, times, prices."""
        made, keys = self._made_items, len(self._prices)
        return (
            list(map(self._names.__getitem__, made[keys : keys + count].tolist())),
            made[:count].tolist(),
            cast("list[float]", self._price_items[:count].tolist()),
        )

    # --- from the arrays to the objects ------------------------------------------------------

    def pull(self, source: Source) -> None:
        """Bring a source up to date."""
        place = self._place_of.get(source)
        if place is not None and self._is_ahead[2 * place] == 1:
            self._is_ahead[2 * place] = _LISTED
            self._pull_source(place)

    def pull_price(self, key: StandingPrice) -> None:
        """Bring a price and all its members up to date."""
        row = self._row_of.get(key)
        if row is not None and self._is_ahead[2 * row + 1] == 1:
            self._is_ahead[2 * row + 1] = _LISTED
            self._pull_key(row)
        for seat in key.seats:
            self.pull(seat.source)

    def pull_around(self, source: Source) -> None:
        """Bring a source up to date, and all that it takes part in."""
        if source.rate_seat is not None:
            self.pull_all()
            return
        self.pull(source)
        for seat in source.seats:
            self.pull_price(seat.key)

    def pull_all(self) -> None:
        """Bring everything up to date."""
        if not self._touches:
            return
        units, is_ahead = self._touched[: self._touches].tolist(), self._is_ahead
        self._touches = 0
        for unit in units:
            if is_ahead[unit] == 1:
                if unit % 2:
                    self._pull_key(unit // 2)
                else:
                    self._pull_source(unit // 2)
            is_ahead[unit] = 0

    def _pull_source(self, place: int) -> None:
        source, values = self._sources[place], self.sources[place].item()
        gate = source.gate
        assert isinstance(gate, TradeGate)
        gate.high_id, gate.last_id, gate.last_ts, has_id = values[4:8]
        gate.last_text = str(gate.high_id) if has_id else None
        source.traded_at, source.moved_at, source.seen = values[8:11]
        source.pace, source.prints, source.price, source.usd = values[11:15]
        source.weight, source.usd_weight, source.tilt = values[16:]

    def _pull_key(self, row: int) -> None:
        key, values = self._keys[row], self.keys[row].item()
        key.made_at, key.weighed_until, _, key.price, key.silent = values[6:]
        key.pulled = key.pulled_at = 0

    # --- from the objects to the arrays ------------------------------------------------------

    def mark(self, source: Source) -> None:
        """A source may have changed."""
        self._stale_sources[source] = None

    def mark_price(self, key: StandingPrice, *, members: bool = False) -> None:
        """A price may have changed, or also what is known of its members."""
        self._stale_keys[key] = None
        if members:
            for seat in key.seats:
                self.mark(seat.source)

    def mark_all(self) -> None:
        """Anything may have changed; nothing is ahead here (`pull_all`)."""
        self._find_all = True
        self._known.clear()
        self._last.clear()

    def mark_new(self, source: Source) -> None:
        """A source began to trade."""
        self.mark(source)
        for seat in source.seats:
            self.mark_price(seat.key)

    def mark_rate(self, conversion: Conversion, *, moved: bool) -> None:
        """The rate of a quote currency was made anew, and may have `moved`."""
        for seat in conversion.rate.seats:
            self.mark(seat.source)
        for source in conversion.quoted if moved else ():
            self.mark_new(source)

    def hand_over(self, source: Source) -> None:
        """Another connector is to bring the trades of a source."""
        self.pull(source)
        self.mark(source)
        if isinstance(source.gate, TradeGate):
            self._known.clear()
            self._last.clear()

    def load(self, epoch: int, fade_epoch: int) -> None:
        """Load what is marked; the epochs are those of the Pricer's weights."""
        if self._book.unproven or self._blocked:
            self._block()
        if not (self._find_all or self._stale_sources or self._stale_keys):
            return
        if not self._find_all:
            self._place_new()
        if self._find_all:
            self._lay_out(epoch, fade_epoch)
        for source in self._stale_sources:
            self._load_source(source)
        for key in self._stale_keys:
            row = self._row_of.get(key)
            if row is not None:
                self._load_key(row)
        self._stale_sources.clear()
        self._stale_keys.clear()

    def _block(self) -> None:
        """Whose trades may confirm a print that waits is not common until none does."""
        waiting = (seat.key for source in self._book.unproven for seat in source.all_seats)
        blocked = frozenset(waiting)
        for key in blocked ^ self._blocked:
            for seat in key.seats:
                self.pull(seat.source)
                self.mark(seat.source)
        self._blocked = blocked

    def _place_new(self) -> None:
        """Give new sources a place, or lay everything out anew where there is no room."""
        new = [source for source in self._stale_sources if source not in self._place_of]
        width = self.seats.shape[1]
        full = any(len(key.seats) > width for key in self._stale_keys)
        if full or len(self._sources) + len(new) > len(self.sources):
            self.pull_all()
            self._find_all = True
            return
        for source in new:
            self._place_of[source] = len(self._sources)
            self._sources.append(source)

    def _load_source(self, source: Source) -> None:
        place, gate, seats = self._place_of[source], source.gate, source.seats
        assert self._is_ahead[2 * place] != 1, source.name
        common = (
            isinstance(gate, TradeGate)
            and not (gate.seen or gate.suspected or gate.gap)
            and gate.high_id <= INT64
            and source.price > 0.0
            and source.rate > 0.0
            and source.seen > 0
            and source.pending == 0.0
            and source.fresh
            and source.rate_seat is None
            and len(seats) <= LINKS
            and source.market not in self._book.old_units
            and source.instrument.base not in self._rescaled
            and all(seat.key in self._row_of and seat.key not in self._blocked for seat in seats)
        )
        ids = (0, 0, 0, 0)
        if common:
            assert isinstance(gate, TradeGate)
            ids = gate.high_id, gate.last_id, gate.last_ts, 0
            for i, seat in enumerate(seats):
                self.links[place, i] = self._row_of[seat.key]
        self.sources[place] = (
            *(common, source.instrument.counts, source.rate_stale, len(seats) if common else 0),
            *ids,
            *(source.traded_at, source.moved_at, source.seen, source.pace, source.prints),
            *(source.price, source.usd, source.rate),
            *(source.weight, source.usd_weight, source.tilt),
        )

    def _load_key(self, row: int) -> None:
        key, silent, expected = self._keys[row], list[Seat](), list[Seat]()
        usable = key.usable
        assert self._is_ahead[2 * row + 1] != 1, key.name
        plain, trust = True, key.trust
        for seat in key.seats:
            source = seat.source
            if source.excluded or not source.price:
                continue
            if not source.fresh:
                silent.append(seat)
            elif source.rate:
                expected.append(seat)
                plain = plain and seat.agreed
        common = (
            key.calm
            and key.price is not None
            and bool(usable)
            and not (
                key.regroup or key.changed or trust.disputed or trust.clusters or trust.heaviest
            )
            and key.wake == NEVER
            and key not in self._book.restless
            and trust.now == trust.published
            and trust.makers == key.used
            and all(s.status == "in" and not s.source.rate_disputed for s in usable)
        )
        self.keys[row] = (
            *(common, plain and expected == usable, row, 0, len(usable), len(silent)),
            *(key.made_at, key.weighed_until, trust.degraded),
            *(nan if key.price is None else key.price, key.silent),
        )
        place_of = self._place_of
        members = [place_of[seat.source] for seat in (*usable, *silent)]
        shape = len(usable), members, [seat.heavy for seat in usable]
        if common and shape != self._shapes.get(row):
            self._shapes[row] = shape
            self._seat(row, usable, members)

    def _seat(self, row: int, usable: list[Seat], members: list[int]) -> None:
        """Lay out the seats of a price."""
        first: dict[str, int] = {}
        seats = self.seats[row]
        for i, place in enumerate(members):
            heavy, venue = True, i
            if i < len(usable):
                heavy = usable[i].heavy
                venue = first.setdefault(usable[i].source.instrument.venue, i)
            seats[i] = place, heavy, venue, i
