"""Prices older than a partition keeps: what is replayed of them is what was published."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import Instrument, TickFrame
from engine.records.packed_prices import as_lists
from engine.types import DAY, HOUR, SECOND
from streams import reading
from streams.older_prices import TOPIC
from streams.records import OutRecord, Record
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from streams.topics import partition_of
from tests.ports import all_of, define, port, replay_log

N = 4
BEGIN = 1_700_000_000 * SECOND
ASSETS = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOT")
MARKETS = [Instrument("kraken", f"{a}/USD", a, "USD", "spot", False) for a in ASSETS]
HOURS = 3
INDICES = [f"X{k}" for k in range(6)]


def bursts(rng: random.Random) -> Iterator[TickFrame]:
    """Hours of trades, some seconds of them at a time."""
    now, price = BEGIN, dict.fromkeys(ASSETS, 100.0)
    while now < BEGIN + HOURS * HOUR:
        now += rng.randrange(20, 200) * SECOND
        for _ in range(rng.randrange(10, 60)):
            begun, now = now, now + rng.randrange(SECOND // 100, SECOND // 8)
            at = sorted(rng.randrange(begun + 1, now + 1) for _ in range(rng.randrange(5)))
            which = [rng.randrange(len(ASSETS)) for _ in at]
            for k in which:
                price[ASSETS[k]] *= 1 + rng.gauss(0, 2e-3)
            count, prices = len(at), [price[ASSETS[k]] for k in which]
            yield TickFrame(
                *(now, "live", MARKETS, which, prices, [1.0] * count, [None] * count),
                *([None] * count, at, at, []),
            )


def world(path: Path) -> SqliteLog:
    """A log with `N` partitions of prices, in which indices were at work for hours."""
    now = [BEGIN]
    log = SqliteLog(path, prices=N)
    driver = LocalDriver(log, Pricer, Shard, lambda: now[0])
    driver.start()
    rng = random.Random(3)
    table = {"return_interval": "1m", "alerts": {"drawdown": [0.01, 0.05, 0.2]}}
    define(driver, [parse_index(i, table | {"assets": rng.sample(ASSETS, 2)}) for i in INDICES])
    for seq, frame in enumerate(bursts(rng), 1):
        now[0] = frame.now
        driver.ingest(frame, "connector:test:1", seq)
    driver.stop()
    return log


def read(log: SqliteLog, topic: str, partition: int) -> list[Record]:
    return all_of(port(log).read(topic, partition))


def told(records: Iterable[Record | OutRecord], topic: str) -> list[tuple[str, str, Any]]:
    """Records without what names the record that caused them, and without the venues' own prices
    at the firing: of a second that came in one record only its last are told."""
    found = []
    for record in records:
        if record.topic == topic:
            body = orjson.loads(record.value)
            body.pop("receipt")
            body.pop("seq", None)
            body.get("because", {}).pop("sources", None)
            found.append((record.key, record.type, body))
    return found


def cut(log: SqliteLog, topic: str, partition: int, after: int) -> int:
    """Forget the records of a place that were appended before this time; the offset left first."""
    keep = dict.fromkeys((*places(log), (topic, partition)), 0)
    keep[topic, partition] = next(r.offset for r in read(log, topic, partition) if r.time >= after)
    log.prune(BEGIN + 1000 * DAY, keep)
    assert log.start(topic, partition) == keep[topic, partition] > 0
    return keep[topic, partition]


def places(log: SqliteLog) -> list[tuple[str, int]]:
    return [(topic, p) for topic, count in log.partitions.items() for p in range(count)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLog]:
    log = world(tmp_path_factory.mktemp("kept"))
    yield log
    log.close()


def test_there_is_a_record_a_second_of_all_prices(kept: SqliteLog) -> None:
    alone, split = read(kept, TOPIC, 0), read(kept, "prices", 1)
    told, all_ = rows_of(alone), rows_of(split)
    assert told == all_[: len(told)]  # the last ones still wait
    assert len(all_) - len(told) < 100 < len(told)
    seconds = {reading.read(record).now // SECOND for record in alone}
    assert len(alone) <= len(seconds) + len(INDICES) + 1 < len(split) / 3


def rows_of(records: list[Record]) -> list[tuple[str, int, float]]:
    found = []
    for record in records:
        if record.type == "prices":
            frame = as_lists(reading.read(record))
            found += list(zip(frame.asset, frame.at, frame.price, strict=True))
    return found


@pytest.mark.parametrize("past", [0, HOUR])
def test_what_was_published_comes_again(past: int, tmp_path: Path) -> None:
    """Where partitions have their last half hour only, and the history all, or the time behind the
    first hour."""
    log = world(tmp_path)
    published = {
        topic: [told(read(log, topic, p), topic) for p in range(N)]
        for topic in ("alerts", "bars", "snapshots.history")
    }
    times = {
        topic: [[r.time for r in read(log, topic, p)] for p in range(N)] for topic in published
    }
    history = read(log, TOPIC, 0)
    if past:
        cut(log, TOPIC, 0, BEGIN + past)
    rang = 0
    for p in {partition_of(name, N) for name in INDICES}:
        begins = cut(log, "prices", p, BEGIN + HOURS * HOUR - HOUR // 2)
        steps = replay_log(log, Shard, p)
        older = [step for step in steps if step.record.topic == TOPIC]
        newer = [step.record.offset for step in steps if step.record.topic == "prices"]
        before = older[0].record.offset - 1
        archived = next(r.time for r in history if r.offset == before)
        assert archived <= BEGIN + past + HOUR + 400 * SECOND
        assert begins < newer[0] < begins + 50
        assert newer == list(range(newer[0], log.end("prices", p)))
        outputs = [out for step in steps for out in step.outputs]
        for topic, by_partition in published.items():
            again, expected = told(outputs, topic), by_partition[p]
            if topic == "alerts":
                rang += len(again)
            assert again == expected[len(expected) - len(again) :]
            assert len(again) == sum(time > archived for time in times[topic][p])
            assert not past or archived > BEGIN + past
    assert rang > 20
    log.close()
