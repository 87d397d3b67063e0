"""Definitions in canonical form, as logs and checkpoints hold them: each text is parsed once.

A definition passes through a process many times: its record is checked when it is read, each stage
takes it, a checkpoint holds it, the page shows it. All of them get the same object.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.index.definition import IndexDefinition, parse_index

KEPT = 2**14
"""Definitions remembered, the oldest let go first: about 3 KB each with its text."""

_parsed: dict[tuple[str, bytes], IndexDefinition] = {}


def parse_canonical(index: str, mapping: Any) -> IndexDefinition:
    """The definition of a mapping of plain JSON types; raises DefinitionError.

    What MessagePack writes of it tells apart what is different: 1 from 1.0 and True, one order of
    assets from another. It costs a thirtieth of parsing.

    >>> mapping = parse_index("X", {"assets": ["A", "B"]}).to_mapping()
    >>> parse_canonical("X", mapping) is parse_canonical("X", dict(mapping))
    True
    """
    try:
        key = index, msgspec.msgpack.encode(mapping)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return parse_index(index, mapping)  # no plain JSON types: it says what is wrong with them
    found = _parsed.get(key)
    return _keep(key, parse_index(index, mapping)) if found is None else found


def canonical(definition: IndexDefinition) -> dict[str, Any]:
    """Its mapping; what is parsed from that is this very object."""
    mapping = definition.to_mapping()
    _keep((definition.id, msgspec.msgpack.encode(mapping)), definition)
    return mapping


def _keep(key: tuple[str, bytes], definition: IndexDefinition) -> IndexDefinition:
    if len(_parsed) >= KEPT:
        _parsed.pop(next(iter(_parsed)), None)
    _parsed[key] = definition
    return definition
