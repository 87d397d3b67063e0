"""The description of the stream: made from the types, and true of real messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.asyncapi import as_yaml, document
from gateway.messages import ClientMessage, ServerMessage, Subscribe, Unsubscribe
from gateway.outgoing import Outgoing
from gateway.pump import _warning
from gateway.readiness import HealthMessage
from gateway.refusal import unknown_index
from gateway.state import State
from gateway.stream import _error
from gateway.subscription import subscribe
from gateway.trail import KEPT
from gateway.wire import rendered
from tests.gateway import records
from tests.gateway.records import T0

FILE = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
HINT = "make it anew: python -m gateway.asyncapi > docs/asyncapi.yaml"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def test_the_file_is_what_the_types_say(described: dict[str, Any]) -> None:
    assert FILE.read_text() == as_yaml(document()), HINT
    assert described == json.loads(json.dumps(document()))


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for item in value.values() for ref in references(item)]
    return [ref for item in value for ref in references(item)] if isinstance(value, list) else []


def test_its_structure_is_that_of_asyncapi_3(described: dict[str, Any]) -> None:
    assert described["asyncapi"].startswith("3.")
    for reference in references(described):
        place = described
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
    assert set(described) == {
        "asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"
    }  # fmt: skip
    for operation in described["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        assert all(m["$ref"].startswith(f"{channel}/messages/") for m in operation["messages"])
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def messages() -> list[bytes]:
    """One of each kind at least, as they really leave."""
    state = State(wall=records.wall)
    found: list[Outgoing] = []
    for index in ("A", "B"):
        state.apply("definitions", records.definition(index))
        state.apply("snapshots", records.live(index) if index == "A" else records.warming(index))
        state.apply("levels", records.level(index, seq=2, at=T0 + 1))
    state.apply("alerts", records.alert("A"))
    first = subscribe(state)
    cursor = [*first.take(Subscribe())][-1].cursor
    views = ("rows", "levels", "alerts", "episodes", "snapshots")
    asked = [Subscribe(view=view, request="r") for view in views]
    paths = ["risk", "drawdown.peak_at", "level", "calendar.months", "flags"]
    asked.append(Subscribe(view="figures", figures=paths))
    client = subscribe(state)
    found += client.take(*asked)
    state.apply("alerts", records.flag_alert("A", seq=2))
    state.apply("alerts", records.disputed_alert("A", seq=3))
    for seq in range(3, 7):
        state.apply("snapshots", records.live("A", seq=seq, level=1000.0 + seq))
        state.apply("levels", records.level("A", seq=seq, at=T0 + seq))
    found += client.collect()
    state.apply("definitions", records.definition("B", now=T0 + 1, retired=True))
    found += client.take(Unsubscribe(view="levels"))
    for seq in range(7, 8 + 2 * KEPT):
        state.apply("snapshots", records.live("A", seq=seq))
    found += subscribe(state).take(*(Subscribe(view=view, cursor=cursor) for view in views))
    state.epoch = "00000000"  # as in another run
    state.apply("snapshots", records.live("A", seq=1000))
    found += subscribe(state).take(*(Subscribe(view=view, cursor=cursor) for view in views))
    refusal = unknown_index(state, "AA")
    found += [_warning(), HealthMessage(state, None).message(), _error("{}", refusal)]
    return [message.text for message in found]


def test_real_messages_are_as_described(described: dict[str, Any]) -> None:
    schemas = described["components"]
    read = msgspec.json.Decoder(ServerMessage).decode
    seen = set[str]()
    told = {ref.rsplit("/", 1)[-1] for ref in references(described["operations"]["told"])}
    for text in messages():
        message = json.loads(text)
        read(text)
        kind = message["type"]
        seen.add(kind)
        payload = described["components"]["messages"][kind]["payload"]
        validator = Draft202012Validator({**payload, "components": schemas})
        assert [error.message for error in validator.iter_errors(message)] == [], kind
        properties = references(payload)[0].rsplit("/", 1)[-1]
        known = described["components"]["schemas"][properties]["properties"]
        assert kind == "health" or set(message) == set(known), kind
    assert seen == told - {"stream"}


def test_what_is_in_messages_is_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    names = [place["title"] for place in schemas["LevelRow"]["prefixItems"]]
    assert names == ["index", "seq", "at", "level", "peak", "first", "left_out"]
    alerts = schemas["AlertsMessage"]["properties"]["alerts"]["items"]
    assert alerts == {"$ref": "#/components/schemas/Alert"}
    validator = Draft202012Validator({**alerts, "components": described["components"]})
    wrong = rendered(records.alert("A")) | {"at": 5}
    assert [list(error.path) for error in validator.iter_errors(wrong)] == [["at"]]


def test_requests_are_as_described(described: dict[str, Any]) -> None:
    for request in (
        Subscribe(view="figures", figures=["level"], indices=["A"], every=1.0, request="x"),
        Unsubscribe(indices=["A"]),
    ):
        text = msgspec.json.encode(request)
        assert msgspec.json.decode(text, type=ClientMessage) == request
        kind = json.loads(text)["type"]
        payload = described["components"]["messages"][kind]["payload"]
        schema = {**payload, "components": described["components"]}
        Draft202012Validator(schema).validate(json.loads(text))
        with pytest.raises(Exception, match="xyz"):
            Draft202012Validator(schema).validate({**json.loads(text), "xyz": 1})
