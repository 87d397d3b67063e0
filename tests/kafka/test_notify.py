"""Two notifiers on one log on Kafka: one is at work, the other takes over when it is killed."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from pathlib import Path

import orjson

from streams.kafka.address import KafkaLog
from streams.kafka.holding import SESSION_SECONDS, holding
from streams.kafka.log import BrokerLog
from streams.kafka.topics import create_topics
from streams.log import Writer
from streams.records import OutRecord
from tests.kafka.runs import Processes
from tests.notify.receivers import Hook
from tests.notify.world import alert
from tests.proxy import Proxy
from tests.waiting import wait_until


async def append(writer: Writer, first: int, count: int) -> set[str]:
    """Alerts of so many episodes, each begun and ended."""
    due = set[str]()
    for n in range(first, first + count):
        for state in ("firing", "resolved"):
            seq = 2 * n + 1 + (state == "resolved")
            body = alert(n, state, seq, time.time_ns(), index="IX0")
            due.add(body["id"])
            value = orjson.dumps(body)
            await writer.send([OutRecord("alerts", 0, "IX0", "alert", value, "shard:0", seq, body)])
    return due


async def test_who_is_cut_off_from_the_broker_has_the_role_no_more(
    log: KafkaLog, proxied_log: KafkaLog, proxy: Proxy
) -> None:
    await create_topics(log, prices=1)
    async with holding(proxied_log, "notifier") as one:
        await asyncio.sleep(SESSION_SECONDS)
        assert one.holds()
        proxy.black_hole()
        try:
            # Another one can have it only after the session, and by then this one knows it.
            async with holding(log, "notifier") as other:
                assert other.holds()
                assert not one.holds()
        finally:
            proxy.heal()
        await asyncio.sleep(1.0)  # back at the broker it does not believe to have it again
        assert not one.holds()


async def test_who_waits_for_the_role_does_not_disturb_who_has_it(log: KafkaLog) -> None:
    await create_topics(log, prices=1)

    async def wait_for_it() -> None:
        async with holding(log, "notifier"):
            pass

    async with holding(log, "notifier") as one:
        for _ in range(3):  # they come and go
            other = asyncio.create_task(wait_for_it())
            await asyncio.sleep(4.0)
            assert one.holds()
            assert not other.done()
            other.cancel()
            await asyncio.wait({other})
        await asyncio.sleep(2.0)
        assert one.holds()


async def test_the_second_notifier_takes_over(log: KafkaLog, tmp_path: Path) -> None:
    broker_log = BrokerLog(log, await create_topics(log, prices=1))
    routes = tmp_path / "routes.toml"
    async with Hook(random.Random(3), faults=0.2) as hook, Processes(tmp_path) as processes:
        text = f'[[route]]\nname = "hook"\nwebhook = "{hook.url}"\n'
        await asyncio.to_thread(routes.write_text, text)
        args = ("notify", "--log", log.address, "--routes", routes)
        one = processes.start(*args)
        async with broker_log.writer() as writer:
            due = await append(writer, 0, 10)
            await wait_until(lambda: len(hook.taken) >= 10, 90)  # it is at work
            two = processes.start(*args)
            due |= await append(writer, 10, 20)
            await processes.end(one, signal.SIGKILL)
            due |= await append(writer, 30, 10)
            await wait_until(lambda: due <= hook.taken.keys(), 90)
        await processes.end(two)
    assert hook.problems(due) == [], processes.said()
    assert "Traceback" not in processes.said()
