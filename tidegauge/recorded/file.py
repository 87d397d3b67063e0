"""One file of recorded prices: its usable rows, in chunks, and what is wrong with the others."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegauge.errors import WrongUse
from tidegauge.recorded.row import BadRowError, Cells, parse_row
from tidegauge.recorded.rows import ROW, Rows, Scratch, Vocabulary
from tidegauge.recorded.text import (
    MAGIC,
    Block,
    CsvText,
    JsonText,
    blocks,
    opened,
    position,
    too_long,
)

_ROOM, _MOST_ROOM = 2048, 8192
"""Rows that are read at once: what is wrong with them is held until they are looked at. So they are
few, and twice as many with each time that nothing was wrong."""


_MOST_ODD = 256
"""Rows that are read with care at once, for the same reason."""

CellsOf = Callable[[int, int], Cells | None]
"""The cells of a row and line."""


class Trouble(NamedTuple):
    """A line that is not used: it stands before row `place` of those that are, in file `file`.

    Without a kind it is a remark on a line, whatever becomes of it.
    """

    place: int
    file: int
    line: int
    kind: str
    reason: str


class Chunk(NamedTuple):
    """Rows of one file in order of time, and the troubles among them in order of place."""

    rows: Rows
    troubles: list[Trouble]


class RecordedFile:
    """Reads one file, the `number`-th of those that are read together.

    `report` is told remarks on the file, `unused` of the cells of rows that cannot be used.
    """

    def __init__(
        self,
        file: Path,
        number: int,
        names: Vocabulary,
        report: Callable[[str], None],
        unused: Callable[[Cells], None],
    ) -> None:
        self.file, self.number, self._names = file, number, names
        self._report, self._unused = report, unused
        self.done = 0
        """How many bytes of the file have been read."""
        self._line, self._room = 0, _ROOM
        self._remarks: list[str] = []
        self._latest = self._before = 0
        """The latest time so far, and the line that has it."""

    def chunks(self) -> Iterator[Chunk]:
        """All rows. Raises WrongUse where the file is none of recorded prices."""
        try:
            with opened(self.file) as lines:
                if lines.peek(len(MAGIC)).startswith(MAGIC):
                    yield from self._windows()
                    return
                name = self.file.name.removesuffix(".gz")
                kind = JsonText if name.endswith((".jsonl", ".ndjson", ".json")) else CsvText
                text = kind(self.file, lines, self._remarks.append)
                self._remark()
                self._line = text.first
                for block in blocks(lines):
                    self.done = position(lines)
                    if block is None:
                        yield Chunk(np.zeros(0, ROW), [self._trouble(0, self._line, too_long())])
                        self._line += 1
                    else:
                        yield from self._scanned(text, block)
        except (OSError, EOFError, zlib.error) as error:
            raise WrongUse(f"{self.file}: cannot be unpacked: {error}") from error

    def _remark(self) -> None:
        """Tell what there is to say of the file as a whole."""
        while self._remarks:
            self._report(f"{self.file}:{self._remarks.pop(0)}")

    def _windows(self) -> Iterator[Chunk]:
        from tidegauge.recorded.parquet import ParquetFile, Window

        parquet = ParquetFile(self.file, self.number, self._names, self._remarks.append)
        self._remark()
        size, count = self.file.stat().st_size, max(parquet.rows, 1)
        for window in parquet.windows():
            last = int(window.rows["line"][-1])

            def cells(row: int, _: int, window: Window = window) -> Cells | None:
                return parquet.cells(window, row)

            yield from self._usable(window.rows, window.odd, cells)
            self.done = size * last // count

    def _trouble(self, place: int, line: int, error: BadRowError) -> Trouble:
        return Trouble(place, self.number, line, error.kind, str(error))

    def _scanned(self, text: CsvText | JsonText, block: Block) -> Iterator[Chunk]:
        at, data = 0, np.frombuffer(block.text, dtype=np.uint8)
        while at < len(data):
            room = self._room
            found = Scratch(np.zeros(room, ROW), np.zeros(room, np.int64), np.zeros(room, bool))
            tables = self._names.tables()
            at, self._line, count = text.scan(data, at, self._line, tables, found, self.number)
            self._names.learn(found, count)

            def cells(row: int, number: int, found: Scratch = found) -> Cells | None:
                begin = int(found.begin[row])
                end = block.text.index(b"\n", begin) + 1
                if block.is_cut and end == len(block.text):
                    end -= 1
                return text.cells(block.text[begin:end], number)

            is_clean = True
            for chunk in self._usable(found.rows[:count], found.odd[:count], cells):
                is_clean &= not chunk.troubles
                yield chunk
            self._room = min(2 * room, _MOST_ROOM) if is_clean else _ROOM

    def _usable(self, rows: Rows, odd: NDArray[np.bool_], cells_of: CellsOf) -> Iterator[Chunk]:
        """The usable ones of some rows, of which the odd ones are read by themselves.

        `cells_of` gives the cells of a row and its line, None where it is empty.
        """
        places = np.flatnonzero(odd)
        begin = 0
        for end in [*places[_MOST_ODD::_MOST_ODD].tolist(), len(rows)]:
            here = places[(places >= begin) & (places < end)] - begin
            yield self._in_time(*self._with_care(rows[begin:end], begin, here.tolist(), cells_of))
            begin = end

    def _with_care(
        self, rows: Rows, begin: int, odd: list[int], cells_of: CellsOf
    ) -> tuple[Rows, list[Trouble]]:
        """Read the odd ones of the rows from `begin` on by themselves; the usable ones of all."""
        troubles: list[Trouble] = []
        if not odd:
            return rows, troubles
        keep, left_out = np.ones(len(rows), dtype=bool), 0
        for row in odd:
            number, place = int(rows["line"][row]), row - left_out
            cells: Cells | None = None
            try:
                cells = cells_of(begin + row, number)
                while self._remarks:
                    troubles.append(Trouble(place, self.number, number, "", self._remarks.pop(0)))
                if cells is not None:
                    rows[row] = self._names.encode(parse_row(cells, number, self.number))
                    continue
            except BadRowError as error:
                troubles.append(self._trouble(place, number, error))
                if cells is not None:
                    self._unused(cells)
            keep[row] = False
            left_out += 1
        return rows[keep], troubles

    def _in_time(self, rows: Rows, troubles: list[Trouble]) -> Chunk:
        """The rows that are not older than those before them."""
        ts = rows["ts"]
        if not len(rows):
            return Chunk(rows, troubles)
        if ts[0] >= self._latest and bool((ts[:-1] <= ts[1:]).all()):
            last = int(ts[-1])
            if last > self._latest:
                self._latest = last
                self._before = int(rows["line"][np.searchsorted(ts, last)])
            return Chunk(rows, troubles)
        keep = np.ones(len(rows), dtype=bool)
        late: list[Trouble] = []
        reason = ""
        for place, (at, line) in enumerate(zip(ts.tolist(), rows["line"].tolist(), strict=True)):
            if at > self._latest:
                self._latest, self._before = at, line
                reason = ""
            elif at < self._latest:
                before = f"is older than line {self._before}; rows stand in order of time"
                reason = reason or before  # one text for all of them
                late.append(Trouble(place, self.number, line, "late", reason))
                keep[place] = False
        gone = np.cumsum(~keep)
        both = heapq.merge(troubles, late, key=lambda trouble: trouble.line)
        moved = [t._replace(place=t.place - int(gone[t.place - 1])) if t.place else t for t in both]
        return Chunk(rows[keep], moved)
