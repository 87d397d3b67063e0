"""Candles that are kept no more are told as missing, and none is made of a part of its time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import duckdb
import numpy as np
import pytest

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.parameters import LONGEST_STEP, span_text
from gateway.app import create_app
from gateway.past import LATEST, Past
from gateway.recent import Recent
from gateway.state import State
from streams.sinks.reader import TableReader
from streams.sinks.tables import DAYS, FIGURES_DAILY, FIGURES_HOURLY, MINUTES, SECONDS, SinkTable
from tests.gateway import records
from tests.gateway.world import client

BEGIN, DAYS_KEPT = 20_000 * DAY, 100
END = BEGIN + DAYS_KEPT * DAY
FIRST_MINUTE = END - 9 * DAY
FIRST_SECOND = END - 5 * HOUR + 30 * SECOND


def put(directory: Path, table: SinkTable, times: Iterable[int]) -> None:
    """Rows of TOP3, each with its number."""
    folder = directory / table.name
    folder.mkdir(parents=True)
    rows = list(enumerate(times))
    names = ("level", "risk.sharpe") if table.is_wide else ("open", "high", "low", "close", "peak")
    columns = ", ".join(f'n AS "{name}"' for name in names)
    for period, some in groupby(rows, lambda row: table.period(row[1])):
        n, t = zip(*some, strict=True)
        duckdb.register("made", {"n": np.array(n, np.float64), "t": np.array(t, np.int64)})
        duckdb.execute(
            f"COPY (SELECT 'TOP3' AS series, make_timestamp_ns(t) AS time, {columns} FROM made) "
            f"TO '{folder / period}.parquet' (FORMAT parquet)"
        )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Days of all, a day of minutes and half an hour of seconds of the end."""
    put(tmp_path, DAYS, range(BEGIN, END, DAY))
    put(tmp_path, MINUTES, range(FIRST_MINUTE, FIRST_MINUTE + DAY, MINUTE))
    put(tmp_path, SECONDS, range(FIRST_SECOND, FIRST_SECOND + HOUR // 2, SECOND))
    put(tmp_path, FIGURES_DAILY, range(BEGIN + DAY, END + 1, DAY))
    put(tmp_path, FIGURES_HOURLY, range(FIRST_MINUTE, FIRST_MINUTE + DAY, HOUR))
    return tmp_path


@pytest.mark.parametrize(
    ("step", "begin", "missing"),
    [
        (DAY, 0, None),
        (MINUTE, 0, (BEGIN, FIRST_MINUTE)),
        (MINUTE, FIRST_MINUTE + MINUTE, None),
        (61 * MINUTE, 0, (BEGIN, -(-FIRST_MINUTE // (61 * MINUTE)) * 61 * MINUTE)),
        (61 * MINUTE, FIRST_MINUTE + HOUR, None),
        (SECOND, END - DAY, (END - DAY, FIRST_SECOND)),
        (7 * SECOND, 0, (BEGIN, -(-FIRST_SECOND // (7 * SECOND)) * 7 * SECOND)),
    ],
)
def test_what_is_kept_no_more_is_missing(
    directory: Path, step: int, begin: int, missing: tuple[int, int] | None
) -> None:
    past = Past(TableReader(directory), Recent())
    found = past.candles("TOP3", begin, END, step, END)
    assert found.missing == ([] if missing is None else [missing])
    times = found.columns["time"]
    assert len(times) > 5
    if missing is not None:
        assert times[0] == missing[1], "the first candle is a whole one"


def test_a_series_that_begins_within_a_candle_lost_nothing(tmp_path: Path) -> None:
    begun = BEGIN + 12 * HOUR + 34 * MINUTE
    put(tmp_path, DAYS, [BEGIN])
    put(tmp_path, MINUTES, range(begun, BEGIN + DAY, MINUTE))
    found = Past(TableReader(tmp_path), Recent()).candles("TOP3", 0, END, 61 * MINUTE, END)
    assert found.missing == []
    assert found.columns["time"][0] == begun // (61 * MINUTE) * 61 * MINUTE
    assert found.columns["open"][0] == 0.0


async def test_figures_and_tables_tell_it_too(directory: Path) -> None:
    state = State(wall=lambda: END)
    state.apply("snapshots", records.live(as_of=END))
    async with client(create_app(state, tables=TableReader(directory))) as http:
        base = "/v1/indices/TOP3/history"
        asked = f"{base}?figures=risk.sharpe&step=1h&to={END - 50 * DAY}&from={END - 52 * DAY}"
        told = (await http.get(asked)).json()
        assert told["columns"]["at"] == []
        assert told["missing"] == [{"from": told["from"], "to": told["to"]}]
        daily = (await http.get(asked.replace("1h", "1d"))).json()
        assert (daily["missing"], len(daily["columns"]["at"])) == ([], 2)
        csv = await http.get(f"{base}?step=1m&format=csv&from={BEGIN}")
        assert csv.headers["Tidegauge-Missing"] == "2024-10-04T00:00:00Z/2025-01-03T00:00:00Z"


async def test_a_step_is_bounded(directory: Path) -> None:
    state = State(wall=lambda: END)
    state.apply("snapshots", records.live(as_of=END))
    async with client(create_app(state, tables=TableReader(directory))) as http:
        longest = span_text(LONGEST_STEP)
        told = (await http.get(f"/v1/indices/TOP3/history?step={longest}")).json()
        assert told["columns"]["open"] == [0.0]
        for step in ("15251w", "99999w", "36501d"):
            answer = await http.get(f"/v1/indices/TOP3/history?step={step}")
            assert (answer.status_code, answer.json()["detail"]) == (
                422, f"step: at most {longest}, not {step}"
            )  # fmt: skip
    past = Past(TableReader(directory), Recent())
    assert len(past.candles("TOP3", 0, LATEST, LONGEST_STEP, END).columns["time"]) == 1
