"""Answers about the venues behind the prices."""

from __future__ import annotations

from pydantic import Field

from gateway.api.models.common import Answer


class VenueUse(Answer):
    """A source that prices an asset."""

    asset: str = Field(examples=["BTC"])
    indices: int = Field(description="In how many indices.", examples=[3])


class VenueLeftOut(Answer):
    """A source that does not, and why."""

    source: str = Field(examples=["okx:BTC-USDT"])
    reason: str = Field(examples=["stale"])
    indices: int = Field(examples=[3])


class VenueModel(Answer):
    """What the newest snapshots say of a venue."""

    venue: str = Field(examples=["kraken"])
    used: list[VenueUse]
    excluded: list[VenueLeftOut]


class Venues(Answer):
    """The venues behind the prices now, by name."""

    venues: list[VenueModel]
