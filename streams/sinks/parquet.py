"""The sink of Parquet files: a directory a table, a file a span of time.

    tables/minutes/2026-11-27.parquet
    tables/position.json

A flush makes each file that gets rows anew, sorted by series and time, and renames it over the one
before: whoever reads meanwhile sees the one or the other, whole, and a glob of a directory is the
table. So there are never more files than spans, and nothing to merge. Every row says from which
record it is; what a file has of a source tells what of that source is not to be taken again, and
`position.json`, written behind the files, from where the log is to be read. Without it the log is
read again from its start, with the same result.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from streams.reading import read
from streams.records import Record
from streams.sinks import tables
from streams.sinks.rows import ROWS, SECONDS_FROM, Rows, SinkRow, type_of
from streams.sinks.seconds import Seconds
from streams.sinks.sink import SinkError
from streams.sinks.tables import Period, SinkTable

FORM = 1
"""Of the files. What another form wrote is made anew from the log."""
POSITION = "position.json"
_GROUP = 8192
"""Rows of a group, the least that is read: five a second of one series among two dozen."""
_MEMORY = "512MB"
_COMMON = {"series": "VARCHAR", "time": "BIGINT", "log_source": "VARCHAR", "log_offset": "BIGINT"}
_Place = tuple[str, Period]


class _Pending:
    """Rows for one file: their JSON lines, and the types of their columns."""

    def __init__(self, table: SinkTable) -> None:
        self.table = table
        self.lines: list[bytes] = []
        self.columns = {**_COMMON, **table.columns}


class ParquetSink:
    """Keeps `rows` of a log in `directory`; `log_id` is the log's UUID, `partitions` the count of
    those of `prices`. One process at a time: whoever makes it holds a lock.

    Raises SinkError where the directory is that of another log, or cannot be written to.
    """

    def __init__(
        self,
        directory: Path,
        log_id: str,
        partitions: int,
        rows: Mapping[str, tuple[Rows, int | None]] = ROWS,
    ) -> None:
        self.directory, self._log_id, self._rows = directory, log_id, rows
        self.topics: dict[str, int | None] = {
            **{topic: span for topic, (_, span) in rows.items()},
            **SECONDS_FROM,
        }
        self._seconds = Seconds(partitions)
        self._series: set[str] = set()
        """Those of which there are seconds."""
        self._pending: dict[_Place, _Pending] = {}
        self._bytes = 0
        self._taken: dict[_Place, dict[str, int]] = {}
        """By file and source, the offset up to which its rows are in it."""
        self._newest: dict[str, int] = {}
        """By table, the time of its newest row."""
        self.written = 0
        """Rows written so far."""
        with self._failing():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._position = self._load()
            for left in (*directory.glob("*/*.new"), *directory.glob("*/*.rows")):
                left.unlink()  # of one that was killed
        self._database = connect(_MEMORY)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, duckdb.Error) as error:
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise SinkError(
                f"{self.directory}: cannot write the tables ({reason}); check the free space and "
                "the rights of the directory; if a file is damaged remove the directory, and it is "
                "made anew from the log"
            ) from error

    def _load(self) -> dict[str, int]:
        """The offsets by source; a form of before is removed."""
        place = self.directory / POSITION
        try:
            told = orjson.loads(place.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return {}
        if told.get("log") != self._log_id:
            raise SinkError(
                f"{self.directory}: these are the tables of another log ({told.get('log')}); "
                "choose another directory, or remove this one"
            )
        if told.get("form") != FORM:
            place.unlink()
            for table in tables.ALL:
                shutil.rmtree(self.directory / table.name, ignore_errors=True)
            return {}
        return {str(source): int(offset) for source, offset in told["offsets"].items()}

    # --- what a sink does

    def after(self) -> dict[tuple[str, int], int]:
        """By topic and partition the offset behind which it goes on."""
        found = {}
        for source, offset in self._position.items():
            topic, _, partition = source.rpartition("/")
            found[topic, int(partition)] = offset
        return found

    def take(self, record: Record) -> None:
        """Take a record. Raises CodecError where it is unreadable; it is left out then."""
        body = read(record)
        if record.topic in self._rows:
            make, _ = self._rows[record.topic]
            for row in make(body, record):
                self._add(row, record)
        if record.topic in SECONDS_FROM:
            for row in self._seconds.take(body, record):
                self._series.add(row.series)
                self._add(row, record)

    def waiting(self) -> int:
        """Bytes taken and not written yet."""
        return self._bytes

    def _add(self, row: SinkRow, record: Record) -> None:
        table, source = row.table, f"{record.topic}/{record.partition}"
        period = table.period(row.time)
        place = table.name, period
        if record.offset <= self._through(table, period).get(source, -1):
            return  # written before the position was
        pending = self._pending.get(place)
        if pending is None:
            pending = self._pending[place] = _Pending(table)
        if table.is_wide:
            for name, value in row.values.items():
                if name not in pending.columns:
                    pending.columns[name] = type_of(name, value)
        common = {"series": row.series, "time": row.time}
        place_in_log = {"log_source": source, "log_offset": record.offset}
        line = orjson.dumps({**common, **row.values, **place_in_log})
        pending.lines.append(line)
        self._bytes += len(line)
        self._newest[table.name] = max(self._newest.get(table.name, 0), row.time)

    def _through(self, table: SinkTable, period: Period) -> dict[str, int]:
        place = table.name, period
        if place not in self._taken:
            self._taken[place] = {}
            if (file := self._file(table, period)).exists():
                with self._failing():
                    self._taken[place] = dict(
                        self._database.execute(
                            "SELECT log_source, max(log_offset) FROM read_parquet(?) GROUP BY 1",
                            [str(file)],
                        ).fetchall()
                    )
        return self._taken[place]

    def _file(self, table: SinkTable, period: Period) -> Path:
        return self.directory / table.name / f"{period}.parquet"

    # --- to the disk

    def flush(self, reached: Mapping[tuple[str, int], int]) -> None:
        """Write what was taken, up to these offsets."""
        with self._failing():
            oldest = self._oldest()
            for _, pending in sorted(self._pending.items()):
                if _[1] >= oldest.get(_[0], ""):
                    self._write(pending, _[1])
            if self._pending:
                # It keeps what an hour's file took, some 30 MB at its end; a new one is 20 ms.
                self._database.close()
                self._database = connect(_MEMORY)
            self._pending.clear()
            self._bytes = 0
            self._forget(oldest)
            self._note(reached)

    def _oldest(self) -> dict[str, Period]:
        """By table the first span that is kept."""
        found = {}
        for table in tables.ALL:
            kept, newest = table.kept, self._newest.get(table.name)
            if table is tables.SECONDS and len(self._series) > tables.MOST_SECONDS:
                kept = tables.FEW_SECONDS_KEPT
            if kept is not None and newest is not None:
                found[table.name] = table.period(max(newest - kept, 0))
        return found

    def _write(self, pending: _Pending, period: Period) -> None:
        """Make a file anew with the rows that came to it."""
        table, file = pending.table, self._file(pending.table, period)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        # Names that no pattern of readers finds.
        lines, made = file.with_suffix(".rows"), file.with_suffix(".new")
        lines.write_bytes(b"\n".join(pending.lines))
        types = ", ".join(f"{sql_text(n)}: {sql_text(t)}" for n, t in pending.columns.items())
        new = (
            f"SELECT * REPLACE (make_timestamp_ns(time) AS time) FROM read_json({sql_text(lines)}, "
            f"format = 'newline_delimited', columns = {{{types}}}, "
            "maximum_object_size = 67108864)"
        )
        before = ""
        if file.exists():
            before = f"SELECT * FROM read_parquet({sql_text(file)}) UNION ALL BY NAME "
        self._database.execute(
            f"COPY (SELECT * FROM ({before}{new}) ORDER BY series, time, log_source, log_offset) "
            f"TO {sql_text(made)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP})"
        )
        lines.unlink()
        _rename(made, file)
        self.written += len(pending.lines)
        self._taken.pop((table.name, period), None)

    def _forget(self, oldest: Mapping[str, Period]) -> None:
        for name, first in oldest.items():
            for file in (self.directory / name).glob("*.parquet"):
                if file.stem < first:
                    file.unlink()
                    self._taken.pop((name, file.stem), None)

    def _note(self, reached: Mapping[tuple[str, int], int]) -> None:
        position = {}
        for (topic, partition), offset in reached.items():
            begins = self._seconds.begins(topic, partition)
            position[f"{topic}/{partition}"] = offset if begins is None else begins - 1
        if position == self._position:
            return
        self._position = position
        made = self.directory / f"{POSITION}.new"
        told = {"form": FORM, "log": self._log_id, "offsets": position}
        made.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        _rename(made, self.directory / POSITION)

    def close(self) -> None:
        """Let the database go; what was not flushed is taken again by the next one."""
        self._database.close()


def connect(memory: str) -> duckdb.DuckDBPyConnection:
    """A database of its own, in memory, that looks for nothing outside of this machine."""
    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": memory,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def sql_text(value: Any) -> str:
    """A value as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def _rename(made: Path, place: Path) -> None:
    """Put a whole file in the place of another, at once and for good."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(place)
