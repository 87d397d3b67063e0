"""The Arrow stream, read back by the letter of the format: every offset followed, nothing shared
with what wrote it. (pyarrow 26 reads the same bytes, and finds them valid; it is no dependency.)"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from gateway.arrow import arrow_stream


class Table:
    """A FlatBuffers table in a buffer."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def place(self, field: int) -> int | None:
        size = struct.unpack_from("<H", self.data, self.vtable)[0]
        where = 4 + 2 * field
        offset = struct.unpack_from("<H", self.data, self.vtable + where)[0] if where < size else 0
        return self.at + offset if offset else None

    def scalar(self, field: int, form: str) -> Any:
        place = self.place(field)
        assert place is None or place % struct.calcsize(form) == 0, "it is aligned"
        return 0 if place is None else struct.unpack_from(f"<{form}", self.data, place)[0]

    def target(self, field: int) -> int:
        place = self.place(field)
        assert place is not None
        return place + int(struct.unpack_from("<I", self.data, place)[0])

    def table(self, field: int) -> Table:
        return Table(self.data, self.target(field))

    def text(self, field: int) -> str:
        at = self.target(field)
        (size,) = struct.unpack_from("<I", self.data, at)
        return self.data[at + 4 : at + 4 + size].decode()

    def tables(self, field: int) -> list[Table]:
        at = self.target(field)
        (count,) = struct.unpack_from("<I", self.data, at)
        places = [at + 4 + 4 * k for k in range(count)]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]

    def structs(self, field: int) -> list[tuple[int, int]]:
        at = self.target(field)
        (count,) = struct.unpack_from("<I", self.data, at)
        assert (at + 4) % 8 == 0
        return [struct.unpack_from("<qq", self.data, at + 4 + 16 * k) for k in range(count)]


def messages(stream: bytes) -> list[tuple[Table, bytes]]:
    found, at = [], 0
    while True:
        mark, size = struct.unpack_from("<Ii", stream, at)
        assert (mark, at % 8, size % 8) == (0xFFFFFFFF, 0, 0)
        if size == 0:
            assert at + 8 == len(stream)
            return found
        head = stream[at + 8 : at + 8 + size]
        message = Table(head, struct.unpack_from("<I", head)[0])
        length = message.scalar(3, "q")
        found.append((message, stream[at + 8 + size : at + 8 + size + length]))
        at += 8 + size + length


def read(stream: bytes) -> dict[str, list[Any]]:
    (schema, none), (batch, body) = messages(stream)
    assert (schema.scalar(1, "B"), batch.scalar(1, "B"), none) == (1, 3, b"")
    head = batch.table(2)
    rows, nodes, buffers = head.scalar(0, "q"), head.structs(1), head.structs(2)
    assert all(start % 8 == 0 for start, _ in buffers)
    parts = iter([body[start : start + size] for start, size in buffers])
    found: dict[str, list[Any]] = {}
    for field, (length, nulls) in zip(schema.table(2).tables(1), nodes, strict=True):
        assert length == rows
        assert field.scalar(1, "?"), "it may be null"
        bits = next(parts)
        valid = [not bits or bool(bits[k // 8] >> k % 8 & 1) for k in range(rows)]
        assert valid.count(False) == nulls
        kind, told = field.scalar(2, "B"), field.table(3)
        if kind == 5:
            ends, text = struct.unpack(f"<{rows + 1}i", next(parts)), next(parts)
            values: list[Any] = [text[ends[k] : ends[k + 1]].decode() for k in range(rows)]
        elif kind == 3:
            assert told.scalar(0, "h") == 2, "double"
            values = list(struct.unpack(f"<{rows}d", next(parts)))
        else:
            unit = (told.scalar(0, "i"), told.scalar(1, "?"))
            assert unit == (64, True) or (told.scalar(0, "h"), told.text(1)) == (3, "UTC")
            assert kind == (2 if unit == (64, True) else 10)
            values = list(struct.unpack(f"<{rows}q", next(parts)))
        found[field.text(0)] = [v if ok else None for v, ok in zip(values, valid, strict=True)]
    return found


@pytest.mark.parametrize("rows", [0, 1, 3, 9, 1000])
def test_what_is_written_can_be_read_by_the_format(rows: int) -> None:
    rng = np.random.default_rng(rows)
    values = np.where(rng.random(rows) < 0.3, np.nan, rng.random(rows))
    words = np.array([[None, "live", "", "ä"][k % 4] for k in range(rows)], dtype=object)
    columns = {
        "time": 1_700_000_000_000_000_001 + np.arange(rows) * 60_000_000_000,
        "risk.sharpe": values,
        "n": np.arange(rows) - 5,
        "status": words,
        "whole": rng.random(rows),
    }
    found = read(arrow_stream(columns, list(columns)))
    assert list(found) == list(columns)
    assert found["time"] == columns["time"].tolist()
    assert found["risk.sharpe"] == [None if v != v else v for v in values.tolist()]
    assert found["n"] == columns["n"].tolist()
    assert found["status"] == words.tolist()
    assert found["whole"] == columns["whole"].tolist()
