"""How deep the falls went that began before the gateway did: by the candles that are kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from engine.records import AlertHead
from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.alerts import Alert, AlertEpisode
from gateway.api.alerts import know_falls
from gateway.api.context import Gateway
from gateway.api.reading import Places
from gateway.falls import AlarmedFall, AlarmedFalls, FallRead, read_falls, unknown
from gateway.past import Past
from gateway.recent import Recent
from streams.sinks.reader import TableReader
from streams.sinks.tables import CANDLES
from tests.gateway import records

END = 20_100 * DAY
FIRED = 0.05


def put(directory: Path, step: int, begin: int, end: int, lows: dict[int, float]) -> None:
    """Candles of TOP3 over [begin, end) at 950 below a peak of 1000; `lows` by their start."""
    table = CANDLES[step]
    folder = directory / table.name
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(at, lows.get(at, 950.0)) for at in range(begin, end, step)]
    for period in {table.period(at) for at, _ in rows}:
        values = ", ".join(
            f"('TOP3', make_timestamp_ns({at}), 950.0::DOUBLE, 950.0::DOUBLE, {low}::DOUBLE, "
            "950.0::DOUBLE, 1000.0::DOUBLE)"
            for at, low in rows
            if table.period(at) == period
        )
        names = "series, time, open, high, low, close, peak"
        duckdb.execute(
            f"COPY (SELECT * FROM (VALUES {values}) rows({names})) TO '{folder / period}.parquet'"
        )


def fall(begin: int, end: int | None) -> AlarmedFall:
    return AlarmedFall("TOP3", begin, 1000.0, FIRED, FIRED, False, end)


def read(directory: Path, *falls: AlarmedFall) -> list[float | None]:
    past = Past(TableReader(directory), Recent())
    return [
        None if one.deepest is None else round(one.deepest, 9)
        for one in read_falls(past, falls, END)
    ]


def test_only_candles_wholly_within_the_episode_tell(tmp_path: Path) -> None:
    begin = END - 200 * DAY + 5 * MINUTE
    hour = begin // HOUR * HOUR
    lows = {hour: 500.0, hour + HOUR: 900.0, hour + 2 * HOUR: 600.0}
    put(tmp_path, HOUR, hour - DAY, END, lows)
    put(tmp_path, DAY, END - 300 * DAY, END, {})
    short, longer = fall(begin, begin + 10 * MINUTE), fall(begin, hour + 2 * HOUR + MINUTE)
    assert read(tmp_path, short, longer) == [None, 0.1]


def test_a_candle_that_begins_and_ends_with_the_episode_is_of_it(tmp_path: Path) -> None:
    begin = END - 3 * DAY
    lows = {begin - MINUTE: 500.0, begin: 880.0, begin + MINUTE: 900.0, begin + 2 * MINUTE: 500.0}
    put(tmp_path, MINUTE, begin - HOUR, begin + HOUR, lows)
    put(tmp_path, HOUR, END - DAY, END, {})
    assert read(tmp_path, fall(begin, begin + 2 * MINUTE)) == [0.12]
    assert read(tmp_path, fall(begin + 1, begin + 2 * MINUTE)) == [0.1]


def test_longer_candles_tell_where_shorter_ones_are_kept_no_more(tmp_path: Path) -> None:
    begin = END - 5 * HOUR
    put(tmp_path, SECOND, END - HOUR, END, {})  # as with many indices
    put(tmp_path, MINUTE, END - DAY, END, {begin + MINUTE: 870.0})
    hours = {END - 10 * DAY + HOUR: 860.0}
    put(tmp_path, HOUR, END - 20 * DAY, END, hours)  # minutes of then were deleted
    put(tmp_path, DAY, END - 20 * DAY, END, {})
    old = END - 10 * DAY
    falls = fall(begin, begin + 10 * MINUTE), fall(old, old + 3 * HOUR)
    assert read(tmp_path, *falls) == [0.13, 0.14]


def test_one_that_fires_still_has_the_open_candle_too(tmp_path: Path) -> None:
    begin = END - 3 * HOUR - 30 * MINUTE
    put(tmp_path, MINUTE, END - DAY, END, {END - MINUTE: 800.0})
    put(tmp_path, HOUR, END - DAY, END, {})
    assert read(tmp_path, fall(begin, None)) == [0.2]


def test_nothing_is_final_before_the_tables_are_past_it(tmp_path: Path) -> None:
    begin = END - 100 * DAY + 5 * MINUTE
    over, fires = fall(begin, begin + MINUTE), fall(END - SECOND // 2, None)
    empty = Past(TableReader(tmp_path), Recent())
    assert read_falls(empty, [over], END) == [FallRead(None, False)]
    put(tmp_path, HOUR, END - 101 * DAY, END, {})
    past = Past(TableReader(tmp_path), Recent())
    assert read_falls(past, [over, fires], END) == [FallRead(None, True), FallRead(None, False)]


async def test_a_fall_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, HOUR, END - 101 * DAY, END, {END - 100 * DAY + HOUR: 700.0})
    falls, episodes = AlarmedFalls(9), list[AlertEpisode]()
    for name, length in (("deep", 3 * HOUR), ("short", MINUTE)):
        for seq, state in enumerate(("firing", "resolved"), 1):
            at = END - 100 * DAY + (length if seq == 2 else 0)
            body = records.alert("TOP3", seq, state, name, at=at, level=950.0)
            head = AlertHead(**{n: body[n] for n in AlertHead.__struct_fields__ if n in body})
            falls.take_alert(head, Recent())
        episodes.append(AlertEpisode(None, Alert(head, 1, body, (0, 0))))
    asked = list[int]()
    past = Past(TableReader(tmp_path), Recent())
    candles = past.candles
    monkeypatch.setattr(past, "candles", lambda *a: asked.append(a[3]) or candles(*a))
    state: Any = SimpleNamespace(alerts=SimpleNamespace(falls=falls), newest=END)
    gateway = cast(Gateway, SimpleNamespace(state=state, past=past, places=Places()))
    for _ in range(2):
        await know_falls(gateway, episodes)
    deep, short = (falls.of(name) for name in ("deep", "short"))
    assert deep is not None
    assert (deep.is_known, deep.deepest) == (True, pytest.approx(0.3))
    assert short is not None
    assert (short.is_known, short.is_lost) == (False, True)
    assert asked == [HOUR]
    assert unknown([deep, short]) == []
