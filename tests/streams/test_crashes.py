"""Crashes at any point: afterwards the log equals, byte by byte, that of a run without one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson
import pytest
from stream_fakes import START, FakeClock, FakePricer, FakeShard, contents, tick_frame

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import TickFrame
from engine.types import SECOND
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog
from tests.ports import define, replay_log, retick

FRAMES = 40
LOG_ID = "11111111-2222-3333-4444-555555555555"
WRITER = "connector:a:1"
INDICES = [
    parse_index(name, {"assets": ["BTC", "ETH"], "alerts": {"drawdown": [0.01, 0.05]}})
    for name in ("FIRST", "SECOND", "THIRD")
]


class Crash(BaseException):
    """The process ends here."""


class CrashingLog(SqliteLog):
    """Dies at the n-th write, before or after it takes place."""

    writes_left = 10**9

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._db.execute("PRAGMA synchronous=OFF")  # here no power fails: saves many an fsync

    def _spend(self) -> None:
        self.writes_left -= 1
        if self.writes_left < 0:
            raise Crash

    def append(self, *args: Any) -> int:
        self._spend()
        offset = super().append(*args)
        self._spend()
        return offset

    def set_meta(self, key: str, value: str | None) -> None:
        self._spend()
        super().set_meta(key, value)


class Case:
    """Frames, stages and a faultless run of them."""

    def __init__(self, seed: int, real: bool) -> None:
        rng = random.Random(seed)
        step = SECOND // 3 if real else SECOND // 100
        self.frames: list[TickFrame] = [tick_frame(n, rng, step=step) for n in range(FRAMES)]
        self.stages: Any = (Pricer, Shard) if real else (FakePricer, FakeShard)
        self.prices = 1 + seed % 3

    def start(self, log: SqliteLog, clock: FakeClock) -> LocalDriver:
        driver = LocalDriver(log, *self.stages, clock, checkpoint_every=10**18)
        driver.start()
        define(driver, INDICES, now=START - 1)
        return driver

    def faultless(self, path: Path) -> dict[str, Any]:
        clock = FakeClock()
        with CrashingLog(path, log_id=LOG_ID, prices=self.prices) as log:
            driver = self.start(log, clock)
            for n, frame in enumerate(self.frames):
                clock.now = frame.now
                driver.ingest(frame, WRITER, n + 1)
            return contents(log)

    def crashing(self, path: Path, rng: random.Random) -> tuple[dict[str, Any], int]:
        """The log's contents after crashes at random writes, and how many there were."""
        SqliteLog(path, log_id=LOG_ID, prices=self.prices).close()
        for crashes in range(10_000):
            log = CrashingLog(path)
            log.writes_left = rng.randrange(1, 120)
            try:
                driver = self._attempt(log, rng)
            except Crash:
                log.close()  # what is not committed is gone
                continue
            log.writes_left = 10**9
            driver.stop()
            with log:
                self._check_replay(log)
                return contents(log), crashes
        raise AssertionError("never came to the end")

    def _attempt(self, log: CrashingLog, rng: random.Random) -> LocalDriver:
        clock = FakeClock()
        driver = self.start(log, clock)
        # The sender does not know exactly how far it came: it repeats some frames.
        for n in range(max(0, driver.pricer.gate.last(WRITER) - rng.randrange(4)), FRAMES):
            clock.now = self.frames[n].now
            driver.ingest(self.frames[n], WRITER, n + 1)
            if rng.random() < 0.2:
                driver.checkpoint()
        return driver

    def _check_replay(self, log: SqliteLog) -> None:
        new_pricer, new_shard = self.stages
        prices = [o for made in retick(log, new_pricer) for o in made.outputs]
        for partition in range(self.prices):
            place = "prices", partition
            told = [o.value for o in prices if (o.topic, o.partition) == place]
            assert told == [r.value for r in log.read("prices", partition)]
            made = [o for m in replay_log(log, new_shard, partition) for o in m.outputs]
            kept = [
                (r.partition, r.seq, r.value)
                for place in range(self.prices)
                for r in log.read("levels", place)
                if r.writer == f"shard:{partition}"
            ]
            levels = [o for o in made if o.topic == "levels"]
            assert sorted((o.partition, o.seq, o.value) for o in levels) == kept


def without_time(records: list[Any]) -> list[Any]:
    return [r._replace(time=0, value=b"" if r.type == "log" else r.value) for r in records]


def levels_in(records: list[Any]) -> int:
    """How many levels stand in records of `levels`, of our stages or of the stand-ins."""
    bodies = [orjson.loads(record.value) for record in records]
    return sum(len(b["index"]) if isinstance(b.get("index"), list) else 1 for b in bodies)


@pytest.mark.parametrize(
    ("real", "first"),
    [(False, n) for n in range(0, 200, 10)] + [(True, n) for n in range(0, 20, 10)],
)
def test_a_log_with_crashes_equals_one_without(tmp_path: Path, real: bool, first: int) -> None:
    total = 0
    for seed in range(first, first + 10):
        case = Case(seed, real)
        expected = case.faultless(tmp_path / f"{seed}a")
        found, crashes = case.crashing(tmp_path / f"{seed}b", random.Random(seed))
        total += crashes
        for place, records in expected.items():
            # The first record of `definitions` bears the real time of the log's making.
            strip = without_time if place == "definitions/0" else list
            assert strip(found[place]) == strip(records), f"seed {seed}: {place}"
        assert len(expected["ticks/0"]) == FRAMES + len(INDICES)
        assert sum(levels_in(expected[f"levels/{p}"]) for p in range(case.prices)) > FRAMES / 2
    assert total >= 10, "there were crashes"
