"""Charts are read at once: the days of six years, the seconds of a day, minutes of a month."""

from __future__ import annotations

import time
from statistics import median

import pytest

from engine.types import DAY, MINUTE, SECOND
from streams.sinks import tables
from streams.sinks.reader import TableReader
from tests.made_tables import fill

END = 1_764_201_600 * SECOND
MOST = 0.05
"""Seconds of a core for one chart."""


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
