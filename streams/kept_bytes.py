"""JSON of a stage's outputs, in which the bytes of what did not change are used again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from engine.kept import SLOT, Filled, Joined, Kept, Late, Sheet, Slotted

_OPTION = orjson.OPT_PASSTHROUGH_SUBCLASS
_HERE = b"\0"
"""Stands for a slot among bytes: JSON has no such character, also in texts."""
_SLOT = orjson.Fragment(_HERE)


def encode_mapping(body: Any) -> bytes:
    """The same bytes as `orjson.dumps(body)`; those of a `Kept` mapping are made once."""
    if type(body) is Filled:
        return _filled(body)
    return orjson.dumps(body, _fragment, _OPTION)


def _fragment(value: Any) -> orjson.Fragment | dict[str, Any]:
    if value is SLOT:
        return _SLOT
    if type(value) is Filled:
        return orjson.Fragment(_filled(value))
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


def _filled(body: Filled) -> bytes:
    first, numbers, last = body.sheet.encoded or _sheet(body.sheet)
    pieces = body.template.between or _between(body.template)
    pieces[1::2] = [*first, *numbers[body.begin : body.end], *last]
    return b"".join(pieces)


def _between(template: Slotted) -> list[bytes]:
    """The bytes around the slots, at every other place: between them is room for the numbers."""
    texts = encode_mapping(dict(template)).split(_HERE)
    template.between = [b""] * (2 * len(texts) - 1)
    template.between[::2] = texts
    return template.between


def _sheet(sheet: Sheet) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """All numbers are encoded as one array, which costs a fraction of one by one."""
    numbers = orjson.dumps(sheet.numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    first, last = (
        [encode_mapping(value) for value in values] for values in (sheet.first, sheet.last)
    )
    sheet.encoded = first, numbers, last
    return sheet.encoded
