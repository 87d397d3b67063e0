"""`POST /v1/rules/backtest`: when a rule would have rung over the kept log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.operations import Json
from gateway.wire import rendered


class BacktestAsked(BaseModel):
    """A rule to try, by its name or as a line; and how often it may ring."""

    model_config = ConfigDict(extra="forbid")

    rule: str = Field(
        min_length=1,
        max_length=400,
        description="The name of a rule that is defined, or one in a line.",
        examples=["returns.1h below -0.05 for 10m clear -0.03"],
    )
    index: list[Annotated[str, Field(max_length=32)]] = Field(
        [], max_length=100, description="Of these indices alone; of all if empty."
    )
    at_most: Annotated[
        int | None, Field(ge=0, le=10**6, description="Find the limit that rings at most so often.")
    ] = None


class BacktestRefused(Exception):  # noqa: N818 - it is a refusal, not a fault
    """A backtest that is not made; `status` is that of the answer, the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


TryRule = Callable[[BacktestAsked], Awaitable[dict[str, Any]]]
"""Gives `engine.alerts.backtest.plain` of it; raises BacktestRefused."""


def rules_router(try_rule: TryRule) -> APIRouter:
    """The router, over whoever has the log and the time to read it."""
    router = APIRouter(prefix="/v1/rules", tags=["alerts"])

    @router.post("/backtest")
    async def backtest(asked: BacktestAsked) -> Response:
        """When the rule would have rung: each episode with its length, its depth, and what came
        after. It is the engine itself over the kept prices, so what a defined rule says here is
        what it said then."""
        try:
            return Json(rendered(await try_rule(asked)))
        except BacktestRefused as refusal:
            return Json({"detail": str(refusal)}, refusal.status)

    return router
