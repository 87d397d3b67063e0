"""The words the rooms share: what goes into a stage, what comes out of it.

Times are int nanoseconds UTC, prices and sizes are float64 in the quote currency and in coins.
Inputs are plain values without behaviour; a stage (`engine.pricing.pricer.Pricer`,
`engine.index.shard.Shard`) turns one input into a list of `Output`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["spot", "perpetual", "future", "option"]
Side = Literal["buy", "sell"]
Origin = Literal["live", "backfill", "replay"]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 86_400 * SECOND

NUMBERS = "4"
"""The version of the numbers, a whole number as text: one more whenever any published byte of an
old log would be another. Receipts carry it as `engine`, checkpoints too, and a log remembers which
one wrote which span. The digest of a golden log is pinned to it (`tests.engine.golden_digests`)."""


class Instrument(NamedTuple):
    """What a venue trades, under the venue's own symbol and our canonical currency names."""

    venue: str
    symbol: str
    base: str
    quote: str
    kind: Kind
    counts: bool
    """True where trade ids of this symbol step by exactly one, so that a hole is a lost trade."""


class Tick(NamedTuple):
    """One trade. `side` is the taker's, `id` the venue's text, `ts` the time of the trade.

    `off_book` trades (block, liquidation by the fund, negotiated) were not made in the order book:
    they never price, the id that they took counts as seen.
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
    last_id: str | None
    next_id: str | None
    reason: str


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


class TickFrame(NamedTuple):
    """Some milliseconds of ticks, columnar; without ticks it is a clock frame.

    `received[i]` is when tick i arrived here, not decreasing; ticks of equal `received` are one
    instant. `instrument[i]` is a place in `instruments`. `now` is the sender's time when it closed
    the frame, at or after the last `received`. `gaps` come before the ticks. `connector` is who
    heard them, "" where nobody says; two of one venue have different names. `off_book` are the
    rows of trades made outside the order book, rising: few, most frames have none. `clock` is
    "stepped" while the sender knows that this time is not the right one, else empty.
    """

    now: int
    origin: Origin
    instruments: list[Instrument]
    instrument: list[int]
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[str | None]
    ts: list[int]
    received: list[int]
    gaps: list[Gap]
    connector: str = ""
    off_book: tuple[int, ...] = ()
    clock: str = ""


class BackfillFrame(NamedTuple):
    """One part of a `Backfill`, columnar, as the log holds it; `now` is the sender's time.

    `last_id` and `next_id` are those of the whole gap, not of the part.
    """

    now: int
    origin: Origin
    instrument: Instrument
    last_id: str | None
    next_id: str | None
    price: list[float]
    size: list[float]
    side: list[Side | None]
    id: list[str]
    ts: list[int]
    complete: bool


class AssetFrame(NamedTuple):
    """Recorded asset prices in USD. They pass the Pricer untouched: no gate, no staleness.

    `at` does not decrease; all rows of one instant are in one frame. `supply[i]` (coins) and
    `market_cap[i]` (USD) are NaN where the recording has none.
    """

    now: int
    origin: Origin
    asset: list[str]
    at: list[int]
    price: list[float]
    market_cap: list[float]
    supply: list[float]


class DefinitionRecord(NamedTuple):
    """A definition enters force (`definition` is the canonical mapping) or is retired (None)."""

    now: int
    origin: Origin
    index: str  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    definition: dict[str, Any] | None


class AssetRecord(NamedTuple):
    """All that a log says of a coin: its events, and the sources left out by hand (`definition` is
    the canonical mapping of `engine.index.coin_events.AssetDefinition`)."""

    now: int
    origin: Origin
    asset: str
    definition: dict[str, Any]


@dataclass(slots=True)
class Cluster:
    """Sources of an asset that agree while others do not: their price in USD, their share of the
    volume of all that are fresh (0 to 1), their names."""

    price: float
    share: float
    sources: list[str]


@dataclass(slots=True)
class Sources:
    """Which venues made an asset's price, which were left out and why, and what to know of it."""

    used: list[str] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


class Trust(NamedTuple):
    """How far the price of an asset is to be trusted, from the instant `at` on.

    `disputed`: the venues disagree so much that the price may be wrong. `degraded`: that, or as
    much weight is left out as is used. `heaviest`: the price (USD) of the heaviest cluster of
    sources where that is not the price, else 0.0. `clusters`: in a dispute who says what, the
    heaviest first; it is reported anew whenever one of them trades.
    """

    asset: str
    at: int
    degraded: bool
    disputed: bool
    heaviest: float
    clusters: list[Cluster]


class GapSpan(NamedTuple):
    """A time (start, end] in which trades that price `asset` are missing from `venue`/`symbol`."""

    asset: str
    venue: str
    symbol: str
    start: int
    end: int
    reason: str


class FilledSpan(NamedTuple):
    """A `GapSpan` (the first five fields are its own) whose missing trades all came afterwards.

    `trades` counts them. `low` and `high` are the lowest and highest of their prices in USD, by
    the rate of the source's quote currency when the gap closed, not when they traded; None where
    there was no trade or no rate.
    """

    asset: str
    venue: str
    symbol: str
    start: int
    end: int
    trades: int
    low: float | None
    high: float | None


class PriceFrame(NamedTuple):
    """Asset prices in USD, in order of time.

    Rows of equal `at` are one instant and take effect together; `at` does not decrease, and every
    `at` is above the `now` of the frame before. `asset[i]` is a *price key*
    (`engine.index.definition.price_key`). `sources` has the assets whose sources changed. `trust`
    is in order of time as well, and takes effect together with the rows of its instant, if any.
    `clock` is that of the tick frame it was made of.
    """

    now: int
    origin: Origin
    asset: list[str]
    at: list[int]
    price: list[float]
    market_cap: list[float]
    supply: list[float]
    sources: dict[str, Sources]
    gaps: list[GapSpan]
    filled: tuple[FilledSpan, ...] = ()
    trust: tuple[Trust, ...] = ()
    clock: str = ""


PricerInput = TickFrame | BackfillFrame | AssetFrame | DefinitionRecord | AssetRecord
ShardInput = PriceFrame | DefinitionRecord | AssetRecord


class Output(NamedTuple):
    """What a stage says: `body` goes under `key` to `topic`, as a record of this `type`.

    For topic `prices`, `body` is a `ShardInput` and goes to every partition; otherwise it is a
    JSON-ready mapping and goes to the partition of its key.
    """

    topic: str
    key: str
    type: str
    body: Any


class Receipt(NamedTuple):
    """Where the record being applied stands: the evidence of what is computed from it."""

    topic: str
    log: str
    partition: int
    offset: int


class Figure(NamedTuple):
    """A figure or the reason why there is none."""

    value: float | None
    reason: str | None = None
