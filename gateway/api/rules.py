"""`/v1/rules`: what rings of each index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Response

from engine.alerts.book import drawdown_rule
from engine.alerts.targets import target_rule
from engine.metrics.registry import REGISTRY
from gateway.api.alerts import IndexQuery
from gateway.api.context import Served
from gateway.api.models.others import RuleList
from gateway.api.problems import described
from gateway.api.reply import Replying

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
    if rule.get("name"):
        return str(rule["name"])
    side = next((side for side in ("above", "below", "equals", "has") if side in rule), "")
    return f"{rule.get('figure')} {side} {rule.get(side)}"
