"""The past where something of it is not kept: it is told, and no candle is made of a part."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.past import Past, SeriesCandles
from gateway.recent import Recent
from streams.sinks.reader import CANDLE, Columns
from streams.sinks.tables import CANDLES, SinkTable
from tests.gateway.test_past import ns
from tests.gateway.world import World, client


class Tables:
    """Tables of one series, whose candles of each length start at these times."""

    def __init__(self, starts: dict[int, list[int]]) -> None:
        self.starts, self.asked = starts, list[int]()

    def candles(self, _: str, begin: int, end: int, span: int) -> Columns:
        self.asked.append(span)
        assert begin < end
        times = [at for at in self.starts[span] if begin <= at < end]
        values = np.array(times, dtype=float)
        return {"time": np.array(times, dtype=np.int64), **dict.fromkeys(CANDLE, values)}

    def written(self, table: SinkTable) -> int:
        return self.starts[next(s for s, t in CANDLES.items() if t is table)][-1]

    def first(self, table: SinkTable, _: str) -> int:
        return self.starts[next(s for s, t in CANDLES.items() if t is table)][0]


def made_of(seconds: Iterable[int], also: Iterable[int] = ()) -> Tables:
    """Tables of these seconds, and of longer candles also where `also` were seconds once."""
    kept = sorted({s * SECOND for s in seconds})
    once = sorted({*kept, *(s * SECOND for s in also)})
    longer = {span: sorted({at // span * span for at in once}) for span in (MINUTE, HOUR, DAY)}
    return Tables({SECOND: kept, **longer})


def asked(
    tables: Tables, begin: int, end: int, step: int = 1, recent: Recent | None = None
) -> SeriesCandles:
    past = Past(tables, recent or Recent())  # type: ignore[arg-type]
    spans = (begin * SECOND, end * SECOND, step * SECOND)
    return past.candles("X", *spans, now=10 * HOUR)


def missing(*args: Any, **options: Any) -> list[tuple[int, int]]:
    return [(a // SECOND, b // SECOND) for a, b in asked(*args, **options).missing]


def test_what_is_whole_has_no_hole_and_asks_for_nothing_longer() -> None:
    tables = made_of(range(0, 7200))
    assert missing(tables, 0, 7200) == []
    assert set(tables.asked) == {SECOND}


def test_seldom_prices_are_no_hole() -> None:
    tables = made_of(range(30, 7200, 100))
    assert missing(tables, 0, 7200) == []
    assert MINUTE in tables.asked


def test_holes_are_told_by_whole_longer_candles() -> None:
    lost = [*range(120, 240), *range(600, 660), *range(3600, 3660)]
    kept = [s for s in range(0, 7200) if s not in lost]
    tables = made_of(kept, lost)
    assert missing(tables, 0, 7200) == [(120, 240), (600, 660), (3600, 3660)]
    assert missing(tables, 150, 200) == []  # whether the rest of a minute had any is not known
    assert missing(tables, 100, 3630) == [(120, 240), (600, 660)]
    found = asked(tables, 0, 7200, step=7)
    spans = [(119, 245), (595, 665), (3598, 3661)]
    assert found.missing == [(a * SECOND, b * SECOND) for a, b in spans]
    for at in found.columns["time"] // SECOND:
        assert all(at + 7 <= a or at >= b for a, b in spans)
    assert len(found.columns["time"]) == -(-7200 // 7) - sum(b - a for a, b in spans) // 7
    assert missing(tables, 0, 7200, step=90) == [(90, 270), (540, 720), (3600, 3690)]


def test_minutes_that_are_lost_within_hours() -> None:
    tables = made_of(range(0, 4 * 3600, 30))
    tables.starts[MINUTE] = [at for at in tables.starts[MINUTE] if not HOUR <= at < 2 * HOUR]
    assert missing(tables, 0, 4 * 3600, step=60) == [(3600, 7200)]
    assert missing(tables, 0, 4 * 3600, step=3600) == []


def test_a_hole_behind_what_is_asked_for_is_none_of_it() -> None:
    """Memory begins a while behind the tables, as after a start."""
    recent = Recent()
    recent.take_level("X", 7320 * SECOND, 1.0, 1.0, 1.0, 1.0)
    tables = made_of(range(0, 7200))
    assert missing(tables, 120, 240, recent=recent) == []
    [(since, to)] = missing(tables, 7100, 7400, recent=recent)
    assert (since, to) == (7200, 7319)


async def test_a_hole_between_tables_and_memory_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.live(4)
    world.write()
    world.live(8)
    for topic in ("levels", "bars"):  # a gateway that begins to read only now
        world._shown[topic] = world.log.end(topic, 0) - 1
    world.live(3)
    world.show()
    async with client(world.app()) as http:
        begin = world.now - 20 * MINUTE
        told = (await http.get(f"/v1/indices/MIX/history?step=1m&from={begin}")).json()
    [hole] = told["missing"]
    assert 7 * MINUTE < ns(hole["to"]) - ns(hole["from"]) < 9 * MINUTE
    world.close()


async def test_a_hole_within_what_is_kept_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.live(8)
    world.write()
    world.show()
    since = world.now // MINUTE * MINUTE - 5 * MINUTE
    for file in (tmp_path / "tables" / "seconds").glob("*.parquet"):
        kept = f"epoch_ns(time) NOT BETWEEN {since} AND {since + 2 * MINUTE - 1}"
        duckdb.sql(f"COPY (FROM '{file}' WHERE {kept}) TO '{file}.new' (FORMAT parquet)")
        os.replace(f"{file}.new", file)
    async with client(world.app()) as http:
        path = f"/v1/indices/MIX/history?from={world.now - 8 * MINUTE}"
        seconds = (await http.get(f"{path}&step=1s")).json()
        minutes = (await http.get(f"{path}&step=1m")).json()
    world.close()
    [hole] = seconds["missing"]
    assert (ns(hole["from"]), ns(hole["to"])) == (since, since + 2 * MINUTE)
    starts = [ns(at) for at in seconds["columns"]["at"]]
    assert starts[0] < since < starts[-1]
    assert not any(since <= at < since + 2 * MINUTE for at in starts)
    assert minutes["missing"] == []
