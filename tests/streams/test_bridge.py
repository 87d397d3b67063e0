"""Going over to other numbers behind a checkpoint: no hole, nothing twice, no alert lost."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from stream_fakes import FakeClock, FakePricer, FakeShard, tick_frame

from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import Output, PriceFrame, Receipt
from engine.records.packed_prices import as_lists
from engine.types import DAY
from streams.reading import read
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.fixtures.make_directory import StoryClock, drive
from tests.fixtures.story import story
from tests.ports import retick, spans
from tests.streams.test_kept_logs import bodies, check_log, opened, records

W = "connector:a:1"
OUTPUTS = ("prices", "levels", "snapshots.history", "alerts")


def later_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        *("engine.types", "streams.checkpoints", "streams.bridge", "streams.overtaking"),
    ):
        monkeypatch.setattr(f"{module}.NUMBERS", "99")


class OtherPricer(FakePricer):
    """Other prices."""

    def apply(self, record: Any) -> list[Output]:
        return [
            out._replace(body=out.body._replace(price=[2.0 * p for p in out.body.price]))
            for out in super().apply(record)
        ]


class OtherShard(FakeShard):
    """Says some things twice as often, and others half as often."""

    def apply(self, record: Any, receipt: Receipt) -> list[Output]:
        out = super().apply(record, receipt)
        levels = [o for o in out if o.topic == "levels"]
        return [o for o in out if o.topic != "snapshots" or self.rows % 2] + levels


class QuietShard(FakeShard):
    """Says nothing."""

    def apply(self, record: Any, receipt: Receipt) -> list[Output]:
        super().apply(record, receipt)
        return []


@pytest.mark.parametrize("seed", range(12))
def test_other_and_more_or_fewer_outputs_leave_no_hole(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, clock, n = random.Random(seed), FakeClock(), 0
    stages: list[tuple[Any, Any]] = [(FakePricer, FakeShard), (OtherPricer, OtherShard)]

    def feed(driver: LocalDriver, count: int) -> None:
        nonlocal n
        for _ in range(count):
            frame = tick_frame(n, random.Random(n))
            clock.now, n = frame.now, n + 1
            driver.ingest(frame, W, n)

    with SqliteLog(tmp_path, log_id="L") as log:
        driver = LocalDriver(log, *stages[0], clock, checkpoint_every=1000 * DAY)
        driver.start()
        feed(driver, rng.randrange(0, 30))
        if rng.random() < 0.7:
            driver.checkpoint()
        behind = rng.randrange(0, 40)
        feed(driver, behind)
    with SqliteLog(tmp_path) as log:
        before = {topic: records(log, topic) for topic in OUTPUTS}
        later_numbers(monkeypatch)
        driver = LocalDriver(log, *stages[1], clock, checkpoint_every=1000 * DAY)
        driver.start()
        assert {topic: records(log, topic) for topic in OUTPUTS} == before
        feed(driver, 50)
        for topic in OUTPUTS:
            found = records(log, topic)
            assert [r.seq for r in found] == list(range(1, len(found) + 1)), topic
            assert found[: len(before[topic])] == before[topic]
        assert log.end("prices", 0) == log.end("ticks", 0) == n
    with SqliteLog(tmp_path) as log:  # and once more after a crash: nothing is silent any more
        driver = LocalDriver(log, *stages[1], clock, checkpoint_every=1000 * DAY)
        assert driver.start().silent == 0
        assert driver.outbox.appended == 0
        starts = [s.start for s in spans(log) if s.numbers == "99" and s.topic == "ticks"]
        assert starts == ([len(before["prices"])])


@pytest.mark.parametrize("seed", range(12))
def test_rows_that_waited_are_told_once_by_other_numbers(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two partitions: what was published joined is made again one by one."""
    rng, clock, ticks, n = random.Random(seed), FakeClock(), list[tuple[str, int]](), 0

    def feed(driver: LocalDriver, count: int) -> None:
        nonlocal n
        for _ in range(count):
            frame = tick_frame(n, random.Random(n), step=60_000_000)
            clock.now, n = frame.now, n + 1
            driver.ingest(frame, W, n)
            names = [frame.instruments[i].base for i in frame.instrument]
            ticks.extend(zip(names, frame.received, strict=True))

    with SqliteLog(tmp_path, log_id="L", prices=2) as log:
        driver = LocalDriver(log, FakePricer, QuietShard, clock, checkpoint_every=1000 * DAY)
        driver.start()
        feed(driver, rng.randrange(5, 40))
        driver.checkpoint()
        feed(driver, rng.randrange(1, 60))
    with SqliteLog(tmp_path) as log:
        before = [log.read("prices", p, limit=10**6) for p in range(2)]
        later_numbers(monkeypatch)
        driver = LocalDriver(log, OtherPricer, QuietShard, clock, checkpoint_every=1000 * DAY)
        driver.start()
        feed(driver, 40)
        last = tick_frame(n + 100, rng, price=100.0, step=60_000_000)
        clock.now = last.now
        driver.ingest(last, W, n + 1)  # behind it nothing waits
        for p in range(2):
            found = log.read("prices", p, limit=10**6)
            assert found[: len(before[p])] == before[p]
            assert [r.seq for r in found] == list(range(1, len(found) + 1))
            frames = [as_lists(read(r)) for r in found]
            told = [row for f in frames for row in zip(f.asset, f.at, strict=True)]
            assert told[: len(ticks)] == ticks


def test_without_a_checkpoint_a_log_is_made_again_as_it_was_begun(tmp_path: Path) -> None:
    clock, n = FakeClock(), 0

    def feed(driver: LocalDriver, count: int) -> None:
        nonlocal n
        for _ in range(count):
            frame = tick_frame(n, random.Random(n), step=60_000_000)
            clock.now, n = frame.now, n + 1
            driver.ingest(frame, W, n)

    for begun_before in (False, True):
        n = 0
        with SqliteLog(tmp_path / str(begun_before), prices=2) as log:
            driver = LocalDriver(log, FakePricer, QuietShard, clock, checkpoint_every=1000 * DAY)
            driver.start()
            if begun_before:  # all told at once, and no word of it in the log
                driver.pricer.spread.is_on = False
                place = log._places["versions", 0]
                log._db.execute(
                    f"UPDATE records_{place} SET value = replace(value, ',\"waits\":true', '')"
                )
            feed(driver, 50)
            assert (log.end("prices", 0) == 50) is begun_before
            again = LocalDriver(log, FakePricer, QuietShard, clock, checkpoint_every=1000 * DAY)
            again.start()
            told = sum(log.end("prices", p) for p in range(2)) + log.end("prices.history", 0)
            assert again.outbox.compared == told
            assert again.outbox.appended == 0
            made = [out for r in retick(log, FakePricer) for out in r.outputs]
            assert len(made) == again.outbox.compared
            feed(again, 20)
            assert (log.end("prices", 0) == 70) is begun_before


class Scaled(Shard):
    """Sees every asset's fall since its first price as so much of what it is."""

    scale = 0.0

    def apply(self, record: Any, receipt: Receipt) -> list[Output]:
        if isinstance(record, PriceFrame):
            record = as_lists(record)
            first = self.__dict__.setdefault("first", {})
            prices = [
                first.setdefault(a, p) * (p / first.setdefault(a, p)) ** self.scale
                for a, p in zip(record.asset, record.price, strict=True)
            ]
            record = record._replace(price=prices)
        return super().apply(record, receipt)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.5, 2.5])
@pytest.mark.parametrize("checkpoint", [20, 36, 45])
def test_alerts_said_stand_and_those_due_are_told(
    scale: float, checkpoint: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crash falls into the first night of the story; the new numbers see another fall."""
    clock, crash = StoryClock(), 45
    clock.now = next(story()).record.now
    log, driver = opened(tmp_path, clock)
    with log:
        driver.start()
        drive(driver, clock, 0, checkpoint)
        driver.checkpoint()
        drive(driver, clock, checkpoint, crash)
        before = bodies(log, "alerts")
    later_numbers(monkeypatch)
    monkeypatch.setattr(Scaled, "scale", scale)
    with SqliteLog(tmp_path) as log:
        driver = LocalDriver(log, Pricer, Scaled, clock, checkpoint_every=1000 * DAY)
        driver.start()
        drive(driver, clock, crash, crash + 30)
        assert bodies(log, "alerts")[: len(before)] == before
        check_log(log)
        shard: Any = driver.shards[0].stage
        levels, all_baskets = shard.baskets.levels, shard.baskets.all
        told = {(a["index"], a["rule"]): a["state"] for a in bodies(log, "alerts")}
        for i, basket in enumerate(all_baskets):
            for depth, fires in zip(levels.rule_depth[i], levels.firing[i], strict=True):
                key = basket.id, f"drawdown>={depth:.2f}"
                assert (told.get(key) == "firing") == bool(fires), key
