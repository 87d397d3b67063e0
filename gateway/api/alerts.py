"""`/v1/alerts` and `/v1/rules`: what rang, what rings now, and what would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from engine.alerts.book import drawdown_rule
from engine.alerts.targets import target_rule
from engine.metrics.registry import REGISTRY
from gateway.alerts import AlertEpisode
from gateway.api.context import Gateway, Served
from gateway.api.models.others import EpisodeList, RuleList, Severity
from gateway.api.parameters import CursorQuery, FromQuery, cursor_of, place_of
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.entry import IndexEntry
from gateway.wire import rfc3339

router = APIRouter(prefix="/v1", tags=["alerts"])

MOST_EPISODES = 1000

IndexQuery = Annotated[str | None, Query(description="Of this index.", examples=["TOP3"])]


@router.get("/alerts", response_model=EpisodeList, responses=described("unknown-index", "unfit"))
async def list_alerts(
    gateway: Served,
    reply: Replying,
    is_open: Annotated[
        bool | None,
        Query(alias="open", description="Those that fire (true), or do no more (false)."),
    ] = None,
    index: IndexQuery = None,
    kind: Annotated[str | None, Query(description="Of this kind.", examples=["drawdown"])] = None,
    severity: Annotated[Severity | None, Query(description="Of this severity.")] = None,
    from_: FromQuery = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EPISODES, description="Episodes told.")] = 100,
    cursor: CursorQuery = None,
) -> Response:
    """Episodes of alerts, the newest first: a firing and its resolution, with the index's depth
    now."""
    alerts = gateway.state.alerts
    if index is not None and index not in alerts.indices:
        gateway.entry(index)
    found = [
        episode
        for episode in alerts.episodes()
        if is_open in (None, episode.open)
        and index in (None, episode.newest.head.index)
        and kind in (None, episode.newest.head.kind)
        and severity in (None, episode.newest.severity)
        and (from_ is None or episode.place()[0] >= from_)
    ]
    firing = sum(episode.open for episode in found)
    if cursor is not None:
        before = _place(cursor)
        found = [episode for episode in found if episode.place() < before]
    more, found = len(found) > limit, found[:limit]
    since = alerts.complete_since
    at, name = found[-1].place() if found else (0, "")
    return await reply.json(
        {
            "episodes": [_told(gateway, episode) for episode in found],
            "open": firing,
            "since": None if since is None else rfc3339(since),
            "next": cursor_of(f"{at}:{name}") if more else None,
        }
    )


def _place(cursor: str) -> tuple[int, str]:
    at, _, name = place_of(cursor).partition(":")
    if not (at.isascii() and at.isdigit() and len(at) < 20):
        detail = "cursor: it is none of ours; take `next` of an answer, or leave it out"
        raise ApiProblem("unfit", detail)
    return int(at), name


def _told(gateway: Gateway, episode: AlertEpisode) -> dict[str, Any]:
    head, begun = episode.newest.head, (episode.firing or episode.newest).head
    now = _now(gateway.state.entry(head.index))
    alerts = [alert.head.drawdown for alert in (episode.firing, episode.resolved) if alert]
    depths = [*alerts, now["drawdown"] if episode.open else None]
    known = [depth for depth in depths if depth is not None] if head.kind == "drawdown" else []
    return {
        "episode": head.episode,
        "index": head.index,
        "kind": head.kind,
        "rule": head.rule,
        "severity": episode.newest.severity,
        "open": episode.open,
        "from": rfc3339(begun.at),
        "to": None if episode.resolved is None else rfc3339(episode.resolved.head.at),
        "deepest": max(known, default=None),
        "now": now,
        "firing": None if episode.firing is None else episode.firing.json,
        "resolved": None if episode.resolved is None else episode.resolved.json,
    }


def _now(entry: IndexEntry | None) -> dict[str, Any]:
    """The index now; all null of one that is retired."""
    if entry is None:
        return {"status": None, "as_of": None, "level": None, "drawdown": None}
    row = entry.row()
    return {
        "status": entry.status,
        "as_of": None if row["as_of"] is None else rfc3339(row["as_of"]),
        "level": row["level"],
        "drawdown": row.get("drawdown", {}).get("current"),
    }


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
