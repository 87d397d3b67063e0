"""`docs/asyncapi.yaml`: the stream described in AsyncAPI 3, made from the types of its messages.

`python -m gateway.asyncapi > docs/asyncapi.yaml` makes it anew; a test holds it against the file
and real messages against it.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from engine.metrics.machinery.card import Card
from engine.metrics.registry import REGISTRY
from gateway.api.models.alerts import AlertRecord
from gateway.asked import PARAMETERS
from gateway.figures import tree
from gateway.messages import ClientMessage, LevelRow, ServerMessage

_REF = "#/components/schemas/{name}"
_INSTANT = {"type": "string", "format": "date-time"}
_FREE = ("text", "date")
_WORDS = re.compile(r"[A-Za-z/][A-Za-z0-9_/.]*( [a-z]+)*")
_NO_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
_ASKED = {
    "indices": "Ids with commas between; without it all indices.",
    "view": "One or more of snapshots, rows, levels, figures, alerts, episodes; summary for rows, "
    "levels and alerts; none. Without it snapshots, levels and alerts, or with figures figures "
    "and alerts.",
    "figures": "Paths of figures with commas between, as risk.sharpe.",
    "every": "Seconds between two updates, 0.1 to 60; alerts do not wait for it.",
    "cursor": "Where to go on: the newest cursor that came. Without it the whole comes first.",
}


def document() -> dict[str, Any]:
    """The whole description."""
    sent, said = get_args(ServerMessage), get_args(ClientMessage)
    _, schemas = msgspec.json.schema_components((*sent, *said), ref_template=_REF)
    schemas["Snapshot"] = snapshot_schema()
    _refer(schemas, "SnapshotsMessage", "snapshots")
    alert = AlertRecord.model_json_schema(ref_template=_REF.format(name="{model}"))
    schemas |= {"Alert": alert, **alert.pop("$defs", {})}
    _refer(schemas, "AlertsMessage", "alerts", "Alert")
    places = zip(LevelRow.__struct_fields__, schemas["LevelRow"]["prefixItems"], strict=True)
    for name, place in places:
        place["title"] = name
    names = {kind: _name(kind) for kind in (*sent, *said)}
    messages = {name: _message(kind) for kind, name in names.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "tidegauge",
            "version": "1",
            "description": "Live levels, metrics and alerts of crypto indices: the whole first, "
            "then changes. What is left out is told; a cursor goes on where a connection ended.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "websocket": {"host": "127.0.0.1:8321", "protocol": "ws"},
            "events": {"host": "127.0.0.1:8321", "protocol": "http"},
        },
        "channels": {
            "stream": _channel("/v1/stream", "websocket", list(names.values()), {"ws": "query"}),
            "events": _channel("/v1/events", "events", [names[kind] for kind in sent], {}),
        },
        "operations": {
            "told": _operation("send", "stream", [names[kind] for kind in sent]),
            "asked": _operation("receive", "stream", [names[kind] for kind in said]),
            "toldByEvents": _operation("send", "events", [names[kind] for kind in sent]),
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def _name(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def _message(kind: type) -> dict[str, Any]:
    summary = " ".join((inspect.getdoc(kind) or "").split())
    return {
        "name": _name(kind),
        "summary": summary,
        "payload": {"$ref": _REF.format(name=kind.__name__)},
    }


def _channel(
    address: str, server: str, messages: list[str], binding: dict[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "address": address,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }
    if binding:
        properties = {name: {"type": "string", "description": _ASKED[name]} for name in PARAMETERS}
        query = {"type": "object", "properties": properties, "additionalProperties": False}
        found["bindings"] = {"ws": {"method": "GET", "query": query}}
    else:
        found["description"] = (
            "The same query as of /v1/stream. Each message is an event: its type, its cursor as "
            "id, itself as data. Last-Event-ID goes before cursor."
        )
    return found


def _operation(action: str, channel: str, messages: list[str]) -> dict[str, Any]:
    refs = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages]
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": refs}


def _refer(schemas: dict[str, Any], message: str, field: str, to: str = "Snapshot") -> None:
    schemas[message]["properties"][field]["items"] = {"$ref": _REF.format(name=to)}


def snapshot_schema() -> dict[str, Any]:
    """A snapshot as it is served: its head, and every figure that has a card. Others are free."""
    head = {
        "index": {"type": "string"},
        "seq": {"type": "integer"},
        "as_of": _INSTANT,
        "undefined": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    statuses = ["warming", "live", "degraded", "stale"]
    figures = {
        name: _schema(node) for name, node in tree(REGISTRY.cards).items() if name != "status"
    }
    return {
        "type": "object",
        "required": ["index", "seq", "as_of", "status"],
        "properties": {**head, "status": {"enum": statuses}, **figures},
    }


def _schema(node: Any) -> dict[str, Any]:
    """Of a figure, or of a group of them, any of which may be null."""
    if isinstance(node, Card):
        if node.display in _FREE:
            return {}
        kind = _INSTANT if node.display == "time" else {"type": "number"}
        kind = kind | {"description": node.unit} if node.unit else kind
        return {"anyOf": [kind, {"type": "null"}]}
    if all(isinstance(inner, Card) and inner.display in _FREE for inner in node.values()):
        return {}
    if set(node) == {"*"}:
        inner = _schema(node["*"])
        return {
            "anyOf": [
                {"type": "object", "additionalProperties": inner},
                {"type": "array", "items": inner},
                {"type": "null"},
            ]
        }
    named = {key: _schema(inner) for key, inner in node.items() if key != "*"}
    return {"anyOf": [{"type": "object", "properties": named}, {"type": "null"}]}


def as_yaml(value: Any) -> str:
    """YAML (1.2) of what JSON can say, in the order of its mappings."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in pairs:
        lead = f"{indent}- " if key is None else f"{indent}{_scalar(key)}: "
        if isinstance(item, dict | list) and item:
            if key is None:
                inner = list(_lines(item, indent + "  "))
                yield lead + inner[0].lstrip()
                yield from inner[1:]
            else:
                yield lead.rstrip()
                yield from _lines(item, indent + "  ")
        else:
            yield lead + (_scalar(item) if not isinstance(item, dict | list) else json.dumps(item))


def _scalar(value: Any) -> str:
    """Plain where no reader can mistake it, else as JSON, which is YAML too."""
    words = isinstance(value, str) and _WORDS.fullmatch(value)
    if words and value.lower() not in _NO_WORDS:
        return str(value)
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    print(as_yaml(document()), end="")
