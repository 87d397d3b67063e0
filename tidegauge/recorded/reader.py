"""Files of recorded prices, merged by time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from engine.names import is_asset_name
from tidegauge.recorded.file import Chunk, RecordedFile, Trouble
from tidegauge.recorded.instants import AgreedInstants, framed
from tidegauge.recorded.row import END_OF_TIME, BadRowError, Cells, RecordedRow, parse_ts
from tidegauge.recorded.rows import Rows, Vocabulary, joined
from tidegauge.recorded.skipped import Skipped
from tidegauge.recorded.text import readable


class Reader:
    """Reads files of recorded prices; bad rows are reported, counted and skipped.

    `report` gets a line of text for each of the first bad rows, and for what of a file is not used;
    with `strict` the first bad row raises WrongUse. So does, always, a file that is not of prices.
    """

    def __init__(self, files: Iterable[Path], report: Callable[[str], None], strict: bool) -> None:
        self.files, self._report = list(files), report
        self.skipped = Skipped(report, strict)
        self.names = Vocabulary()
        self.last: tuple[int, str] | None = None
        """The newest time (ns) of all that was read, and file and line of it."""
        self.capped: set[str] = set()
        """The assets of which some row gave a market cap or a supply."""
        self.first_times: dict[str, int] = {}
        """The assets met so far and the time (ns) of the first row of each; the end of time where
        only rows without a readable time name it."""
        self._parts = [
            RecordedFile(file, number, self.names, report, self._note_unused)
            for number, file in enumerate(self.files)
        ]
        self._instants = AgreedInstants(self.names, self._refuse, self._name, self._tell)
        self._seen = np.zeros(0, dtype=bool)

    @property
    def good(self) -> int:
        """The rows used so far."""
        return self._instants.good

    @property
    def size(self) -> int:
        """Bytes of all files."""
        total = 0
        for file in self.files:
            with readable(file) as raw:
                total += os.fstat(raw.fileno()).st_size
        return total

    @property
    def done(self) -> int:
        """Bytes of the files that have been read."""
        return sum(part.done for part in self._parts)

    def frames(self, every: int | None = None) -> Iterator[Rows]:
        """All usable rows in order of time, from whatever file, cut into frames (see `framed`)."""
        return framed(self._blocks(), every)

    def _blocks(self) -> Iterator[Rows]:
        for rows, troubles in merged([part.chunks() for part in self._parts]):
            if len(rows):
                self._note(rows)
            yield self._known(self._instants.take(rows, troubles))
        yield self._known(self._instants.end())

    def _note(self, rows: Rows) -> None:
        """Note what is known of the files by these rows."""
        last = int(rows["ts"][-1])
        if self.last is None or last > self.last[0]:
            row = rows[np.searchsorted(rows["ts"], last)]
            self.last = last, f"{self.files[row['file']]}:{row['line']}"
        names = self.names.assets.all
        if len(names) > len(self._seen):
            self._seen = np.append(self._seen, np.zeros(len(names) - len(self._seen), dtype=bool))
        if self._seen[rows["asset"]].all():
            return
        codes, first = np.unique(rows["asset"], return_index=True)
        for code, place in zip(codes.tolist(), first.tolist(), strict=True):
            if not self._seen[code]:
                self._seen[code] = True
                self._note_time(names[code], int(rows["ts"][place]))

    def _note_time(self, name: str, at: int) -> None:
        self.first_times[name] = min(at, self.first_times.get(name, END_OF_TIME))

    def _note_unused(self, cells: Cells) -> None:
        """A row that cannot be used may still be the only one that names its asset."""
        if is_asset_name(cells[1]):
            try:
                at = parse_ts(cells[0])
            except BadRowError:
                at = END_OF_TIME
            self._note_time(cells[1], at)

    def _known(self, rows: Rows) -> Rows:
        known = (rows["market_cap"] > 0.0) | (rows["supply"] > 0.0)
        if known.any():
            codes = np.unique(rows["asset"][known & (rows["venue"] < 0)]).tolist()
            self.capped |= {self.names.assets.all[code] for code in codes}
        return rows

    def digest(self) -> str:
        """SHA-256 over the files' contents, hexadecimal."""
        total = hashlib.sha256()
        for file in self.files:
            with readable(file) as raw:
                total.update(hashlib.file_digest(raw, "sha256").digest())
        return total.hexdigest()

    def _tell(self, trouble: Trouble) -> None:
        if not trouble.kind:
            self._report(f"{self.files[trouble.file]}:{trouble.reason}")
            return
        where = f"{self.files[trouble.file]}:{trouble.line}"
        self.skipped.add(where, trouble.kind, trouble.reason)

    def _where(self, row: RecordedRow) -> str:
        return f"{self.files[row.file]}:{row.line}"

    def _refuse(self, row: RecordedRow, kind: str, reason: str) -> None:
        self.skipped.add(self._where(row), kind, reason)

    def _name(self, row: RecordedRow, other: RecordedRow) -> str:
        return f"line {other.line}" if row.file == other.file else self._where(other)


def compile_reader() -> None:
    """Read a little of each kind of text, so that all that reads is compiled."""
    with TemporaryDirectory() as folder:
        csv, lines = Path(folder, "a.csv"), Path(folder, "a.jsonl")
        csv.write_text("ts,asset,price\n1,A,1\n")
        lines.write_text('{"ts":1,"asset":"A","price":1}\n')
        for _ in Reader([csv, lines], lambda _: None, strict=False).frames():
            pass


def merged(files: list[Iterator[Chunk]]) -> Iterator[Chunk]:
    """The chunks of several files as those of one: in order of time, then of files."""
    if len(files) == 1:
        yield from files[0]
        return
    held: list[Chunk | None] = [_next(file) for file in files]
    while any(chunk is not None for chunk in held):
        # Of the files whose chunk ends first, the first one is used up.
        ends = [
            (int(chunk.rows["ts"][-1]), number)
            for number, chunk in enumerate(held)
            if chunk is not None and len(chunk.rows)
        ]
        until, last = min(ends, default=(-1, -1))
        parts: list[Chunk] = []
        for number, chunk in enumerate(held):
            if chunk is None:
                continue
            side = "right" if number <= last else "left"
            cut = int(np.searchsorted(chunk.rows["ts"], until, side=side))  # type: ignore[call-overload]
            taken = [t for t in chunk.troubles if t.place < cut or cut == len(chunk.rows)]
            rest = [t._replace(place=t.place - cut) for t in chunk.troubles[len(taken) :]]
            parts.append(Chunk(chunk.rows[:cut], taken))
            used_up = cut == len(chunk.rows)
            held[number] = _next(files[number]) if used_up else Chunk(chunk.rows[cut:], rest)
        yield _joined(parts)


def _next(file: Iterator[Chunk]) -> Chunk | None:
    return next(file, None)


def _joined(parts: list[Chunk]) -> Chunk:
    rows = joined([part.rows for part in parts])
    order = np.argsort(rows["ts"], kind="stable")
    moved = np.append(np.argsort(order, kind="stable"), len(rows))
    troubles, begin = list[Trouble](), 0
    for part in parts:
        for trouble in part.troubles:
            last = trouble.place == len(part.rows)
            place = len(rows) if last else int(moved[begin + trouble.place])
            troubles.append(trouble._replace(place=place))
        begin += len(part.rows)
    return Chunk(rows[order], sorted(troubles, key=lambda trouble: trouble.place))
