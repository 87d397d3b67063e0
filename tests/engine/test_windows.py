"""Windows, rolling returns and the calendar against the batch oracle, and by hand."""

from __future__ import annotations

import math
import random
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index.definition import IndexDefinition, parse_index
from engine.index.shard import Shard
from engine.periods import NEVER, anchor
from engine.types import DAY, HOUR, MINUTE, SECOND
from tests.engine.market import Feed, define, frame, instants, rescaled
from tests.engine.scales import near, pair, single
from tests.reference import basket, series, windows
from tests.reference.windows import (
    GRIDS,
    all_windows,
    calendar,
    calendar_returns,
    calmar_36m,
    rolling,
)

ASSETS = ["BTC", "ETH"]
TABLES: dict[str, Any] = {
    "MIX": {"assets": ASSETS, "benchmarks": ["BTC", "EVEN"], "rebalance": "monthly"},
    "EVEN": {"weights": {"BTC": 0.3, "ETH": 0.7}, "risk_free": 0.03, "year_days": 360},
}


def inside(path: basket.Path, window: str, as_of: int) -> dict[int, float]:
    """The returns of the bars in a window."""
    end = as_of // GRIDS[window] * GRIDS[window]
    return windows._returns(path, GRIDS[window], anchor(window, end), end)


def check_windows(found: Any, expected: Any, paths: dict[str, Any], d: IndexDefinition) -> None:
    as_of = found["as_of"]
    for window, figures in expected.items():
        grid, mine = GRIDS[window], inside(paths[d.id], window, as_of)
        scales = single(list(mine.values()), d, grid)
        for name, value in figures.items():
            if name != "benchmarks":
                given = found["windows"][window][name]
                assert near(given, value, scales.get(name, 1.0)), (window, name, given, value)
        for benchmark, against in figures["benchmarks"].items():
            other = inside(paths[benchmark], window, as_of)
            ends = [end for end in mine if end in other]
            both = [mine[end] for end in ends], [other[end] for end in ends]
            scales = pair(*both, abs(against["beta"] or 0.0), d, grid)
            for name, value in against.items():
                given = found["windows"][window]["benchmarks"][benchmark][name]
                assert near(given, value, scales.get(name, 1.0)), (window, benchmark, name)


def check_calendar(found: Any, paths: dict[str, Any], index: str, others: list[str]) -> None:
    as_of = found["as_of"]
    for kind, width in (("months", 7), ("years", 4)):
        spans = calendar(paths[index], as_of, width)
        entries = found["calendar"][kind]
        assert [e["period"] for e in entries] == list(spans)
        own = calendar_returns(paths[index], spans)
        for entry in entries:
            assert near(entry["return"], own[entry["period"]], 1.0)
        for other in others:
            theirs = calendar_returns(paths[other], spans)
            for entry in entries:
                r, f = own[entry["period"]], theirs[entry["period"]]
                want = None if r is None or f is None else r - f
                assert near(entry["excess"][other], want, max(1.0, abs(r or 0), abs(f or 0)))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.sampled_from([1, 2, 30, 300]),
    step=st.sampled_from([7 * MINUTE, 40 * MINUTE, 9 * HOUR, 3 * DAY]),
)
def test_streaming_equals_batch(seed: int, count: int, step: int) -> None:
    rng = random.Random(seed)
    move = rng.choice([0.0, 0.03, 0.03, 0.03, 0.3])
    stream = instants(rng, count, step, ASSETS, 1.0, move, coarse=rng.random() < 0.25)
    # An index may begin later than its benchmark.
    if rng.random() < 0.5:
        stream[0] = (stream[0][0], {"BTC": 1.0})
    stream = rescaled(rng, stream, ASSETS)
    feed = Feed(Shard(every=NEVER))
    for index, table in TABLES.items():
        feed.put(define(index, table, stream[0][0] - 1))
    begin = 0
    while begin < len(stream):
        end = begin + rng.choice([1, 5, 60])
        feed.put(frame(stream[begin:end]))
        begin = end
        if rng.random() < 0.1:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
    definitions = {index: parse_index(index, table) for index, table in TABLES.items()}
    paths: dict[str, Any] = {a: series.asset_path(stream, a) for a in ASSETS}
    paths |= {index: basket.index_path(stream, d) for index, d in definitions.items()}
    for index, definition in definitions.items():
        check(feed.snapshot(index), paths, definition)


def check(found: Any, paths: dict[str, Any], definition: IndexDefinition) -> None:
    path, others = paths[definition.id], {b: paths[b] for b in definition.benchmarks}
    if not path:
        assert found["windows"] is None
        return
    as_of = found["as_of"]
    check_windows(found, all_windows(path, others, as_of, definition), paths, definition)
    for window, figures in found["rolling"].items():
        for name, value in rolling(path, window, as_of).items():
            assert near(figures[name], value, 1.0), (window, name)
    check_calendar(found, paths, definition.id, list(definition.benchmarks))
    assert near(found["risk"]["calmar_36m"], calmar_36m(path, as_of), 1.0)
    for name, other in others.items():
        then = series.level_at(other, path[0][0])
        own = path[-1][1] / path[0][1]
        want = None if then is None else own - other[-1][1] / then
        scale = max(own, other[-1][1] / then if then else 0.0)
        assert near(found["benchmarks"][name]["excess"]["inception"], want, scale)
    assert_explained(found)


def assert_explained(found: dict[str, Any]) -> None:
    """Every null has a reason, every reason a null."""
    nulls = set(walk(found, ""))
    told = {p for p in found["undefined"] if p.split(".")[0] in ("windows", "rolling", "calendar")}
    assert nulls == told


def walk(found: dict[str, Any], path: str) -> list[str]:
    nulls = []
    for group in ("windows", "rolling"):
        nulls += leaves(found[group], group)
    for kind, entries in found["calendar"].items():
        for entry in entries:
            nulls += leaves(entry, f"calendar.{kind}.{entry['period']}")
    return nulls


def leaves(value: Any, path: str) -> list[str]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, f"{path}.{k}")]
    return [path] if value is None else []


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def daily(prices: dict[str, float]) -> Any:
    """The snapshot after these daily closes of one asset."""
    feed = Feed(Shard(every=NEVER))
    rows = [(day(date), {"BTC": price}) for date, price in prices.items()]
    feed.put(define("ONE", {"assets": ["BTC"], "benchmarks": ["BTC"]}, rows[0][0] - 1))
    feed.put(frame(rows))
    return feed.snapshot("ONE")


def test_months_and_years_by_hand() -> None:
    found = daily(
        {
            "2023-12-15": 100.0,
            "2024-01-01": 110.0,  # the last level of 2023 and the first of 2024
            "2024-02-29": 121.0,
            "2024-04-10": 60.5,  # nothing in March: it ended where February did
        }
    )
    months = {e["period"]: e["return"] for e in found["calendar"]["months"]}
    assert months == {
        "2023-12": pytest.approx(0.1),
        "2024-01": pytest.approx(0.0),
        "2024-02": pytest.approx(0.1),
        "2024-03": pytest.approx(0.0),
        "2024-04": pytest.approx(-0.5),
    }
    years = {e["period"]: e["return"] for e in found["calendar"]["years"]}
    assert years == {"2023": pytest.approx(0.1), "2024": pytest.approx(-0.45)}
    assert {e["excess"]["BTC"] for e in found["calendar"]["months"]} == {0.0}


def test_the_first_instant_of_a_month_opens_it_at_zero() -> None:
    found = daily({"2024-01-10": 100.0, "2024-02-01": 130.0})
    assert [(e["period"], e["return"]) for e in found["calendar"]["months"]] == [
        ("2024-01", pytest.approx(0.3)),
        ("2024-02", 0.0),
    ]
    assert found["returns"]["mtd"] == 0.0


def test_rolling_windows_over_a_leap_day_by_hand() -> None:
    days = [day("2024-01-30") + k * DAY for k in range(33)]
    feed = Feed(Shard(every=NEVER))
    feed.put(define("ONE", {"assets": ["BTC"]}, days[0] - 1))
    feed.put(frame([(at, {"BTC": 100.0 + k}) for k, at in enumerate(days)]))
    rolled = feed.snapshot("ONE")["rolling"]["30d"]
    expected = [130 / 100 - 1, 131 / 101 - 1, 132 / 102 - 1]
    assert rolled["n"] == 3
    assert rolled["latest"] == rolled["min"] == pytest.approx(expected[2])
    assert rolled["median"] == pytest.approx(expected[1])
    assert rolled["max"] == pytest.approx(expected[0])
    assert rolled["positive_share"] == 1.0


def test_a_bad_print_leaves_no_trace_in_a_window_once_it_is_out() -> None:
    base = day("2024-01-01")
    rng = random.Random(4)
    prices = [100.0 * math.exp(rng.gauss(0, 0.01)) for _ in range(3 * 1440)]
    feeds = []
    for bad in (1.0, 1e6):
        feed = Feed(Shard(every=NEVER))
        feed.put(define("ONE", {"assets": ["BTC"]}, base - 1))
        spoiled = [p * bad if k == 1000 else p for k, p in enumerate(prices)]
        feed.put(frame([(base + k * MINUTE, {"BTC": p}) for k, p in enumerate(spoiled)]))
        feeds.append(feed.snapshot("ONE")["windows"]["1d"])
    clean, after = feeds
    assert clean == after
    assert clean["volatility"] > 0.0


def test_windows_are_read_again_when_their_bar_closes() -> None:
    feed = Feed(Shard(every=NEVER))
    base = day("2024-01-01")
    feed.put(define("ONE", {"assets": ["BTC"]}, base - 1))
    feed.put(frame([(base + k * MINUTE, {"BTC": 100.0 + k % 7}) for k in range(1441)]))
    before = feed.snapshot("ONE")["windows"]["1d"]
    feed.put(frame([(base + DAY + 30 * SECOND, {"BTC": 200.0})]))
    assert feed.snapshot("ONE")["windows"]["1d"] == before
    feed.put(frame([(base + DAY + MINUTE, {"BTC": 200.0})]))
    after = feed.snapshot("ONE")["windows"]["1d"]
    assert after["return"] == pytest.approx(200.0 / 101.0 - 1.0)
    assert Feed(Shard.load(feed.shard.dump())).snapshot("ONE")["windows"]["1d"] == after


def test_a_benchmark_whose_past_was_not_kept_is_too_short_for_it() -> None:
    """An index of another shard is followed here, but its closes are kept from when it is used."""
    indices = [i for i in ("A1", "A2", "A3", "A4", "A5", "A6") if zlib.crc32(i.encode()) % 2 == 0]
    others = [i for i in ("B1", "B2", "B3", "B4", "B5", "B6") if zlib.crc32(i.encode()) % 2]
    mine, other = indices[0], others[0]
    feed = Feed(Shard(partition=0, partitions=2, every=NEVER))
    begin = day("2024-01-01")
    for name in (mine, other):
        feed.put(define(name, {"assets": ["BTC"]}, begin - 1))
    feed.put(frame([(begin + k * DAY, {"BTC": 100.0 + k}) for k in range(120)]))
    feed.put(define(mine, {"assets": ["BTC"], "benchmarks": [other]}, begin + 119 * DAY + 1))
    feed.put(frame([(begin + k * DAY, {"BTC": 100.0 + k}) for k in range(120, 125)]))
    found = feed.snapshot(mine)
    assert found["returns"]["30d"] == pytest.approx(224.0 / 194.0 - 1.0)
    against, reasons = found["benchmarks"][other], found["undefined"]
    assert against["n"] == 4
    assert against["excess"]["1d"] == 0.0
    for period in ("7d", "30d", "90d", "qtd", "inception"):
        assert reasons[f"benchmarks.{other}.excess.{period}"] == "too_short", period
    assert "overflow" not in reasons.values()
