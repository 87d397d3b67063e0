"""Files of recorded prices, every line read by itself: the slow way of `tidegauge.recorded`."""

from __future__ import annotations

import heapq
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from connectors.feed.lines import bounded
from tests.reference.recorded_instants import Instant, instants
from tidegauge.errors import WrongUse
from tidegauge.recorded.row import COLUMNS, BadRowError, Cells, RecordedRow, parse_row
from tidegauge.recorded.skipped import Skipped
from tidegauge.recorded.text import LONGEST_LINE, header, opened, split, too_long

_KEYS = frozenset(COLUMNS)
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


def _json_lines(lines: BufferedReader, report: Callable[[str], None]) -> Iterator[Line]:
    cells_of = itemgetter(*COLUMNS)
    odd: set[str] = set()
    for number, line in enumerate(bounded(lines, LONGEST_LINE), 1):
        if line is None:
            yield number, too_long()
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
    names = header(file, lines)
    if unused := [name for name in names if name not in _KEYS]:
        report(f"1: {_unused(unused)}")
    if "venue" in names and "quote" not in names:
        report("1: there is no column quote, so the trades of venues are taken to be in USD")
    width = len(names)
    # A column that is not there is found behind the last one.
    cells_of = itemgetter(*(names.index(name) if name in names else width for name in COLUMNS))
    for number, line in enumerate(bounded(lines, LONGEST_LINE), 2):
        if line is None:
            yield number, too_long()
            continue
        try:
            values = split(line)
        except BadRowError as error:
            yield number, error
            continue
        if len(values) == width:
            values.append(None)
            yield number, cells_of(values)
        elif values != [""]:
            reason = f"has {len(values)} columns, the header {width}"
            yield number, BadRowError("columns", reason)


def _unused(names: Iterable[str]) -> str:
    """What to say of columns that nobody knows: one may be a known one with a typing error."""
    listed = sorted(repr(name[:40]) for name in names)
    shown = ", ".join(listed[:_MOST_NAMES]) + (" …" if len(listed) > _MOST_NAMES else "")
    return f"not used: {shown}; known are {', '.join(COLUMNS)}"
