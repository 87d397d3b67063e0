"""What goes into `ticks`: trades, gaps, trades that were fetched afterwards, recorded prices."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from msgspec import Meta

from engine.records.bounds import (
    Body,
    Clock,
    Kind,
    Origin,
    RecordError,
    Side,
    Stamp,
    Text,
    Time,
    Word,
    check_instants,
    check_rows,
)
from engine.types import HOUR

Row = Annotated[int, Meta(ge=0)]


class Instrument(NamedTuple):
    """What a venue trades, under the venue's own symbol and our canonical currency names."""

    venue: Text
    symbol: Text
    base: Text
    quote: Text
    kind: Kind
    counts: bool
    """True where trade ids of this symbol step by exactly one, so that a hole is a lost trade."""


class Tick(NamedTuple):
    """One trade. `side` is the taker's, `id` the venue's text, `ts` the time of the trade.

    `off_book` trades (block, liquidation by the fund, negotiated) were not made in the order book:
    they never price, the id that they took counts as seen. Many of them are a `TickFrame`.
    """

    instrument: Instrument
    price: float
    size: float
    side: Side | None
    id: str | None
    ts: int
    off_book: bool = False


class Gap(NamedTuple):
    """Trades of a symbol that we know or must suspect to have missed.

    `last_id` is the last one before and `next_id` the first one after, where known. A connector
    that knows both reports exactly the trades between; otherwise they are missing before the next
    new trade.
    """

    instrument: Instrument
    last_id: Word | None
    next_id: Word | None
    reason: Word


class Backfill(NamedTuple):
    """Trades of one symbol fetched afterwards from the venue's history, for one gap.

    `last_id` and `next_id` are the gap's, and the trades lie strictly between, oldest first, each
    once. `complete` says that none is missing among them; a long gap comes in several parts, and
    only the last one may be complete. They count in volume and quality and never move a price.
    """

    instrument: Instrument
    last_id: str | None
    next_id: str | None
    ticks: list[Tick]
    complete: bool


class TickFrame(Body, frozen=True):
    """Some milliseconds of ticks, columnar; without ticks it is a clock frame.

    `received[i]` is when tick i arrived here, not decreasing; ticks of equal `received` are one
    instant. `instrument[i]` is a place in `instruments`. `now` is the sender's time when it closed
    the frame, at or after the last `received`. `gaps` come before the ticks. `connector` is who
    heard them, "" where nobody says; two of one venue have different names. `off_book` are the
    rows of trades made outside the order book, rising: few, most frames have none. `clock` is
    "stepped" while the sender knows that this time is not the right one, else empty.

    On the wire the last two are absent where they are empty, and `connector` is absent from records
    of before there was one.
    """

    now: Time
    origin: Origin
    instruments: list[Instrument]
    instrument: list[Row]
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[Word | None]
    ts: list[Stamp]
    received: list[Stamp]
    gaps: list[Gap]
    connector: Word = ""
    off_book: tuple[Row, ...] = ()
    clock: Clock = ""

    def check(self) -> None:
        """Rows are whole, point to what there is, and are in order of receipt."""
        rows = len(self.instrument)
        lengths = len(self.price), len(self.size), len(self.side), len(self.id), len(self.ts)
        if lengths.count(rows) != len(lengths) or len(self.received) != rows:
            check_rows(self, ("price", "size", "side", "id", "ts", "received"), rows)
        if rows and max(self.instrument) >= len(self.instruments):
            raise RecordError("instrument points outside of instruments")
        check_instants("received", self.received, self.now)
        if not self.off_book:  # as a rule
            return
        last = -1
        for row in self.off_book:
            if not last < row < rows:
                raise RecordError("off_book has rows that do not rise or are not there")
            last = row


class BackfillFrame(Body, frozen=True):
    """One part of a `Backfill`, columnar, as the log holds it; `now` is the sender's time.

    `last_id` and `next_id` are those of the whole gap, not of the part.
    """

    now: Time
    origin: Origin
    instrument: Instrument
    last_id: Word | None
    next_id: Word | None
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[Word]
    ts: list[Stamp]
    complete: bool

    def check(self) -> None:
        """Rows are whole."""
        check_rows(self, ("size", "side", "id", "ts"), len(self.price))


class AssetFrame(Body, frozen=True):
    """Recorded asset prices in USD. They pass the Pricer untouched: no gate, no staleness.

    `at` does not decrease; all rows of one instant are in one frame. `supply[i]` (coins) and
    `market_cap[i]` (USD) are NaN where the recording has none; on the wire that is null, and a
    column of nothing else is null as a whole. `keep`: `now` is the end of an hour, and snapshots as
    of then are to be kept; on the wire it is absent where it is false.
    """

    now: Time
    origin: Origin
    asset: list[Text]
    at: list[Stamp]
    price: list[float]
    market_cap: list[float]
    supply: list[float]
    keep: bool = False

    def check(self) -> None:
        """Rows are whole and in order of time."""
        check_rows(self, ("at", "price", "market_cap", "supply"), len(self.asset))
        check_instants("at", self.at, self.now)
        if self.keep and self.now % HOUR:
            raise RecordError("keep: now is not the end of an hour")


class PlainTick(Body, frozen=True):
    """One tick as `tidegauge decode` prints it, put into `ticks` by somebody else's program."""

    venue: Text
    symbol: Text
    base: Text
    quote: Text
    kind: Kind
    price: float
    size: float
    side: Side | None
    id: Word | None
    ts: Stamp
    received: Time | None = None
    """When it arrived; else that is the time of the append."""
    off_book: bool = False
