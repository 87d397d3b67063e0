"""Answers about alerts and their episodes, and what people said of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.api.models.common import (
    Answer,
    IndexId,
    Moment,
    NextCursor,
    Origin,
    ReceiptModel,
    StatusNow,
)

Severity = Literal["info", "warning", "critical"]
Plain = str | float | bool | None
Evidence = Plain | list[Plain] | dict[str, Plain]


class ClusterModel(Answer):
    """Sources of an asset that agree while others do not, and the level by their price."""

    price: float | None = None
    share: float | None = Field(None, description="Of the volume of all that are fresh.")
    sources: list[str] = Field([])
    level: float | None = None


class SourceSeen(Answer):
    """What a source said."""

    price: float = Field(description="In USD.")
    weight: float = Field(description="Its share of the volume of the asset's sources.")


class AssetEvidence(Answer):
    """What an asset's price was made of when the alert came."""

    price: float | None = None
    weight: float | None = Field(None, description="Its share of the index.", examples=[0.5])
    used: list[str] = Field([], examples=[["binance:BTCUSDT"]])
    left_out: dict[str, str] = Field(
        {}, description="Source, and why it was not used.", examples=[{"kraken:BTC/USD": "stale"}]
    )
    seen: dict[str, SourceSeen] | None = Field(
        None, description="What each of them said when it was told last who makes the price."
    )
    at: Moment | None = Field(None, description="When that was.")


class DrawdownBounds(Answer):
    """Between what the true drawdown lies where trades are missing; null: not known at all."""

    low: float | None
    high: float | None


class Because(Answer):
    """What an alert rests on."""

    words: str | None = Field(
        None,
        description="One sentence for people.",
        examples=["TOP3 fell 10.4 % since 14:03: BTC −6.1, ETH −3.2, SOL −1.1"],
    )
    status: str | None = None
    contributions: dict[str, float] | None = Field(
        None,
        description="What each asset brought to the fall since the peak; they sum to it.",
        examples=[{"BTC": -0.061, "ETH": -0.032, "SOL": -0.011}],
    )
    sources: dict[str, AssetEvidence] | None = Field(None, description="By asset.")
    drawdown_bounds: DrawdownBounds | None = None
    clusters: dict[str, list[ClusterModel]] | None = None
    figure: str | None = None
    value: float | str | list[str] | None = None
    limit: float | str | None = None


class AlertRecord(Answer):
    """An alert as it stands in the log: a firing, or its resolution."""

    id: str
    episode: str = Field(description="Joins a firing with its resolution.")
    seq: int = Field(description="Counts the index's alerts without holes.")
    index: IndexId
    kind: str = Field(examples=["drawdown"])
    rule: str = Field(examples=["drawdown>=0.10"])
    state: Literal["firing", "resolved"]
    severity: str | None = Field(None, examples=["warning"])
    origin: Origin | None = None
    level: float | None = None
    peak: float | None = None
    drawdown: float | None = None
    at: Moment
    peak_at: Moment | None = None
    disputed: bool | None = None
    because: Because | None = None
    evidence: dict[str, Evidence] | None = Field(
        None, description="The numbers of a flag or target."
    )
    reason: str | None = Field(None, examples=["rule_removed"])
    receipt: ReceiptModel | None = None


class AcknowledgementModel(Answer):
    """Somebody sees to an episode: it is neither repeated nor escalated."""

    episode: str
    who: str = Field(examples=["ada"])
    comment: str = Field(examples=["known, the feed is being upgraded"])
    at: Moment


class MatchModel(Answer):
    """Which alerts are meant: of each field that is given one of the patterns fits, `*` in one
    standing for any characters; kind `flag` is every warning sign. None given: all alerts."""

    index: list[str] = Field([], examples=[["TOP*"]])
    kind: list[str] = Field([], examples=[["drawdown"]])
    severity: list[str] = Field([], examples=[["info", "warning"]])
    rule: list[str] = Field([])


class SilenceModel(Answer):
    """Alerts that match are not told from `from` until `until`; what still fires then is."""

    id: str = Field(examples=["5d46aabb"])
    match: MatchModel
    from_: Moment = Field(alias="from")
    until: Moment
    who: str = Field(examples=["ada"])
    comment: str
    at: Moment = Field(description="When that was said.")
    ended_by: str | None = Field(description="Who ended it; null where it ends by itself.")
    state: Literal["pending", "active", "over"]
    open: int = Field(description="How many open episodes it covers.", examples=[3])


class SilenceList(Answer):
    """Silences, those that end first before the others."""

    silences: list[SilenceModel]


class EpisodeNow(Answer):
    """The index now, whatever the episode was."""

    status: StatusNow
    as_of: Moment | None
    level: float | None
    drawdown: float | None = Field(description="Its depth now.", examples=[0.08])
    value: float | str | None = Field(
        description="The episode's figure now; null where it is undefined or no single value."
    )


class EpisodeModel(Answer):
    """A firing, and its resolution if there is one."""

    episode: str
    index: IndexId
    kind: str = Field(examples=["drawdown"])
    rule: str = Field(examples=["drawdown>=0.10"])
    severity: str | None = Field(examples=["warning"])
    slow: bool = Field(
        description="Whether it is judged once a day, as warning signs and targets are: no reason "
        "to wake anybody."
    )
    open: bool = Field(description="Whether it fires still.")
    from_: Moment = Field(alias="from", description="When it fired; if that is not kept, resolved.")
    to: Moment | None = Field(description="When it resolved; null while it fires.")
    deepest: float | None = Field(
        description="How deep a drawdown went while it fired; null where that is not known.",
        examples=[0.14],
    )
    furthest: float | None = Field(
        description="How far beyond its limit a rule's figure went while it fired, by published "
        "snapshots; null of other kinds, and of what began before this gateway saw any.",
        examples=[1.34],
    )
    words: str | None = Field(
        description="One sentence of why it fired.", examples=["TOP3 fell 10.4 % since 14:03"]
    )
    figure: str | None = Field(
        description="The path in the snapshot that it is about.", examples=["drawdown.current"]
    )
    then: float | str | None = Field(description="The figure's value at the firing.")
    now: EpisodeNow
    acknowledged: AcknowledgementModel | None = Field(description="Who sees to it.")
    silenced: SilenceModel | None = Field(
        description="The silence that keeps it quiet now, of several the one that ends last."
    )
    firing: AlertRecord | None = Field(description="Null where it is kept no more.")
    resolved: AlertRecord | None


class EpisodeList(Answer):
    """Episodes, the newest first. With `open=true` what must wake somebody before warning signs,
    the worst first."""

    episodes: list[EpisodeModel]
    open: int = Field(description="How many of what was asked for fire now.", examples=[1])
    slow: int = Field(description="How many of these are judged once a day.", examples=[0])
    since: Moment | None = Field(
        description="Older ones that do not fire are in the log alone; null where all are here."
    )
    next: NextCursor
