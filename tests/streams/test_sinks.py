"""The tables beside a log hold what the log says, each row once, whoever is killed when."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sink_log import START, Growing, candles, figures, frames, seconds

from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.log import at_once
from streams.memory import MemoryLog
from streams.records import OutRecord
from streams.sinks import parquet, tables
from streams.sinks.parquet import POSITION, ParquetSink
from streams.sinks.reader import TableReader, TablesError
from streams.sinks.rows import ROWS, SECONDS_FROM
from streams.sinks.sink import Follower, SinkError
from tests.ports import port

FOREVER = 2**62
KILLS = 5
"""Of the writer of one log; more would fill more than the day for which seconds are kept."""
LOGS = int(os.environ.get("TIDEGAUGE_KILLS", "5")) // KILLS
"""`make table-kills` has fifty kills."""


def rows(directory: Path, table: str) -> list[dict[str, Any]]:
    """A table as anybody reads it: by a pattern of files."""
    found = duckdb.execute(
        "SELECT epoch_ns(time) AS ns, * FROM read_parquet(?, union_by_name = true)",
        [str(directory / table / "*.parquet")],
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def check(log: Growing, directory: Path) -> None:
    """Hold every table against the log."""
    names = ("open", "high", "low", "close", "peak")
    for table, expected in candles(log).items():
        found = rows(directory, table)
        assert len(found) == len(expected) > 3
        assert {(r["series"], r["ns"]): [r[n] for n in names] for r in found} == expected
    found = rows(directory, "seconds")
    over = seconds(log)
    assert len(found) == len(over) > 100
    assert {(r["series"], r["ns"]): [r[n] for n in names[:4]] for r in found} == over
    days, hours = figures(log, "day_snapshot"), figures(log, "snapshot")
    for table, bodies in (("figures_daily", days), ("figures_hourly", days | hours)):
        found = rows(directory, table)
        assert {(r["series"], r["ns"]) for r in found} == bodies.keys()
        assert len(found) == len(bodies) >= 2
        for row in found:
            body = bodies[row["series"], row["ns"]]
            assert row["level"] == body["level"]
            assert row["status"] == body["status"]
            assert row["drawdown.current"] == body["drawdown"]["current"]
            assert row.get("drawdown.peak_at") == body["drawdown"]["peak_at"]
    held = rows(directory, "compositions")
    assert len(held) == sum(len(b["composition"]["assets"]) for b in (days | hours).values())
    for row in held:
        told = (days | hours)[row["series"], row["ns"]]["composition"]
        assert row["weight"] == told["assets"][row["asset"]]["weight"]
        assert row["rebalanced_at"] == told["rebalanced_at"]


class Following:
    """A sink of a log, which catches up when told."""

    def __init__(self, log: Growing, directory: Path) -> None:
        sink = ParquetSink(directory, log.log.log_id, log.log.partitions["prices"])
        self._follower = Follower(port(log.log), sink)

    def catch_up(self) -> int:
        return at_once(self._follower.catch_up())


def follower(log: Growing, directory: Path) -> Following:
    return Following(log, directory)


@pytest.mark.parametrize("shards", [1, 3])
def test_tables_hold_what_the_log_says(tmp_path: Path, shards: int) -> None:
    log, directory = Growing(tmp_path / "log", shards), tmp_path / "tables"
    rng = random.Random(1)
    one = follower(log, directory)
    for frame in frames(rng, 220):
        log.put(frame)
        if rng.random() < 0.05:
            one.catch_up()
        if rng.random() < 0.03:
            one = follower(log, directory)
    one.catch_up()
    check(log, directory)
    (directory / POSITION).unlink()
    assert follower(log, directory).catch_up() > 0, "it reads the log again, and adds nothing"
    check(log, directory)


async def test_what_a_crash_sends_again_gives_no_row_twice(tmp_path: Path) -> None:
    log, directory, rng = Growing(tmp_path / "log"), tmp_path / "tables", random.Random(1)
    for frame in frames(rng, 220):
        log.put(frame)
    told = MemoryLog()

    def follower() -> Follower:
        return Follower(told, ParquetSink(directory, told.log_id, 1))

    one, places = follower(), {t: log.log.read(t, 0, -1, 10**6) for t in one_topics()}
    at, again = dict.fromkeys(places, 0), 0
    while any(at[topic] < len(found) for topic, found in places.items()):
        for topic, found in places.items():
            back = rng.randint(0, min(at[topic], 9)) if rng.random() < 0.3 else 0
            end = at[topic] + rng.randint(0, 80)
            sent = found[at[topic] - back : end]
            await told.send(
                [
                    OutRecord(t, p, r.key, r.type, r.value, r.writer, r.seq, None)
                    for r in sent
                    for t, p in [(r.topic, r.partition)]
                ]
            )
            again += back
            at[topic] = min(end, len(found))
        if rng.random() < 0.5:
            await one.catch_up()
        if rng.random() < 0.2:
            one = follower()
    await one.catch_up()
    assert again > 20
    check(log, directory)


def one_topics() -> list[str]:
    return [*ROWS, *SECONDS_FROM]


class KilledError(BaseException):
    """Stands for the end of the process."""


def test_no_kill_between_two_writes_loses_or_doubles_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, directory, rng = Growing(tmp_path / "log"), tmp_path / "tables", random.Random(2)
    real, countdown = parquet._rename, [0]

    def rename(made: Path, place: Path) -> None:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise KilledError  # before it
        real(made, place)
        if countdown[0] == -1:
            raise KilledError  # behind it: the next one would have been counted 0

    monkeypatch.setattr(parquet, "_rename", rename)
    stream, killed = frames(rng, 200), 0
    for number, frame in enumerate(stream):
        log.put(frame)
        if number % 8 == 0:
            countdown[0] = rng.choice([1, 2, 3, 5, 7, 100])
            try:
                follower(log, directory).catch_up()
            except KilledError:
                killed += 1
    assert killed > 10
    countdown[0] = 10**6
    follower(log, directory).catch_up()
    check(log, directory)


WRITER = """
import sys
from pathlib import Path
from streams.log import at_once
from streams.memory import MemoryLog
from streams.records import OutRecord
from streams.sinks import sink
from streams.sinks.parquet import ParquetSink
from streams.sqlite import log as sqlite_log
from streams.sqlite.file import SqliteLog
sink.FULL, sqlite_log.PAGE = 2000, 20
with SqliteLog(sys.argv[1], readonly=True) as log:
    made = ParquetSink(Path(sys.argv[2]), log.log_id, 1)
    print("begins", flush=True)
    at_once(sink.Follower(sqlite_log.DirectoryLog(log), made).catch_up())
"""


@pytest.mark.parametrize("seed", range(LOGS))
def test_sigkills_of_the_writer_leave_tables_that_equal_the_log(tmp_path: Path, seed: int) -> None:
    log, directory, rng = Growing(tmp_path / "log"), tmp_path / "tables", random.Random(seed)
    more = iter(frames(rng, 150 + 200 * KILLS))
    for frame in islice(more, 150):
        log.put(frame)
    killed = tries = 0
    command = [sys.executable, "-c", WRITER, str(tmp_path / "log"), str(directory)]
    while killed < KILLS and tries < 10 * KILLS:
        tries += 1
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.1))  # the moment is random, not waited for
            process.kill()
        killed += process.returncode == -9  # else it had done all before
        for table in tables.HISTORY:  # whole files only, whenever it died
            if list((directory / table.name).glob("*.parquet")):
                rows(directory, table.name)
        for frame in islice(more, 20):
            log.put(frame)
    assert killed == KILLS
    follower(log, directory).catch_up()
    check(log, directory)


def test_what_is_past_its_time_goes_and_files_stay_few(tmp_path: Path) -> None:
    log, directory = Growing(tmp_path / "log"), tmp_path / "tables"
    one, rng = follower(log, directory), random.Random(4)
    first = frames(rng, 3)
    for day in (0, 1, 60, 100, 101):
        for frame in first:
            later = {"now": frame.now + day * DAY, "at": [at + day * DAY for at in frame.at]}
            log.put(frame._replace(**later))
        one.catch_up()
    minutes = sorted(file.stem for file in (directory / "minutes").iterdir())
    assert minutes == ["2024-01-13", "2024-02-22"]
    assert all(r["ns"] > START + 99 * DAY for r in rows(directory, "seconds"))
    starts = {r["ns"] for r in rows(directory, "hours")}
    assert min(starts) < START < max(starts) - 60 * DAY, "hours are kept"
    assert len(list((directory / "hours").iterdir())) <= 4


def test_the_tables_of_another_log_are_refused(tmp_path: Path) -> None:
    one, other = Growing(tmp_path / "one"), Growing(tmp_path / "other")
    one.put(frames(random.Random(5), 1)[0])
    follower(one, tmp_path / "tables").catch_up()
    with pytest.raises(SinkError, match="tables of another log"):
        follower(other, tmp_path / "tables")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> tuple[Growing, TableReader]:
    place = tmp_path_factory.mktemp("read")
    log = Growing(place / "log")
    for frame in frames(random.Random(6), 250):
        log.put(frame)
    follower(log, place / "tables").catch_up()
    return log, TableReader(place / "tables")


def test_candles_of_any_length_are_made_of_those_that_are_kept(
    reader: tuple[Growing, TableReader],
) -> None:
    log, read = reader
    expected = {at: c for (s, at), c in candles(log)["minutes"].items() if s == "MIX"}
    found = read.candles("MIX", 0, FOREVER, 15 * MINUTE)
    for k, at in enumerate(found["time"].tolist()):
        within = [c for start, c in sorted(expected.items()) if at <= start < at + 15 * MINUTE]
        highs, lows = [c[1] for c in within], [c[2] for c in within]
        joined = [within[0][0], max(highs), min(lows), within[-1][3], within[-1][4]]
        assert [found[n][k] for n in ("open", "high", "low", "close", "peak")] == joined
    assert len(found["time"]) > 10
    one = read.candles("MIX", START + HOUR, START + 2 * HOUR, MINUTE)["time"].tolist()
    assert one == [at for at in sorted(expected) if START + HOUR <= at < START + 2 * HOUR]
    over = [at for series, at in seconds(log) if series == "MIX"]
    assert read.newest("MIX") == max(max(expected) + MINUTE, max(over) + SECOND)
    assert read.newest("NONE") is None


def test_figures_over_time(reader: tuple[Growing, TableReader]) -> None:
    log, read = reader
    told = figures(log, "snapshot") | figures(log, "day_snapshot")
    paths = ("benchmarks.SOL.n", "returns.1h", "status")
    found = read.figures("MIX", 0, FOREVER, HOUR, paths)
    expected = {at: body for (index, at), body in told.items() if index == "MIX"}
    assert found["time"].tolist() == sorted(expected)
    assert found["status"].tolist() == [expected[at]["status"] for at in sorted(expected)]
    for k, at in enumerate(sorted(expected)):
        value = expected[at]["returns"]["1h"]
        assert found["returns.1h"][k] == value or (
            value is None and math.isnan(found["returns.1h"][k])
        )
    with pytest.raises(TablesError, match=r"no kept snapshot of this time has .risk\.sharp"):
        read.figures("MIX", 0, FOREVER, HOUR, ["risk.sharp"])


@pytest.mark.parametrize(
    ("begin", "end", "step", "words"),
    [
        (0, FOREVER, SECOND // 2, "whole seconds"),
        (5, 5, DAY, "not before `to`"),
    ],
)
def test_what_cannot_be_answered_is_said(
    reader: tuple[Growing, TableReader], begin: int, end: int, step: int, words: str
) -> None:
    with pytest.raises(TablesError, match=words):
        reader[1].candles("MIX", begin, end, step)
