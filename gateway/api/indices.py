"""`/v1/indices`: the list, one index in full, what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from gateway.api.context import Served
from gateway.api.models.indices import Composition, IndexRows, IndexWhole
from gateway.api.parameters import CursorQuery, IndexPath, cursor_of, instant, place_of
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import MEDIA, TABULAR, FormQuery, Replying
from gateway.api.tables import arrow_stream, csv_text
from gateway.coins import Coins
from gateway.entry import ROW_FIGURES, IndexEntry
from gateway.past import Past
from gateway.rebalances import with_turnover
from gateway.wire import rendered, rfc3339

router = APIRouter(prefix="/v1/indices", tags=["indices"])

MOST_ROWS = 10_000
"""Of one answer: as many as a gateway may hold, some 7 MB of JSON."""
MOST_REBALANCES = 1000
_AT_A_TIME = 250
"""Rows made before streams have their turn: some 5 ms."""

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of one answer.")]


@router.get(
    "",
    response_model=IndexRows,
    responses={
        200: {"content": {MEDIA[form].split(";")[0]: {} for form in TABULAR}},
        **described("bad-cursor", "not-acceptable"),
    },
)
async def list_indices(
    gateway: Served,
    reply: Replying,
    limit: Limit = MOST_ROWS,
    cursor: CursorQuery = None,
    form: FormQuery = None,
) -> Response:
    """All indices with their main figures, by id."""
    chosen = reply.form(TABULAR, form)
    after = "" if cursor is None else place_of(cursor)
    entries = [entry for entry in gateway.state.entries() if entry.index > after]
    following = cursor_of(entries[limit - 1].index) if len(entries) > limit else None
    entries = entries[:limit]
    if chosen != "json":
        columns = _columns(entries)
        body = csv_text(columns) if chosen == "csv" else arrow_stream(columns)
        headers = {} if following is None else {"Link": f'<?cursor={following}>; rel="next"'}
        return await reply.send(body, chosen, headers)
    rows = list[bytes]()
    for place, entry in enumerate(entries, 1):
        rows.append(entry.row_json())
        if place % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    end = orjson.dumps(following)
    return await reply.send(b'{"indices":[%b],"next":%b}' % (b",".join(rows), end), "json")


def _columns(entries: list[IndexEntry]) -> dict[str, NDArray[Any]]:
    """The rows as columns; figures under their paths, of texts those that are one word."""
    rows = [entry.row() for entry in entries]
    found: dict[str, NDArray[Any]] = {
        name: np.array([row[name] for row in rows], dtype=object)
        for name in ("index", "name", "status", "origin")
    }
    moments = (row["as_of"] for row in rows)
    found["as_of"] = np.array([m and rfc3339(m) for m in moments], dtype=object)
    for name in ("level", "peak"):
        found[name] = np.array([row[name] for row in rows], dtype=np.float64)
    for group, names in ROW_FIGURES.items():
        for name in names:
            values = [row[group][name] for row in rows]
            found[f"{group}.{name}"] = np.array(values, dtype=np.float64)
    return found


@router.get("/{index}", response_model=IndexWhole, responses=described("unknown-index"))
async def read_index(index: IndexPath, gateway: Served, reply: Replying) -> Response:
    """One index in full: its row, its definition, the whole newest snapshot (null before the
    first), the level of the last quarter of an hour."""
    entry = gateway.entry(index)
    return await reply.json(
        {
            "index": index,
            "row": orjson.Fragment(entry.row_json()),
            **entry.definition_mapping(),
            "snapshot": orjson.Fragment(entry.snapshot_json()),
            "line": entry.line.to_mapping(),
        }
    )


@router.get(
    "/{index}/composition",
    response_model=Composition,
    responses=described("unknown-index", "unfit", "unreadable"),
)
async def read_composition(
    index: IndexPath,
    gateway: Served,
    reply: Replying,
    limit: Annotated[int, Query(ge=1, le=MOST_REBALANCES, description="Rebalances told.")] = 100,
    cursor: CursorQuery = None,
) -> Response:
    """What one index holds now: weights, targets, prices, contributions to today's return; and
    what it held at each rebalance, the newest first; and what happens to these coins."""
    entry = gateway.entry(index)
    before = None if cursor is None else _instant_of(cursor)
    held = entry.rebalances.encoded()
    found = await asyncio.to_thread(all_rebalances, gateway.past, index, held, gateway.state.coins)
    if before is not None:
        found = [one for one in found if instant(one["rebalanced_at"]) < before]
    following = cursor_of(found[limit - 1]["rebalanced_at"]) if len(found) > limit else None
    events = gateway.state.coins.events(_coins_of(entry, found))
    told = entry.composition() | {"rebalances": found[:limit], "events": rendered(events)}
    return await reply.json({**told, "status": entry.status, "next": following})


def _coins_of(entry: IndexEntry, rebalances: list[dict[str, Any]]) -> set[str]:
    """What an index holds, held and will hold."""
    names = {asset for one in rebalances for asset in one["assets"]}
    names.update(((entry.snapshot or {}).get("composition") or {}).get("assets", ()))
    definition = entry.definition or {}
    with suppress(TypeError, KeyError):  # a log can hold definitions that nobody checked
        names.update(definition.get("weights", ()))
        names.update(asset for change in definition.get("change", ()) for asset in change["add"])
    return names


def _instant_of(cursor: str) -> int:
    try:
        return instant(place_of(cursor))
    except ValueError:
        detail = "cursor: it is none of ours; take `next` of an answer, or leave it out"
        raise ApiProblem("bad-cursor", detail) from None


def all_rebalances(
    past: Past | None, index: str, held: Sequence[bytes], coins: Coins
) -> list[dict[str, Any]]:
    """Those that the tables have, and those `held` in memory (`Rebalances.encoded`), with their
    turnover, what happens to `coins` left out of it; the newest first. Raises duckdb.Error."""
    found = {one["rebalanced_at"]: one for one in map(orjson.loads, held)}
    if past is not None:
        for one in past.rebalances(index):
            one = rendered(one)
            known = found.setdefault(one["rebalanced_at"], one)
            # A gateway that began later saw it later.
            if instant(one["as_of"]) < instant(known["as_of"]):
                found[one["rebalanced_at"]] = one
    events = coins.events({asset for one in found.values() for asset in one["assets"]})
    return with_turnover([found[at] for at in sorted(found, key=instant, reverse=True)], events)
