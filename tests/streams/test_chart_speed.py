"""Charts are read at once: the days of six years, the seconds of a day, minutes of a month."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from engine.types import DAY, MINUTE, SECOND
from streams.sinks import parquet, tables
from streams.sinks.reader import TableReader
from streams.sinks.tables import SinkTable

SERIES = 24
"""Eight indices of sixteen assets."""
END = 1_764_201_600 * SECOND
MOST = 0.05
"""Seconds of a core for one chart."""


def fill(directory: Path, table: SinkTable, span: int, begin: int, end: int) -> None:
    """Make the files that the sink would make of candles of this length."""
    (directory / table.name).mkdir()
    database = parquet.connect("512MB")
    bounds = dict[str, tuple[int, int]]()
    for at in range(begin, end, max(span, MINUTE)):
        name = table.period(at)
        bounds[name] = bounds.get(name, (at, at))[0], at + max(span, MINUTE)
    for name, (first, last) in bounds.items():
        file = parquet.sql_text(directory / table.name / f"{name}.parquet")
        values = ", ".join(f"100 + random() AS {n}" for n in ("open", "high", "low", "close"))
        database.execute(
            f"COPY (SELECT 'S' || s AS series, make_timestamp_ns({first} + k * {span}) AS time,"
            f" {values}, 101.0 AS peak, 'bars/0' AS log_source, k AS log_offset"
            f" FROM range({SERIES}) AS a(s), range({(last - first) // span}) AS b(k)"
            f" ORDER BY series, time) TO {file} (FORMAT parquet, COMPRESSION zstd,"
            f" ROW_GROUP_SIZE {parquet._GROUP})"
        )
    database.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TableReader:
    directory = tmp_path_factory.mktemp("tables")
    fill(directory, tables.DAYS, DAY, END - 2192 * DAY, END)
    fill(directory, tables.SECONDS, SECOND, END - DAY, END)
    fill(directory, tables.MINUTES, MINUTE, END - 30 * DAY, END)
    return TableReader(directory)


@pytest.mark.parametrize(
    ("past", "step", "points"),
    [(2192 * DAY, DAY, 2192), (DAY, SECOND, 86_400), (30 * DAY, MINUTE, 43_200)],
    ids=["six years by day", "a day by second", "a month by minute"],
)
def test_a_chart_is_read_within_50_ms(
    reader: TableReader, past: int, step: int, points: int
) -> None:
    took = []
    for _ in range(7):
        began = time.thread_time()
        found = reader.candles("S7", END - past, END, step)
        took.append(time.thread_time() - began)
        assert len(found["time"]) == points
        assert found["time"][0] == END - past
    assert median(took) < MOST, took
