"""JSON of a stage's outputs, in which the bytes of what did not change are used again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from engine.kept import Joined, Kept, Late

_OPTION = orjson.OPT_PASSTHROUGH_SUBCLASS


def encode_mapping(body: Any) -> bytes:
    """The same bytes as `orjson.dumps(body)`; those of a `Kept` mapping are made once."""
    return orjson.dumps(body, _fragment, _OPTION)


def _fragment(value: Any) -> orjson.Fragment | dict[str, Any]:
    if isinstance(value, Late):
        return value.plain()
    if isinstance(value, Kept):
        return orjson.Fragment(_kept(value))
    if isinstance(value, Joined):
        return orjson.Fragment(value.encoded or _joined(value))
    raise TypeError(f"{type(value).__name__} is no JSON")


def _joined(value: Joined) -> bytes:
    # The members of each part, without its braces.
    members = [text[1:-1] for part in value.parts if (text := _mapping(part)) != b"{}"]
    encoded = b"{" + b",".join(members) + b"}"
    if all(isinstance(part, Kept) for part in value.parts):
        value.encoded = encoded
    return encoded


def _mapping(part: Mapping[str, Any]) -> bytes:
    return _kept(part) if isinstance(part, Kept) else encode_mapping(part)


def _kept(value: Kept) -> bytes:
    if value.encoded is None:
        value.encoded = encode_mapping(dict(value))
    return value.encoded
