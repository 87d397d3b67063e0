"""A log's size is kept within while trades come, and what the stages need stays."""

from __future__ import annotations

from pathlib import Path

from bench import disk
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog

KEEP = 1_500_000
LOOSE = 1_500_000
"""What is not packed yet, and stays: up to 2,000 records of a place, some hundred bytes each."""


def test_it_is_kept_within_under_load(tmp_path: Path) -> None:
    log, _ = disk.fill(tmp_path, 4, 240.0, 2.0, KEEP)
    assert log.bytes_used() < KEEP + LOOSE
    starts = {topic: log.start(topic, 0) for topic in ("ticks", "prices", "definitions", "alerts")}
    assert starts["ticks"] > 1000
    assert starts["prices"] > 1000
    assert starts["definitions"] == starts["alerts"] == 0
    ends = {topic: log.end(topic, 0) for topic in log.partitions}
    log.close()
    with SqliteLog(tmp_path, keep=KEEP) as again:
        driver = LocalDriver(again, Pricer, Shard, lambda: disk.START + 10**12)
        driver.start()
        assert driver.pricer.last_offset == ends["ticks"] - 1
        assert driver.reasons() == []
        again.keep = 100_000
        driver.maintain()
        assert "nothing more of it may go; give it more room" in driver.reasons()[0]
