"""`/v1/rules`: what rings of each index, and when a rule would have rung over the kept log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.alerts.book import drawdown_rule
from engine.alerts.rule import SIDES, RuleSetting
from engine.alerts.targets import target_rule
from engine.metrics.registry import REGISTRY
from gateway.api.alerts import IndexQuery
from gateway.api.context import Served
from gateway.api.models.common import Answer, IndexId, Moment
from gateway.api.models.others import RuleList
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.trials import TrialRefused
from gateway.wire import rfc3339

router = APIRouter(prefix="/v1", tags=["alerts"])


@router.get("/rules", response_model=RuleList, responses=described("unknown-index"))
async def list_rules(gateway: Served, reply: Replying, index: IndexQuery = None) -> Response:
    """What rings of each index, as far as its definition tells, and whether it does now. Warning
    signs (`flags`) ring of every index; their episodes are at /v1/alerts."""
    entries = list(gateway.state.entries()) if index is None else [gateway.entry(index)]
    firing = {
        (episode.newest.head.index, episode.newest.head.rule): episode.newest.head.episode
        for episode in gateway.state.alerts.episodes()
        if episode.open
    }
    told = [
        {**rule, "index": entry.index, "firing": episode is not None, "episode": episode}
        for entry in entries
        for rule in _rules(entry.definition or {})
        for episode in [firing.get((entry.index, rule["rule"]))]
    ]
    return await reply.json({"rules": told})


def _rules(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of a definition: depths, targets, and rules of any figure."""
    for depth in (definition.get("alerts") or {}).get("drawdown", ()):
        rule = drawdown_rule(depth)
        told = {"rule": rule.name, "kind": rule.kind, "severity": rule.severity}
        yield {**told, "figure": "drawdown.current", "above": depth, "clear": depth / 2}
    for name, target in (definition.get("targets") or {}).items():
        if name in REGISTRY.goals:
            goal, rule = REGISTRY.goals[name], target_rule(name, target)
            told = {"rule": rule.name, "kind": rule.kind, "severity": rule.severity}
            side = "below" if goal.least else "above"
            yield {**told, "figure": ".".join(goal.path), side: target, "clear": target}
    for rule in definition.get("rule") or ():
        yield {"rule": _name(rule), "kind": "rule", "figure": rule.get("figure"), **rule}


def _name(rule: Mapping[str, Any]) -> str:
    """As its alerts are named: by its name, else by figure, side and limit."""
    side = next((side for side in SIDES if side in rule), "")
    named = (str(rule.get("name") or ""), str(rule.get("figure")))
    return RuleSetting(*named, side, rule.get(side, "")).name if side else named[0]


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
    "/rules/backtest",
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
