"""Files of recorded prices as text: CSV and JSON lines, opened, cut into lines and read with care.

A `CsvText` or `JsonText` reads what is common compiled (`scan`) and every other line by itself
(`cells`).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedReader
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from tidegauge.errors import WrongUse
from tidegauge.recorded.csv import scan_csv
from tidegauge.recorded.grammar import Bytes
from tidegauge.recorded.json import scan_json
from tidegauge.recorded.row import COLUMNS, BadRowError, Cells
from tidegauge.recorded.rows import Scratch, Tables

_KEYS = frozenset(COLUMNS)
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
"""What some programs put before text in UTF-8."""
MAGIC = b"PAR1"
"""What a file of Parquet begins with."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_NAMES = 10
"""Columns named in one message."""

_FIRST_LINES = 5
"""Lines of a file that tell what it is of: those before the last of them are whole."""
_LONG = 4096
"""Bytes in which so many lines of prices have room many times over."""

LONGEST_LINE = 2**20
"""Bytes of a line of recorded prices: a thousand times the longest that is meant."""
BLOCK = 512 * 1024
"""Bytes that are read at once: some thousand rows."""

Report = Callable[[str], None]
"""Takes a remark on a file, which begins with the number of a line."""


def readable(file: Path) -> BufferedReader:
    """A file as it is. Raises WrongUse where it cannot be read, or not more than once."""
    try:
        raw = file.open("rb")
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(file.stat().st_mode):
        raw.close()
        reason = "is no regular file; it is read more than once, so write it to one first"
        raise WrongUse(f"{file}: {reason}")
    return raw


def opened(file: Path) -> BufferedReader:
    """A file of text, unpacked where it is compressed. Raises WrongUse where it is none."""
    found = readable(file)
    begin = found.peek(3)[:3]
    if begin[:2] == _GZIP or file.suffix == ".gz":
        found.close()
        try:
            found = io.BufferedReader(gzip.open(file))  # noqa: SIM115
            begin = found.peek(3)[:3]
        except (OSError, EOFError, zlib.error) as error:
            raise WrongUse(f"{file}: cannot be unpacked: {error}") from error
    if begin[:2] in _UTF_16 or not begin:
        found.close()
        reason = "is text in UTF-16; save it as UTF-8" if begin else "is empty"
        raise WrongUse(f"{file}: {reason}")
    if begin == _BOM:
        found.read(len(_BOM))
    return found


class Block(NamedTuple):
    """Whole lines of a text, each ended by a line feed; `is_cut` where the last one is without."""

    text: bytes
    is_cut: bool


def blocks(text: BufferedReader) -> Iterator[Block | None]:
    """All lines of a text, many at once; None for one that is longer than LONGEST_LINE.

    Such a line is passed over and never held as a whole.
    """
    kept, passing = b"", False
    while data := text.read(BLOCK):
        if passing:
            passing = (begin := data.find(b"\n")) < 0
            data = b"" if passing else data[begin + 1 :]
        kept += data
        first = kept.find(b"\n")
        if first >= LONGEST_LINE or (first < 0 and len(kept) >= LONGEST_LINE):
            yield None
            passing = first < 0
            kept = b"" if passing else kept[first + 1 :]
        if end := kept.rfind(b"\n") + 1:
            yield Block(kept[:end], False)
            kept = kept[end:]
    if kept:
        yield Block(kept + b"\n", True)


class JsonText:
    """JSON lines. `report` is told of unused keys, and of venues without a quote."""

    first = 1
    """The number of the first line."""

    def __init__(self, file: Path, lines: BufferedReader, report: Report) -> None:
        _refuse_others(file, lines)
        self._report = report
        self._told = np.zeros(2, dtype=np.bool_)

    def scan(
        self, text: Bytes, at: int, line: int, tables: Tables, found: Scratch, file: int
    ) -> tuple[int, int, int]:
        """What is common, compiled: see `scan_csv`."""
        stop: tuple[int, int, int] = scan_json(text, at, line, self._told, tables, found, file)
        return stop

    def cells(self, line: bytes, number: int) -> Cells | None:
        """The cells of one line, None for an empty one. Raises BadRowError."""
        if not line.strip():
            return None
        found = _json_object(line)
        if not found.keys() <= _KEYS and not self._told[0]:
            self._told[0] = True
            self._report(f"{number}: {_unused(found.keys() - _KEYS)}")
        if found.get("venue") and "quote" not in found and not self._told[1]:
            self._told[1] = True
            self._report(f"{number}: has a venue and no quote, so it is taken to be in USD")
        cells: Cells = _cells_of({**_NOTHING, **found})
        return cells


def _refuse_others(file: Path, lines: BufferedReader) -> None:
    """Refuse what is no file of prices at all, so that not each of its lines is told to lack a time
    and an asset. Raises WrongUse where none of the first lines has an asset."""
    begin = lines.peek(LONGEST_LINE)
    whole = begin.split(b"\n")[:_FIRST_LINES]
    if len(whole) < _FIRST_LINES and (len(begin) < _LONG or b'"asset"' in begin):
        return  # so little that each line may be told
    for line in whole[:-1]:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            return
        if not isinstance(found, dict | list) or "asset" in found:
            return
    raise WrongUse(
        f"{file}:1: has no asset, as lines of recorded prices do (ts, asset, price); raw frames of "
        "an exchange are read by `tidegauge decode VENUE FILE`, and replayed as `tidegauge record` "
        "keeps them"
    )


_cells_of = itemgetter(*COLUMNS)
_NOTHING: dict[str, Any] = dict.fromkeys(COLUMNS)


def _json_object(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises BadRowError."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRowError("json", f"is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadRowError("json", "is not a JSON object")
    # A colon more than there are keys and clock times may be a key that stands twice.
    if line.count(b'":') > len(found):
        try:
            pairs = json.loads(line, object_pairs_hook=list)
        except (ValueError, RecursionError):
            pairs = []
        names = [name for name, _ in pairs]
        for name in COLUMNS:
            if names.count(name) > 1:
                raise BadRowError("json", f"has {name} twice")
    return found


class CsvText:
    """CSV with a header. `report` is told of unused columns, and of venues without a quote."""

    first = 2
    """The number of the first line behind the header."""

    def __init__(self, file: Path, lines: BufferedReader, report: Report) -> None:
        names = header(file, lines)
        check_columns(file, names, report)
        width = self._width = len(names)
        # A column that is not there is found behind the last one.
        places = [names.index(name) if name in names else width for name in COLUMNS]
        self._cells_of = itemgetter(*places)
        self._roles = np.full(width, len(COLUMNS), dtype=np.int64)
        for role, place in enumerate(places):
            if place < width:
                self._roles[place] = role

    def scan(
        self, text: Bytes, at: int, line: int, tables: Tables, found: Scratch, file: int
    ) -> tuple[int, int, int]:
        """What is common, compiled: see `scan_csv`."""
        stop: tuple[int, int, int] = scan_csv(text, at, line, self._roles, tables, found, file)
        return stop

    def cells(self, line: bytes, number: int) -> Cells | None:
        """The cells of one line, None for an empty one. Raises BadRowError."""
        values = split(line)
        if len(values) == self._width:
            values.append(None)
            cells: Cells = self._cells_of(values)
            return cells
        if values == [""]:
            return None
        reason = f"has {len(values)} columns, the header {self._width}"
        raise BadRowError("columns", reason)


def header(file: Path, lines: BufferedReader) -> list[str]:
    """The names of the columns; WrongUse where these are not prices."""
    line = lines.readline(LONGEST_LINE)
    try:
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise too_long()
        names = [name.strip() for name in split(line)]
    except BadRowError as error:
        raise WrongUse(f"{file}:1: the header {error}") from error
    if any(name not in names for name in COLUMNS[:3]) and b"\r" in line.rstrip(b"\r\n"):
        raise WrongUse(f"{file}:1: lines end in CR alone; save it with LF or CR LF")
    return names


def check_columns(file: Path, names: Sequence[str], report: Report) -> None:
    """Look at the names of a file's columns. Raises WrongUse where these are not prices."""
    if missing := [name for name in COLUMNS[:3] if name not in names]:
        raise WrongUse(
            f"{file}:1: the header lacks {', '.join(missing)}; "
            f"expected ts,asset,price and optionally {','.join(COLUMNS[3:])}"
        )
    for name in COLUMNS:
        if names.count(name) > 1:
            raise WrongUse(f"{file}:1: the header has {name} twice")
    if unused := [name for name in names if name not in _KEYS]:
        report(f"1: {_unused(unused)}")
    if "venue" in names and "quote" not in names:
        report("1: there is no column quote, so the trades of venues are taken to be in USD")


def split(line: bytes) -> list[Any]:
    """The columns of a line of CSV. Raises BadRowError.

    A row is a line: one stray quotation mark would else swallow all rows up to the next one.
    """
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadRowError("text", f"is not text in UTF-8 (byte {error.start})") from error
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True), [""])
    except csv.Error as error:
        reason = "a quotation mark in it is not closed on the same line"
        if "limit" in str(error):
            reason = "a cell of it is too long"
        raise BadRowError("quotes", reason) from error


def too_long() -> BadRowError:
    """What is wrong with a line that is longer than LONGEST_LINE."""
    return BadRowError("long", f"is longer than {LONGEST_LINE >> 20} MB")


def _unused(names: Iterable[str]) -> str:
    """What to say of columns that nobody knows: one may be a known one with a typing error."""
    listed = sorted(repr(name[:40]) for name in names)
    shown = ", ".join(listed[:_MOST_NAMES]) + (" …" if len(listed) > _MOST_NAMES else "")
    return f"not used: {shown}; known are {', '.join(COLUMNS)}"


def position(text: BufferedReader) -> int:
    """How many bytes of its file an opened text has taken so far, packed ones where it is."""
    packed = getattr(text.raw, "fileobj", None)
    return int((packed or text).tell())
