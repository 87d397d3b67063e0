"""Checkpoints: the state of a stage as records, so small that any log takes them, never torn.

A checkpoint is `{state, offset}` of one partition. It is cut into chunks, and a manifest follows
that names them with their digest: a checkpoint without its manifest does not exist. Two slots take
turns, so that the last complete checkpoint stays whole while the next one is written.

One an hour is archived in a topic of its own, to recompute what was published (`streams.archive`).
Versions before that topic archived in slots of their own beside the two; these go by and by.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple

import msgspec
import numpy as np
import orjson

from engine.types import NUMBERS
from streams.part_store import PartStore
from streams.records import StreamError
from streams.topics import PRICES_KEPT

CHUNK = 512 * 1024
"""Bytes of a chunk: half of what a Kafka broker takes in one record by default."""

_MAGIC = b"TGC1"
_DTYPES = {"float64": "<f8", "int64": "<i8", "int32": "<i4", "bool": "|b1", "uint8": "|u1"}
_ARRAY, _FLOAT = "__array__", "__float__"
_PLAIN = frozenset((str, int, bool, type(None)))
_PLAIN_OR_FLOAT = _PLAIN | {float}
_KEY = frozenset((str,))
_RESERVED = re.compile("__").match
_NESTED = frozenset((dict, list))
_SLOTS = ("a", "b")


class CheckpointError(StreamError):
    """A checkpoint that must not be used. The text says why and what to do."""


def is_newer(numbers: str) -> bool:
    """Whether a version of the numbers is later than that of this program."""
    return int(numbers) > int(NUMBERS)


def newer(numbers: str) -> str:
    """What is wrong with something of a later version, and what to do."""
    return (
        f'was written with numbers "{numbers}", this version of tidegauge has "{NUMBERS}" and '
        "cannot read what came later; use the version that wrote it, or a newer one"
    )


class Manifest(msgspec.Struct):
    """The last part of a checkpoint, which makes it valid. `time` is when it was made, of an
    archived one when the last record in it was appended (ns), `engine` the version of the numbers
    (`engine.types.NUMBERS`) of what made it.
    """

    offset: int
    chunks: list[str]
    digest: str
    engine: str
    log: str
    time: int


class Checkpoint(NamedTuple):
    """A state, the offset of the last record that is in it, the numbers that made it, and when."""

    offset: int
    state: dict[str, Any]
    numbers: str
    time: int


def encode_state(state: dict[str, Any]) -> bytes:
    """A state as bytes: exact to the bit, and the same bytes for the same state.

    A state is made of dicts with str keys, lists, str, int, float, bool, None and numpy arrays of
    float64, int64, bool or uint8. Anything else raises TypeError with its place in the state.
    """
    arrays = list[bytes]()
    header = orjson.dumps(_to_json(state, arrays, "state"))
    return b"".join((_MAGIC, b"-", struct.pack("<I", len(header)), header, *arrays))


def decode_state(data: bytes) -> dict[str, Any]:
    """The inverse of `encode_state`; arrays are new and writable."""
    if data[:4] != _MAGIC:
        raise CheckpointError("the checkpoint is in a form that this version does not know")
    payload = zlib.decompress(data[5:]) if data[4:5] == b"z" else data[5:]
    (length,) = struct.unpack_from("<I", payload)
    header = orjson.loads(payload[4 : 4 + length])
    state = _from_json(header, payload, [4 + length])
    if not isinstance(state, dict):
        raise CheckpointError("the checkpoint holds no state")
    return state


def _to_json(value: Any, arrays: list[bytes], where: str) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if value - value == 0.0 else {_FLOAT: repr(value)}  # JSON has no NaN
    if kind is dict:
        if not set(map(type, value)) <= _KEY or any(map(_RESERVED, value)):
            raise TypeError(f"{where}: a key is no str, or starts with __")
        if _as_it_is(value.values()):
            return value
        return {
            key: item if type(item) in _PLAIN else _to_json(item, arrays, f"{where}.{key}")
            for key, item in value.items()
        }
    if kind is list:
        if _as_it_is(value):
            return value
        return [_to_json(item, arrays, f"{where}[{i}]") for i, item in enumerate(value)]
    if kind is np.ndarray and value.dtype.name in _DTYPES:
        arrays.append(np.ascontiguousarray(value, _DTYPES[value.dtype.name]).tobytes())
        return {_ARRAY: [value.dtype.name, list(value.shape)]}
    raise TypeError(f"{where}: a state cannot hold {getattr(value, 'dtype', kind.__name__)}")


def _as_it_is(values: Collection[Any]) -> bool:
    """Whether JSON has all of these as they are: most of a state, seen without a step for each."""
    kinds = set(map(type, values))
    if not kinds <= _PLAIN_OR_FLOAT:
        return False
    if float not in kinds:
        return True
    return all(map(isfinite, values if len(kinds) == 1 else _floats(values)))


def _floats(values: Collection[Any]) -> list[float]:
    return [value for value in values if type(value) is float]


def _from_json(value: Any, payload: bytes, position: list[int]) -> Any:
    kind = type(value)
    if kind is list:
        if _NESTED.isdisjoint(map(type, value)):
            return value
        return [_from_json(item, payload, position) for item in value]
    if kind is not dict or (_NESTED.isdisjoint(map(type, value.values())) and _FLOAT not in value):
        return value
    if _FLOAT in value:
        return float(value[_FLOAT])
    if _ARRAY in value:
        name, shape = value[_ARRAY]
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(payload, _DTYPES[name], count, position[0])
        position[0] += flat.nbytes
        return flat.astype(name).reshape(shape)
    return {
        key: _from_json(item, payload, position) if type(item) in _NESTED else item
        for key, item in value.items()
    }


def cut(data: bytes, prefix: str) -> dict[str, bytes]:
    """The chunks of an encoded state by their keys, which begin with `prefix`."""
    starts = enumerate(range(0, len(data), CHUNK))
    return {f"{prefix}/{i:05}": data[start : start + CHUNK] for i, start in starts}


def manifest_of(offset: int, chunks: Iterable[str], data: bytes, log: str, now: int) -> Manifest:
    """What makes these chunks a checkpoint."""
    return Manifest(offset, list(chunks), hashlib.sha256(data).hexdigest(), NUMBERS, log, now)


def assemble(manifest: Manifest, parts: Mapping[str, bytes]) -> tuple[bytes | None, str]:
    """The encoded state, or None and what is wrong."""
    missing = [key for key in manifest.chunks if key not in parts]
    if missing:
        return None, f"{missing[0]} is missing"
    data = b"".join(parts[key] for key in manifest.chunks)
    if hashlib.sha256(data).hexdigest() != manifest.digest:
        return None, "its digest does not match"
    return data, ""


def loaded(manifest: Manifest, data: bytes) -> Checkpoint:
    """The checkpoint of an encoded state."""
    return Checkpoint(manifest.offset, decode_state(data), manifest.engine, manifest.time)


def refuse_foreign(manifest: Manifest, log: str) -> None:
    """Raise CheckpointError where it is of another log than `log`, or of newer numbers."""
    if manifest.log != log:
        raise CheckpointError(
            f"the checkpoint at offset {manifest.offset} is of another log "
            f"({manifest.log}, this is {log}); take the log and its checkpoints together"
        )
    if is_newer(manifest.engine):
        raise CheckpointError(
            f"the checkpoint at offset {manifest.offset} {newer(manifest.engine)}"
        )


class Checkpoints:
    """The checkpoints of one partition of one log, over its parts.

    `skipped` names the checkpoints that `load` found torn and passed over.
    """

    def __init__(self, store: PartStore, log: str) -> None:
        self._store, self._log = store, log
        self._slot: str | None = None
        self._looked = False
        self.skipped: list[str] = []

    def save(self, offset: int, data: bytes, now: int) -> None:
        """Write a checkpoint of an encoded state.

        `now` is ns UTC. The checkpoint counts from the moment when its manifest is stored.
        """
        if not self._looked:
            self._look_around()
        slot = "a" if self._slot == "b" else "b"
        self._write(slot, offset, data, now)
        self._slot = slot
        self._forget(now)

    def load(self, at_most: int | None = None) -> Checkpoint | None:
        """The complete checkpoint with the highest offset; with `at_most` the one of up to there,
        also of those that an earlier version archived here.

        None where there is none. Raises CheckpointError if it is of another log, or of newer
        numbers; an older one is loaded as any, and the stage migrates it (`engine.migrations`).
        """
        found = sorted(self.manifests(), key=lambda item: item[1].offset, reverse=True)
        for slot, manifest in found:
            if manifest.offset > at_most if at_most is not None else slot not in _SLOTS:
                continue
            refuse_foreign(manifest, self._log)
            data = self._assemble(slot, manifest)
            if data is not None:
                if at_most is None:
                    # Never the slot of the last complete one is the next to be written.
                    self._slot = slot
                return loaded(manifest, data)
        return None

    def manifests(self) -> list[tuple[str, Manifest]]:
        """(slot, manifest) of every checkpoint, also of the archived ones."""
        found = list[tuple[str, Manifest]]()
        for key, value in self._store.items("manifest/"):
            try:
                found.append(
                    (key.removeprefix("manifest/"), msgspec.json.decode(value, type=Manifest))
                )
            except msgspec.DecodeError as error:
                self.skipped.append(f"{key}: {error}")
        return found

    def _write(self, slot: str, offset: int, data: bytes, now: int) -> None:
        before = dict(self.manifests()).get(slot)
        # The offset is in the name: two processes that both take themselves for the owner can
        # write at once and never mix their chunks.
        chunks = cut(data, f"chunk/{slot}/{offset}")
        for key, chunk in chunks.items():
            self._store.put(key, chunk)
        manifest = manifest_of(offset, chunks, data, self._log, now)
        self._store.put(f"manifest/{slot}", msgspec.json.encode(manifest))
        for key in before.chunks if before else ():
            if key not in chunks:
                self._store.delete(key)

    def _assemble(self, slot: str, manifest: Manifest) -> bytes | None:
        parts = dict(self._store.items(manifest.chunks[0].rpartition("/")[0] + "/"))
        data, wrong = assemble(manifest, parts)
        if data is None:
            self.skipped.append(f"{slot} at offset {manifest.offset}: {wrong}")
        return data

    def _look_around(self) -> None:
        """Learn which slot holds the last complete checkpoint; clean up."""
        self._looked = True
        slots = [(m.offset, slot, m) for slot, m in self.manifests() if slot in _SLOTS]
        if self._slot is None:
            for _, slot, manifest in sorted(slots, key=lambda item: item[:2], reverse=True):
                if self._assemble(slot, manifest) is not None:
                    self._slot = slot
                    break
        self._sweep([manifest for _, _, manifest in slots])

    def _sweep(self, kept: list[Manifest]) -> None:
        """Delete the chunks that a process which died left behind: older than any that counts."""
        named = {key for manifest in kept for key in manifest.chunks}
        oldest = min((manifest.offset for manifest in kept), default=-1)
        for slot in _SLOTS:
            for key in self._store.keys(f"chunk/{slot}/"):
                if key not in named and int(key.split("/")[2]) < oldest:
                    self._store.delete(key)

    def _forget(self, now: int) -> None:
        for slot, manifest in self.manifests():
            if slot.startswith("hour-") and manifest.time < now - PRICES_KEPT:
                # The manifest goes first: from then on the chunks mean nothing.
                self._store.delete(f"manifest/{slot}")
                for key in manifest.chunks:
                    self._store.delete(key)
