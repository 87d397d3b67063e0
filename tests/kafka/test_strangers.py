"""Records of others on Kafka stop nobody: worker and gateway, running and started again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from streams.kafka.address import KafkaLog
from streams.kafka.log import BrokerLog
from streams.log import backwards
from streams.records import Record, token_of
from tests.kafka.runs import opened
from tests.one_script import INDICES, TRADED, end, trade, without
from tests.strangers import Foreign, kinds
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write
from tests.tidegauge.test_monitors import figure, monitored, until

OFFSET = 'tidegauge_stage_offset{{partition="{}/0"}}'
PATHS = ("/v1/indices", "/v1/indices/B", "/v1/alerts", "/v1/rank?profile=balanced", "/readyz")


async def newest(log: BrokerLog) -> dict[str, Record]:
    """The newest record of each topic."""
    found = dict[str, Record]()
    for topic in log.partitions:
        async with aclosing(backwards(log, topic)) as records:
            async for record in records:
                found[topic] = record
                break
    return found


async def append(log: BrokerLog, found: list[Foreign]) -> None:
    """Write as a program of somebody else does."""
    producer = AIOKafkaProducer(bootstrap_servers=log.kafka.address.servers[0])
    await producer.start()
    try:
        for record in found:
            texts = {"type": record.type, "v": "1", "log": log.log_id}
            texts |= {"writer": record.writer, "seq": str(record.seq)} if record.writer else {}
            if record.knows_token:
                texts["token"] = token_of(log.log_id, record.writer)
            headers = [(name, text.encode()) for name, text in texts.items() if text]
            topic, key = log.kafka.topic(record.topic), record.key.encode()
            await producer.send(topic, record.value, key=key, headers=headers)
        await producer.flush()
    finally:
        await producer.stop()


def said(name: str, topic: str) -> list[Any]:
    """What the shard itself said, without offsets."""
    lines = run("tap", name, topic).stdout.splitlines()
    found = (json.loads(line) for line in lines)
    own = [r["value"] for r in found if r["writer"] == "shard:0" and r["seq"] < 10**6]
    return list(without(own, {"receipt", "seq"}))


def took(name: str, worker: str) -> Callable[[], bool]:
    """Whether a worker has taken all of `ticks`."""
    last = asyncio.run(end(name, "ticks")) - 1
    return lambda: figure(worker, OFFSET.format("ticks")) == last


def check(page: Running) -> None:
    """A gateway answers whatever stands in the log."""
    for path in PATHS:
        assert httpx.get(page.url + path, timeout=20.0).status_code < 500 or path == "/readyz", path
    rows = page.until("/v1/indices", lambda f: f["indices"] and f["indices"][0]["level"])
    assert {row["index"] for row in rows["indices"]} == {"B", "OLD"}


def play(name: str, place: Path) -> Counter[str]:
    """Trades, strangers, trades; all started again; trades. How many strangers by topic."""
    indices = write(place / "i.toml", INDICES)
    assert run("topics", "create", "--log", name, "--partitions", 1).returncode == 0
    assert run("define", indices, "--log", name).returncode == 0
    with monitored("worker", "--log", name) as (worker, _), Running("serve", "--log", name) as page:
        asyncio.run(trade(name, 0, 80))
        until(took(name, worker))
        page.until("/v1/alerts", lambda f: f["episodes"])
        found = asyncio.run(visit(name))
        asyncio.run(trade(name, 80, 40))
        until(took(name, worker))
        check(page)
        left_out = page.until("/readyz", lambda f: f["left_out"])["left_out"]
        assert {where.split(".")[0] for where in left_out} >= {"levels", "alerts"}, left_out
        check_counts(worker, found)
    with monitored("worker", "--log", name) as (worker, _), Running("serve", "--log", name) as page:
        asyncio.run(trade(name, 120, 120))
        until(took(name, worker))
        check(page)
        check_counts(worker, found, 1)
    return found


def check_counts(worker: str, found: Counter[str], more: int = 0) -> None:
    """Each is counted: `trade` itself ends with one that cannot be read."""
    for topic, extra in (("ticks", 2 + more), ("prices", 0)):
        name = f'tidegauge_rejected_total{{partition="{topic}/0"}}'
        until(lambda n=name, c=found[topic] + extra: figure(worker, n) == c)  # type: ignore[misc]
    told = httpx.get(f"{worker}/readyz", timeout=20.0).json()["rejected"]
    assert told == {"ticks/0": found["ticks"] + 2 + more, "prices/0": found["prices"]}


async def visit(name: str) -> Counter[str]:
    """Append all kinds of strangers; how many, by topic."""
    from streams.kafka.address import KafkaAddress

    log = await opened(KafkaLog(KafkaAddress.parse(name)))
    found = list(kinds(await newest(log), TRADED, "connector:none:1"))
    assert len({record.what for record in found}) > 200
    await append(log, found)
    return Counter(record.topic for record in found)


async def test_worker_and_gateway_go_on(log: KafkaLog, tmp_path: Path) -> None:
    found = await asyncio.to_thread(play, str(log.address), tmp_path)
    assert sum(found.values()) > 400
    clean = str(tmp_path / "clean")
    assert run("define", tmp_path / "i.toml", "--log", clean).returncode == 0
    for first, count in ((0, 80), (80, 40), (120, 120)):
        await trade(clean, first, count)
    assert run("worker", "--log", clean, "--seconds", 3).returncode == 0
    for topic, least in (("alerts", 2), ("levels", 200)):
        told = said(clean, topic)
        assert len(told) >= least
        assert said(str(log.address), topic) == told
