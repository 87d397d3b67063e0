"""Records of all types with anything in them: read and written again alike, or one error."""

from __future__ import annotations

import copy
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from stream_fakes import START
from test_records_doc import blocks

from engine.types import DAY
from streams.codecs import LONGEST, CodecError, decode, encode

VALUES = {
    record_type: orjson.dumps(found["value"])
    for (record_type, _), found in blocks().items()
    if isinstance(found["value"], dict) and record_type != "manifest"
}
"""A real record of each type: those of `docs/records.md`."""
LATER = START + DAY
NESTED = b"[" * 3000 + b"]" * 3000

extremes = st.sampled_from(
    [
        *(0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, LATER),
        *(0.0, -0.0, 1e-320, 1e308, -1.5, None, True, False, "", "x" * 201, "\x00", "é\U0001f600"),
        *([], {}, [[]], {"": None}, "BTC", "live", [1, "2"], [None], {"a": {"b": [{}]}}),
    ]
)
anything = extremes | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside of a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def survives(record_type: str, value: bytes) -> bool:
    """Whether it is read; then it is written again alike, and read from that alike."""
    try:
        body = decode(record_type, 1, value, LATER)
    except CodecError:
        return False
    kind, again = encode(body)
    kind = kind or record_type
    assert encode(decode(kind, 1, again, LATER)) == encode(body)
    return True


@pytest.mark.parametrize("record_type", VALUES)
def test_real_records_survive(record_type: str) -> None:
    assert survives(record_type, VALUES[record_type])


@pytest.mark.parametrize("record_type", VALUES)
@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), changes=st.lists(anything, min_size=1, max_size=3))
def test_a_field_may_hold_anything(record_type: str, seed: int, changes: list[Any]) -> None:
    body, rng = orjson.loads(VALUES[record_type]), random.Random(seed)
    for change in map(copy.deepcopy, changes):
        container, key = rng.choice(list(places(body)) or [(body, "new")])
        if rng.random() < 0.2 and isinstance(container, dict):
            del container[key]
        elif rng.random() < 0.2 and isinstance(container, list):
            container.append(change)
        else:
            container[key] = change
    survives(record_type, json_of(body))


def json_of(value: Any) -> bytes:
    """JSON also of integers that do not fit into 64 bits."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("record_type", VALUES)
@settings(max_examples=100)
@given(seed=st.integers(0, 2**32), junk=st.binary(min_size=1, max_size=8))
@example(seed=0, junk=NESTED)
@example(seed=1, junk=b"9" * 5000)
@example(seed=2, junk=b"1e999")
@example(seed=3, junk=b"NaN")
@example(seed=4, junk=b'"\\ud800"')
def test_bytes_may_be_anything(record_type: str, seed: int, junk: bytes) -> None:
    value, rng = VALUES[record_type], random.Random(seed)
    begin = rng.randrange(len(value))
    end = begin + rng.randrange(len(junk) + 2)
    survives(record_type, value[:begin] + junk + value[end:])
    survives(record_type, value[:begin])
    survives(record_type, b'{"x":' + junk + b"," + value[1:])  # in a field that nobody reads


@pytest.mark.parametrize("record_type", VALUES)
@pytest.mark.parametrize("depth", [13, 200, 300, 100_000])
def test_what_is_nested_too_deep_is_refused(record_type: str, depth: int) -> None:
    nested = b'{"a":' * depth + b"1" + b"}" * depth
    for value in (nested, b'{"x":' + nested + b"," + VALUES[record_type][1:]):
        survives(record_type, value)
    with pytest.raises(CodecError):
        decode("snapshot", 1, b'{"x":' + nested + b"," + VALUES["snapshot"][1:], LATER)


@pytest.mark.parametrize("record_type", VALUES)
def test_what_is_too_long_is_refused(record_type: str) -> None:
    with pytest.raises(CodecError, match="bytes; at most"):
        decode(record_type, 1, VALUES[record_type] + b" " * LONGEST, LATER)
