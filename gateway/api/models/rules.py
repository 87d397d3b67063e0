"""Answers about what rings of an index."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.api.models.common import Answer, IndexId, Moment, NextCursor

RuleState = Literal["ok", "firing", "no_data"]


class LastEpisode(Answer):
    """When a rule rang last, as far as its alerts are kept here."""

    episode: str
    from_: Moment = Field(alias="from")
    to: Moment | None = Field(description="Null while it fires.")


class RuleSettings(Answer):
    """What rings, of an index, as its definition has it."""

    index: IndexId
    rule: str = Field(description="Its name, as alerts have it.", examples=["drawdown>=0.10"])
    kind: str = Field(examples=["drawdown"])
    figure: str | None = Field(
        description="Its path in the snapshot.", examples=["drawdown.current"]
    )
    above: float | None = Field(None, examples=[0.1])
    below: float | None = None
    equals: str | None = Field(None, examples=["degraded"])
    has: str | None = Field(None, examples=["single_source"])
    clear: float | None = Field(None, description="Where it ends.", examples=[0.05])
    for_: float = Field(
        0.0, alias="for", description="Seconds that it must hold before it fires.", examples=[600.0]
    )
    clear_for: float = Field(0.0, description="Seconds that it must be clear before it ends.")
    cooldown: float = Field(0.0, description="Seconds between two firings at least.")
    no_data: float = Field(
        0.0, description="Seconds without the figure that are an alert of their own; 0: never."
    )
    severity: str | None = Field(None, examples=["warning"])


class RuleModel(RuleSettings):
    """The same with how it stands."""

    etag: str = Field(
        description="Of `/v1/rules/{index}/{rule}`, for `If-Match` of a change.",
        examples=['W/"5d46aabb1c283b78e0a1f2c3"'],
    )
    state: RuleState = Field(description="What its alerts say of it now.", examples=["ok"])
    value: float | str | list[str] | None = Field(
        description="The figure now; null where it is undefined."
    )
    firing: bool = Field(description="Whether it rings now.")
    episode: str | None = Field(description="The episode that is open.")
    last: LastEpisode | None


class RuleList(Answer):
    """All rules, by index."""

    rules: list[RuleModel]
    next: NextCursor


class RuleChange(Answer):
    """What a change of a rule did. It takes effect behind the log's last price."""

    index: IndexId
    rule: str = Field(description="Its name.", examples=["stormy"])
    was: str | None = Field(description="Its name before; null of a new one.")
    change: Literal["added", "changed", "removed", "unchanged"]
    etag: str | None = Field(description="Of the rule that is there now; null where it is gone.")
    by: str = Field(description="Who did it, as the log has it.")
    sha256: str = Field(description="Of the index's definition that is in force now.")
