"""Files of recorded prices: CSV and JSON lines, merged by time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import heapq
import io
import json
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from connectors.feed.lines import LONGEST_LINE, bounded
from engine.names import is_asset_name
from tidegauge.errors import WrongUse
from tidegauge.instants import Instant, instants
from tidegauge.rows import (
    COLUMNS,
    END_OF_TIME,
    BadRowError,
    Cells,
    RecordedRow,
    parse_row,
    parse_ts,
)
from tidegauge.skipped import Skipped

_KEYS = frozenset(COLUMNS)
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
"""What some programs put before text in UTF-8."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_NAMES = 10
"""Columns named in one message."""

Line = tuple[int, Cells | BadRowError]
"""The number of a line, and its cells or why it has none."""


class Reader:
    """Reads files of recorded prices; bad rows are reported, counted and skipped.

    `report` gets a line of text for each of the first bad rows, and for what of a file is not used;
    with `strict` the first bad row raises WrongUse. So does, always, a file that is not of prices.
    """

    def __init__(self, files: Iterable[Path], report: Callable[[str], None], strict: bool) -> None:
        self.files, self._report = list(files), report
        self.skipped = Skipped(report, strict)
        self.good = 0
        self.last: RecordedRow | None = None
        """The newest row of all that were read."""
        self.capped: set[str] = set()
        """The assets of which some row gave a market cap or a supply."""
        self._reported: set[str] = set()

    def instants(self) -> Iterator[Instant]:
        """All usable rows in order of time: those of one time together, from whatever file."""
        files = [self._file(number) for number in range(len(self.files))]
        rows = files[0] if len(files) == 1 else heapq.merge(*files, key=itemgetter(0))
        for instant in instants(rows, self._refuse, self._name):
            self.good += instant.rows
            for row in instant.prices:
                if row.market_cap > 0.0 or row.supply > 0.0:
                    self.capped.add(row.asset)
            yield instant

    def first_times(self) -> dict[str, int]:
        """The names of assets in all files, and the first time (ns) of each; without further
        checks, so a name that has no readable time has the end of time."""
        found: dict[str, int] = {}
        for file in self.files:
            here: set[str] = set()
            with opened(file) as lines:
                for _, cells in self._lines(file, lines):
                    if type(cells) is not tuple or type(cells[1]) is not str or cells[1] in here:
                        continue
                    try:
                        at = parse_ts(cells[0])
                        here.add(cells[1])
                    except BadRowError:
                        at = END_OF_TIME
                    found[cells[1]] = min(at, found.get(cells[1], END_OF_TIME))
        return {name: at for name, at in found.items() if is_asset_name(name)}

    def digest(self) -> str:
        """SHA-256 over the files' contents, hexadecimal."""
        total = hashlib.sha256()
        for file in self.files:
            with _readable(file) as raw:
                total.update(hashlib.file_digest(raw, "sha256").digest())
        return total.hexdigest()

    def where(self, row: RecordedRow) -> str:
        """File and line of a row."""
        return f"{self.files[row.file]}:{row.line}"

    def _file(self, number: int) -> Iterator[RecordedRow]:
        file, before = self.files[number], 0
        latest = 0
        with opened(file) as lines:
            for line, cells in self._lines(file, lines):
                try:
                    if isinstance(cells, BadRowError):
                        raise cells
                    row = parse_row(cells, line, number)
                    if row.ts < latest:
                        reason = f"is older than line {before}; rows stand in order of time"
                        raise BadRowError("late", reason)
                except BadRowError as error:
                    self.skipped.add(f"{file}:{line}", error.kind, str(error))
                    continue
                if row.ts > latest:
                    latest, before = row.ts, line
                    if self.last is None or latest > self.last.ts:
                        self.last = row
                yield row

    def _lines(self, file: Path, lines: BufferedReader) -> Iterator[Line]:
        """Number and cells of every line that is not empty."""

        def report(text: str) -> None:  # the files are read more than once
            if (note := f"{file}:{text}") not in self._reported:
                self._reported.add(note)
                self._report(note)

        try:
            if file.name.removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json")):
                yield from _json_lines(lines, report)
            else:
                yield from _csv_lines(file, lines, report)
        except (OSError, EOFError, zlib.error) as error:
            raise WrongUse(f"{file}: cannot be unpacked: {error}") from error

    def _refuse(self, row: RecordedRow, kind: str, reason: str) -> None:
        self.skipped.add(self.where(row), kind, reason)

    def _name(self, row: RecordedRow, other: RecordedRow) -> str:
        return f"line {other.line}" if row.file == other.file else self.where(other)


def _readable(file: Path) -> BufferedReader:
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
    found = _readable(file)
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


def _json_lines(lines: BufferedReader, report: Callable[[str], None]) -> Iterator[Line]:
    cells_of = itemgetter(*COLUMNS)
    odd: set[str] = set()
    for number, line in enumerate(bounded(lines, LONGEST_LINE), 1):
        if line is None:
            yield number, _too_long()
        elif line.strip():
            found = _json_object(line)
            if isinstance(found, BadRowError):
                yield number, found
                continue
            if not found.keys() <= _KEYS and "keys" not in odd:
                odd.add("keys")
                report(f"{number}: {_unused(found.keys() - _KEYS)}")
            if found.get("venue") and "quote" not in found and "quote" not in odd:
                odd.add("quote")
                report(f"{number}: has a venue and no quote, so it is taken to be in USD")
            yield number, cells_of({**_NOTHING, **found})


_NOTHING: dict[str, Any] = dict.fromkeys(COLUMNS)


def _json_object(line: bytes) -> dict[str, Any] | BadRowError:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return BadRowError("json", f"is not JSON: {error}")
    if not isinstance(found, dict):
        return BadRowError("json", "is not a JSON object")
    # A colon more than there are keys and clock times may be a key that stands twice.
    if line.count(b'":') > len(found):
        try:
            pairs = json.loads(line, object_pairs_hook=list)
        except (ValueError, RecursionError):
            pairs = []
        names = [name for name, _ in pairs]
        for name in COLUMNS:
            if names.count(name) > 1:
                return BadRowError("json", f"has {name} twice")
    return found


def _csv_lines(file: Path, lines: BufferedReader, report: Callable[[str], None]) -> Iterator[Line]:
    names = _header(file, lines)
    if unused := [name for name in names if name not in _KEYS]:
        report(f"1: {_unused(unused)}")
    if "venue" in names and "quote" not in names:
        report("1: there is no column quote, so the trades of venues are taken to be in USD")
    width = len(names)
    # A column that is not there is found behind the last one.
    cells_of = itemgetter(*(names.index(name) if name in names else width for name in COLUMNS))
    for number, line in enumerate(bounded(lines, LONGEST_LINE), 2):
        if line is None:
            yield number, _too_long()
            continue
        try:
            values = _split(line)
        except BadRowError as error:
            yield number, error
            continue
        if len(values) == width:
            values.append(None)
            yield number, cells_of(values)
        elif values != [""]:
            reason = f"has {len(values)} columns, the header {width}"
            yield number, BadRowError("columns", reason)


def _header(file: Path, lines: BufferedReader) -> list[str]:
    """The names of the columns; WrongUse where these are not prices."""
    line = next(bounded(lines, LONGEST_LINE), b"")
    try:
        if line is None:
            raise _too_long()
        names = [name.strip() for name in _split(line)]
    except BadRowError as error:
        raise WrongUse(f"{file}:1: the header {error}") from error
    missing = [name for name in COLUMNS[:3] if name not in names]
    if missing and b"\r" in line.rstrip(b"\r\n"):
        raise WrongUse(f"{file}:1: lines end in CR alone; save it with LF or CR LF")
    if missing:
        raise WrongUse(
            f"{file}:1: the header lacks {', '.join(missing)}; "
            f"expected ts,asset,price and optionally {','.join(COLUMNS[3:])}"
        )
    for name in COLUMNS:
        if names.count(name) > 1:
            raise WrongUse(f"{file}:1: the header has {name} twice")
    return names


def _split(line: bytes) -> list[Any]:
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


def _too_long() -> BadRowError:
    return BadRowError("long", f"is longer than {LONGEST_LINE >> 20} MB")


def _unused(names: Iterable[str]) -> str:
    """What to say of columns that nobody knows: one may be a known one with a typing error."""
    listed = sorted(repr(name[:40]) for name in names)
    shown = ", ".join(listed[:_MOST_NAMES]) + (" …" if len(listed) > _MOST_NAMES else "")
    return f"not used: {shown}; known are {', '.join(COLUMNS)}"
