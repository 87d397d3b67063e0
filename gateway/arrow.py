"""Columns as an Arrow IPC stream: a schema, one record batch, the end.

Written by hand, for it is a page of bytes against a dependency of a hundred MB. Sources: the Arrow
columnar format, "IPC streaming format" (https://arrow.apache.org/docs/format/Columnar.html), its
`Schema.fbs` and `Message.fbs`, and the FlatBuffers internals
(https://flatbuffers.dev/internals/).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_V5 = 4
_SCHEMA, _BATCH = 1, 3
"""Of `MessageHeader`."""
_INT, _FLOAT, _TEXT, _TIMESTAMP = 2, 3, 5, 10
"""Of `Type`."""
_NANOSECOND, _DOUBLE = 3, 2


class _Table(NamedTuple):
    """A FlatBuffers table: by place in the schema a packed scalar (format and value), or what it
    refers to; None for what is left at its default."""

    fields: tuple[Any, ...]


class _Scalar(NamedTuple):
    form: str
    value: int


class _Structs(NamedTuple):
    """A vector of structs of 64-bit integers."""

    rows: Sequence[tuple[int, ...]]


class _Builder:
    """Lays tables out from the front: whoever refers comes before what it refers to."""

    def __init__(self) -> None:
        self.data = bytearray(4)

    def finish(self, root: _Table) -> bytes:
        self._refer(0, self._table(root))
        return bytes(self.data)

    def _refer(self, at: int, to: int) -> None:
        struct.pack_into("<I", self.data, at, to - at)

    def _pad(self, size: int, ahead: int = 0) -> None:
        while (len(self.data) + ahead) % size:
            self.data.append(0)

    def _put(self, value: Any) -> int:
        if isinstance(value, _Table):
            return self._table(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, _Structs):
            return self._structs(value)
        return self._vector(value)

    def _table(self, table: _Table) -> int:
        sizes = [
            0 if f is None else struct.calcsize(f.form) if isinstance(f, _Scalar) else 4
            for f in table.fields
        ]
        places, size = [], 4
        for width in sizes:
            size += -size % width if width else 0
            places.append(size if width else 0)
            size += width
        vtable = struct.pack(f"<HH{len(places)}H", 4 + 2 * len(places), size, *places)
        self._pad(8, len(vtable))  # so that its fields of 8 bytes stand right: `size` counts from 4
        start = len(self.data) + len(vtable)
        self.data += vtable + struct.pack("<i", len(vtable)) + bytes(size - 4)
        for field, place in zip(table.fields, places, strict=True):
            if isinstance(field, _Scalar):
                struct.pack_into(f"<{field.form}", self.data, start + place, field.value)
        for field, place in zip(table.fields, places, strict=True):
            if field is not None and not isinstance(field, _Scalar):
                self._refer(start + place, self._put(field))
        return start

    def _text(self, text: str) -> int:
        self._pad(4)
        start, raw = len(self.data), text.encode()
        self.data += struct.pack("<I", len(raw)) + raw + b"\0"
        return start

    def _vector(self, items: Sequence[Any]) -> int:
        self._pad(4)
        start = len(self.data)
        self.data += struct.pack("<I", len(items)) + bytes(4 * len(items))
        for k, item in enumerate(items):
            self._refer(start + 4 + 4 * k, self._put(item))
        return start

    def _structs(self, structs: _Structs) -> int:
        self._pad(8, 4)
        start = len(self.data)
        self.data += struct.pack("<I", len(structs.rows))
        for row in structs.rows:
            self.data += struct.pack(f"<{len(row)}q", *row)
        return start


def arrow_stream(columns: Mapping[str, NDArray[Any]], names: Sequence[str]) -> bytes:
    """The columns of these names: `time` (int64 ns) as timestamps in UTC, integers, floats (NaN as
    null) and objects (words, or None) as text."""
    rows = len(columns[names[0]])
    fields, nodes, buffers, body = [], [], list[tuple[int, int]](), bytearray()
    for name in names:
        kind, is_valid, parts = _encoded(name, columns[name])
        fields.append(kind)
        nodes.append((rows, 0 if is_valid is None else int(rows - np.count_nonzero(is_valid))))
        bits = b"" if is_valid is None else np.packbits(is_valid, bitorder="little").tobytes()
        for part in (bits, *parts):
            buffers.append((len(body), len(part)))
            body += part + bytes(-len(part) % 8)
    schema = _Table((None, fields))
    head = (_Scalar("q", rows), _Structs(nodes), _Structs(buffers))
    batch = _Table(head)
    end = struct.pack("<Ii", 0xFFFFFFFF, 0)
    return _message(_SCHEMA, schema, b"") + _message(_BATCH, batch, bytes(body)) + end


def _encoded(name: str, column: NDArray[Any]) -> tuple[_Table, NDArray[Any] | None, list[bytes]]:
    """The field of a column, which of its rows are defined (None: all), and its buffers."""
    if name == "time":
        told = _Table((_Scalar("h", _NANOSECOND), "UTC"))
        return _field(name, _TIMESTAMP, told), None, [column.astype("<i8").tobytes()]
    if column.dtype.kind == "f":
        told = _Table((_Scalar("h", _DOUBLE),))
        return _field(name, _FLOAT, told), ~np.isnan(column), [column.astype("<f8").tobytes()]
    if column.dtype.kind in "iu":
        told = _Table((_Scalar("i", 64), _Scalar("?", True)))
        return _field(name, _INT, told), None, [column.astype("<i8").tobytes()]
    texts = [b"" if value is None else str(value).encode() for value in column.tolist()]
    ends = np.cumsum([0, *map(len, texts)]).astype("<i4")
    is_valid = np.array([value is not None for value in column.tolist()], dtype=np.bool_)
    return _field(name, _TEXT, _Table(())), is_valid, [ends.tobytes(), b"".join(texts)]


def _field(name: str, kind: int, told: _Table) -> _Table:
    """Name, nullable, type, (dictionary), children."""
    return _Table((name, _Scalar("?", True), _Scalar("B", kind), told, None, ()))


def _message(kind: int, header: _Table, body: bytes) -> bytes:
    """A message in its frame: a mark, the length of its head, the head, the body."""
    fields = (_Scalar("h", _V5), _Scalar("B", kind), header, _Scalar("q", len(body)))
    head = _Builder().finish(_Table(fields))
    head += bytes(-len(head) % 8)
    return struct.pack("<Ii", 0xFFFFFFFF, len(head)) + head + body
