"""Columns as CSV and as an Arrow IPC stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow import ipc
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]
"""Arrays of equal length by name: `time` int64 (ns UTC), integers, floats (NaN: undefined), and
objects (texts, None: undefined)."""


def csv_text(columns: Columns) -> bytes:
    """A line of names, then the rows (RFC 4180); what is undefined is empty, `time` is called `at`
    and has RFC 3339 text."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(["at" if name == "time" else name for name in columns])
    lines.writerows(zip(*(_cells(name, c) for name, c in columns.items()), strict=True))
    return out.getvalue().encode()


def _cells(name: str, column: NDArray[Any]) -> list[Any]:
    if name == "time":
        return time_texts(column)
    return ["" if value is None or value != value else value for value in column.tolist()]


def time_texts(times: NDArray[Any]) -> list[str]:
    """RFC 3339 text of each time (ns), with decimals where one is not a whole second."""
    whole = not (times % 1_000_000_000).any()
    texts = np.datetime_as_string(times.astype("M8[ns]"), unit="s" if whole else "ns")
    found: list[str] = np.char.add(texts, "Z").tolist()
    return found


def arrow_stream(columns: Columns) -> bytes:
    """A schema, one record batch, the end; `time` as timestamps of ns in UTC."""
    rows = len(next(iter(columns.values())))
    children = {name: _arrow(name, column) for name, column in columns.items()}
    schema = na.struct({name: kind for name, (kind, _) in children.items()})
    arrays = [array for _, array in children.values()]
    batch = na.c_array_from_buffers(schema, rows, buffers=[None], children=arrays)
    out = io.BytesIO()
    with ipc.StreamWriter.from_writable(out) as writer:
        writer.write_stream(batch)
    return out.getvalue()


def _arrow(name: str, column: NDArray[Any]) -> tuple[Any, Any]:
    """Type and array of a column."""
    rows = len(column)
    if name == "time":
        kind = na.timestamp("ns", "UTC")
        return kind, na.c_array_from_buffers(kind, rows, buffers=[None, column.astype("<i8")])
    if column.dtype.kind in "iu":
        kind = na.int64()
        return kind, na.c_array_from_buffers(kind, rows, buffers=[None, column.astype("<i8")])
    if column.dtype.kind == "b":
        kind = na.bool_()
        bits = np.packbits(column, bitorder="little")
        return kind, na.c_array_from_buffers(kind, rows, buffers=[None, bits])
    if column.dtype.kind == "f":
        kind, known = na.float64(), ~np.isnan(column)
        buffers = [_bits(known), column.astype("<f8")]
        return kind, na.c_array_from_buffers(kind, rows, buffers=buffers)
    values = column.tolist()
    texts = [b"" if value is None else str(value).encode() for value in values]
    ends = np.cumsum([0, *map(len, texts)]).astype("<i4")
    known = np.array([value is not None for value in values], dtype=np.bool_)
    kind = na.string()
    told = [_bits(known), ends, b"".join(texts)]
    return kind, na.c_array_from_buffers(kind, rows, buffers=told)


def _bits(known: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """The bitmap of what is defined; None where all is."""
    return None if known.all() else np.packbits(known, bitorder="little")
