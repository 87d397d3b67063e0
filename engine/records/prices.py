"""What goes into `prices`: prices of assets and what is to know of them, and definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from msgspec import Meta

from engine.records.bounds import (
    Body,
    Clock,
    Count,
    FreeMapping,
    IndexId,
    Origin,
    Price,
    RecordError,
    Stamp,
    Text,
    Time,
    Word,
    check_instants,
    check_rows,
    check_span,
)

Amount = Annotated[float, Meta(ge=0.0)]


@dataclass(slots=True)
class Cluster:
    """Sources of an asset that agree while others do not: their price in USD, their share of the
    volume of all that are fresh (0 to 1), their names."""

    price: float
    share: float
    sources: list[str]


Share = Annotated[float, Meta(ge=0.0, le=1.0)]


@dataclass(slots=True)
class Sources:
    """Which venues made an asset's price, which were left out and why, and what to know of it.

    `prices` (USD, 0.0 without a rate) and `weights` (shares of the volume of all of them) are those
    of the `named` when that was told, at the time `at`: evidence, of which nothing else is made.
    Records of before there were any have none.
    """

    used: list[str] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    prices: list[Amount] = field(default_factory=list, compare=False)
    weights: list[Share] = field(default_factory=list, compare=False)
    at: Stamp = field(default=0, compare=False)

    @property
    def named(self) -> list[str]:
        """All sources that are told of: those used, then the others."""
        return list(dict.fromkeys((*self.used, *self.excluded)))

    def seen(self) -> dict[str, dict[str, float]]:
        """What each source said and weighed at the time `at`; nothing where that is not told."""
        if len(self.prices) != len(self.named) or len(self.weights) != len(self.named):
            return {}
        known = zip(self.named, self.prices, self.weights, strict=True)
        return {name: {"price": price, "weight": weight} for name, price, weight in known if price}


class Trust(NamedTuple):
    """How far the price of an asset is to be trusted, from the instant `at` on.

    `disputed`: the venues disagree so much that the price may be wrong. `degraded`: that, or as
    much weight is left out as is used. `heaviest`: the price (USD) of the heaviest cluster of
    sources where that is not the price, else 0.0. `clusters`: in a dispute who says what, the
    heaviest first; it is reported anew whenever one of them trades.
    """

    asset: Text
    at: Time
    degraded: bool
    disputed: bool
    heaviest: Amount
    clusters: list[Cluster]


class GapSpan(NamedTuple):
    """A time (start, end] in which trades that price `asset` are missing from `venue`/`symbol`."""

    asset: Text
    venue: Text
    symbol: Text
    start: Stamp
    end: Stamp
    reason: Word


class FilledSpan(NamedTuple):
    """A `GapSpan` (the first five fields are its own) whose missing trades all came afterwards.

    `trades` counts them. `low` and `high` are the lowest and highest of their prices in USD, by
    the rate of the source's quote currency when the gap closed, not when they traded; None where
    there was no trade or no rate.
    """

    asset: Text
    venue: Text
    symbol: Text
    start: Stamp
    end: Stamp
    trades: Count
    low: Price | None
    high: Price | None


class PriceFrame(Body, frozen=True):
    """Asset prices in USD, in order of time.

    Rows of equal `at` are one instant and take effect together; `at` does not decrease, and every
    `at` is above the `now` of the frame before. `asset[i]` is a *price key*
    (`engine.index.definition.price_key`). `market_cap` and `supply` are as in an `AssetFrame`.
    `sources` has the assets whose sources changed. `trust` is in order of time as well, and takes
    effect together with the rows of its instant, if any. `clock` is that of the tick frame it was
    made of, `keep` that of the `AssetFrame`. Records of before there were any have no `filled` and
    no `trust`.
    """

    now: Time
    origin: Origin
    asset: list[Text]
    at: list[Stamp]
    price: list[Price]
    market_cap: list[float]
    supply: list[float]
    sources: dict[str, Sources]
    gaps: list[GapSpan]
    filled: tuple[FilledSpan, ...] = ()
    trust: tuple[Trust, ...] = ()
    clock: Clock = ""
    keep: bool = False

    def check(self) -> None:
        """Rows are whole, and all that has a time is in order."""
        check_rows(self, ("at", "price", "market_cap", "supply"), len(self.asset))
        check_instants("at", self.at, self.now)
        if self.trust:
            check_instants("trust", [trust.at for trust in self.trust], self.now)
        for gap in self.gaps:
            check_span("a gap", gap.start, gap.end)
        for span in self.filled:
            check_span("a filled gap", span.start, span.end)
            if (span.low is None) != (span.high is None):
                raise RecordError("a filled gap has only one of low and high")
            if span.low is not None and span.high is not None and span.low > span.high:
                raise RecordError("the prices of a filled gap are out of order")


class DefinitionRecord(Body, frozen=True):
    """A definition enters force (`definition` is the canonical mapping) or is retired (None).

    `now` is when that was written, `by` by whom; "" where that is not told."""

    now: Time
    origin: Origin
    index: IndexId
    definition: FreeMapping | None
    by: Word = ""


class AssetRecord(Body, frozen=True):
    """All that a log says of a coin: its events, and the sources left out by hand (`definition` is
    the canonical mapping of `engine.index.coin_events.AssetDefinition`)."""

    now: Time
    origin: Origin
    asset: Text
    definition: FreeMapping
