"""Answers about indices: rows, one in full, what it holds, how it is defined."""

from __future__ import annotations

from typing import Any

from pydantic import Field, create_model

from gateway.api.models.common import (
    Answer,
    IndexId,
    Moment,
    NextCursor,
    Origin,
    StatusNow,
    Undefined,
)
from gateway.api.models.figures import Snapshot, row_groups

_head: dict[str, Any] = {
    "index": (IndexId, ...),
    "name": (str, Field(examples=["Top three"])),
    "status": (StatusNow, ...),
    "origin": (Origin | None, ...),
    "seq": (int | None, Field(description="That of the newest snapshot.", examples=[812])),
    "as_of": (Moment | None, Field(description="The instant of the newest level.")),
    "level": (float | None, Field(examples=[1003.5])),
    "peak": (float | None, Field(description="The highest level so far.", examples=[1010.0])),
    **row_groups(),
    "flags": (
        list[str],
        Field(description="What is to be known of its quality.", examples=[["assumed_peg"]]),
    ),
    "undefined": (Undefined, ...),
}
IndexRow: Any = create_model("IndexRow", __base__=Answer, __module__=__name__, **_head)
IndexRow.__doc__ = "An index in short; returns and drawdown follow the newest level."


class IndexRows(Answer):
    """All indices, by id."""

    indices: list[IndexRow]
    next: NextCursor


class PlannedChange(Answer):
    """A planned change of the basket."""

    at: Moment = Field(description="It takes effect after the bar that ends there.")
    add: list[str] = Field(examples=[["XLM"]])
    remove: list[str] = Field(examples=[["EOS"]])
    weights: dict[str, float] = Field({}, description="What added assets get of the whole.")


class DefinitionTable(Answer):
    """An index as it is defined, defaults filled in; lengths are ns, rates are per year."""

    name: str = Field(examples=["Top three"])
    weights: dict[str, float] = Field({}, examples=[{"BTC": 0.5, "ETH": 0.3, "SOL": 0.2}])
    weighting: str | None = Field(None, examples=["fixed"])
    rebalance: str | None = Field(None, examples=["monthly"])
    base_level: float | None = Field(None, examples=[1000.0])
    benchmarks: list[str] = Field([], examples=[["BTC"]])
    return_interval: int | None = Field(None, description="ns", examples=[86_400_000_000_000])
    risk_free: float | None = Field(None, examples=[0.0])
    target: float | str | None = Field(None, examples=["risk_free"])
    omega_threshold: float | None = None
    year_days: float | None = Field(None, examples=[365.0])
    ewma_half_life: int | None = Field(None, description="ns")
    supply: dict[str, float] = Field({})
    cap_limit: float | None = None
    vol_window: int | None = Field(None, description="ns")
    max_price_age: int | None = Field(None, description="ns")
    kinds: list[str] = Field([], examples=[["spot"]])
    alerts: dict[str, list[float]] = Field({}, examples=[{"drawdown": [0.05, 0.1]}])
    targets: dict[str, float] = Field({}, examples=[{"sharpe": 1.5}])
    change: list[PlannedChange] = Field([])


class StoredDefinition(Answer):
    """A definition as it stands in the log; all null where none does."""

    definition: DefinitionTable | None
    sha256: str | None = Field(description="Of its canonical form.")
    since: Moment | None = Field(description="In force since then, by the log's time.")


class Line(Answer):
    """The level of the last quarter of an hour, thinned: columns of equal length."""

    at: list[Moment]
    level: list[float]
    low: list[float] = Field(description="The lowest since the point before.")
    peak: list[float]


class IndexWhole(StoredDefinition):
    """One index in full."""

    index: IndexId
    row: IndexRow
    snapshot: Snapshot | None = Field(description="Null before the first.")
    line: Line


class Held(Answer):
    """What a rebalance gave an asset, and what it had brought until then."""

    weight: float | None = Field(description="The weight that it got.", examples=[0.3])
    price: float | None = Field(examples=[3012.4])
    contribution_today: float | None
    contribution: float | None = Field(
        description="What it brought from the rebalance before to this one, as part of the level "
        "at that, with what it had been called before; they sum to the index's return between the "
        "snapshots (`as_of`) of both. Null of the first rebalance, and where a price is not known.",
        examples=[0.021],
    )


class Rebalance(Answer):
    """A rebalance, with prices and contributions as of the first snapshot behind it."""

    rebalanced_at: Moment
    as_of: Moment
    assets: dict[str, Held]
    turnover: float | None = Field(
        description="½·Σ|new weight − old weight|, the old ones as they had drifted by the prices "
        "told of this rebalance and the one before; null of the first.",
        examples=[0.05],
    )


class AssetEvent(Answer):
    """One coin becomes `ratio` coins of `becomes`, or of itself where that is null."""

    at: Moment = Field(description="It takes effect behind the prices of this instant.")
    asset: str = Field(examples=["MATIC"])
    becomes: str | None = Field(description="Null of a redenomination.", examples=["POL"])
    ratio: float = Field(description="New coins for one old.", examples=[1.0])


HeldNow: Any = Snapshot.model_fields["composition"].annotation
"""The snapshot's `composition`, or null."""


class Composition(Answer):
    """What an index holds now, and held at each rebalance, the newest first."""

    index: IndexId
    status: StatusNow
    seq: int | None
    as_of: Moment | None
    composition: HeldNow
    undefined: Undefined
    rebalances: list[Rebalance]
    events: list[AssetEvent] = Field(description="Of these coins, the oldest first.")
    next: NextCursor
