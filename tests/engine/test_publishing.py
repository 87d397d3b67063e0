"""When snapshots and levels leave, and which levels a record holds."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.index import publishing
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import Output
from engine.types import DAY, SECOND
from streams.level_rows import level_rows
from tests.engine.market import START, Feed, define, frame

BEGIN = START - START % (60 * SECOND)
TABLE = {"assets": ["A", "B"], "alerts": {"drawdown": []}}


def times(made: list[tuple[int, list[Output]]], topic: str) -> list[float]:
    """Seconds after the begin at which a topic got records."""
    return [(at - BEGIN) / SECOND for at, out in made if any(o.topic == topic for o in out)]


@pytest.mark.parametrize("restart", [False, True])
def test_of_many_indices_snapshots_are_rarer(
    restart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "INDICES_A_SECOND", 2)
    feed, made = Feed(Shard()), list[tuple[int, list[Output]]]()
    feed.put(define("X0", TABLE, BEGIN - 1))
    for step in range(100):
        at = BEGIN + step * SECOND // 10 + 1
        if step == 40:
            for name in ("X1", "X2"):
                feed.put(define(name, TABLE, at - 1))
        if restart and step % 7 == 0:
            feed.shard = Shard.load(feed.shard.dump())
        made.append((at, feed.put(frame([(at, {"A": 1.0 + step, "B": 2.0})]))))
    found = [round(second, 1) for second in times(made, "snapshots")]
    # One index a second, then three in slots of 1.5 s; the change of pace is a slot of its own.
    assert found == [0.0, 1.0, 2.0, 3.0, 4.0, 4.5, 6.0, 7.5, 9.0]
    assert len(times(made, "levels")) == 100


def test_a_record_of_levels_has_what_moved_since_the_last() -> None:
    rng, feed = random.Random(5), Feed(Shard())
    for number in range(6):
        assets = rng.sample(["A", "B", "C", "D"], 2)
        feed.put(define(f"X{number}", {"assets": assets, "benchmarks": ["A"]}, BEGIN - 1))
    feed.put(frame([(BEGIN, dict.fromkeys("ABCD", 10.0))]))
    lv, row = feed.shard.baskets.levels, feed.shard.baskets.row
    published = dict.fromkeys(row, BEGIN)
    at = BEGIN
    for _ in range(200):
        at += rng.randrange(1, SECOND // 10)
        moved = {asset: rng.uniform(5.0, 20.0) for asset in rng.sample("ABCD", rng.randrange(1, 3))}
        out = [o.body for o in feed.put(frame([(at, moved)])) if o.topic == "levels"]
        if rng.random() < 0.1:
            feed.shard = Shard.load(feed.shard.dump())
            lv, row = feed.shard.baskets.levels, feed.shard.baskets.row
        for body in out:
            expected = [f"X{n}" for n in range(6) if lv.last_at[row[f"X{n}"]] > published[f"X{n}"]]
            assert body["index"] == expected
            assert body["seq"] == [feed.offset - 1] * len(expected)
            for index, level, when in zip(body["index"], body["level"], body["at"], strict=True):
                assert (level, when) == (lv.level[row[index]], lv.last_at[row[index]])
                published[index] = when
    assert len(feed.bodies("levels")) > 300


@pytest.mark.parametrize("seed", range(4))
def test_a_level_comes_with_the_extremes_of_every_instant_since_the_one_before(seed: int) -> None:
    rng = random.Random(seed)
    feed, slow = Feed(Shard(every=NEVER)), Feed(Shard(every=NEVER))
    names = {"X": {"weights": {"A": 0.6, "B": 0.4}, "alerts": {"drawdown": [0.001]}}}
    names["Y"] = {"assets": ["B"], "benchmarks": ["X"]}
    for name, table in names.items():
        for each in (feed, slow):
            each.put(define(name, table, START - 1))
    prices, at = {"A": 100.0, "B": 7.0}, START
    seen: dict[str, list[float]] = {name: [] for name in names}
    told = 0
    for _ in range(150):
        rows = list[tuple[int, dict[str, float]]]()
        for _ in range(rng.choice([1, 2, 10, 60])):
            at += rng.choice([1, SECOND // 1000, SECOND // 90])
            moved = rng.sample(list(prices), rng.choice([1, 2]))
            prices |= {asset: prices[asset] * (1.0 + rng.gauss(0.0, 1e-4)) for asset in moved}
            rows.append((at, {asset: prices[asset] for asset in moved}))
            slow.put(frame(rows[-1:]))
            for name, levels in seen.items():
                row, lv = slow.shard.baskets.row[name], slow.shard.baskets.levels
                if lv.started[row] and lv.last_at[row] == at:
                    levels.append(float(lv.level[row]))
        if rng.random() < 0.1:
            feed.shard = Shard.load(feed.shard.dump(), every=NEVER)
        for output in feed.put(frame(rows)):
            if output.topic == "levels":
                for row in level_rows(output.body):
                    levels = seen[row["index"]]
                    assert (row["level"], row["high"], row["low"]) == (
                        levels[-1],
                        max(levels),
                        min(levels),
                    )
                    levels.clear()
                    told += 1
    assert told > 100


def test_extremes_are_null_where_they_are_not_those_of_the_usual_time() -> None:
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"]}, START - 1))

    def row(after: int, price: float, origin: str) -> tuple[float | None, float | None] | None:
        at = START + after
        made = feed.put(frame([(at, {"A": price})])._replace(origin=origin))
        found = [row for o in made if o.topic == "levels" for row in level_rows(o.body)]
        return (found[0]["high"], found[0]["low"]) if found else None

    assert row(0, 100.0, "replay") is None  # nobody follows these
    assert row(SECOND, 101.0, "live") == (None, None)
    assert row(2 * SECOND, 102.0, "live") == (1020.0, 1020.0)
    # A checkpoint of an earlier version does not know them.
    state = feed.shard.dump()
    levels = {k: v for k, v in state["baskets"]["levels"].items() if k not in ("high", "low")}
    feed.shard = Shard.load({**state, "baskets": {**state["baskets"], "levels": levels}})
    assert row(3 * SECOND, 103.0, "live") == (None, None)
    assert row(4 * SECOND, 102.0, "live") == (1020.0, 1020.0)


def test_a_backfill_tells_no_extremes() -> None:
    """Its rows are a day apart, and its frames hours long: they would be of no second."""
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"]}, START - 1))

    def rows(at: int, prices: list[float], origin: str) -> list[tuple[Any, Any, Any]]:
        ticks = [(at + k * SECOND, {"A": price}) for k, price in enumerate(prices)]
        made = feed.put(frame(ticks)._replace(origin=origin))
        told = [row for o in made if o.topic == "levels" for row in level_rows(o.body)]
        return [(row["level"], row["high"], row["low"]) for row in told]

    for day in range(3):
        found = rows(START + day * DAY, [100.0, 900.0, 101.0], "backfill")
        assert found == [(1010.0, None, None)]
    assert rows(START + 3 * DAY, [102.0], "live") == [(1020.0, None, None)]
    assert rows(START + 3 * DAY + SECOND, [103.0], "live") == [(1030.0, 1030.0, 1030.0)]
