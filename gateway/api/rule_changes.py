"""Rules of an index while it runs, through its definition in the log, with who changed them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.alerts.book import drawdown_rule
from engine.alerts.registry import told_rules
from engine.alerts.rule import RuleSetting, parse_rule
from engine.alerts.targets import target_rule
from engine.index.definition import IndexDefinition, parse_index
from engine.periods import iso
from engine.records import DefinitionRecord
from engine.toml_table import DefinitionError, TomlTable
from engine.types import SECOND
from gateway.access.policy import Caller
from gateway.api.access import requires
from gateway.api.attention import Who, shown, who_says, writing
from gateway.api.context import Gateway, Served
from gateway.api.models.alerts import Severity
from gateway.api.models.common import IndexId
from gateway.api.models.rules import RuleChange
from gateway.api.parameters import IndexPath
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying, has_tag, tags_in
from gateway.api.rules import RulePath, rules_of, tag_of_rule, unknown_rule
from streams.define import define, defined_in
from streams.log import Log
from streams.reading import read_or_log

router = APIRouter(prefix="/v1", tags=["alerts"])

Admin = Annotated[Caller, requires("admin")]
"""Whoever asks, with a key of the scope that it takes."""
Lasting = Annotated[str, Field(max_length=13)] | Annotated[float, Field(ge=0.0, le=3660 * 86400.0)]
"""A duration as an index file has it, or seconds."""
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The ETag that the rule had when it was read; where it has another one now, "
        "nothing is changed (412). Without it the last one to change a rule wins.",
        examples=['W/"5d46aabb1c283b78e0a1f2c3"'],
    ),
]
PROBLEMS = ("bad-definition", "unknown-index", "too-large", "unwritable")
OF_ONE = (*PROBLEMS, "unknown-rule", "changed-meanwhile", "unfit")

_changing = asyncio.Lock()
"""A change reads a definition and writes another: one after the other."""


class RuleTable(BaseModel):
    """A table `[[index.X.rule]]` of an index file."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        None, description="Its identity; else figure, side and limit are.", examples=["stormy"]
    )
    figure: str = Field(description="A path of the snapshot.", examples=["windows.1d.volatility"])
    above: float | None = Field(None, examples=[1.2])
    below: float | None = None
    equals: str | None = Field(None, description="Of a word, as `status`.", examples=["degraded"])
    has: str | None = Field(
        None, description="Of a list of words, as `quality.flags`.", examples=["single_source"]
    )
    for_: Lasting | None = Field(None, alias="for", examples=["10m"])
    clear: float | None = Field(None, examples=[1.0])
    clear_for: Lasting | None = Field(None, examples=["5m"])
    cooldown: Lasting | None = Field(None, examples=["1h"])
    no_data: Lasting | None = Field(None, examples=["1h"])
    severity: Severity | None = None


class TargetTable(BaseModel):
    """A line of `[index.X.targets]` of an index file."""

    model_config = ConfigDict(extra="forbid")

    figure: str = Field(description="What is expected, by its name.", examples=["sharpe"])
    value: float = Field(description="The least, or of a loss the most.", examples=[1.5])


class RuleAsked(BaseModel):
    """A rule of any figure, a depth of drawdown, or a target; one of the three."""

    model_config = ConfigDict(extra="forbid")

    rule: RuleTable | None = None
    drawdown: Annotated[float, Field(gt=0.0, lt=1.0)] | None = Field(
        None, description="A depth, as in `[index.X.alerts]`.", examples=[0.1]
    )
    target: TargetTable | None = None
    who: Who = None


class NewRule(RuleAsked):
    """A rule, a depth or a target, and the index that it is of."""

    index: IndexId


@router.post(
    "/rules",
    status_code=201,
    response_model=RuleChange,
    responses=described(*PROBLEMS, "exists"),
)
async def add_rule(
    asked: Annotated[NewRule, Body()], gateway: Served, reply: Replying, admin: Admin
) -> Response:
    """Add a rule to an index, behind the log's last price. It is in the log's definition from there
    on, with who added it; an index file that is defined again without it removes it."""
    answer = await _change(gateway, asked.index, None, asked, who_says(admin, asked.who))
    found = await reply.json(answer)
    found.status_code = 201
    return found


@router.put(
    "/rules/{index}/{rule:path}",
    response_model=RuleChange,
    responses=described(*OF_ONE, "exists"),
)
async def change_rule(
    index: IndexPath,
    rule: RulePath,
    asked: Annotated[RuleAsked, Body()],
    gateway: Served,
    reply: Replying,
    admin: Admin,
    known: IfMatch = None,
) -> Response:
    """Put another rule in the place of one. An episode that is open goes on where name, figure,
    side and limit stay; else it ends with the reason `rule_removed`."""
    who = who_says(admin, asked.who)
    return await reply.json(await _change(gateway, index, rule, asked, who, known))


@router.delete(
    "/rules/{index}/{rule:path}",
    response_model=RuleChange,
    responses=described(*OF_ONE),
)
async def remove_rule(
    index: IndexPath,
    rule: RulePath,
    gateway: Served,
    reply: Replying,
    admin: Admin,
    known: IfMatch = None,
) -> Response:
    """Remove a rule, a depth of drawdown or a target. An episode that is open ends with the reason
    `rule_removed`."""
    return await reply.json(await _change(gateway, index, rule, None, who_says(admin), known))


async def _change(
    gateway: Gateway,
    index: str,
    old: str | None,
    asked: RuleAsked | None,
    who: str,
    known: str | None = None,
) -> dict[str, Any]:
    """Put what is asked for in the place of the rule `old`, and tell what came of it; `known` is
    the ETag that whoever asks knows of it."""
    gateway.entry(index)
    async with _changing, writing(gateway) as log:
        before = (await defined_in(log)).indices.get(index)
        if before is None:
            raise gateway.unknown(index)
        if known is not None and old is not None:
            await _check_unchanged(log, before, old, known)
        try:
            after, name = _changed(before, old, asked)
            await define(log, [after], now=gateway.state.wall(), by=who)
        except DefinitionError as error:
            raise ApiProblem("bad-definition", str(error)) from error
    digest = after.digest()
    await shown(gateway, lambda: _digest(gateway, index) == digest)
    change: Literal["added", "changed", "removed", "unchanged"] = "changed"
    if after == before:
        change = "unchanged"
    elif asked is None or old is None:
        change = "removed" if asked is None else "added"
    told = {"index": index, "rule": name, "was": old, "change": change}
    return {**told, "etag": _tags(after).get(name), "by": who, "sha256": digest}


def _tags(definition: IndexDefinition) -> dict[str, str]:
    """The ETag of each rule of a definition, by its name."""
    return {told["rule"]: tag_of_rule(told) for told in rules_of(definition)}


async def _check_unchanged(log: Log, before: IndexDefinition, name: str, known: str) -> None:
    """Refuse a change of a rule that is not the one that was read. Raises ApiProblem."""
    if known.strip() != "*" and not tags_in(known):
        said = "expected the ETag of the rule as it came, with its quotation marks"
        raise ApiProblem("unfit", f"If-Match: {said}, got {known[:60]}")
    tag = _tags(before).get(name)
    if tag is None or has_tag(known, tag):  # of one that is not there, it is told behind this
        return
    changed = ""
    async for record in log.latest("definitions", 0, [before.id]):
        body = read_or_log(record) if record.key == before.id and record.value else None
        if isinstance(body, DefinitionRecord):
            by = f" by {body.by}" if body.by else ""
            changed = f"; {before.id} was changed last{by} at {iso(body.now // SECOND * SECOND)}"
    where = f"/v1/rules/{before.id}/{name}"
    detail = f"{name!r} is not as it was with this ETag: see {where} for what it is now{changed}"
    raise ApiProblem("changed-meanwhile", detail)


def _digest(gateway: Gateway, index: str) -> str | None:
    entry = gateway.state.held(index)
    return None if entry is None else entry.sha256


def _changed(
    definition: IndexDefinition, old: str | None, asked: RuleAsked | None
) -> tuple[IndexDefinition, str]:
    """The definition with what is asked for in the place of the rule `old`, and the name of what
    is new, or gone. Raises ApiProblem and DefinitionError."""
    at = len(definition.rules)
    if old is not None:
        at = next((k for k, r in enumerate(definition.rules) if r.name == old), at)
        definition = _without(definition, old)
    if asked is None:
        assert old is not None
        return definition, old
    if [asked.rule, asked.drawdown, asked.target].count(None) != 2:
        raise ApiProblem("bad-definition", "give `rule`, `drawdown` or `target`, one of them")
    if asked.drawdown is not None:
        name = drawdown_rule(asked.drawdown).name
        _refuse_known(definition, name)
        depths = tuple(sorted((*definition.drawdown_alerts, asked.drawdown)))
        return _checked(replace(definition, drawdown_alerts=depths)), name
    if asked.target is not None:
        return _with_target(definition, asked.target)
    assert asked.rule is not None
    setting = _setting(definition, asked.rule)
    _refuse_known(definition, setting.name)
    rules = (*definition.rules[:at], setting, *definition.rules[at:])
    return _checked(replace(definition, rules=rules)), setting.name


def _with_target(definition: IndexDefinition, asked: TargetTable) -> tuple[IndexDefinition, str]:
    """The definition with one target more, and its name. Raises ApiProblem and DefinitionError."""
    key, value = asked.figure, asked.value
    has = next((t for k, t in definition.targets if k == key), None)
    if has is not None:
        name = target_rule(key, has).name
        raise ApiProblem("exists", f"{definition.id} has a target of {key} already, {name!r}")
    targets = tuple(sorted((*definition.targets, (key, value))))  # as a log has them
    after = _checked(replace(definition, targets=targets))
    return after, target_rule(key, value).name


def _setting(definition: IndexDefinition, table: RuleTable) -> RuleSetting:
    """The rule of a table. Raises DefinitionError."""
    given = table.model_dump(by_alias=True, exclude_none=True)
    for key in ("for", "clear_for", "cooldown", "no_data"):
        if isinstance(seconds := given.get(key), int | float):
            if seconds != int(seconds):
                said = f'expected whole seconds, or a duration such as "10m", got {seconds:g}'
                raise DefinitionError(("rule", key), said)
            given[key] = f"{seconds:.0f}s"
    about = definition.benchmarks, definition.all_assets()
    return parse_rule(TomlTable(("rule",), given), *about)


def _checked(definition: IndexDefinition) -> IndexDefinition:
    """The definition as a reader of the log will parse it. Raises DefinitionError."""
    return parse_index(definition.id, definition.to_mapping())


def names_of(definition: IndexDefinition) -> list[str]:
    """The names of all that rings of an index by its definition."""
    return [setting.name for _, setting in told_rules(definition)]


def _refuse_known(definition: IndexDefinition, name: str) -> None:
    if name in names_of(definition):
        raise ApiProblem("exists", f"{definition.id} has a rule {name!r} already")


def _without(definition: IndexDefinition, name: str) -> IndexDefinition:
    """The definition without a rule of this name. Raises ApiProblem."""
    if name not in (known := names_of(definition)):
        raise unknown_rule(definition.id, name, known)
    depths, targets = definition.drawdown_alerts, definition.targets
    return replace(
        definition,
        drawdown_alerts=tuple(d for d in depths if drawdown_rule(d).name != name),
        targets=tuple((key, t) for key, t in targets if target_rule(key, t).name != name),
        rules=tuple(rule for rule in definition.rules if rule.name != name),
    )
