"""`/v1/alerts`: what rang, and what rings now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from engine.alerts.registry import KINDS
from gateway.alerts import AlertEpisode
from gateway.api.context import Gateway, Served
from gateway.api.models.alerts import EpisodeList, EpisodeModel, Severity
from gateway.api.parameters import CursorQuery, FromQuery, cursor_of
from gateway.api.parameters import place_of as cursor_text
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.episodes import Place, open_counts, place_of, told_episode
from gateway.falls import read_falls, unknown
from gateway.wire import rfc3339
from streams.attention import AttentionError, one_of

router = APIRouter(prefix="/v1", tags=["alerts"])

MOST_EPISODES = 1000

IndexQuery = Annotated[str | None, Query(description="Of this index.", examples=["TOP3"])]
EpisodePath = Annotated[
    str, Path(description="The id of an episode, or how it begins: six characters at least.")
]


@router.get(
    "/alerts",
    response_model=EpisodeList,
    responses=described("unknown-index", "unfit", "bad-cursor"),
)
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
    slow: Annotated[
        bool | None,
        Query(
            description="What is judged once a day, warning signs and targets (true), or all else."
        ),
    ] = None,
    from_: FromQuery = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EPISODES, description="Episodes told.")] = 100,
    cursor: CursorQuery = None,
) -> Response:
    """Episodes of alerts: a firing and its resolution, how the figure stands now, who sees to it
    and until when it is silenced. The newest first; with `open=true` what must wake somebody before
    warning signs, and the worst first."""
    state, by_severity = gateway.state, is_open is True
    alerts = state.alerts
    if kind is not None:
        _check_kind(kind, {episode.newest.head.kind for episode in alerts.episodes()})
    if index is not None and index not in alerts.indices:
        gateway.entry(index)
    found = [
        episode
        for episode in alerts.episodes()
        if is_open in (None, episode.open)
        and index in (None, episode.newest.head.index)
        and kind in (None, episode.newest.head.kind)
        and severity in (None, episode.newest.severity)
        and slow in (None, episode.newest.is_slow)
        and (from_ is None or episode.place()[0] >= from_)
    ]
    placed = [(place_of(episode, by_severity), episode) for episode in found]
    placed.sort(key=lambda pair: pair[0], reverse=True)
    if cursor is not None:
        before = _place(cursor)
        placed = [pair for pair in placed if pair[0] < before]
    more, placed = len(placed) > limit, placed[:limit]
    firing, signs = open_counts(found)
    since, now = alerts.complete_since, state.wall()
    await know_falls(gateway, [episode for _, episode in placed])
    state.age()
    return await reply.json(
        {
            "episodes": [told_episode(state, episode, now) for _, episode in placed],
            "open": firing,
            "slow": signs,
            "since": None if since is None else rfc3339(since),
            "next": cursor_of(":".join(map(str, placed[-1][0]))) if more else None,
        }
    )


@router.get(
    "/alerts/{episode}",
    response_model=EpisodeModel,
    responses=described("unknown-episode"),
)
async def get_episode(episode: EpisodePath, gateway: Served, reply: Replying) -> Response:
    """One episode in full."""
    found = episode_of(gateway, episode)
    await know_falls(gateway, [found])
    gateway.state.age()
    return await reply.json(told_episode(gateway.state, found, gateway.state.wall()))


async def know_falls(gateway: Gateway, episodes: Sequence[AlertEpisode]) -> None:
    """Read how deep those went that began before this gateway did, once each. Where the tables
    cannot be read now or do not tell yet, that stays unknown."""
    falls = gateway.state.alerts.falls
    wanted = unknown(falls.of(episode.newest.head.episode) for episode in episodes)
    if not wanted or gateway.past is None:
        return
    with suppress(ApiProblem):
        async with gateway.places.one():
            now = gateway.state.newest
            found = await asyncio.to_thread(read_falls, gateway.past, wanted, now)
        for fall, read in zip(wanted, found, strict=True):
            fall.is_lost = read.is_lost
            if read.deepest is not None:
                fall.deepest, fall.is_known = max(fall.deepest, read.deepest), True


def episode_of(gateway: Gateway, name: str) -> AlertEpisode:
    """An episode that is kept here, by its id or how that begins. Raises ApiProblem."""
    known = {e.newest.head.episode: e for e in gateway.state.alerts.episodes()}
    try:
        return known[one_of(name[:200], known, "episode")]
    except AttentionError as error:
        raise ApiProblem("unknown-episode", str(error)) from error


def _check_kind(kind: str, seen: set[str]) -> None:
    """Refuse a kind of which no alert can be. Raises ApiProblem."""
    known = seen | {name for one in KINDS for name in one.names}
    if kind not in known:
        near = get_close_matches(kind, sorted(known), 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        do = f"ask for one of {', '.join(sorted(known))}"
        raise ApiProblem("unfit", f"kind: no alert is {kind[:60]!r}{hint}", do=do, near=near)


def _place(cursor: str) -> Place:
    parts = cursor_text(cursor).split(":", 3)
    numbers = parts[:3]
    if len(parts) < 4 or not all(n.isascii() and n.isdigit() and len(n) < 20 for n in numbers):
        detail = "cursor: it is none of ours; take `next` of an answer, or leave it out"
        raise ApiProblem("bad-cursor", detail)
    wakes, weight, at = map(int, numbers)
    return wakes, weight, at, parts[3]
