"""`/v1/alerts`: what rang, and what rings now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.alerts import AlertEpisode
from gateway.api.context import Gateway, Served
from gateway.api.models.others import EpisodeList, Severity
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
