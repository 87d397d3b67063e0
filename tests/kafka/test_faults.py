"""A broken network, a stranger's records, and mistakes: on a real Apache Kafka."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from connectors.simulator import Simulator
from engine.types import SECOND
from streams.checkpoints import Checkpoints
from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.topics import check_topics
from streams.part_store import PartStore
from tests.kafka.configuration import USER, free_ports
from tests.kafka.runs import Processes, check_log, once, opened, records
from tests.kafka.test_whole_way import PARTITIONS, connector, prepare, until, until_more
from tests.proxy import Proxy
from tests.tidegauge.command import one_line, run

HOLE_SECONDS = 30.0


async def test_a_black_hole_of_thirty_seconds_loses_nothing(
    log: KafkaLog, proxied_log: KafkaLog, proxy: Proxy, tmp_path: Path
) -> None:
    name = await asyncio.to_thread(prepare, log, tmp_path)
    async with Simulator(seed=9, rate=300) as exchanges, Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", proxied_log.address, "--slot", "behind")
        connecting = connector(processes, name, exchanges)
        await until(log, "checkpoints.shard", 1)
        # Silent for longer than a session lives, over the times of several checkpoints.
        before = proxy.up
        proxy.black_hole(HOLE_SECONDS)
        await asyncio.sleep(HOLE_SECONDS)
        assert proxy.up - before < 100_000
        await until_more(log, 20)
        await processes.end(connecting)
        counts = await check_log(log)
        assert worker.poll() is None, processes.said()
        await processes.end(worker)
    assert counts["snapshots"] > 4 * HOLE_SECONDS / 2
    assert counts["prices"] > 100


async def test_a_lost_checkpoint_falls_back_to_the_one_before(
    log: KafkaLog, tmp_path: Path
) -> None:
    name = await asyncio.to_thread(prepare, log, tmp_path)
    async with Simulator(seed=3, rate=200) as exchanges, Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", name, "--slot", "w")
        connecting = connector(processes, name, exchanges)
        await until(log, "alerts", 1)
        await until(log, "checkpoints.pricer", 8)  # several manifests, with their chunks
        await processes.end(worker)
        # The newest checkpoint of the Pricer is torn: the group's offset is ahead of what is left.
        topics = await check_topics(log)
        async with KafkaOutbox(log, topics.log) as outbox:
            store = await PartStore.open(await opened(log), outbox, "checkpoints.pricer", 0)
            _, newest = max(
                (item for item in Checkpoints(store, topics.log).manifests() if item[0] in "ab"),
                key=lambda item: item[1].offset,
            )
            for chunk in newest.chunks:
                store.delete(chunk)
            await store.flush()
        worker = processes.start("worker", "--log", name, "--slot", "w")
        await until_more(log, 8)
        await processes.end(connecting)
        await check_log(log)
        await processes.end(worker)
    assert "a checkpoint is torn" in processes.said()


async def test_plain_ticks_of_a_stranger(log: KafkaLog, tmp_path: Path) -> None:
    name = await asyncio.to_thread(prepare, log, tmp_path)
    began = time.time_ns() - 10 * SECOND

    def tick(number: int, seconds: int, price: float) -> bytes:
        fields = {"venue": "mine", "symbol": "BTC-USD", "base": "BTC", "quote": "USD"}
        fields |= {"kind": "spot", "price": price, "size": 1.0, "side": "buy"}
        at = began + seconds * SECOND
        return json.dumps({**fields, "id": str(number), "ts": at, "received": at}).encode()

    async with Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", name, "--slot", "w")
        producer = AIOKafkaProducer(bootstrap_servers=log.address.servers[0])
        await producer.start()
        try:
            # The second one, more than 5 s after the first, makes the first price.
            for number, (seconds, price) in enumerate(((0, 100), (6, 100), (7, 99.5), (8, 101))):
                value = tick(number, seconds, float(price))
                await producer.send_and_wait(log.topic("ticks"), value)
            await producer.send_and_wait(log.topic("ticks"), b'{"half a frame')
            await until(log, "alerts", 2)
            for seq in (10_000, 10_001, 10_002, 2**63 - 1):  # more than a stray one, in our name
                texts = {"type": "prices", "v": 1, "writer": "pricer:0", "seq": seq}
                headers = [(key, str(text).encode()) for key, text in texts.items()]
                (newest,) = (await records(log, "prices", 0))[-1:]
                where = {"partition": 0, "headers": headers}
                await producer.send_and_wait(log.topic("prices"), newest.value, **where)
        finally:
            await producer.stop()
        await until(log, "rejected", 5)
        await processes.end(worker, signal.SIGKILL)
        worker = processes.start("worker", "--log", name, "--slot", "w")
        await until(log, "checkpoints.shard", 1)
        await check_log(log)
        await processes.end(worker)
    alerts = [
        json.loads(value)
        for partition in range(PARTITIONS)
        for value in once(await records(log, "alerts", partition)).values()
    ]
    told = [(a["index"], a["rule"], a["state"]) for a in alerts]
    assert told == [("A", "drawdown>=0.002", "firing"), ("A", "drawdown>=0.002", "resolved")]
    assert alerts[0]["level"] == pytest.approx(995.0)
    rejected = once(await records(log, "rejected", 0)).values()
    topics = [json.loads(value)["topic"] for value in rejected]
    assert sorted(topics) == ["prices"] * 4 + ["ticks"]


def refused(*args: object, **options: Any) -> str:
    """The one line of a command that must fail, within 15 s."""
    began = time.monotonic()
    told = one_line(run(*args, **options), 1)
    assert time.monotonic() - began < 15.0
    return told


@pytest.mark.parametrize("command", ["worker", "connect", "serve", "tap", "up"])
def test_no_broker(command: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    name = f"kafka://127.0.0.1:{port}"
    args = {"connect": ["connect", "binance", "--log", name], "tap": ["tap", name, "prices"]}
    indices = Path(__file__).parents[2] / "tidegauge" / "starter.toml"
    args["up"] = ["up", "--venues", "binance", "--indices", str(indices), "--log", name]
    told = refused(*args.get(command, [command, "--log", name]))
    assert f"127.0.0.1:{port}: connection refused" in told


def test_wrong_password_missing_topics_and_wrong_counts(
    own_broker: Any, log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(log.address)
    assert "topics create" in refused("worker", "--log", name)
    assert run("topics", "create", "--log", name, "--partitions", 2).returncode == 0
    told = refused("topics", "create", "--log", name, "--partitions", 3)
    assert "has 2 partitions instead of 3" in told
    monkeypatch.setenv("TIDEGAUGE_KAFKA_USER", USER)
    monkeypatch.setenv("TIDEGAUGE_KAFKA_PASSWORD", "wrong")
    monkeypatch.setenv("TIDEGAUGE_KAFKA_PLAINTEXT", "allow")
    told = refused("worker", "--log", f"kafka://127.0.0.1:{own_broker.ports.password}")
    assert "does not accept the password" in told
