"""Answers about definitions, rankings, and what might be."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.metrics.machinery.card import DISPLAYS
from gateway.api.models.alerts import AlertRecord
from gateway.api.models.common import Answer, IndexId, Moment, StatusNow
from gateway.api.models.figures import Snapshot
from gateway.api.models.indices import StoredDefinition
from gateway.api.models.past import Times
from gateway.api.parameters import MomentGiven


class CardExample(Answer):
    """A figure worked by hand."""

    series: str
    path: str
    value: str | float | bool | list[str] | None
    worked: str


class MetricCard(Answer):
    """What a figure is, when it is undefined, how it is shown."""

    path: str = Field(description="`*` stands for one name.", examples=["risk.sharpe"])
    label: str = Field(examples=["Sharpe"])
    group: str = Field(examples=["Risk"])
    formula: str
    unit: str = Field(examples=["ratio"])
    undefined: str = Field(description="The reasons for which it is null.")
    sign: str
    ddof: str
    annualisation: str
    minimum: str
    reference: str
    reading: str
    example: CardExample | None
    order: int
    display: str = Field(description=f"One of {', '.join(DISPLAYS)}.", examples=["ratio"])
    better: Literal["", "higher", "lower"]
    target: str | None
    column: str
    since: str = Field(description="The version of the numbers that brought it.")
    approximate: bool
    headline: bool = Field(description="Whether a report begins with it.")
    error: str = Field(description="The path of its standard error.", examples=["risk.sharpe_se"])
    drawn: str = Field(
        description="The path by which it is drawn over time, `*` for any benchmark.",
        examples=["windows.90d.volatility"],
    )


class ProfileWeight(Answer):
    """What a figure counts in a profile."""

    path: str = Field(examples=["risk.sharpe"])
    weight: float = Field(examples=[0.25])
    lower: bool = Field(description="Whether a lower figure is better.")


class ProfileModel(Answer):
    """What somebody looks for in an index."""

    aim: str
    weights: list[ProfileWeight]


class NamedProfile(ProfileModel):
    """A profile, or a figure as one."""

    name: str = Field(examples=["balanced"])


class WeightingMethod(Answer):
    """A weighting method, as an index's `weighting` names it."""

    words: str = Field(description="As people read it.", examples=["by market cap"])
    keys: list[str] = Field(description="The settings that it takes from a definition.")
    stated: bool = Field(description="Whether the definition alone gives the weights.")


class Definitions(Answer):
    """How every index and every figure is defined."""

    indices: dict[str, StoredDefinition]
    metrics: dict[str, MetricCard] = Field(description="By path.")
    profiles: dict[str, ProfileModel]
    methods: dict[str, WeightingMethod] = Field(description="The weighting methods, by name.")
    reasons: dict[str, str] = Field(
        description="Why a figure is null, in words.", examples=[{"too_few": "too few returns"}]
    )


class RankedFigure(Answer):
    """What a figure adds to a score."""

    value: float
    scaled: float = Field(description="The share of the others that are worse.", examples=[0.75])
    weight: float
    contribution: float


class Ranked(Answer):
    """An index in a ranking."""

    rank: int | None = Field(description="Null where less than half of the weights is known.")
    index: IndexId
    score: float | None
    known: float = Field(description="The share of the weights that is known.", examples=[1.0])
    contributions: dict[str, RankedFigure]
    missing: dict[str, str] = Field(description="Figures that it has not, with the reasons.")
    status: StatusNow
    as_of: Moment | None
    history: Times | None = Field(
        description="Its history as far as it is kept; null where that is not known."
    )


class Ranking(Answer):
    """Indices in the order of a profile, best first."""

    profile: NamedProfile
    common: Times | None = Field(
        description="The time that all are ranked over (`common=true`); null: each over its own."
    )
    unequal: list[str] = Field(
        description="Indices with a shorter history than the longest one: over their own time they "
        "are hard to compare, and they bound the common one.",
        examples=[["NEW2"]],
    )
    left_out: dict[str, str] = Field(
        description="Indices that are not ranked over the common time, and why."
    )
    ranking: list[Ranked]


class WhatIf(BaseModel):
    """An index that might be, over the kept history."""

    model_config = ConfigDict(extra="forbid")

    index: dict[str, Any] = Field(
        description="The table `[index.X]` of an index file, without what rings: `assets` or "
        "`weights`, `weighting`, `rebalance`, `benchmarks` (assets, or indices of this gateway), "
        "`return_interval`, `alerts` …",
        examples=[{"weights": {"BTC": 0.5, "ETH": 0.5}, "rebalance": "monthly"}],
    )
    assets: dict[str, Any] = Field(
        {},
        description="The tables `[asset.X]`: what happens to coins.",
        examples=[{"MATIC": {"event": [{"at": "2024-09-04T00:00:00Z", "becomes": "POL"}]}}],
    )
    from_: MomentGiven | None = Field(
        None,
        alias="from",
        description="Prices behind this time; the start of what is kept if not given.",
        examples=["2020-01-01"],
    )
    to: MomentGiven | None = Field(None, description="Prices up to this time.")
    step: Literal["1m", "1h", "1d"] | None = Field(
        None,
        description="The bars whose closes are taken; the longest within the return interval if "
        "not given.",
        examples=["1d"],
    )


class KeptPrices(Times):
    """What was used of an asset."""

    n: int = Field(description="Prices.", examples=[2190])


class WhatIfAnswer(Times):
    """What would have been."""

    index: IndexId
    step: int = Field(description="Seconds of a bar.", examples=[86400])
    rows: int = Field(description="Prices in all.", examples=[35040])
    assets: dict[str, KeptPrices]
    warnings: list[str]
    definition: StoredDefinition
    snapshot: Snapshot | None = Field(
        description="Every figure at the end, as `tidegauge replay` has it; null where a price of "
        "some asset is missing throughout."
    )
    alerts: list[AlertRecord] = Field(description="The last hundred.")
    alerts_total: int


class SchemaNames(Answer):
    """The records of the log and of the streams."""

    records: dict[str, str] = Field(
        description="Name, and what it is.", examples=[{"alert": "A rule fires or resolves."}]
    )
