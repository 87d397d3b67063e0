"""`POST /v1/what-if`: an index that might be, over the kept history, by the very engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from engine.index.definition import IndexDefinition
from engine.index.index_file import IndexFile, parse_file
from engine.toml_table import DefinitionError
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.context import Gateway, Served
from gateway.api.models.others import WhatIf, WhatIfAnswer
from gateway.api.parameters import span_text
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.api.working import work
from gateway.past import LATEST
from gateway.wire import rendered, rfc3339

router = APIRouter(prefix="/v1/what-if", tags=["what-if"])

NAME = "WHAT_IF"
"""The id that the index has here."""
_STEPS = {"1m": MINUTE, "1h": HOUR, "1d": DAY}


@router.post(
    "",
    response_model=WhatIfAnswer,
    responses=described(
        *("bad-definition", "unknown-asset", "unknown-index", "no-history"),
        *("unfit", "nothing-kept", "too-much", "too-large", "busy"),
    ),
)
async def what_if(asked: Annotated[WhatIf, Body()], gateway: Served, reply: Replying) -> Response:
    """The figures that an index would have, had it been defined before: its definition is put
    through the same engine with the closes of kept bars, so that the answer is what `tidegauge
    replay` says of these prices. At most 20,000 instants, a million prices, and thirty seconds."""
    worker = gateway.computing()
    defined = _parsed(gateway, asked)
    [definition] = [d for d in defined.indices if d.id == NAME]
    begin, end = asked.from_ or 0, LATEST if asked.to is None else asked.to
    if begin >= end:
        raise ApiProblem("unfit", "from: it is not before `to`", do="give a `to` behind `from`")
    step = _step(asked.step, definition)
    task = {
        "index": NAME,
        "indices": {d.id: d.to_mapping() for d in defined.indices},
        "assets": {coin.asset: coin.to_mapping() for coin in defined.assets},
        **{"from": begin, "to": end, "step": step},
    }
    found = rendered(await work(worker, "what_if", task))
    used = {
        name: {"from": rfc3339(told["from"]), "to": rfc3339(told["to"]), "n": told["n"]}
        for name, told in found["assets"].items()
    }
    held = {"definition": definition.to_mapping(), "sha256": definition.digest(), "since": None}
    answer = {
        "index": NAME,
        "from": min(told["from"] for told in used.values()),
        "to": max(told["to"] for told in used.values()),
        "step": step // SECOND,
        **found,
        "assets": used,
        "warnings": defined.warnings,
        "definition": rendered(held),
    }
    return await reply.json(answer)


def _parsed(gateway: Gateway, asked: WhatIf) -> IndexFile:
    """The definition, and those of the indices that it is measured against. Raises ApiProblem."""
    tables: dict[str, Any] = {NAME: asked.index}
    try:
        waiting = [asked.index]
        while waiting:
            for name in _benchmarks(waiting.pop()):
                entry = gateway.state.entry(name)
                if entry is not None and entry.definition is not None and name not in tables:
                    tables[name] = _quiet(entry.definition)
                    waiting.append(tables[name])
        document = {"index": tables} | ({"asset": asked.assets} if asked.assets else {})
        return parse_file(document)
    except DefinitionError as error:
        raise ApiProblem("bad-definition", str(error)) from error


def _benchmarks(table: Mapping[str, Any]) -> Iterator[str]:
    found = table.get("benchmarks")
    yield from (name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def _quiet(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Without what rings: only its level is of use."""
    loud = ("alerts", "targets", "rule")
    return {name: value for name, value in definition.items() if name not in loud}


def _step(told: str | None, definition: IndexDefinition) -> int:
    """The bars whose closes are taken: no longer than those whose returns count."""
    interval = definition.return_interval
    if told is None:
        return next((step for step in (DAY, HOUR, MINUTE) if step <= interval), MINUTE)
    step = _STEPS[told]
    if step > interval:
        detail = f"step: {told} is longer than return_interval ({span_text(interval)}), so no bar "
        raise ApiProblem("unfit", f"{detail}would have a return; shorten it, or lengthen the other")
    return step
