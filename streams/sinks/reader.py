"""Reading the tables beside a log: candles of any length, any figure over time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.sinks import tables
from streams.sinks.parquet import connect, sql_text
from streams.sinks.tables import CANDLES, SinkTable

CANDLE = ("open", "high", "low", "close", "peak")
MOST_POINTS = 200_000
"""Of one answer: two days of seconds, some 20 MB of JSON."""
_MEMORY = "1GB"
_MADE = frozenset({"series", "time", "log_source", "log_offset"})
Columns = dict[str, Any]
"""Arrays of equal length by name; `time` is int64 (ns), numbers are NaN where undefined."""


class TablesError(ValueError):
    """What was asked for cannot be answered. The text says why and what to do."""


class TableReader:
    """Reads what `streams.sinks.parquet` keeps in `directory`. For use from several threads."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._database = connect(_MEMORY)
        self._lock = threading.Lock()
        self._known_spans: dict[Path, tuple[tuple[int, int], dict[str, tuple[int, int]]]] = {}

    def candles(self, series: str, begin: int, end: int, step: int) -> Columns:
        """Candles of this length (ns) that start in [begin, end): time and `CANDLE`.

        A length is made of the largest one kept that it is a multiple of; what is not kept so fine
        any more has none. Raises TablesError.
        """
        kept = max((span for span in CANDLES if step >= span and step % span == 0), default=None)
        if kept is None:
            raise TablesError("step: candles are of whole seconds, as 1s, 5m, 4h or 1d")
        _check_span(begin, end)
        table = CANDLES[kept]
        names = ", ".join(CANDLE)
        select = f"SELECT epoch_ns(time) AS time, {names} FROM {{files}} WHERE {{within}}"
        if step != kept:
            begin -= begin % step  # a candle is told whole or not at all
            select = (
                f"SELECT epoch_ns(time) // {step} * {step} AS time, arg_min(open, time) AS open, "
                "max(high) AS high, min(low) AS low, arg_max(close, time) AS close, "
                "max(peak) AS peak FROM {files} WHERE {within} GROUP BY 1"
            )
        found = self._ask(table, select, series, begin, end)
        return _empty(CANDLE) if found is None else _in_order(found)

    def figures(
        self, series: str, begin: int, end: int, step: int, paths: Sequence[str]
    ) -> Columns:
        """Figures of the snapshots kept at the ends of hours or days in [begin, end).

        Raises TablesError for a step that is neither, and for a path that no snapshot has.
        """
        found = {HOUR: tables.FIGURES_HOURLY, DAY: tables.FIGURES_DAILY}.get(step)
        if found is None:
            raise TablesError("step: figures are kept at the ends of hours and days: 1h or 1d")
        _check_span(begin, end)
        known = self.paths(found, begin, end)
        if not known:
            return _empty(paths)
        for path in paths:
            if path not in known:
                near = get_close_matches(path, known, 3)
                hint = f"; did you mean {' or '.join(near)}?" if near else ""
                raise TablesError(f"figures: no kept snapshot of this time has {path!r}{hint}")
        quoted = [f'"{path.replace(chr(34), chr(34) * 2)}"' for path in paths]
        select = f"SELECT epoch_ns(time) AS time, {', '.join(quoted)} FROM {{files}}"
        return self._ask(found, select + " WHERE {within} ORDER BY 1", series, begin, end) or (
            _empty(paths)
        )

    def paths(self, table: SinkTable, begin: int, end: int) -> list[str]:
        """The figures that a table has for this time."""
        files = self._files(table, begin, end)
        if not files:
            return []
        rows = self._fetch(f"SELECT DISTINCT name FROM parquet_schema({files}) WHERE type NOTNULL")
        return sorted(str(name) for name in rows["name"].tolist() if name not in _MADE)

    def newest(self, series: str) -> int | None:
        """The end of the last candle that is kept of a series; None of none."""
        ends = []
        for span, table in CANDLES.items():
            files = sorted((self.directory / table.name).glob("*.parquet"))[-2:]
            found = (self._spans_of(file).get(series) for file in files)
            ends += [known[1] + span for known in found if known is not None]
        return max(ends, default=None)

    def oldest(self, series: str) -> int | None:
        """The start of the first candle that is kept of a series; None of none."""
        starts = (self.first(table, series) for table in reversed(CANDLES.values()))
        return next((start for start in starts if start is not None), None)

    def first(self, table: SinkTable, series: str) -> int | None:
        """The time of the first row of a series that a table has; None without one."""
        for file in sorted((self.directory / table.name).glob("*.parquet")):
            known = self._spans_of(file).get(series)
            if known is not None:
                return known[0]
        return None

    def compositions(self, series: str, begin: int, end: int) -> Columns:
        """Of each rebalance whose weights were first kept in [begin, end): the assets then, a row
        each, by time: `time` of that, `rebalanced_at`, `asset`, `target`, `price`,
        `contribution_today`."""
        names = ("rebalanced_at", "asset", "target", "price", "contribution_today")
        select = (
            f"SELECT epoch_ns(time) AS time, {', '.join(names)} FROM {{files}} WHERE {{within}} "
            "AND rebalanced_at IS NOT NULL QUALIFY "
            "time = min(time) OVER (PARTITION BY rebalanced_at) ORDER BY rebalanced_at, time, asset"
        )
        found = self._ask(tables.COMPOSITIONS, select, series, begin, end)
        return found or _empty(names)

    def written(self, table: SinkTable) -> int:
        """The time of the newest row of any series; 0 without one."""
        files = sorted((self.directory / table.name).glob("*.parquet"))[-1:]
        return max((last for file in files for _, last in self._spans_of(file).values()), default=0)

    def spans(self, table: SinkTable, files: int = 0) -> dict[str, tuple[int, int]]:
        """Of each series the times of its first and its last row, in the last so many files (0: in
        all)."""
        found: dict[str, tuple[int, int]] = {}
        for file in sorted((self.directory / table.name).glob("*.parquet"))[-files:]:
            for series, (first, last) in self._spans_of(file).items():
                begun, ended = found.get(series, (first, last))
                found[series] = min(begun, first), max(ended, last)
        return found

    def _spans_of(self, file: Path) -> dict[str, tuple[int, int]]:
        """Of a file, which is read again only where it was made anew."""
        try:
            state = file.stat()
            mark = state.st_ino, state.st_mtime_ns
            known = self._known_spans.get(file)
            if known is None or known[0] != mark:
                rows = self._fetch(
                    "SELECT series, epoch_ns(min(time)) AS first, epoch_ns(max(time)) AS last "
                    f"FROM read_parquet({sql_text(file)}) GROUP BY 1"
                )
                columns = (rows[name].tolist() for name in ("series", "first", "last"))
                known = mark, {s: (first, last) for s, first, last in zip(*columns, strict=True)}
                self._known_spans[file] = known
        except (FileNotFoundError, duckdb.IOException):  # it went by its age meanwhile
            self._known_spans.pop(file, None)
            return {}
        return known[1]

    def _files(self, table: SinkTable, begin: int, end: int) -> str:
        """The files of a table for [begin, end), as SQL; empty without any."""
        first, last = table.period(max(begin, 0)), table.period(max(end - 1, 0))
        files = sorted((self.directory / table.name).glob("*.parquet"))
        within = [sql_text(file) for file in files if first <= file.stem <= last]
        return f"[{', '.join(within)}]" if within else ""

    def _ask(
        self, table: SinkTable, select: str, series: str, begin: int, end: int
    ) -> Columns | None:
        files = self._files(table, begin, end)
        if not files:
            return None
        within = (
            f"series = {sql_text(series)} AND time >= make_timestamp_ns({max(begin, 0)}) "
            f"AND time < make_timestamp_ns({max(end, 0)})"
        )
        source = f"read_parquet({files}, union_by_name = {'true' if table.is_wide else 'false'})"
        select += f" LIMIT {MOST_POINTS + 1}"
        try:
            rows = self._fetch(select.format(files=source, within=within))
        except duckdb.IOException:  # a file went by its age meanwhile
            files = self._files(table, begin, end)
            source = f"read_parquet({files}, union_by_name = true)"
            rows = self._fetch(select.format(files=source, within=within))
        if len(rows["time"]) > MOST_POINTS:
            raise TablesError(
                f"step: these are more than {MOST_POINTS:,} points, the most that are given at "
                "once; ask for a longer step or a shorter time"
            )
        return {name: _plain(column) for name, column in rows.items()}

    def _fetch(self, select: str) -> dict[str, Any]:
        with self._lock:
            found: dict[str, Any] = self._database.execute(select).fetchnumpy()
            return found


def _check_span(begin: int, end: int) -> None:
    if begin >= end:
        raise TablesError("from: it is not before `to`")


def _plain(column: Any) -> NDArray[Any]:
    """Without a mask: NaN where a number is undefined, None where a word is."""
    if not np.ma.isMA(column):
        return np.asarray(column)
    if column.dtype.kind == "f":
        return np.asarray(column.filled(np.nan))
    if not np.ma.getmaskarray(column).any():
        return np.asarray(column.data)
    return np.array(column.tolist(), dtype=object)


def _in_order(columns: Columns) -> Columns:
    """Rows by their time. Files have them so, and to look is a tenth of what to sort costs."""
    times = columns["time"]
    if (times[1:] >= times[:-1]).all():
        return columns
    order = np.argsort(times, kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _empty(names: Sequence[str]) -> Columns:
    return {"time": np.zeros(0, dtype=np.int64), **{name: np.zeros(0) for name in names}}


def fitting_step(begin: int, end: int) -> int:
    """The length of candles that fits a chart of this time: some hundreds to some thousands."""
    for span, most in ((SECOND, HOUR), (MINUTE, 2 * DAY), (HOUR, 90 * DAY)):
        if end - begin <= most:
            return span
    return DAY
