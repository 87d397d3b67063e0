"""`POST /v1/rules/backtest`: when a rule would have rung over the kept log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.context import Served
from gateway.api.models.common import Answer, IndexId, Moment
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.trials import TrialRefused
from gateway.wire import rfc3339

router = APIRouter(prefix="/v1/rules", tags=["alerts"])


class BacktestAsked(BaseModel):
    """A rule to try, by its name or as a line; and how often it may ring."""

    model_config = ConfigDict(extra="forbid")

    rule: str = Field(
        min_length=1,
        max_length=400,
        description="The name of a rule that is defined, or one in a line.",
        examples=["returns.1h below -0.05 for 10m clear -0.03"],
    )
    index: list[IndexId] = Field([], max_length=100, description="Of these alone; of all if empty.")
    at_most: Annotated[int, Field(strict=True, ge=0, le=10**6)] | None = Field(
        None, description="Find the mildest limit that rings at most so often."
    )


class RungModel(Answer):
    """A time in which the rule would have rung."""

    index: IndexId
    rule: str
    kind: str = Field(examples=["rule"])
    severity: str = Field(examples=["warning"])
    at: Moment
    to: Moment | None = Field(description="Null while it lasts.")
    seconds: float | None
    value: float | str | list[str] | None = Field(description="The figure at firing.")
    worst: float | None = Field(description="The furthest that it went.")
    level: float | None
    after: dict[str, float | None] = Field(description="The change of the level from there on.")


class BacktestAnswer(Answer):
    """When the rule would have rung."""

    fired: int
    threshold: float | None = Field(description="The limit that `at_most` asks for.")
    episodes: list[RungModel]


@router.post(
    "/backtest",
    response_model=BacktestAnswer,
    responses=described("unfit", "unknown-index", "no-history", "unreadable", "busy", "too-large"),
)
async def backtest(
    asked: Annotated[BacktestAsked, Body()], gateway: Served, reply: Replying
) -> Response:
    """When a rule would have rung, how long, how deep, and what came after. It is the engine
    itself over the kept prices, so what a defined rule says here is what it said then."""
    for index in asked.index:
        gateway.entry(index)
    if gateway.trials is None:
        raise ApiProblem("no-history", "this gateway has no log to read rules over")
    try:
        found = await gateway.trials.run(asked.rule, asked.index, asked.at_most)
    except TrialRefused as error:
        headers = {"Retry-After": "10"} if error.kind == "busy" else {}
        raise ApiProblem(error.kind, str(error), headers=headers) from error
    return await reply.json({**found, "episodes": [_told(e) for e in found["episodes"]]})


def _told(episode: dict[str, Any]) -> dict[str, Any]:
    to = episode["to"]
    times = {"at": rfc3339(episode["at"]), "to": None if to is None else rfc3339(to)}
    return {**episode, **times}
