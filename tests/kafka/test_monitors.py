"""`connect` and `worker` on Kafka serve what they say of themselves."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx

from connectors.simulator import Simulator
from streams.kafka.address import KafkaLog
from tests.kafka.test_whole_way import prepare
from tests.tidegauge.test_monitors import figure, monitored, until

TICKS = 'tidegauge_stage_offset{partition="ticks/0"}'
LAG = 'tidegauge_lag_seconds{partition="ticks/0"}'


async def test_both_halves_on_kafka_tell_how_they_stand(log: KafkaLog, tmp_path: Path) -> None:
    name = await asyncio.to_thread(prepare, log, tmp_path)

    def look(url: str) -> None:
        with (
            monitored("connect", "binance", "--url", f"binance={url}", "--log", name) as (
                connector,
                _,
            ),
            monitored("worker", "--log", name, "--slot", "w") as (worker, process),
        ):
            until(lambda: figure(connector, "tidegauge_frames_sent_total") > 20)
            until(lambda: figure(worker, TICKS) > 20)
            until(lambda: httpx.get(f"{worker}/readyz", timeout=20.0).status_code == 200)
            assert figure(worker, LAG) < 2.0
            assert figure(connector, 'tidegauge_queue_age_seconds{queue="log"}') < 2.0
            sent = figure(connector, "tidegauge_frames_sent_total")
            process.send_signal(signal.SIGSTOP)
            until(lambda: figure(connector, "tidegauge_frames_sent_total") > sent + 40)
            process.send_signal(signal.SIGCONT)
            until(lambda: figure(worker, TICKS) > sent + 40 and figure(worker, LAG) < 2.0)
            assert httpx.get(f"{worker}/readyz", timeout=20.0).json()["reasons"] == []

    async with Simulator(seed=5, rate=40) as exchanges:
        await asyncio.to_thread(look, exchanges.urls["binance"])
