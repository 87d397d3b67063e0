"""`/v1/rank`: indices in the order of a profile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from engine.profiles import PROFILES, profile_named
from engine.types import DAY
from gateway.api.context import Gateway, Served
from gateway.api.models.others import Ranking
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.api.working import work
from gateway.past import Past
from gateway.rank import profile_told, ranking
from gateway.wire import rendered, rfc3339

router = APIRouter(prefix="/v1", tags=["definitions"])

MOST_COMMON = 200
"""Indices that are ranked over their common time: six years of them are 440,000 closes."""
LEAST_COMMON = 30 * DAY
"""Of a common time: a ranking over less says little."""

ProfileQuery = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2000,
        description=f"One of {', '.join(PROFILES)}; or a figure by its name as a target or its "
        "path, for the order by it alone; or one's own weights of several.",
        examples=[*PROFILES, "sharpe", "sharpe:2,drawdown.max:1"],
    ),
]


@router.get(
    "/rank",
    response_model=Ranking,
    responses=described("unknown-profile", "unfit", "too-much", "no-history", "busy", "unreadable"),
)
async def rank(
    profile: ProfileQuery,
    gateway: Served,
    reply: Replying,
    common: Annotated[
        bool,
        Query(description="Over the time that all have in common, by daily closes."),
    ] = False,
) -> Response:
    """All indices in the order of a profile, with what each figure contributes. Indices whose
    history is shorter than the longest one are named as `unequal`; with `common=true` all are
    judged over the same time."""
    try:
        profile_named(profile)
    except ValueError as error:
        raise ApiProblem("unknown-profile", str(error)[:400], profiles=list(PROFILES)) from error
    spans = await _spans(gateway)
    if common:
        told = await _common(gateway, profile, spans)
    else:
        told = {**rendered(ranking(gateway.state, profile)), "common": None, "left_out": {}}
    ranked = {row["index"]: spans.get(row["index"]) for row in told["ranking"]}
    for row in told["ranking"]:
        row["history"] = _times(ranked[row["index"]])
    begins = [span[0] for span in ranked.values() if span is not None]
    told["unequal"] = [
        index for index, span in ranked.items() if span and span[0] - min(begins) >= DAY
    ]
    return await reply.json(told)


Span = tuple[int, int]


async def _spans(gateway: Gateway) -> Mapping[str, Span]:
    """Of each index the times (ns) that its history is kept of."""
    if gateway.past is None:
        return {}
    async with gateway.places.one():
        return await asyncio.to_thread(Past.first_and_last, gateway.past)


def _times(span: Span | None) -> dict[str, str] | None:
    return None if span is None else {"from": rfc3339(span[0]), "to": rfc3339(span[1])}


async def _common(gateway: Gateway, profile: str, spans: Mapping[str, Span]) -> dict[str, Any]:
    """The ranking over the common time of all that have a history."""
    worker = gateway.computing()
    entries = {e.index: e for e in gateway.state.entries() if e.definition is not None}
    left_out = {index: "no_history" for index in entries if index not in spans}
    indices = [index for index in entries if index in spans]
    if not indices:
        raise ApiProblem("unfit", "common: no index has a kept history yet")
    if len(indices) > MOST_COMMON:
        detail = f"common: at most {MOST_COMMON} indices are ranked so, and there are "
        raise ApiProblem("too-much", f"{detail}{len(indices)}; leave `common` out")
    begin, end = max(spans[i][0] for i in indices), min(spans[i][1] for i in indices)
    if end - begin < LEAST_COMMON:
        last = max(indices, key=lambda index: spans[index][0])
        detail = f"common: the time that all have is {max(end - begin, 0) // DAY} days, and 30 are "
        raise ApiProblem("unfit", f"{detail}the least; {last} began last")
    names = ("risk_free", "target", "omega_threshold", "year_days", "benchmarks", "ewma_half_life")
    settings = {
        index: {name: told[name] for name in names if name in told}
        for index in indices
        for told in [entries[index].definition or {}]
    }
    task = {"indices": settings, "profile": profile, "from": begin, "to": end, "step": DAY}
    found = await work(worker, "common_rank", task)
    rows = found["ranking"]
    for row in rows:
        row["status"], row["as_of"] = entries[row["index"]].status, rfc3339(end)
    told = {"profile": profile_told(profile_named(profile)), "ranking": rows}
    return {**told, "common": _times((begin, end)), "left_out": left_out}
