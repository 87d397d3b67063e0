"""The sink of text files: one CSV or one file of JSON lines a table, which only grow.

    trades.csv, levels.csv, … or trades.jsonl, …
    position.json

A flush appends to the files, then notes in `position.json` how long each is and up to where the log
was taken. What stands behind that length was written by one that was killed, and is cut off. Times
are int nanoseconds. In CSV the figures of a snapshot, of which there are hundreds and not always
the same, are a row each (`figure`, `value`).
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import orjson

from streams.reading import read
from streams.records import Record
from streams.sinks.rows import Rows, SinkRow
from streams.sinks.sink import SinkError
from streams.sinks.tables import ALL, SinkTable

Form = Literal["csv", "jsonl"]
POSITION = "position.json"


class TextSink:
    """Keeps `rows` of a log in `directory`, as `form` says; `log_id` is the log's UUID. One process
    at a time. Raises SinkError where the directory is of another log or form, or not writable."""

    def __init__(
        self,
        directory: Path,
        log_id: str,
        form: Form,
        rows: Mapping[str, tuple[Rows, int | None]],
    ) -> None:
        self.directory, self._log_id, self._form, self._rows = directory, log_id, form, rows
        self._pending: dict[str, list[str | bytes]] = {}
        self._bytes = 0
        self.written = 0
        """Rows written so far."""
        self._offsets: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._load()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> SinkError:
        return SinkError(
            f"{self.directory}: cannot write there ({error.strerror}); check the free space and "
            "the rights, or choose another directory with --to"
        )

    def _load(self) -> None:
        place = self.directory / POSITION
        files = [file for file in self.directory.glob(f"*.{self._form}") if file.is_file()]
        if not place.exists():
            if files:
                raise SinkError(
                    f"{self.directory}: there are files already and no {POSITION}, so it is not "
                    "known what is in them; choose an empty directory with --to"
                )
            self._note()
            return
        told = orjson.loads(place.read_bytes())
        if (told.get("log"), told.get("form")) != (self._log_id, self._form):
            raise SinkError(
                f"{self.directory}: this is {told.get('form')} of the log {told.get('log')}; "
                "choose another directory with --to"
            )
        self._offsets, self._sizes = told["offsets"], told["sizes"]
        for file in files:
            os.truncate(file, self._sizes.get(file.name, 0))

    @property
    def topics(self) -> Mapping[str, int | None]:
        """What it reads, and how far back."""
        return {topic: span for topic, (_, span) in self._rows.items()}

    def after(self) -> dict[tuple[str, int], int]:
        """By topic and partition the offset behind which it goes on."""
        split = ((source.rpartition("/"), offset) for source, offset in self._offsets.items())
        return {(topic, int(partition)): offset for (topic, _, partition), offset in split}

    def take(self, record: Record) -> None:
        """Take a record. Raises CodecError where it is unreadable; it is left out then."""
        make, _ = self._rows[record.topic]
        for row in make(read(record), record):
            lines = self._pending.setdefault(f"{row.table.name}.{self._form}", [])
            for line in self._lines(row, record):
                lines.append(line)
                self._bytes += len(line)
                self.written += 1

    def _lines(self, row: SinkRow, record: Record) -> Iterator[str | bytes]:
        place = [f"{record.topic}/{record.partition}", record.offset]
        head = {"series": row.series, "time": row.time}
        if self._form == "jsonl":
            body = {**head, **row.values, "log_source": place[0], "log_offset": place[1]}
            yield orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)
        elif row.table.is_wide:
            for figure, value in row.values.items():
                yield _csv([row.series, row.time, figure, value, *place])
        else:
            values = [row.values.get(name) for name in row.table.columns]
            yield _csv([row.series, row.time, *values, *place])

    def waiting(self) -> int:
        """Bytes taken and not written yet."""
        return self._bytes

    def flush(self, reached: Mapping[tuple[str, int], int]) -> None:
        """Write what was taken, up to these offsets."""
        try:
            for name, lines in self._pending.items():
                raw = [line.encode() if isinstance(line, str) else line for line in lines]
                with (self.directory / name).open("ab") as file:
                    if not file.tell() and self._form == "csv":
                        file.write(_csv(_header(name)).encode())
                    file.write(b"".join(raw))
                    file.flush()
                    os.fsync(file.fileno())
                    self._sizes[name] = file.tell()
            self._pending.clear()
            self._bytes = 0
            self._offsets = {f"{topic}/{p}": offset for (topic, p), offset in reached.items()}
            self._note()
        except OSError as error:
            raise self._failed(error) from error

    def _note(self) -> None:
        told: dict[str, Any] = {"log": self._log_id, "form": self._form}
        told |= {"offsets": self._offsets, "sizes": self._sizes}
        made = self.directory / f"{POSITION}.new"
        made.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        made.replace(self.directory / POSITION)

    def close(self) -> None:
        """Nothing is held open."""


def _header(name: str) -> list[str]:
    table: SinkTable = next(table for table in ALL if table.name == name.rpartition(".")[0])
    columns = ["figure", "value"] if table.is_wide else list(table.columns)
    return ["series", "time", *columns, "log_source", "log_offset"]


def _csv(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()
