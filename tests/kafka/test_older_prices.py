"""A log on Kafka whose `prices` are kept short is replayed from `prices.history`."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from engine.index.definition import parse_index
from streams.codecs import encode
from streams.define import define
from streams.kafka.address import KafkaLog
from streams.kafka.topics import create_topics
from streams.records import OutRecord
from tests.kafka.runs import Processes, check_log, opened, records
from tests.streams.test_older_prices import ASSETS, BEGIN, INDICES, bursts
from tests.tidegauge.command import run

KEPT = 300
"""Records of each partition of `prices`."""


async def test_the_alarms_of_before_ring_again(log: KafkaLog, tmp_path: Path) -> None:
    await create_topics(log, prices=2)
    kept, rng = await opened(log), random.Random(3)
    table = {"return_interval": "1m", "alerts": {"drawdown": [0.01, 0.05, 0.2]}}
    indices = [parse_index(i, table | {"assets": rng.sample(ASSETS, 2)}) for i in INDICES]
    await define(kept, indices, now=BEGIN)
    async with kept.writer() as writer:
        sent = []
        for seq, frame in enumerate(bursts(rng), 1):
            kind, value = encode(frame)
            sent.append(OutRecord("ticks", 0, "", kind or "", value, "connector:a:1", seq, frame))
        await writer.send(sent)
    async with Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", log.address, "--slot", "a")
        counts = await check_log(log)
        await processes.end(worker)
    assert counts["alerts"] > 20
    assert 0 < counts["prices.history"] < counts["prices"] / 4
    whole = alarms(log, tmp_path)
    assert len(whole) == counts["alerts"]
    ends = await kept.ends([("prices", p) for p in range(2)])
    admin = AIOKafkaAdminClient(**log.options)
    await admin.start()
    try:
        await admin.delete_records(
            {
                TopicPartition(log.topic(topic), p): RecordsToDelete(before_offset=end - KEPT)
                for (topic, p), end in ends.items()
            }
        )
    finally:
        await admin.close()
    assert len(await records(log, "prices", 0)) == KEPT
    assert alarms(log, tmp_path) == whole


def alarms(log: KafkaLog, place: Path) -> list[Any]:
    """Those of a replay, without what names the record that caused them."""
    file = place / "alerts.jsonl"
    run("replay", "--log", str(log.address), "--alerts", file, "--out", place / "out.jsonl")
    found = [json.loads(line) for line in file.read_text().splitlines()]
    for body in found:
        del body["receipt"], body["because"]["sources"]
        body.pop("seq", None)
    return sorted(found, key=lambda body: body["id"])
