"""Answers about the venues behind the prices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.api.models.common import Answer, IndexId, Moment


class VenueUse(Answer):
    """A source that prices an asset."""

    asset: str = Field(examples=["BTC"])
    indices: int = Field(description="In how many indices.", examples=[3])


class VenueLeftOut(Answer):
    """A source that does not, and why."""

    source: str = Field(examples=["okx:BTC-USDT"])
    reason: str = Field(examples=["stale"])
    indices: int = Field(examples=[3])


class OpenGapModel(Answer):
    """A time in which trades of a symbol were missed, and not filled yet."""

    from_: Moment = Field(alias="from")
    to: Moment
    seconds: float


class SymbolFeed(Answer):
    """How a symbol is heard."""

    symbol: str = Field(examples=["BTCUSDT"])
    asset: str | None = Field(description="Null before its first trade.", examples=["BTC"])
    quote: str | None = Field(examples=["USDT"])
    state: Literal["asked", "accepted", "refused"]
    reason: str | None = Field(description="Of a refusal, the venue's.")
    trades: int
    last: Moment | None = Field(description="When the last trade arrived.")
    silence_seconds: float | None = Field(description="Since then; null before the first.")
    stalls: int = Field(description="Silences that were trouble.")
    last_stall: str | None = Field(
        description="The last of them in words.",
        examples=["BTCUSDT silent for 4.1 s while 3 venues traded BTC 90 times"],
    )
    gaps: list[OpenGapModel] = Field(description="Open ones of the last day, the newest ten.")
    gaps_open: int = Field(description="How many there are.")


class BackfillFeed(Answer):
    """What became of missed trades, since the start."""

    gaps: int = Field(description="Seen; those without two ids in order cannot be asked for.")
    waiting: int = Field(description="To be filled, that in work included.")
    filled: int
    partial: int = Field(description="Of which only the oldest trades came.")
    failed: int
    dropped: int = Field(description="Let go while they waited.")
    trades: int = Field(description="That came.")
    requests: int


class VenueFeed(Answer):
    """How a venue is heard by this process, all its sessions together. Counts are since the
    sessions began."""

    state: Literal["live", "silent", "connecting", "subscribing", "waiting", "stopped"] = Field(
        description="silent: connected, and no trade for longer than is usual; waiting: between "
        "two attempts to connect."
    )
    sessions: int
    last: Moment | None = Field(description="When the last trade arrived.")
    silence_seconds: float | None
    trades: int
    gaps: int = Field(description="Open ones of the last day, of all symbols.")
    stalls: int
    reconnects: int
    failed_attempts: int
    malformed: int
    last_error: str | None
    symbols: list[SymbolFeed]
    backfill: BackfillFeed | None = Field(description="Null where the venue tells no history.")


class VenueModel(Answer):
    """What the newest snapshots say of a venue, and how it is heard."""

    venue: str = Field(examples=["kraken"])
    used: list[VenueUse]
    excluded: list[VenueLeftOut]
    feed: VenueFeed | None = Field(
        description="Null where other processes hear the venues (`connect`), or none does."
    )


class AssetLeftOut(Answer):
    """A source that does not price the asset."""

    source: str = Field(examples=["okx:BTC-USDT"])
    reason: str = Field(examples=["stale"])


class AssetSources(Answer):
    """Who prices an asset, and who is left out and why."""

    asset: str | None = Field(
        description="As the indices name it; null for sources of which that is not known.",
        examples=["BTC"],
    )
    used: list[str] = Field(examples=[["binance:BTCUSDT", "kraken:BTC/USD"]])
    excluded: list[AssetLeftOut]
    indices: int = Field(description="In how many indices.", examples=[3])


class IndexGaps(Answer):
    """An index of which trades were missed within a day."""

    index: IndexId
    gap_seconds_24h: float = Field(description="Time in which a source missed trades.")
    backfilled_gaps_24h: int
    backfilled_trades_24h: int


class Venues(Answer):
    """The venues behind the prices now, by name; the assets that they price; and the indices with
    the longest gaps, a hundred at most."""

    venues: list[VenueModel]
    assets: list[AssetSources]
    gaps: list[IndexGaps]
    heard_here: bool = Field(
        description="Whether this process itself hears the venues, so that `feed` is known."
    )
