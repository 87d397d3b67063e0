"""Ten SIGKILLs of a running `up` lose and double nothing in its log."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from pathlib import Path

from connectors.simulator import Simulator
from streams.sqlite.file import SqliteLog
from tests.tidegauge.log_checks import check_log, read
from tests.tidegauge.running import Running, write

TOPICS = ("ticks", "prices", "snapshots.history", "levels", "alerts")
INDICES = """
[index.MIX]
weights = { BTC = 0.6, ETH = 0.4 }
benchmarks = ["BTC"]
return_interval = "1s"
[index.MIX.alerts]
drawdown = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02]
"""


def contents(directory: Path) -> dict[str, list[str]]:
    """A digest of every record of every topic."""
    with SqliteLog(directory, readonly=True) as log:
        return {
            topic: [
                hashlib.sha256(repr(record).encode()).hexdigest() for record in read(log, topic)
            ]
            for topic in TOPICS
        }


async def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    rng = random.Random(20)
    log = tmp_path / "log"
    args = ["up", "--venues", "binance,coinbase,kraken", "--log", log]
    args += ["--indices", write(tmp_path / "indices.toml", INDICES)]
    async with Simulator(seed=20, rate=600) as exchanges:
        for venue, url in exchanges.urls.items():
            args += ["--url", f"{venue}={url}"]
        for kill in range(10):
            await asyncio.to_thread(run_and_kill, args, log, rng.uniform(0.0, 1.5), kill)
        await asyncio.to_thread(run_to_the_end, args)
    counts = check_log(log)
    assert counts["ticks"] > 100
    assert counts["alerts"] > 0


def run_and_kill(args: list[object], log: Path, after: float, kill: int) -> None:
    """Kill `up` at a random moment of its life; what its log held stays as it was."""
    before = contents(log) if kill else {}
    with Running(*args) as up:
        # The moment is random, not waited for: a start-up is as good a victim as a full run.
        time.sleep(after)
        up.kill()
    for topic, records in contents(log).items():
        held = before.get(topic, [])
        assert records[: len(held)] == held, topic


def run_to_the_end(args: list[object]) -> None:
    """Once more, to an orderly end: it goes on where the killed ones stopped."""
    with Running(*args) as up:
        up.until("/v1/indices", lambda f: all(i["status"] == "live" for i in f["indices"]))
        up.until("/v1/alerts", lambda f: f["episodes"])
        assert up.stop()["ticks"] > 0
