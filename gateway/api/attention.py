"""`/v1/silences` and acknowledgements: what people say about alerts, into the log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from engine.records import Acknowledgement, Matchers
from engine.types import SECOND
from gateway.access.policy import Caller
from gateway.api.access import requires
from gateway.api.alerts import EpisodePath, episode_of
from gateway.api.context import Gateway, Served
from gateway.api.models.alerts import AcknowledgementModel, SilenceList, SilenceModel
from gateway.api.parameters import MomentGiven
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.episodes import told_acknowledgement, told_silence
from streams.attention import (
    AttentionError,
    acknowledge,
    end_silence,
    new_silence,
    one_of,
)
from streams.attention import (
    silence as put_silence,
)
from streams.log import Log
from streams.records import StreamError

router = APIRouter(prefix="/v1", tags=["alerts"])

SHOWN_SECONDS = 3.0
"""How long an answer waits until the gateway itself has read what it wrote, so that whoever asks
next sees it. It takes some hundredths of a second; a log that is far away may need longer."""

Speaker = Annotated[Caller, requires("alerts")]
"""Whoever asks, with a key of the scope that it takes."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters (C0, DEL, C1) and those that turn the direction of text (Unicode Annex 9):
what is said is shown in terminals, logs and messages, and must read there as it is."""


def _seen(text: str) -> str:
    if found := _UNSEEN.search(text):
        raise ValueError(f"the character U+{ord(found[0]):04X} cannot be seen; leave it out")
    return text


Comment = Annotated[
    str, Field(max_length=200, description="Why.", examples=["known"]), AfterValidator(_seen)
]
Who = Annotated[
    Annotated[str, AfterValidator(_seen)] | None,
    Field(
        min_length=1,
        max_length=100,
        description="Who says so, where a key is used by several; the key's name goes with it.",
        examples=["ada"],
    ),
]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Patterns = Annotated[list[Pattern], Field(max_length=100)]
SilencePath = Annotated[
    str, Path(description="The id of a silence, or how it begins: six characters at least.")
]


class MatchAsked(BaseModel):
    """Which alerts are meant: of each field that is given one of the patterns fits."""

    model_config = ConfigDict(extra="forbid")

    index: Patterns = Field([], description="`*` stands for anything.", examples=[["TOP*"]])
    kind: Patterns = Field(
        [], description="`flag` is every warning sign.", examples=[["drawdown", "flag"]]
    )
    severity: Patterns = Field([], examples=[["info", "warning"]])
    rule: Patterns = Field([], examples=[["drawdown>=0.05"]])


class SilenceAsked(BaseModel):
    """Which alerts are to be quiet, and until when."""

    model_config = ConfigDict(extra="forbid")

    match: MatchAsked = Field(description="Of an empty one nothing is meant: give `all` then.")
    all: bool = Field(False, description="Every alert; `match` is empty then.")
    from_: MomentGiven | None = Field(None, alias="from", description="From now if not given.")
    until: MomentGiven | None = Field(None, description="The end; or give `seconds`.")
    seconds: Annotated[float, Field(gt=0.0, le=366 * 86_400.0)] | None = Field(
        None, description="How long, where `until` is not given.", examples=[7200]
    )
    comment: Comment = ""
    who: Who = None


class AcknowledgementAsked(BaseModel):
    """That somebody sees to an episode."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment = ""
    who: Who = None


@router.get("/silences", response_model=SilenceList, responses=described())
async def list_silences(
    gateway: Served,
    reply: Replying,
    past: Annotated[bool, Query(description="Those that are over, too.")] = False,
) -> Response:
    """What is to be quiet now or later; those that end first before the others."""
    state, now = gateway.state, gateway.state.wall()
    found = sorted(state.attention.silences.values(), key=lambda s: (s.until, s.id))
    told = [told_silence(s, state, now) for s in found if past or s.until > now]
    return await reply.json({"silences": told})


@router.post(
    "/silences",
    status_code=201,
    response_model=SilenceModel,
    responses=described("unfit", "too-large", "unwritable"),
)
async def add_silence(
    asked: Annotated[SilenceAsked, Body()], gateway: Served, reply: Replying, speaker: Speaker
) -> Response:
    """Keep alerts quiet for a time: notifiers tell nothing of them. What still fires when it is
    over is told then. Screens show the episodes all the same."""
    now = gateway.state.wall()
    patterns = {f: tuple(v) for f, v in asked.match.model_dump().items()}
    if asked.all == any(patterns.values()):
        raise ApiProblem("unfit", "match: say which alerts, or `all` for every one")
    if (asked.until is None) == (asked.seconds is None):
        raise ApiProblem("unfit", "until: give the end, or `seconds`; one of the two")
    start = now if asked.from_ is None else asked.from_
    until = asked.until if asked.seconds is None else start + int(asked.seconds * SECOND)
    assert until is not None
    name = who_says(speaker, asked.who)
    try:
        wanted = new_silence(Matchers(**patterns), start, until, name, asked.comment, now)
    except AttentionError as error:
        raise ApiProblem("unfit", str(error)) from error
    async with writing(gateway) as log:
        await put_silence(log, wanted)
    said = gateway.state.attention.silences
    await shown(gateway, lambda: said.get(wanted.id) == wanted)
    return _created(await reply.json(told_silence(wanted, gateway.state, now)))


@router.delete(
    "/silences/{silence}",
    response_model=SilenceModel,
    responses=described("unknown-silence", "unwritable"),
)
async def delete_silence(
    silence: SilencePath,
    gateway: Served,
    reply: Replying,
    speaker: Speaker,
) -> Response:
    """End a silence now. What still fires is told."""
    now, said = gateway.state.wall(), gateway.state.attention.silences
    try:
        one_of(silence[:200], [s.id for s in said.values() if s.until > now], "silence")
    except AttentionError as error:
        raise ApiProblem("unknown-silence", str(error)) from error
    try:
        async with writing(gateway) as log:
            ended = await end_silence(log, silence, who_says(speaker), now)
    except AttentionError as error:
        raise ApiProblem("unknown-silence", str(error)) from error
    await shown(gateway, lambda: said.get(ended.id) == ended)
    return await reply.json(told_silence(ended, gateway.state, now))


@router.post(
    "/alerts/{episode}/acknowledgement",
    status_code=201,
    response_model=AcknowledgementModel,
    responses=described("unknown-episode", "unfit", "too-large", "unwritable"),
)
async def acknowledge_episode(
    episode: EpisodePath,
    gateway: Served,
    reply: Replying,
    speaker: Speaker,
    asked: Annotated[AcknowledgementAsked | None, Body()] = None,
) -> Response:
    """Say that somebody sees to an episode that fires: it is neither repeated nor escalated."""
    asked = asked or AcknowledgementAsked()
    found = episode_of(gateway, episode)
    if not found.open:
        raise ApiProblem("unfit", f"{episode[:60]}: it fires no more, so nobody needs to see to it")
    name = found.newest.head.episode
    said = Acknowledgement(name, who_says(speaker, asked.who), asked.comment, gateway.state.wall())
    async with writing(gateway) as log:
        await acknowledge(log, said)
    known = gateway.state.attention.acknowledged
    await shown(gateway, lambda: known.get(name) == said)
    return _created(await reply.json(told_acknowledgement(said)))


@router.delete(
    "/alerts/{episode}/acknowledgement",
    response_model=AcknowledgementModel,
    responses=described("unknown-episode", "unfit", "unwritable"),
)
async def take_back_acknowledgement(
    episode: EpisodePath, gateway: Served, reply: Replying, speaker: Speaker
) -> Response:
    """Take an acknowledgement back; the answer is the one that held. The episode is told again
    while it fires."""
    known = gateway.state.attention.acknowledged
    name = episode_of(gateway, episode).newest.head.episode
    if name not in known:
        raise ApiProblem("unfit", f"{episode[:60]}: nobody has acknowledged it")
    had = known[name]
    said = Acknowledgement(name, who_says(speaker), had.comment, gateway.state.wall(), True)
    async with writing(gateway) as log:
        await acknowledge(log, said)
    await shown(gateway, lambda: known.get(name) != had)
    return await reply.json(told_acknowledgement(had))


def who_says(caller: Caller, who: str | None = None) -> str:
    """Who says something: the name of the key, and the one given with it."""
    return (f"{who} ({caller.name})" if who and who != caller.name else caller.name)[:200]


@asynccontextmanager
async def writing(gateway: Gateway) -> AsyncIterator[Log]:
    """The log, to write to; what it refuses is a problem of ours. Raises ApiProblem."""
    log = gateway.writable()
    try:
        yield log
    except AttentionError:
        raise
    except (StreamError, OSError) as error:
        raise ApiProblem("unwritable", str(error)) from error


async def shown(gateway: Gateway, there: Callable[[], Any]) -> None:
    """Wait until the gateway has read what was written, so that the next answer has it."""
    state = gateway.state
    end = state.clock() + SHOWN_SECONDS
    while not there() and (left := end - state.clock()) > 0.0:
        await state.changed.wait(left)


def _created(answer: Response) -> Response:
    answer.status_code = 201
    return answer
