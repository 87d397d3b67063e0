"""What is sent arrives, in order, with its headers, and once, whatever the network does."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from aiokafka import AIOKafkaProducer

from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.reading import read_partition
from streams.kafka.topics import create_topics
from streams.records import LogError, OutRecord, Record
from tests.proxy import Proxy
from tests.waiting import wait_until


def out(topic: str, partition: int, seq: int, size: int = 20) -> OutRecord:
    noise = random.Random(seq).randbytes(size)  # batches are compressed
    value = (f"{partition}:{seq}:".encode() + noise)[:size]
    return OutRecord(topic, partition, f"key-{seq}", "kind", value, "shard:0", seq, None)


async def read(log: KafkaLog, topic: str, partition: int) -> list[Record]:
    return [record async for record in read_partition(log, topic, partition)]


async def test_a_record_arrives_as_it_was_sent(log: KafkaLog) -> None:
    made = await create_topics(log, prices=2)
    before = time.time_ns()
    async with KafkaOutbox(log, made.log) as outbox:
        await outbox.send([OutRecord("alerts", 1, "TOP3", "alert", b"{}", "shard:1", 7, None)])
        assert (outbox.sent, outbox.batches) == (1, 1)
    (record,) = await read(log, "alerts", 1)
    assert record._replace(time=0) == Record(
        "alerts", 1, 0, "TOP3", "alert", 1, made.log, "shard:1", 7, 0, b"{}"
    )
    assert before - 1_000_000_000 < record.time < time.time_ns() + 1_000_000_000
    assert await read(log, "alerts", 0) == []


async def test_order_in_a_partition_over_many_batches(log: KafkaLog) -> None:
    made = await create_topics(log, prices=2)
    records = [out("prices", seq % 2, seq, 1000) for seq in range(1, 2001)]
    async with KafkaOutbox(log, made.log) as outbox:
        await outbox.send(records)
        assert outbox.sent == 2000
        assert 4 < outbox.batches < 20  # 2 MB in batches of at most 256 KiB
    for partition in (0, 1):
        found = await read(log, "prices", partition)
        assert [r.seq for r in found] == [r.seq for r in records if r.partition == partition]
        assert [r.value for r in found] == [r.value for r in records if r.partition == partition]
        assert [r.offset for r in found] == list(range(1000))


async def test_two_senders_of_a_partition_keep_their_records_together(log: KafkaLog) -> None:
    made = await create_topics(log, prices=1)
    one = [out("prices", 0, seq, 10_000) for seq in range(1, 101)]
    two = [out("prices", 0, seq, 10_000) for seq in range(101, 201)]
    async with KafkaOutbox(log, made.log) as outbox:
        await asyncio.gather(outbox.send(one), outbox.send(two))
    assert [r.seq for r in await read(log, "prices", 0)] == list(range(1, 201))


async def test_a_record_of_half_a_megabyte(log: KafkaLog) -> None:
    made = await create_topics(log, prices=1)
    sent = [out("bars", 0, 1), out("bars", 0, 2, 512 * 1024), out("bars", 0, 3)]
    async with KafkaOutbox(log, made.log) as outbox:
        await outbox.send(sent)
    assert [r.value for r in await read(log, "bars", 0)] == [r.value for r in sent]


async def test_what_the_broker_refuses_ends_the_outbox(log: KafkaLog) -> None:
    made = await create_topics(log, prices=1)
    async with KafkaOutbox(log, made.log) as outbox:
        await outbox.send([out("bars", 0, 1)])
        with pytest.raises(LogError, match=r"refused records of bars/0 .*MessageSizeTooLarge"):
            # The third comes behind the one that is too large, and must not get in without it.
            await outbox.send([out("bars", 0, 2, 2_000_000), out("bars", 0, 3, 300_000)])
        with pytest.raises(LogError, match="sending failed before"):
            await outbox.send([out("bars", 0, 4)])
    assert [r.seq for r in await read(log, "bars", 0)] == [1]


async def test_a_strangers_record_has_no_headers(log: KafkaLog) -> None:
    await create_topics(log, prices=1)
    producer = AIOKafkaProducer(**log.options)
    await producer.start()
    try:
        await producer.send_and_wait(log.topic("ticks"), b"{}", partition=0)
        odd = [("type", b"\xff"), ("v", b"one"), ("writer", b"me"), ("seq", b"-1"), ("x", b"y")]
        await producer.send_and_wait(log.topic("ticks"), b"{}", key=b"k", headers=odd, partition=0)
    finally:
        await producer.stop()
    plain, strange = await read(log, "ticks", 0)
    assert plain._replace(time=0) == Record("ticks", 0, 0, "", "", 1, "", "", 0, 0, b"{}")
    assert strange._replace(time=0) == Record("ticks", 0, 1, "k", "�", 1, "", "", 0, 0, b"{}")


async def test_a_broken_connection_neither_loses_nor_doubles(
    log: KafkaLog, proxied_log: KafkaLog, proxy: Proxy
) -> None:
    made = await create_topics(log, prices=1)
    async with KafkaOutbox(proxied_log, made.log) as outbox:
        sending = asyncio.create_task(
            outbox.send([out("prices", 0, seq, 20_000) for seq in range(1, 401)])
        )
        proxy.bandwidth = 4e6
        for _ in range(5):
            passed = proxy.up + 500_000
            await wait_until(lambda passed=passed: proxy.up > passed or sending.done())
            proxy.reset()
        proxy.bandwidth = None
        await sending
        assert proxy.connections > 5
    assert [r.seq for r in await read(log, "prices", 0)] == list(range(1, 401))


async def test_a_black_hole_delays(log: KafkaLog, proxied_log: KafkaLog, proxy: Proxy) -> None:
    made = await create_topics(log, prices=1)
    async with KafkaOutbox(proxied_log, made.log) as outbox:
        await outbox.send([out("prices", 0, 1)])
        proxy.black_hole(3.0)
        began = time.monotonic()
        await outbox.send([out("prices", 0, 2)])
        assert time.monotonic() - began > 2.9
    assert [r.seq for r in await read(log, "prices", 0)] == [1, 2]


async def test_a_delivery_that_takes_too_long(
    log: KafkaLog, proxied_log: KafkaLog, proxy: Proxy
) -> None:
    made = await create_topics(log, prices=1)
    async with KafkaOutbox(proxied_log, made.log, delivery_seconds=1.0) as outbox:
        await outbox.send([out("prices", 0, 1)])
        proxy.black_hole()
        with pytest.raises(LogError, match=r"did not take records of prices/0 within 1 s"):
            await outbox.send([out("prices", 0, 2)])
        began = time.monotonic()
    assert time.monotonic() - began < 4.0  # a dead broker does not hold up the end
    with pytest.raises(LogError, match="sending failed before"):
        await outbox.send([out("prices", 0, 3)])


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_a_broker_that_goes_and_comes_back(own_broker, log: KafkaLog, way: str) -> None:
    made = await create_topics(log, prices=1)
    sent = 0

    async def send() -> None:
        nonlocal sent
        async with KafkaOutbox(log, made.log) as outbox:
            while sent < 200 or not back.is_set():
                await outbox.send([out("prices", 0, sent + 1)])
                sent += 1

    back = asyncio.Event()
    sending = asyncio.create_task(send())
    try:
        await wait_until(lambda: sent > 100 or sending.done())
        await asyncio.to_thread(getattr(own_broker, way))
    finally:
        await asyncio.to_thread(own_broker.start)
    at_least = sent + 50
    await wait_until(lambda: sent > at_least or sending.done(), 60.0)
    back.set()
    await sending
    assert [r.seq for r in await read(log, "prices", 0)] == list(range(1, sent + 1))
