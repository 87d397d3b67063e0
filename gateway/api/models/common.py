"""Parts that several answers have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Moment = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-27T12:00:00.25Z"]}
    ),
]
"""An instant: RFC 3339, UTC, with as many decimals as it needs."""
Status = Literal["warming", "live", "degraded", "stale"]
Origin = Literal["live", "backfill", "replay"]
StatusNow = Annotated[
    Status | None,
    Field(
        description="The status of now: as published, `degraded` where figures come more than 2 s "
        "late, `stale` where the newest is more than 10 s old; null before the first snapshot.",
        examples=["live"],
    ),
]
IndexId = Annotated[str, Field(description="The id of the index.", examples=["TOP3"])]
Seq = Annotated[int, Field(description="Counts up with each snapshot, not by one.", examples=[812])]
NextCursor = Annotated[
    str | None,
    Field(description="Where the rest of the list goes on (`cursor`); null where this is the end."),
]
Undefined = Annotated[
    dict[str, str],
    Field(
        description="For each null its path and the reason; /v1/definitions has these in words.",
        examples=[{"risk.var_99": "too_few"}],
    ),
]


class Answer(BaseModel):
    """Fields may be added to every answer."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class ReceiptModel(Answer):
    """The record that something follows from: the evidence, for `tidegauge verify`."""

    topic: str = Field(examples=["prices"])
    log: str = Field(description="UUID of the log.")
    partition: int
    offset: int
    engine: str | None = Field(None, description="Version of the numbers.", examples=["4"])
