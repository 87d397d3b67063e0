"""What is told of answers and records, held against real ones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import orjson
import pytest

from engine.metrics.registry import REGISTRY
from gateway.api.problems import KINDS
from gateway.api.schemas import RECORDS, schema
from gateway.app import create_app
from gateway.asyncapi import document
from gateway.state import State
from streams.codecs import HEADS, TYPE_OF, as_json
from tests.gateway import records
from tests.gateway.fuzz import fuzz
from tests.gateway.world import World, client

pytestmark = pytest.mark.xdist_group("past")

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^## `(?P<type>\w*)` in .*?```json\n(?P<json>.*?)```", re.M | re.S)
ASKED = {
    "/v1/indices": ["", "?limit=1"],
    "/v1/indices/{index}": ["MIX", "NEW"],
    "/v1/indices/{index}/composition": ["MIX/composition"],
    "/v1/indices/{index}/history": [
        *("MIX/history", "MIX/history?step=1s", "asset:BTC/history?step=1h"),
        "MIX/history?figures=risk.sharpe,status,drawdown.peak_at",
    ],
    "/v1/compare": ["?ids=MIX,EVEN,NEW,asset:SOL"],
    "/v1/alerts": ["", "?open=true", "?limit=1"],
    "/v1/alerts/{episode}": [],
    "/v1/silences": ["", "?past=true"],
    "/v1/rules": [""],
    "/v1/rules/{index}/{rule}": ["MIX/drawdown>=0.05"],
    "/v1/definitions": ["", "?indices=false"],
    "/v1/venues": [""],
    "/v1/rank": ["?profile=balanced", "?profile=sharpe&common=true"],
    "/v1/reports/{ids}": ["MIX", "MIX,EVEN?format=json"],
    "/v1/schemas": [""],
    "/v1/schemas/{record}": ["alert"],
    "/v1/problems": [""],
    "/v1/session": [""],
    "/v1/problems/{kind}": ["busy"],
    "/healthz": [""],
    "/readyz": [""],
    "/metrics": [""],
}
"""By path of the description, what of it is asked for."""


def validator(document: Any, where: Any) -> jsonschema_rs.Validator:
    """Of a schema in a description."""
    return jsonschema_rs.validator_for(
        {**where, "components": document["components"]}, validate_formats=True
    )


async def test_every_answer_is_as_it_is_described(http: httpx.AsyncClient) -> None:
    document = (await http.get("/v1/openapi.json")).json()
    gets = {path for path, item in document["paths"].items() if "get" in item}
    assert gets == set(ASKED), "a new operation is asked here too"
    for path, tails in ASKED.items():
        base = path.split("{")[0]
        for tail in tails:
            answer = await http.get(base + tail)
            described = document["paths"][path]["get"]["responses"][str(answer.status_code)]
            media = answer.headers["content-type"].split(";")[0]
            assert answer.status_code == 200, (path, answer.text)
            content = described["content"]
            where = content[media if media in content else answer.headers["content-type"]]
            where = where.get("schema")
            if media == "application/json":
                assert where, path
                validator(document, where).validate(answer.json())


async def test_every_problem_is_as_it_is_described(http: httpx.AsyncClient) -> None:
    document = (await http.get("/v1/openapi.json")).json()
    problem = validator(document, {"$ref": "#/components/schemas/ProblemDetails"})
    for path, status in (
        *(("/v1/indices/NONE", 404), ("/v1/indices?x=1", 422), ("/nowhere", 404)),
        *(("/v1/indices/MIX/history?step=x&to=y", 422), ("/assets/none.js", 404)),
        *(("/v1/what-if", 405), ("/v1/rank?profile=bold", 404), ("/v1/problems/none", 404)),
        *(("/v1/indices/MIX/history?figures=risk.none", 404), ("/v1/schemas/none", 404)),
    ):
        answer = await http.get(path)
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        problem.validate(answer.json())
        kind = answer.json()["type"].removeprefix("/v1/problems/")
        told = (await http.get(answer.json()["type"])).json()
        assert (told["kind"], told["status"], told["do"]) == (kind, status, KINDS[kind].do)
        for name in ("content-security-policy", "x-content-type-options"):
            assert name in answer.headers
    assert (await http.get("/v1/what-if")).headers["allow"] == "POST"
    allowed = (await http.put("/v1/alerts/x/acknowledgement")).headers["allow"]
    assert allowed == "POST, DELETE"
    assert [p["kind"] for p in (await http.get("/v1/problems")).json()] == list(KINDS)


async def test_a_fault_of_ours_is_a_problem_too(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = world.app()
    monkeypatch.setattr(State, "definitions", lambda _: 1 / 0)
    async with client(app) as http:
        answer = await http.get("/v1/definitions")
    told = answer.json()
    assert (answer.status_code, told["type"]) == (500, "/v1/problems/failed")
    assert "content-security-policy" in answer.headers
    assert told["instance"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_long_body_is_refused_before_it_is_all_there(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65_536

    async with client(world.app()) as http:
        answer = await http.post(
            "/v1/what-if", content=endless(), headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, sent) == (413, 5)


def untyped(value: Any, path: str = "") -> Iterator[str]:
    """The places in a description that say nothing of what stands there."""
    if not isinstance(value, dict):
        return
    inner = [(k, value[k]) for k in ("items", "additionalProperties") if k in value]
    choices = [k for k in ("anyOf", "oneOf", "allOf") if k in value]
    inner += [(f"{k}.{n}", one) for k in choices for n, one in enumerate(value[k])]
    inner += list(value.get("properties", {}).items())
    if not {"$ref", "type", "anyOf", "oneOf", "allOf", "enum", "const"} & value.keys():
        yield path
    for name, one in inner:
        if one is not True or name != "additionalProperties":
            yield from untyped(one, f"{path}/{name}")


def test_nothing_is_untyped_and_every_figure_is_described() -> None:
    document = create_app(State(wall=records.wall)).openapi()
    schemas = document["components"]["schemas"]
    request = {"WhatIf"}  # its tables are those of an index file, which has its own rules
    assert [p for n, s in schemas.items() if n not in request for p in untyped(s, n)] == []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["description"], where
            assert operation["tags"], where
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], f"{where} {parameter['name']}"
            for status, answer in operation["responses"].items():
                for media, told in answer.get("content", {}).items():
                    named = told.get("schema", {})
                    if media.endswith("json"):
                        assert {"$ref", "type", "anyOf"} & named.keys(), f"{where} {status}"
    for card in REGISTRY.cards:
        steps = card.path.split(".")
        if " " in card.path or steps[0] in ("flags", "targets", "level", "status"):
            continue
        node = schemas["Snapshot"]
        for step in steps[:-1] if steps[-1] == "*" else steps:  # of many, they are described once
            node = below(node, step, schemas)
        assert card.formula[:60] in node["description"], card.path


def below(node: Any, step: str, schemas: dict[str, Any]) -> Any:
    """What a schema says of a step of a path."""
    for choice in node.get("anyOf", [node]):
        found = schemas[choice["$ref"].split("/")[-1]] if "$ref" in choice else choice
        if step in found.get("properties", {}):
            return found["properties"][step]
        if step == "*" and isinstance(found.get("additionalProperties"), dict):
            return found["additionalProperties"]
        if step == "*" and "items" in found:
            return found["items"]
        if step == "*" and "bull" in found.get("properties", {}):
            return found["properties"]["bull"]
    raise AssertionError(step)


def test_every_record_has_a_schema_and_keeps_to_it(world: World) -> None:
    known = {*TYPE_OF.values(), *HEADS, "tick"} - {"level"}  # which only earlier versions wrote
    assert set(RECORDS) == known
    for name in RECORDS:
        jsonschema_rs.meta.validate(schema(name))
    shown = 0
    for block in BLOCK.finditer((ROOT / "docs" / "records.md").read_text()):
        if block["type"] in RECORDS:
            value = orjson.loads(block["json"])["value"]
            jsonschema_rs.validator_for(schema(block["type"])).validate(value)
            shown += 1
    assert shown >= len(RECORDS)
    for topic in ("prices", "levels", "snapshots.history", "bars", "alerts", "definitions"):
        for record in world.log.read(topic, 0, limit=400):
            value = orjson.loads(as_json(record.type, 1, record.value))
            jsonschema_rs.validator_for(schema(record.type)).validate(value)


async def test_every_message_of_the_stream_has_a_schema(http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/schemas")).json()["records"]
    names = [*RECORDS, *(f"stream.{m}" for m in document()["components"]["messages"])]
    assert list(told) == names
    for name in names[len(RECORDS) :]:
        found = (await http.get(f"/v1/schemas/{name}")).json()
        jsonschema_rs.meta.validate(found)
        assert not jsonschema_rs.validator_for(found).is_valid({"type": "none"})
    near = (await http.get("/v1/schemas/alerts")).json()
    assert (near["status"], near["near"][0]) == (404, "alert")


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_what_is_no_record_is_none_by_its_schema(name: str) -> None:
    check = jsonschema_rs.validator_for(schema(name))
    for wrong in ({}, [], {"index": 5}, {"now": "noon"}):
        assert not check.is_valid(wrong)
        if name in HEADS:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(wrong, HEADS[name])


@pytest.mark.slow
def test_schemathesis_finds_nothing() -> None:
    """Some hundred cases; `make api` takes thousands."""
    assert asyncio.run(fuzz(100, seed=14, only=[])) == 0
