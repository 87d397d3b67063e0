"""Checkpoints: exact to the bit, and never torn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.types import HOUR, NUMBERS
from streams import checkpoints as module
from streams.checkpoints import CheckpointError, Checkpoints, decode_state, encode_state
from streams.topics import PRICES_KEPT

NOW = 1_700_000_000_000_000_000


class Crash(Exception):
    pass


class DictStore:
    """A store that can die at a write."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.writes_left = 10**9

    def put(self, key: str, value: bytes) -> None:
        self.writes_left -= 1
        if self.writes_left < 0:
            raise Crash
        self.data[key] = value

    def delete(self, key: str) -> None:
        self.data.pop(key, None)

    def items(self, prefix: str) -> Iterable[tuple[str, bytes]]:
        return [(k, v) for k, v in sorted(self.data.items()) if k.startswith(prefix)]

    def keys(self, prefix: str) -> list[str]:
        return [key for key, _ in self.items(prefix)]


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return a.hex() == b.hex()
    return bool(a == b)


arrays = st.one_of(
    st.lists(st.floats(allow_subnormal=True), max_size=9).map(np.array),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=9).map(lambda v: np.array(v, np.int64)),
    st.lists(st.booleans(), max_size=9).map(lambda v: np.array(v, np.bool_)),
    st.binary(max_size=12).map(lambda v: np.frombuffer(v, np.uint8).reshape(-1, 1)),
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), arrays
)
keys = st.text(max_size=5).filter(lambda key: not key.startswith("__"))
states = st.dictionaries(
    keys,
    st.recursive(
        leaves, lambda of: st.lists(of, max_size=3) | st.dictionaries(keys, of, max_size=3)
    ),
    max_size=4,
)


@given(states, st.booleans())
def test_a_state_survives_to_the_bit(state: dict[str, Any], compress: bool) -> None:
    data = encode_state(state, compress=compress)
    loaded = decode_state(data)
    assert same(loaded, state)
    assert encode_state(loaded, compress=compress) == data


def test_odd_floats_and_shapes() -> None:
    special = np.array([[math.nan, -0.0], [math.inf, 5e-324]]).T
    state = {
        "a": special,
        "f": [-0.0, math.nan, -math.inf],
        "e": np.zeros((0, 3)),
        "s": np.array(2.5),
    }
    loaded = decode_state(encode_state(state))
    assert same(loaded, state | {"a": np.ascontiguousarray(special)})
    loaded["a"][0, 0] = 1.0  # writable


@pytest.mark.parametrize(
    ("state", "where"),
    [
        ({"a": {"b": (1, 2)}}, "state.a.b: .*tuple"),
        ({"a": [np.float64(1.0)]}, r"state.a\[0\]: .*float64"),
        ({"a": np.zeros(2, np.float32)}, "state.a: .*float32"),
        ({1: 2}, "state: a key"),
        ({"__array__": 2}, "state: a key"),
        ({"a": {1, 2}}, "state.a: .*set"),
    ],
)
def test_what_a_state_cannot_hold(state: Any, where: str) -> None:
    with pytest.raises(TypeError, match=where):
        encode_state(state)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 64)


def state_of(n: int) -> dict[str, Any]:
    return {"n": n, "x": np.arange(40.0) * n}


def loaded(store: DictStore, log: str = "L") -> tuple[int, int] | None:
    found = Checkpoints(store, log).load()
    return None if found is None else (found.offset, found.state["n"])


@pytest.mark.usefixtures("small_chunks")
def test_the_newest_is_loaded() -> None:
    store = DictStore()
    assert loaded(store) is None
    for n in range(1, 6):
        Checkpoints(store, "L").save(n * 10, encode_state(state_of(n)), NOW)
        assert loaded(store) == (n * 10, n)
    assert max(map(len, store.data.values())) < 1000
    assert sum(key.startswith("chunk/a/") for key in store.data) > 5


@pytest.mark.usefixtures("small_chunks")
def test_a_crash_at_any_write_leaves_the_one_before() -> None:
    for writes in range(40):
        store = DictStore()
        checkpoints = Checkpoints(store, "L")
        for n in (1, 2, 3):
            checkpoints.save(n, encode_state(state_of(n)), NOW)
        store.writes_left = writes
        try:
            Checkpoints(store, "L").save(4, encode_state(state_of(4)), NOW)
        except Crash:
            assert loaded(store) == (3, 3), writes
        else:
            assert loaded(store) == (4, 4)
            assert writes == 7, "six chunks and the manifest"
            break
    else:
        raise AssertionError("never got through")


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("damage", ["manifest", "chunk", "corrupt", "manifest-corrupt"])
def test_a_torn_checkpoint_gives_way_to_the_one_before(damage: str) -> None:
    store = DictStore()
    checkpoints = Checkpoints(store, "L")
    checkpoints.save(1, encode_state(state_of(1)), NOW)
    checkpoints.save(2, encode_state(state_of(2)), NOW)
    assert loaded(store) == (2, 2)
    (slot,) = (s for s, m in checkpoints.manifests() if m.offset == 2)
    match damage:
        case "manifest":
            del store.data[f"manifest/{slot}"]
        case "manifest-corrupt":
            store.data[f"manifest/{slot}"] = b'{"offset":'
        case "chunk":
            del store.data[f"chunk/{slot}/2/00002"]
        case "corrupt":
            key = f"chunk/{slot}/2/00001"
            store.data[key] = bytes([store.data[key][0] ^ 1]) + store.data[key][1:]
    again = Checkpoints(store, "L")
    found = again.load()
    assert found is not None
    assert (found.offset, found.state["n"]) == (1, 1)
    assert bool(again.skipped) == (damage != "manifest")
    again.save(3, encode_state(state_of(3)), NOW)
    # The good one was not written over: it is still there if the new one is lost.
    assert {m.offset for s, m in again.manifests() if s in "ab"} == {1, 3}


def test_another_log_and_newer_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    store = DictStore()
    Checkpoints(store, "L").save(1, encode_state(state_of(1)), NOW)
    with pytest.raises(CheckpointError, match=r"another log \(L, this is M\)"):
        loaded(store, "M")
    monkeypatch.setattr(module, "NUMBERS", "99")
    found = Checkpoints(store, "L").load()
    assert found is not None
    assert found.numbers == NUMBERS
    monkeypatch.setattr(module, "NUMBERS", "1")
    with pytest.raises(CheckpointError, match=rf'numbers "{NUMBERS}", this .* has "1".*use the'):
        loaded(store)


def test_what_earlier_versions_archived_here_goes_when_it_is_past_its_time() -> None:
    store = DictStore()
    checkpoints = Checkpoints(store, "L")
    for n in range(3):
        checkpoints._write(f"hour-{n}", n, encode_state(state_of(n)), NOW + n * HOUR)
    assert checkpoints.load() is None, "a start does without them"
    found = checkpoints.load(at_most=1)
    assert found is not None
    assert (found.offset, found.state["n"]) == (1, 1)
    checkpoints.save(10, encode_state(state_of(10)), NOW + PRICES_KEPT + HOUR + 1)
    left = sorted((slot[-1], m.offset) for slot, m in checkpoints.manifests())
    assert left == [("2", 2), ("b", 10)]
    assert not [key for key in store.data if key.startswith(("chunk/hour-0/", "chunk/hour-1/"))]
