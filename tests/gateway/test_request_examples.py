"""The examples of requests in /v1/openapi.json, sent as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from streams.memory import MemoryLog
from tests.gateway.desk_world import Tries
from tests.gateway.test_attention import desk, filled

pytestmark = pytest.mark.xdist_group("past")

RULE = ("name", "figure", "above", "for", "clear", "clear_for", "cooldown", "no_data")
BODIES: dict[str, list[tuple[str, ...]]] = {
    "post /v1/silences": [("match", "seconds", "comment", "who")],
    "post /v1/alerts/{episode}/acknowledgement": [("comment", "who")],
    "post /v1/rules": [("index", "drawdown"), ("index", "rule", "who")],
    "put /v1/rules/{index}/{rule}": [("drawdown", "who"), ("rule",)],
    "post /v1/rules/backtest": [("rule", "index")],
    "post /v1/what-if": [("index",), ("index", "assets"), ("index", "from"), ("index", "step")],
    "post /v1/session": [],  # a key
}
"""By operation the parts of its body that are sent together, each as its example has it."""
PLACES = {"{episode}": "TOP3-0.2", "{index}": "TOP3", "{rule}": "stormy"}


def example(schema: Any, document: Any, names: Sequence[str] = ()) -> Any:
    """Of a part of a body; of an object that has none as a whole, of these of its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(document["components"]["schemas"][name], document, names)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], document, names)
    if schema.get("type") == "array":
        return [example(schema["items"], document)]
    parts = schema["properties"]
    names = names or (RULE if schema["title"] == "RuleTable" else list(parts))
    return {name: example(parts[name], document) for name in names}


async def test_bodies(http: httpx.AsyncClient) -> None:
    document = (await http.get("/v1/openapi.json")).json()
    operations = {
        f"{method} {path}": operation["requestBody"]["content"]["application/json"]["schema"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation
    }
    assert operations.keys() == BODIES.keys()
    log = MemoryLog()
    await filled(log)
    async with desk(log, trials=Tries()) as here:
        for name, tried in BODIES.items():
            method, path = name.split()
            for place, told in PLACES.items():
                path = path.replace(place, told)
            asks = http if path == "/v1/what-if" else here.http
            for names in tried:
                body = example(operations[name], document, names)
                answer = await asks.request(method, path, json=body)
                is_there = answer.status_code == 409  # the index has the rule of the example
                assert answer.is_success or is_there, (name, body, answer.text)


async def test_parameters(http: httpx.AsyncClient) -> None:
    """What they ask for need not be there; it is never malformed."""
    document = (await http.get("/v1/openapi.json")).json()
    asked = [
        (path.replace("{index}", "MIX").replace("{ids}", "MIX"), parameter["name"], value)
        for path, item in document["paths"].items()
        for parameter in item.get("get", {}).get("parameters", [])
        for value in parameter["schema"].get("examples", [])
        if parameter["in"] == "query"
    ]
    assert ("/v1/rank", "profile", "sharpe:2,drawdown.max:1") in asked
    for path, name, value in asked:
        needed = {"ids": "MIX,EVEN"} if path == "/v1/compare" else {}
        told = (await http.get(path, params={**needed, name: value})).json()
        assert told.get("type") != "/v1/problems/malformed", (path, name, told)
