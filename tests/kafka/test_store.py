"""Checkpoints on a compacted topic: the same code as on a directory, over Kafka."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from engine.types import HOUR
from streams.checkpoints import CHUNK, Checkpoints, encode_state
from streams.kafka.address import KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.reading import read_partition
from streams.kafka.topics import KafkaTopics, create_topics
from streams.part_store import PartStore
from streams.records import LogError
from tests.kafka.test_topics import alter
from tests.proxy import Proxy

TOPIC, NOW = "checkpoints.shard", 480_000 * HOUR


@pytest.fixture
async def topics(log: KafkaLog) -> KafkaTopics:
    return await create_topics(log, prices=2)


@pytest.fixture
async def outbox(log: KafkaLog, topics: KafkaTopics):
    async with KafkaOutbox(log, topics.log) as running:
        yield running


def state(seed: int, floats: int = 150_000) -> dict[str, Any]:
    """1.2 MB that do not compress: three chunks."""
    return {"seed": seed, "values": np.random.default_rng(seed).random(floats)}


async def parts(
    log: KafkaLog, topics: KafkaTopics, outbox: KafkaOutbox, partition: int
) -> PartStore:
    return await PartStore.open(BrokerLog(log, topics), outbox, TOPIC, partition)


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a["seed"] == b["seed"] and a["values"].tobytes() == b["values"].tobytes()


async def test_the_last_complete_checkpoint_comes_back(log, topics, outbox) -> None:
    store = await parts(log, topics, outbox, 1)
    checkpoints = Checkpoints(store, topics.log)
    assert checkpoints.load() is None
    for offset in (10, 20, 30):
        checkpoints.save(offset, encode_state(state(offset)), NOW)
        await store.flush()
    again = Checkpoints(await parts(log, topics, outbox, 1), topics.log)
    loaded = again.load()
    assert loaded is not None
    assert loaded.offset == 30
    assert same(loaded.state, state(30))
    assert again.skipped == []
    other = Checkpoints(await parts(log, topics, outbox, 0), topics.log)
    assert other.load() is None


async def test_chunks_come_before_their_manifest(log, topics, outbox) -> None:
    store = await parts(log, topics, outbox, 0)
    Checkpoints(store, topics.log).save(5, encode_state(state(5)), NOW)
    await store.flush()
    records = [record async for record in read_partition(log, TOPIC, 0)]
    assert [r.type for r in records] == ["chunk"] * 3 + ["manifest"]
    manifest = msgspec.json.decode(records[3].value)
    assert [r.key for r in records[:3]] == manifest["chunks"]
    assert (manifest["offset"], manifest["log"]) == (5, topics.log)
    assert [r.seq for r in records] == list(range(1, 5))
    assert {(r.writer, r.log) for r in records} == {(f"{TOPIC}:0", topics.log)}
    assert max(len(r.value) for r in records) == CHUNK


async def test_a_torn_checkpoint_is_passed_over(log, topics, outbox) -> None:
    store = await parts(log, topics, outbox, 0)
    checkpoints = Checkpoints(store, topics.log)
    checkpoints.save(10, encode_state(state(10)), NOW)
    await store.flush()
    checkpoints.save(20, encode_state(state(20)), NOW)
    # The process dies after the first chunk: the rest of what was put is never delivered.
    store._pending = store._pending[:1]
    await store.flush()
    again = Checkpoints(await parts(log, topics, outbox, 0), topics.log)
    loaded = again.load()
    assert loaded is not None
    assert (loaded.offset, same(loaded.state, state(10))) == (10, True)


async def test_what_was_forgotten_stays_away(log, topics, outbox) -> None:
    store = await parts(log, topics, outbox, 0)
    store.put("manifest/x", b"1")
    store.put("manifest/y", b"2")
    store.put("manifest/y", b"3")
    store.delete("manifest/x")
    assert list(store.items("manifest/")) == [("manifest/y", b"3")]
    await store.flush()
    again = await parts(log, topics, outbox, 0)
    assert list(again.items("manifest/")) == [("manifest/y", b"3")]
    again.delete("manifest/y")
    await again.flush()
    assert list((await parts(log, topics, outbox, 0)).items("")) == []


async def test_the_broker_compacts_and_nothing_is_lost(log, topics, outbox, own_broker) -> None:
    admin = AIOKafkaAdminClient(**log.options)
    await admin.start()
    try:
        await alter(admin, log.topic(TOPIC), segment_bytes="1048576")
    finally:
        await admin.close()
    store = await parts(log, topics, outbox, 0)
    checkpoints = Checkpoints(store, topics.log)
    for offset in range(30):
        checkpoints.save(offset, encode_state(state(offset)), NOW)
        await store.flush()
    for _ in range(100):
        again = await parts(log, topics, outbox, 0)
        if again.read_bytes < 15_000_000:
            break
        await asyncio.sleep(0.2)
    assert again.read_bytes < 15_000_000  # of 37 MB that were written
    loaded = Checkpoints(again, topics.log).load()
    assert loaded is not None
    assert (loaded.offset, same(loaded.state, state(29))) == (29, True)


async def test_reading_does_not_hang(log, topics, outbox, proxied_log, proxy: Proxy) -> None:
    store = await parts(log, topics, outbox, 0)
    Checkpoints(store, topics.log).save(1, encode_state(state(1)), NOW)
    await store.flush()
    proxy.bandwidth = 20_000.0  # 2.4 MB would take two minutes
    slow = BrokerLog(proxied_log, topics, stall=2.0)
    opening = asyncio.create_task(PartStore.open(slow, outbox, TOPIC, 0))
    with pytest.raises(LogError, match=r"shard/0 cannot be read to its end within 2 s"):
        await opening


async def test_a_black_hole_during_a_checkpoint_loses_nothing(
    log, topics, outbox, proxied_log, proxy: Proxy
) -> None:
    async with KafkaOutbox(proxied_log, topics.log) as slow:
        store = await parts(log, topics, slow, 0)
        checkpoints = Checkpoints(store, topics.log)
        checkpoints.save(1, encode_state(state(1)), NOW)
        await store.flush()
        checkpoints.save(2, encode_state(state(2)), NOW)
        proxy.bandwidth = 2e6
        passed = proxy.up + 600_000  # in the second of three chunks
        flushing = asyncio.create_task(store.flush())
        while proxy.up < passed:
            assert not flushing.done()
            await asyncio.sleep(0.005)
        proxy.black_hole(3.0)
        meanwhile = Checkpoints(await parts(log, topics, outbox, 0), topics.log).load()
        assert meanwhile is not None
        assert (meanwhile.offset, same(meanwhile.state, state(1))) == (1, True)
        proxy.bandwidth = None
        await flushing
    loaded = Checkpoints(await parts(log, topics, outbox, 0), topics.log).load()
    assert loaded is not None
    assert (loaded.offset, same(loaded.state, state(2))) == (2, True)
    assert (
        hashlib.sha256(loaded.state["values"]).digest()
        == hashlib.sha256(state(2)["values"]).digest()
    )
