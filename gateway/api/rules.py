"""`/v1/rules`: what rings of each index, and when a rule would have rung over the kept log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.alerts.figures import DRAWDOWN_NOW, STATUS
from engine.alerts.registry import told_rules
from engine.alerts.rule import ABOVE, BELOW, RuleSetting
from engine.alerts.standings import lost_name
from engine.index.definition import IndexDefinition
from engine.types import SECOND
from gateway.alerts import AlertEpisode
from gateway.api.alerts import IndexQuery
from gateway.api.context import Served
from gateway.api.models.common import Answer, IndexId, Moment
from gateway.api.models.rules import RuleList, RuleSettings
from gateway.api.parameters import CursorQuery, IndexPath, cursor_of, place_of
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying, tag_of
from gateway.entry import IndexEntry
from gateway.snapshot_paths import ABSENT, figure_at
from gateway.trials import TrialRefused
from gateway.wire import rfc3339

router = APIRouter(prefix="/v1", tags=["alerts"])

RulePath = Annotated[
    str, Path(description="The name of a rule, as alerts have it.", examples=["drawdown>=0.10"])
]
MOST_RULES = 5000


@router.get("/rules", response_model=RuleList, responses=described("unknown-index", "bad-cursor"))
async def list_rules(
    gateway: Served,
    reply: Replying,
    index: IndexQuery = None,
    search: Annotated[
        str, Query(max_length=200, description="Words that index, rule or figure have in them.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_RULES, description="Rules told.")] = 1000,
    cursor: CursorQuery = None,
) -> Response:
    """What rings of each index by its definition, whether it does now, and when it did last.
    Warning signs (`flags`) ring of every index; their episodes are at /v1/alerts."""
    entries = list(gateway.state.entries()) if index is None else [gateway.entry(index)]
    words = search.casefold().split()
    found = list(islice(_found(entries, words, _place(cursor)), limit + 1))
    last: dict[tuple[str, str], AlertEpisode] = {}
    for episode in gateway.state.alerts.episodes():
        last.setdefault((episode.newest.head.index, episode.newest.head.rule), episode)
    more = len(found) > limit
    told = [
        {**rule, "etag": tag_of_rule(rule), **_standing(entry, rule, last)}
        for entry, _, rule in found[:limit]
    ]
    entry, number, _ = found[limit] if more else (None, 0, {})
    following = None if entry is None else cursor_of(f"{number}:{entry.index}")
    return await reply.json({"rules": told, "next": following})


@router.get(
    "/rules/{index}/{rule:path}",
    response_model=RuleSettings,
    responses=described("unknown-index", "unknown-rule"),
)
async def one_rule(index: IndexPath, rule: RulePath, gateway: Served, reply: Replying) -> Response:
    """A rule as the index's definition has it. Its ETag changes when it does; given as `If-Match`
    of a change, it keeps that from undoing somebody else's."""
    told = {found["rule"]: found for found in _rules(gateway.entry(index))}
    if rule not in told:
        raise unknown_rule(index, rule, told)
    return await reply.json(told[rule])


def unknown_rule(index: str, name: str, known: Iterable[str]) -> ApiProblem:
    """That the index has no such rule, with those that look alike."""
    near = get_close_matches(name[:200], known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "see /v1/rules"
    detail = f"{index} has no rule {name[:60]!r}; {hint}"
    return ApiProblem("unknown-rule", detail, near=near)


def _found(
    entries: Iterable[IndexEntry], words: Sequence[str], begin: tuple[str, int]
) -> Iterator[tuple[IndexEntry, int, dict[str, Any]]]:
    """The rules that have all these words, with their place in their index, from one on."""
    for entry in entries:
        if entry.index < begin[0]:
            continue
        for number, rule in enumerate(_rules(entry)):
            if (entry.index, number) < begin:
                continue
            text = f"{entry.index} {rule['rule']} {rule['figure']}".casefold()
            if all(word in text for word in words):
                yield entry, number, rule


def _place(cursor: str | None) -> tuple[str, int]:
    """Where a list goes on. Raises ApiProblem."""
    if cursor is None:
        return "", 0
    number, _, index = place_of(cursor).partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        detail = "cursor: it is none of ours; take `next` of an answer, or leave it out"
        raise ApiProblem("bad-cursor", detail)
    return index, int(number)


def _rules(entry: IndexEntry) -> Iterator[dict[str, Any]]:
    """Those of its definition, of all kinds."""
    definition = entry.parsed()
    if definition is None:
        return
    yield from rules_of(definition)


def rules_of(definition: IndexDefinition) -> Iterator[dict[str, Any]]:
    """What rings of an index by a definition, each as `/v1/rules/{index}/{rule}` tells it."""
    for kind, setting in told_rules(definition):
        yield _told_rule(definition.id, kind, setting)


def tag_of_rule(told: dict[str, Any]) -> str:
    """The ETag of `/v1/rules/{index}/{rule}`."""
    return tag_of(orjson.dumps(told))


def _told_rule(index: str, kind: str, setting: RuleSetting) -> dict[str, Any]:
    numeric = setting.side in (ABOVE, BELOW)
    return {
        "index": index,
        "rule": setting.name,
        "kind": kind,
        "figure": setting.figure,
        setting.side: setting.limit,
        "clear": setting.clear if setting.clear is not None or not numeric else setting.limit,
        "for": setting.hold / SECOND,
        "clear_for": setting.clear_hold / SECOND,
        "cooldown": setting.cooldown / SECOND,
        "no_data": setting.no_data / SECOND,
        "severity": setting.severity,
    }


def _standing(
    entry: IndexEntry, rule: dict[str, Any], last: dict[tuple[str, str], AlertEpisode]
) -> dict[str, Any]:
    """What its alerts, and the figure, say of a rule now."""
    episode = last.get((entry.index, rule["rule"]))
    lost = last.get((entry.index, lost_name(rule["rule"])))
    fires = episode is not None and episode.open
    state = "no_data" if lost is not None and lost.open else "firing" if fires else "ok"
    return {
        "state": state,
        "value": _value(entry, rule["figure"]),
        "firing": fires,
        "episode": episode.newest.head.episode if episode is not None and fires else None,
        "last": None if episode is None else _last(episode),
    }


def _value(entry: IndexEntry, path: str) -> Any:
    """The figure now, as a rule sees it; null where it is undefined."""
    if path == DRAWDOWN_NOW:
        return entry.row()["drawdown"]["current"]
    if path == STATUS:
        return entry.status
    found = None if entry.snapshot is None else figure_at(entry.snapshot, path)
    if isinstance(found, list | tuple):
        return [e.get("source") if isinstance(e, dict) else e for e in found]
    return None if found is ABSENT else found


def _last(episode: AlertEpisode) -> dict[str, Any]:
    begun, over = (episode.firing or episode.newest).head, episode.resolved
    return {
        "episode": begun.episode,
        "from": rfc3339(begun.at),
        "to": None if over is None else rfc3339(over.head.at),
    }


def _whole(value: object) -> object:
    """JSON knows one kind of number: 3.0 is an integer, too (JSON Schema, 4.2.3)."""
    return int(value) if type(value) is float and value.is_integer() else value


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
    at_most: Annotated[int, Field(strict=True, ge=0, le=10**6), BeforeValidator(_whole)] | None = (
        Field(None, description="Find the mildest limit that rings at most so often.")
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
    since: Moment | None = Field(description="When the first of its indices, or the log, began.")
    until: Moment | None = Field(description="The end of what it was tried over.")
    episodes: list[RungModel]


@router.post(
    "/rules/backtest",
    response_model=BacktestAnswer,
    responses=described(
        *("bad-definition", "unfit", "unknown-index", "no-history", "unreadable"),
        *("busy", "too-large"),
    ),
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
    ends = {name: at and rfc3339(at) for name in ("since", "until") for at in [found[name]]}
    return await reply.json({**found, **ends, "episodes": [_told(e) for e in found["episodes"]]})


def _told(episode: dict[str, Any]) -> dict[str, Any]:
    to = episode["to"]
    times = {"at": rfc3339(episode["at"]), "to": None if to is None else rfc3339(to)}
    return {**episode, **times}
