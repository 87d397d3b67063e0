"""`up` on a log on Kafka: the same command as on a directory, and `define` while it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from connectors.simulator import Simulator
from streams.kafka.address import KafkaLog
from tests.kafka.runs import Processes, check_log
from tests.kafka.test_whole_way import INDICES
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write

MORE = """
[index.LATER]
assets = ["BTC", "SOL"]
return_interval = "1s"
"""


async def test_up_runs_on_kafka_as_on_a_directory(log: KafkaLog, tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", INDICES)
    made = await asyncio.to_thread(run, "topics", "create", "--log", log.address, "--partitions", 2)
    assert made.returncode == 0, made.stderr
    async with Simulator(seed=8, rate=40) as exchanges:
        args: list[object] = ["up", "--venues", ",".join(exchanges.urls), "--indices", indices]
        args += ["--log", log.address]
        for venue, url in exchanges.urls.items():
            args += ["--url", f"{venue}={url}"]
        told = await asyncio.to_thread(follow, args, tmp_path, str(log.address))
    async with Processes(tmp_path) as processes:  # what stood in the log when it was stopped
        worker = processes.start("worker", "--log", log.address)
        counts = await check_log(log)
        await processes.at_work(worker)
        await processes.end(worker)
    assert told["ticks"] > 100
    assert told["snapshots"] > 4
    assert counts["alerts"] >= told["alerts"] > 0


def follow(args: list[object], tmp_path: Path, name: str) -> dict[str, Any]:
    """Until all have levels, also what is defined meanwhile; the counts of its last line."""

    def priced(count: int) -> Any:
        return lambda found: [i["level"] is not None for i in found["indices"]] == [True] * count

    with Running(*args) as up:
        up.until("/v1/indices", priced(4))
        up.until("/v1/alerts", lambda found: found["episodes"])
        later = write(tmp_path / "later.toml", MORE)
        assert run("define", later, "--log", name).stdout == "added: LATER\n"
        up.until("/v1/indices", priced(5))
        assert up.get("/readyz")["ticks"] > 0
        return up.stop()
