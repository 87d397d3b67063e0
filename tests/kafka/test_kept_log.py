"""The log of an earlier version, written to a fresh Kafka: it goes on under this version."""

from __future__ import annotations

import asyncio
import base64
import json
import lzma
import signal
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from engine.types import NUMBERS
from streams.kafka.address import KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.reading import ends
from streams.kafka.topics import check_topics, topic_settings
from streams.records import Record
from streams.topics import TOPICS
from streams.versions import stored_spans
from tests.fixtures.kept import FIXTURES
from tests.fixtures.make_kafka import PACKED, out_records, until, until_quiet
from tests.fixtures.story import FRAMES, KEPT
from tests.kafka.runs import Processes, once, opened, records
from tests.streams.test_kept_logs import check_alerts
from tests.tidegauge.command import run

OUTPUTS = ("prices", "levels", "snapshots.history", "bars", "alerts")


async def restore(log: KafkaLog, version: str) -> dict[str, int]:
    """Write the kept records to the same partitions and offsets; the partitions of each topic."""
    lines = lzma.decompress((FIXTURES / version / PACKED).read_bytes()).decode().split("\n")
    partitions: dict[str, int] = json.loads(lines[0])["partitions"]
    admin = AIOKafkaAdminClient(**log.options)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(log.topic(t), n, 1, topic_configs=topic_settings(TOPICS[t], 1))
                for t, n in partitions.items()
            ]
        )
    finally:
        await admin.close()
    producer = AIOKafkaProducer(**log.options, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        sent = list[tuple[int, Any]]()
        for line in lines[1:]:
            kept = json.loads(line)
            value = kept["v"].encode() if "v" in kept else base64.b64decode(kept["b"])
            headers = [(name, str(text).encode()) for name, text in kept["h"].items()]
            where = log.topic(kept["t"])
            row = {"key": kept["k"].encode(), "partition": kept["p"], "headers": headers}
            sent.append((kept["o"], await producer.send(where, value, **row)))
        for offset, future in sent:
            assert (await future).offset == offset
    finally:
        await producer.stop()
    return partitions


async def all_of(log: KafkaLog, partitions: dict[str, int]) -> dict[tuple[str, int], list[Record]]:
    return {(t, p): await records(log, t, p) for t in OUTPUTS for p in range(partitions[t])}


async def test_a_kept_log_goes_on_under_this_version(log: KafkaLog, tmp_path: Path) -> None:
    partitions = await restore(log, "v2")
    name = str(log.address)
    before = await all_of(log, partitions)
    ticks = len(await records(log, "ticks", 0))
    checked = await asyncio.to_thread(run, "topics", "check", "--log", name)
    assert checked.returncode == 0, checked.stderr
    assert await stored_spans(await opened(log)) == []

    async with Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", name, "--slot", "w1")
        await until(log, ("ticks", 0), ticks)
        topics = await wait_for_versions(log)
        await until_quiet(log, topics)
        assert await all_of(log, partitions) == before, processes.said()
        spans = await stored_spans(BrokerLog(log, topics))
        assert [(s.numbers, s.topic, s.partition, s.start) for s in spans] == [
            (numbers, topic, partition, 0 if numbers == "2" else ticks_of(topic, before, ticks))
            for topic, partition in (("prices", 0), ("prices", 1), ("ticks", 0))
            for numbers in ("2", NUMBERS)
        ], processes.said()
        async with KafkaOutbox(log, topics.log) as outbox:
            for first, end in ((KEPT, KEPT + 20), (KEPT + 20, FRAMES)):
                await outbox.send(out_records(first, end))
                sent = (await ends(log, [("ticks", 0)]))["ticks", 0]
                for partition in range(partitions["prices"]):
                    await until(log, ("prices", partition), sent)
                await until_quiet(log, topics)
                if end < FRAMES:
                    await processes.end(worker, signal.SIGKILL)
                    worker = processes.start("worker", "--log", name, "--slot", "w1")
        await processes.end(worker)
        said = processes.said()
    assert said.count("was the work of numbers 2") == 3
    after, alerts = await all_of(log, partitions), list[dict[str, Any]]()
    for place, found in after.items():
        assert found[: len(before[place])] == before[place]
        values = once(found)  # after the kill some may stand twice, with the same bytes
        assert [seq for _, seq in values] == list(range(1, len(values) + 1)), place
        if place[0] == "alerts":
            alerts += [orjson.loads(value) for value in values.values()]
    check_alerts(alerts)
    assert len(alerts) > sum(len(before["alerts", p]) for p in range(2))
    assert (await check_topics(log)).partitions["versions"] == 1
    tapped = await asyncio.to_thread(run, "tap", name, "versions")
    assert tapped.stdout.count('"numbers"') == 6, tapped.stderr


def ticks_of(topic: str, before: dict[tuple[str, int], list[Record]], ticks: int) -> int:
    """Where the new numbers begin: behind the last record that the old ones worked on."""
    return ticks if topic == "ticks" else len(before["prices", 0])


async def wait_for_versions(log: KafkaLog) -> Any:
    """Wait until the worker has made the new topic and entered all spans."""
    for _ in range(600):
        topics = await check_topics(log)
        if len(await stored_spans(BrokerLog(log, topics))) == 6:
            return topics
        await asyncio.sleep(0.1)
    raise AssertionError("no spans were entered")
