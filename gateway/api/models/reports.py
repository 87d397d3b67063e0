"""A report: what is told of some indices over a time."""

from __future__ import annotations

from pydantic import Field

from gateway.api.models.common import Answer, IndexId, Moment, StatusNow
from gateway.api.models.figures import Snapshot
from gateway.api.models.indices import HeldNow, Rebalance, StoredDefinition
from gateway.api.models.others import MetricCard
from gateway.api.models.past import Comparison, Times


class ReportPeriod(Answer):
    """The time that was asked for."""

    from_: Moment | None = Field(alias="from", description="Null: from the first level on.")
    to: Moment | None = Field(description="Null: until now.")
    name: str | None = Field(
        description="As a calendar calls it: a month, a quarter or a year.", examples=["2026-Q3"]
    )


class SinceStart(Answer):
    """Figures as they were published, over the whole history until then."""

    as_of: Moment | None
    figures: dict[str, float | str | bool | None] = Field(description="By path, where known.")


class LevelPoints(Answer):
    """Columns of equal length: candles as `/v1/indices/{id}/history` has them."""

    at: list[Moment] = Field(description="When each candle begins; it stands for (at, at + step].")
    close: list[float]
    peak: list[float | None]


class FigurePoints(Answer):
    """Figures over time, thinned; one that never changed has a single value."""

    at: list[Moment]
    columns: dict[str, list[float | None]] = Field(description="By path.")


class WordSpan(Times):
    """A word that held for a while."""

    value: str = Field(examples=["bull"])


class Distribution(Answer):
    """The simple returns of bars, counted."""

    step: int = Field(description="Seconds of a bar.", examples=[86400])
    is_return_interval: bool = Field(
        description="Whether these are the bars that the figures of risk are made of."
    )
    n: int
    edges: list[float] = Field(description="Of the bins: one more than counts.")
    counts: list[int]


class ReportSeries(Answer):
    """What is drawn of an index over time."""

    step: int = Field(description="Seconds from one point of the level to the next.")
    open_from: Moment | None = Field(description="Of the last point where that is not over yet.")
    missing: list[Times]
    level: LevelPoints
    benchmarks: dict[str, list[float | None]] = Field(
        description="The closes of each benchmark at the times of the level."
    )
    figures: FigurePoints
    words: dict[str, list[WordSpan]] = Field(description="By path: regimes, the status.")
    distribution: Distribution


class ReportComposition(Answer):
    """What the index holds, and got at each rebalance of the time, the newest first."""

    now: HeldNow = Field(description="Null of a time that is over.")
    rebalances: list[Rebalance]


class ReportEpisode(Answer):
    """An alarm, from its firing to its end, as `/v1/alerts` tells it."""

    episode: str
    kind: str = Field(examples=["drawdown"])
    rule: str = Field(examples=["drawdown>=0.10"])
    severity: str | None
    open: bool
    from_: Moment = Field(alias="from")
    to: Moment | None
    words: str | None = Field(None, description="Why it rang, as a sentence.")
    deepest: float | None


class ReportAlerts(Answer):
    """The alarms of the time, the newest first."""

    episodes: list[ReportEpisode]
    since: Moment | None = Field(
        description="Where not all of them are kept here: the time from which on they are."
    )


class ReportIndex(Times, StoredDefinition):
    """An index in a report; its times are its part of what was asked for."""

    index: IndexId
    name: str = Field(examples=["Top three"])
    status: StatusNow
    snapshot: Snapshot | None = Field(
        description="Every figure. Of the whole history as `/v1/indices/{id}` has it; of a part of "
        "it what the engine makes of the daily closes of the level in that part."
    )
    since_start: SinceStart | None = Field(
        description="Of a part of the history: the figures of all of it until the end."
    )
    series: ReportSeries
    composition: ReportComposition
    alerts: ReportAlerts


class NotCompared(Answer):
    """A series that `comparison` leaves out."""

    series: str = Field(examples=["asset:NEW"])
    why: str = Field(examples=["it has no two closes with the others"])


class Report(Answer):
    """A performance report of one index or several side by side."""

    as_of: Moment
    period: ReportPeriod
    program: str = Field(description="The version of the program.", examples=["0.1.0"])
    numbers: str = Field(description="The version of the numbers.", examples=["4"])
    cards: str = Field(description="SHA-256 of the definitions of all figures.")
    indices: list[ReportIndex]
    comparison: Comparison | None = Field(
        description="The indices and their benchmarks over their common time, as `/v1/compare`; "
        "null where no two have one."
    )
    not_compared: list[NotCompared] = Field(
        description="Indices and benchmarks that have no common time with those before them."
    )
    metrics: dict[str, MetricCard] = Field(description="The definitions, by path.")
    reasons: dict[str, str] = Field(description="Why a figure is null, in words.")
