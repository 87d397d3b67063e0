"""Exchanges → connect → topics → workers → outputs, as processes on a real Apache Kafka."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from connectors.simulator import Simulator
from streams.kafka.address import KafkaLog
from streams.kafka.reading import ends
from streams.kafka.topics import check_topics
from tests.kafka.runs import DEADLINE, Processes, check_log, records
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, jsonl
from tests.waiting import wait_until

PARTITIONS = 4
INDICES = """
[index.TOP]
weights = { BTC = 0.6, ETH = 0.4 }
benchmarks = ["BTC", "OTHER"]
return_interval = "1s"
[index.TOP.alerts]
drawdown = [0.002, 0.01, 0.02]
[index.OTHER]
assets = ["SOL", "XRP"]
return_interval = "1s"
[index.OTHER.alerts]
drawdown = [0.002, 0.01, 0.02]
[index.A]
assets = ["BTC"]
return_interval = "1s"
[index.A.alerts]
drawdown = [0.002, 0.01]
[index.B]
assets = ["ETH"]
return_interval = "1s"
[index.B.alerts]
drawdown = [0.002, 0.01]
"""


def prepare(log: KafkaLog, tmp_path: Path) -> str:
    """Topics and definitions; the log's name."""
    name = str(log.address)
    indices = tmp_path / "indices.toml"
    indices.write_text(INDICES)
    made = run("topics", "create", "--log", name, "--partitions", PARTITIONS)
    assert made.returncode == 0, made.stderr
    assert run("topics", "check", "--log", name).stdout == made.stdout
    defined = run("define", indices, "--log", name)
    assert defined.stdout == "added: TOP\nadded: OTHER\nadded: A\nadded: B\n", defined.stderr
    assert "unchanged: TOP" in run("define", indices, "--log", name).stdout
    return name


def connector(processes: Processes, name: str, exchanges: Simulator) -> Any:
    urls = [x for venue, url in exchanges.urls.items() for x in ("--url", f"{venue}={url}")]
    urls += [x for v, url in exchanges.rest_urls.items() for x in ("--url", f"{v}.rest={url}")]
    return processes.start("connect", "binance", "coinbase,kraken", "--log", name, *urls)


async def until(log: KafkaLog, topic: str, least: int, seconds: float = DEADLINE) -> None:
    """Wait until a topic has so many records."""
    partitions = (await check_topics(log)).partitions[topic]
    deadline = time.monotonic() + seconds
    while True:
        found = sum((await ends(log, [(topic, p) for p in range(partitions)])).values())
        if found >= least:
            return
        assert time.monotonic() < deadline, f"{topic} has {found} records, not {least}"
        await asyncio.sleep(0.2)


async def plain_consumer(log: KafkaLog, topic: str) -> dict[str, dict[str, Any]]:
    """The last snapshot of each index, read as anyone would: the highest seq counts."""
    newest: dict[str, dict[str, Any]] = {}
    consumer = AIOKafkaConsumer(
        log.topic(topic), bootstrap_servers=log.address.servers[0], auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        while found := await consumer.getmany(timeout_ms=2000):
            for message in (m for messages in found.values() for m in messages):
                body = json.loads(message.value)
                if body["seq"] > newest.get(body["index"], {"seq": -1})["seq"]:
                    newest[body["index"]] = body
    finally:
        await consumer.stop()
    return newest


async def test_two_workers_share_the_shards(log: KafkaLog, tmp_path: Path) -> None:
    name = await asyncio.to_thread(prepare, log, tmp_path)
    async with Simulator(seed=5, rate=400) as exchanges, Processes(tmp_path) as processes:
        workers = [processes.start("worker", "--log", name, "--slot", f"w{k}") for k in range(2)]
        connecting = connector(processes, name, exchanges)
        await until(log, "alerts", 6)
        await lose_some(exchanges)
        await until(log, "snapshots", 40)
        await until_backfilled(log)
        served = await asyncio.to_thread(look_at_page, name)
        await processes.end(connecting)
        told = json.loads((tmp_path / "2-connect.txt").read_text().splitlines()[-1])
        assert told["gaps_filled"] >= 1
        assert told["backfilled"] > 3
        counts = await check_log(log)
        for process in workers:
            await processes.end(process)
    assert counts["alerts"] >= 6
    newest = await plain_consumer(log, "snapshots")
    assert set(newest) == {"TOP", "OTHER", "A", "B"}
    assert set(served) == set(newest)
    assert all(row["status"] == "live" for row in served.values())
    for index, snapshot in newest.items():
        assert snapshot["level"] > 0
        assert snapshot["seq"] > 0
        assert snapshot["benchmarks"].keys() == ({"BTC", "OTHER"} if index == "TOP" else set())
    await replay_equals_published(log, name, tmp_path)


async def lose_some(exchanges: Simulator) -> None:
    """Some trades of one market are never sent."""
    exchanges.mute("binance", "BTCUSDT")
    await some_trades(exchanges)
    exchanges.mute("binance", "BTCUSDT", False)


async def some_trades(exchanges: Simulator) -> None:
    """Wait until that market has traded some more."""
    fills = exchanges.exchanges["binance"].recent["BTCUSDT"]
    last = fills[-1].id
    await wait_until(lambda: fills[-1].id > last + 4)


async def backfills(log: KafkaLog) -> dict[str, int]:
    """Records of fetched trades so far, by writer."""
    found = await records(log, "ticks", 0)
    return dict(Counter(record.writer for record in found if record.type == "backfill"))


async def until_backfilled(log: KafkaLog) -> None:
    """Wait until they are in the log."""
    deadline = time.monotonic() + DEADLINE
    while not await backfills(log):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


def look_at_page(name: str) -> dict[str, Any]:
    """What `serve` says of the indices while the workers run."""
    with Running("serve", "--log", name) as page:

        def all_live(found: Any) -> bool:
            rows = found["indices"]
            return len(rows) == 4 and all(row["status"] == "live" for row in rows)

        found = page.until("/v1/indices", all_live)
        assert page.until("/v1/alerts", lambda f: f["episodes"])
        page.end()
    return {row["index"]: row for row in found["indices"]}


async def replay_equals_published(log: KafkaLog, name: str, tmp_path: Path) -> None:
    """`replay --log` gives the published snapshots and alerts to the byte."""
    alerts = tmp_path / "again.jsonl"
    args = ("replay", "--log", name, "--every", "published", "--alerts", alerts)
    again = await asyncio.to_thread(run, *args)
    assert again.returncode == 0, again.stderr
    for topic, lines in (("snapshots", again.stdout), ("alerts", alerts.read_text())):
        kept = []
        for partition in range(PARTITIONS):
            seen = set()
            for record in await records(log, topic, partition):
                if record.seq not in seen:
                    seen.add(record.seq)
                    kept.append(record.value.decode())
        assert lines.splitlines() == kept
        assert kept
        assert jsonl(lines)


@pytest.mark.parametrize("seed", [1])
async def test_kills_joins_and_restarts_lose_and_double_nothing(
    log: KafkaLog, own_broker: Any, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    name = await asyncio.to_thread(prepare, log, tmp_path)
    async with Simulator(seed=seed, rate=400) as exchanges, Processes(tmp_path) as processes:

        def worker(slot: str) -> Any:
            return processes.start("worker", "--log", name, "--slot", slot)

        first, second = worker("w1"), worker("w2")
        connecting = connector(processes, name, exchanges)
        await until(log, "snapshots", 8)
        await asyncio.sleep(rng.uniform(0.0, 6.0))  # anywhere between two checkpoints
        await processes.end(first, signal.SIGKILL)
        third = worker("w3")
        await until_more(log, 20)
        first = worker("w1")
        await until_more(log, 20)
        await processes.end(second)
        await until_more(log, 20)
        await processes.at_work(first)
        await asyncio.to_thread(own_broker.stop)
        await asyncio.to_thread(own_broker.start)
        await until_more(log, 20)
        await processes.end(connecting, signal.SIGKILL)
        before = await backfills(log)
        await some_trades(exchanges)  # that nobody hears
        connecting = connector(processes, name, exchanges)
        deadline = time.monotonic() + DEADLINE
        while (await backfills(log)).keys() <= before.keys():
            assert time.monotonic() < deadline, "what was missed between the runs did not come"
            await asyncio.sleep(0.5)
        await until_more(log, 20)
        await processes.end(connecting)
        counts = await check_log(log)
        await processes.end(first)
        await processes.end(third)
    assert counts["alerts"] > 0
    assert counts["snapshots"] > 80


async def until_more(log: KafkaLog, more: int) -> None:
    """Wait until so many more snapshots are published."""
    places = [("snapshots", p) for p in range(PARTITIONS)]
    now = sum((await ends(log, places)).values())
    await until(log, "snapshots", now + more)
