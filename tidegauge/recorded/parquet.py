"""Recorded prices in Parquet, through DuckDB: columns as they are, some row groups at once.

Numbers and times that stand in the file as such are taken over whole columns; texts, decimals, and
whatever cannot be used, row by row as in the other formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.periods import iso
from engine.pricing.bounds import LARGEST, SMALLEST
from engine.types import DAY
from tidegauge.errors import WrongUse
from tidegauge.recorded.grammar import ns_is_sure
from tidegauge.recorded.row import COLUMNS, END_OF_TIME, BadRowError, Cells, parse_ts
from tidegauge.recorded.rows import ROW, Rows, Vocabulary
from tidegauge.recorded.text import Report, check_columns, readable

if TYPE_CHECKING:
    import duckdb

_FEWEST, _MOST = 100_000, 250_000
"""Rows that are read at once, where the file's row groups allow it."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_NUMBERS = (*_WHOLE, "UBIGINT", "FLOAT", "DOUBLE")
_NAMES = ("asset", "venue", "quote")
_LONGEST_MESSAGE = 200
_MOST_TEXTS = 2**16
"""Different names in a column that are read as codes. Coins and venues are some thousands; where
there are more, something else stands in the column."""


class Window(NamedTuple):
    """Some rows; which of them are left to the careful way, and the columns as they came."""

    rows: Rows
    odd: NDArray[np.bool_]
    columns: dict[str, Any]


class ParquetFile:
    """One file. `report` is told of unused columns, and of venues without a quote."""

    def __init__(self, file: Path, number: int, names: Vocabulary, report: Report) -> None:
        self._file, self._number, self._names = file, number, names
        self._codes: dict[str, dict[str, int]] = {name: {} for name in _NAMES}
        self._texts: dict[str, list[str]] = {}
        """The different names of a column, which is read as places in them."""
        readable(file).close()
        self._source = re.sub(r"([*?\[])", r"[\1]", str(file.absolute()))  # no pattern is meant
        self._open()
        types = {row[0]: str(row[1]) for row in self._asked("DESCRIBE SELECT * FROM {file}")}
        check_columns(file, [*types], report)
        groups = self._asked(
            "SELECT row_group_num_rows FROM parquet_metadata({source}) "
            "WHERE column_id = 0 ORDER BY row_group_id"
        )
        self._sizes = [size for (size,) in groups]
        self._types = {name: types[name] for name in COLUMNS if name in types}
        for name in (name for name in _NAMES if name in types):
            self._enumerate(name)
        selected = [f"{self._selected(name)} AS {name}" for name in self._types]
        self._columns = ", ".join(selected)

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(self._sizes)

    def windows(self) -> Iterator[Window]:
        """All rows, in order."""
        begin = end = 0
        for size in [*self._sizes, 0]:
            end += size
            while end - begin > (_FEWEST if size else 0):
                stop = min(end, begin + _MOST)
                yield self._window(begin, stop)
                begin = stop
        self._database.close()

    def _open(self) -> None:
        try:
            import duckdb
        except ImportError as error:
            reason = "Parquet is read by DuckDB: pip install duckdb"
            raise WrongUse(f"{self._file}: {reason}") from error
        # Nothing is looked for outside of this machine.
        never = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        self._database: duckdb.DuckDBPyConnection = duckdb.connect(config={"threads": 1, **never})
        self._error = duckdb.Error

    def _ask(self, question: str) -> Any:
        source = "'" + self._source.replace("'", "''") + "'"
        file = f"read_parquet({source}, file_row_number = true)"
        if question.startswith("DESCRIBE"):
            file = f"read_parquet({source})"
        try:
            return self._database.execute(question.format(file=file, source=source))
        except self._error as error:
            reason = str(error).splitlines()[0][:_LONGEST_MESSAGE]
            raise WrongUse(f"{self._file}: cannot be read as Parquet: {reason}") from error

    def _asked(self, question: str) -> list[Any]:
        found: list[Any] = self._ask(question).fetchall()
        return found

    def _enumerate(self, name: str) -> None:
        """Have a column of texts read as codes: no Python text is made of every row."""
        kind = self._types[name]
        if not (kind == "VARCHAR" or kind.startswith("ENUM")):
            return
        found = f"SELECT DISTINCT {name}::VARCHAR FROM {{file}} WHERE {name} IS NOT NULL"
        texts = [text for (text,) in self._asked(f"{found} LIMIT {_MOST_TEXTS + 1}")]
        if not 0 < len(texts) <= _MOST_TEXTS:
            return
        listed = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
        with suppress(self._error):  # of odd texts it makes no type, so they are read as texts
            self._database.execute(f"CREATE TYPE {name}_texts AS ENUM ({listed})")
            self._texts[name] = texts

    def _selected(self, name: str) -> str:
        """How a column is asked for. Raises WrongUse where its type is none of it."""
        kind = self._types[name]
        if name in self._texts:
            return f"enum_code({name}::VARCHAR::{name}_texts)::INTEGER"
        if name == "ts" and kind in ("TIMESTAMP_NS", *_WHOLE):
            return f"epoch_ns({name})" if kind not in _WHOLE else f"{name}::BIGINT"
        if name == "ts" and (kind.startswith("TIMESTAMP") or kind == "DATE"):
            return f"epoch_us({name}{'' if kind.endswith('ZONE') else '::TIMESTAMP'})"
        if kind == "VARCHAR" or kind.startswith("ENUM"):
            return f"{name}::VARCHAR"
        if name not in (*_NAMES, "ts") and kind in _NUMBERS:
            return f"{name}::DOUBLE"
        if name not in (*_NAMES, "ts") and (kind.startswith("DECIMAL") or kind == "HUGEINT"):
            return f"{name}::VARCHAR"
        meant = "text" if name in _NAMES else "a number or text"
        if name == "ts":
            meant = "a timestamp, a date, integer nanoseconds or text"
        raise WrongUse(f"{self._file}: column {name} is {kind[:40]}; expected {meant}")

    def _window(self, begin: int, end: int) -> Window:
        where = f"file_row_number >= {begin} AND file_row_number < {end}"
        found = self._ask(f"SELECT {self._columns} FROM {{file}} WHERE {where}").fetchnumpy()
        rows, odd = np.zeros(end - begin, ROW), np.zeros(end - begin, dtype=bool)
        rows["line"], rows["file"] = np.arange(begin + 1, end + 1), self._number
        rows["venue"], rows["quote"] = -1, self._names.usd
        rows["market_cap"] = rows["supply"] = np.nan
        for name, column in found.items():
            unknown = np.ma.getmaskarray(column)
            if name == "ts":
                self._put_times(rows, odd, column)
            elif name in _NAMES:
                self._put_names(name, rows, odd, column)
            elif column.dtype == object:
                odd |= ~unknown
            else:
                least = SMALLEST if name == "price" else 0.0
                values = np.ma.getdata(column)
                usable = (values >= least) & (values <= LARGEST)
                odd |= ~usable & ~unknown
                if name in ("market_cap", "supply"):
                    usable &= values > 0.0
                rows[name] = np.where(usable & ~unknown, values, 0.0 if name == "size" else np.nan)
            if name in COLUMNS[:3]:
                odd |= unknown
        priced = rows["venue"] < 0
        odd |= priced & (rows["quote"] != self._names.usd)
        return Window(rows, odd, found)

    def _put_times(self, rows: Rows, odd: NDArray[np.bool_], column: Any) -> None:
        kind, values = self._types["ts"], np.ma.getdata(column)
        if values.dtype == object:
            texts = np.ma.filled(column, "").tolist()
            known: dict[str, int] = {}
            for text in set(texts):  # the rows of an instant have the same
                with suppress(BadRowError):
                    known[text] = parse_ts(text)
            rows["ts"] = [known.get(text, -1) for text in texts]
            odd |= rows["ts"] < 0
        elif kind in _WHOLE:
            rows["ts"] = values
            for row in np.flatnonzero(values < 10**16).tolist():  # perhaps not ns
                odd[row] |= not ns_is_sure(int(values[row]))
            odd |= values >= END_OF_TIME
        else:
            unit = 1 if kind == "TIMESTAMP_NS" else 1000
            if kind == "DATE":
                values = values + DAY // 1000
            odd |= (values < 0) | (values >= END_OF_TIME // unit)
            rows["ts"] = values * unit

    def _put_names(self, name: str, rows: Rows, odd: NDArray[np.bool_], column: Any) -> None:
        known = self._names.venues if name == "venue" else self._names.assets
        codes, unsaid = self._codes[name], np.ma.getmaskarray(column)
        coded = name in self._texts
        texts = self._texts[name] if coded else np.ma.filled(column, "").tolist()
        for text in set(texts) - codes.keys():
            code = known.code(text) if text else -1
            if code >= 0 and known.all[code]:
                codes[text] = code
        found = np.array([codes.get(text, -1) for text in texts], dtype=np.int32)
        is_empty = np.array([not text for text in texts], dtype=bool)
        if coded:
            places = np.ma.filled(column, 0)
            found = np.where(unsaid, -1, found[places])
            is_empty = unsaid | is_empty[places]
        rows[name] = found
        missing = found < 0
        if name == "asset":
            odd |= missing
            return
        odd |= missing & ~is_empty
        if name == "quote":
            # Without a venue, USD; at a venue, also where nothing is said of it (null).
            rows["quote"][is_empty] = self._names.usd
            odd |= is_empty & ~unsaid & (rows["venue"] >= 0)

    def cells(self, window: Window, row: int) -> Cells:
        """The cells of one row, for the careful way."""
        found = []
        for name in COLUMNS:
            column = window.columns.get(name)
            value = None
            if column is not None and not np.ma.getmaskarray(column)[row]:
                value = column[row]
                value = value.item() if isinstance(value, np.generic) else value
                value = self._texts[name][value] if name in self._texts else value
            if name == "ts" and value is not None:
                value = self._time(value)
            found.append(value)
        return tuple(found)

    def _time(self, value: Any) -> Any:
        kind = self._types["ts"]
        if isinstance(value, str) or kind in _WHOLE:
            return value
        ns = value if kind == "TIMESTAMP_NS" else 1000 * value + (DAY if kind == "DATE" else 0)
        return iso(ns) if 0 <= ns < END_OF_TIME else f"{ns} ns"
