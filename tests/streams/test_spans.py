"""A backfill keeps figures of each hour at its end and of each day, each by a record of its own."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from stream_fakes import FakeClock

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.periods import bar_end
from engine.pricing.pricer import Pricer
from engine.records import AssetFrame, Instrument, TickFrame
from engine.types import DAY, HOUR, MINUTE
from streams.codecs import CodecError, as_json, decode, encode, is_columnar
from streams.log import at_once
from streams.records import OutRecord
from streams.sinks.parquet import ParquetSink
from streams.sinks.sink import Follower
from streams.spans import within_spans
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.engine import market
from tests.engine.market import Feed
from tests.ports import backfill, define, port

BEGIN = 19_700 * DAY
TABLES: dict[str, dict[str, Any]] = {
    "MIX": {"weights": {"A": 0.6, "B": 0.4}, "benchmarks": ["B"], "return_interval": "1h"},
    "ONE": {"assets": ["B"]},
}
FIGURES = ("level", "returns", "risk", "drawdown", "windows", "composition", "undefined")


def instants(rng: random.Random, days: int) -> list[int]:
    """Times of so many days: some days have many, some hours none, some days not one."""
    found = list[int]()
    for day in range(days):
        if rng.random() < 0.2:
            continue
        steps = rng.choice(([24 * HOUR], [7 * HOUR, 24 * HOUR], range(HOUR, DAY + 1, HOUR // 2)))
        found += [BEGIN + day * DAY + at - rng.choice((0, 0, MINUTE)) for at in steps]
    return sorted(set(found))


def assets(at: list[int], rng: random.Random) -> AssetFrame:
    price = [100.0 * math.exp(rng.gauss(0.0, 0.02)) for _ in at for _ in "AB"]
    times = [t for t in at for _ in "AB"]
    unknown = [math.nan] * len(times)
    names = ["A", "B"] * len(at)
    return AssetFrame(at[-1], "backfill", names, times, price, unknown, unknown)


def trades(at: list[int]) -> TickFrame:
    market, rows = Instrument("mine", "A-USD", "A", "USD", "spot", False), len(at)
    columns: list[Any] = [[0] * rows, [1.0] * rows, [2.0] * rows, [None] * rows, [None] * rows]
    return TickFrame(at[-1], "backfill", [market], *columns, at, at, [])


def cut(rng: random.Random, times: list[int], make: Any) -> list[Any]:
    """Frames of some of the times each."""
    found, begin = [], 0
    while begin < len(times):
        end = begin + rng.randint(1, 90)
        found.append(make(times[begin:end]))
        begin = end
    return found


def times_of(frame: AssetFrame | TickFrame) -> list[int]:
    return frame.at if isinstance(frame, AssetFrame) else frame.received


@pytest.mark.parametrize("seed", range(20))
def test_pieces_hold_all_rows_and_end_no_more_than_one_span(seed: int) -> None:
    rng = random.Random(seed)
    times = instants(rng, 120)
    make = trades if seed % 2 else lambda at: assets(at, rng)
    frames = cut(rng, times, make)
    pieces = list(within_spans(frames, times[-1]))
    for frame in pieces:
        frame.check()
    for name in ("price", "size" if seed % 2 else "asset"):
        told = [value for frame in frames for value in getattr(frame, name)]
        filled = (f for f in pieces if times_of(f))
        assert [value for frame in filled for value in getattr(frame, name)] == told
    nows = [frame.now for frame in pieces]
    assert nows == sorted(nows)
    hours_from = (times[-1] - 90 * DAY) // DAY * DAY
    kept = [frame.now for frame in pieces if isinstance(frame, AssetFrame) and frame.keep]
    fine = [at for at in times if at > hours_from]
    ends = {bar_end(at, HOUR) for at in fine}
    assert kept == sorted(end for end in ends if end <= times[-1])
    assert len(kept) > 100
    for frame in pieces:
        grid = HOUR if frame.now > hours_from else DAY
        assert len({bar_end(at, grid) for at in times_of(frame)}) <= 1
    coarse = within_spans(frames, None)
    assert not any(isinstance(frame, AssetFrame) and frame.keep for frame in coarse)


@pytest.mark.parametrize("rows", [0, 30])
def test_what_is_to_be_kept_is_told_in_every_form(rows: int) -> None:
    at = [BEGIN] * rows
    nothing: list[Any] = []
    frame = AssetFrame(BEGIN, "backfill", nothing, nothing, nothing, nothing, nothing)
    if rows:
        names, one = [f"A{k}" for k in range(rows)], [1.0] * rows
        frame = frame._replace(asset=names, at=at, price=one, market_cap=one, supply=one)
    kind, value = encode(frame._replace(keep=True))
    assert decode(kind or "", 1, value, BEGIN).keep
    [output] = Pricer().apply(frame._replace(keep=True))
    assert output.body.keep
    kind, value = encode(output.body)
    assert is_columnar(value) is (rows >= 20)
    assert decode(kind or "", 1, value, BEGIN).keep
    assert b"keep" not in encode(output.body._replace(keep=False))[1]
    kind, value = encode(frame._replace(now=BEGIN + 1, keep=True))
    with pytest.raises(CodecError, match="not the end of an hour"):
        decode(kind or "", 1, value, BEGIN + 1)


def backfilled(directory: Path, frames: list[AssetFrame], last: int | None) -> SqliteLog:
    log = SqliteLog(directory)
    driver = LocalDriver(log, Pricer, Shard, FakeClock(BEGIN + 1000 * DAY))
    driver.start()
    define(driver, [parse_index(index, table) for index, table in TABLES.items()], now=1)
    backfill(driver, frames, "aa", last)
    return log


def history(log: SqliteLog) -> list[tuple[str, dict[str, Any]]]:
    found = log.read("snapshots.history", 0, limit=10**6)
    return [(r.type, orjson.loads(as_json(r.type, 1, r.value))) for r in found]


def kept_rows(directory: Path, table: str, index: str, value: str) -> list[Any]:
    """Times and values of a table's rows of an index, in order."""
    select = f"SELECT epoch_ns(time), {value} FROM read_parquet(?) WHERE series = ? ORDER BY ALL"
    files = str(directory / table / "*.parquet")
    return [tuple(row) for row in duckdb.execute(select, [files, index]).fetchall()]


def stopped(frames: list[AssetFrame], at: int) -> Feed:
    """A shard that has had all prices up to an instant, in one record."""
    rows = [row for f in frames for row in zip(f.at, f.asset, f.price, strict=True) if row[0] <= at]
    feed = Feed(Shard())
    for index, table in TABLES.items():
        feed.put(market.define(index, table, 1))
    told = [(then, {asset: price}) for then, asset, price in rows]
    feed.put(market.frame(told)._replace(origin="backfill", now=at))
    return feed


def test_hours_are_what_a_shard_knows_that_stops_there(tmp_path: Path) -> None:
    rng = random.Random(3)
    times = instants(rng, 100)
    frames = cut(rng, times, lambda at: assets(at, rng))
    with backfilled(tmp_path / "log", frames, times[-1]) as log:
        told = history(log)
        at_once(Follower(port(log), ParquetSink(tmp_path / "tables", log.log_id, 1)).catch_up())
    since = (times[-1] - 90 * DAY) // DAY * DAY
    day_ends = {end for at in times if (end := bar_end(at, DAY)) <= times[-1]}
    hour_ends = {end for at in times if at > since and (end := bar_end(at, HOUR)) <= times[-1]}
    for index, width in (("MIX", 2), ("ONE", 1)):
        own = [(kind, body) for kind, body in told if body["index"] == index]
        seqs = [body["seq"] for _, body in own]
        assert seqs == sorted(set(seqs)), "a record makes no two"
        days = [(b["as_of"], b["level"]) for kind, b in own if kind == "day_snapshot"]
        hours = [(b["as_of"], b["level"]) for kind, b in own if kind == "snapshot"]
        assert [at for at, _ in days] == sorted(day_ends)
        assert [at for at, _ in hours] == sorted(hour_ends)
        assert kept_rows(tmp_path / "tables", "figures_daily", index, "level") == days
        assert kept_rows(tmp_path / "tables", "figures_hourly", index, "level") == hours
        held = [at for at, _ in kept_rows(tmp_path / "tables", "compositions", index, "weight")]
        assert held == sorted(list(day_ends | hour_ends) * width)
    for kind, body in rng.sample(told, 20):
        again = stopped(frames, body["as_of"]).snapshot(body["index"])
        assert {n: body[n] for n in FIGURES} == {n: again[n] for n in FIGURES}, kind


@pytest.mark.parametrize("finished", [True, False])
def test_what_a_version_before_pieces_appended_is_not_appended_again(
    finished: bool, tmp_path: Path
) -> None:
    """It numbered the frames as they were."""
    rng = random.Random(5)
    times = [BEGIN + day * DAY for day in range(1, 41)]
    frames = [assets(times[n : n + 10], rng) for n in range(0, 40, 10)]
    there = frames if finished else frames[:2]
    with SqliteLog(tmp_path) as log:
        driver = LocalDriver(log, Pricer, Shard, FakeClock(BEGIN + 1000 * DAY))
        driver.start()
        for n, frame in enumerate(there, 1):
            kind, value = encode(frame)
            driver.take([OutRecord("ticks", 0, "A", kind or "", value, "backfill:aa", n, frame)])
        assert backfill(driver, frames, "aa") == (0 if finished else 20, len(there))
        assert backfill(driver, frames, "aa").appended == 0
        told = [as_json(r.type, 1, r.value) for r in log.read("ticks", 0, limit=10**6)]
        found = [at for text in told for at in orjson.loads(text)["at"]]
        assert found == [at for frame in frames for at in frame.at]
        assert driver.pricer.rejected == 0
        other = assets([times[-1] + DAY], rng)
        assert backfill(driver, [other], "bb").appended == 1
        assert backfill(driver, frames, "aa").appended == 0, "nor refused"
