"""Who moves frames and what is made of them says how long that took, once it is in the log."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from stream_fakes import START, FakeClock, FakePricer, FakeShard, tick_frame

from engine.records import TickFrame
from streams.codecs import encode
from streams.host import StageHost
from streams.ingest import Ingested
from streams.kafka.partition_worker import PartitionWorker
from streams.memory import MemoryLog
from streams.passage import Passage
from streams.records import OutRecord
from streams.runner import pricer_runner
from streams.sender import FrameSender
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog

W = "connector:a:1"
LATER = START + 10**10


def frames(count: int) -> list[TickFrame]:
    return [tick_frame(n, random.Random(n)) for n in range(count)]


async def test_a_frame_takes_from_its_first_trade_to_the_log_s_word() -> None:
    log, told = MemoryLog("L", now=START), list[Passage]()
    sender = FrameSender(log.writer, clock=lambda: LATER, passed=told.append)
    made = frames(2)
    clock_frame = made[0]._replace(
        now=START + 77,
        **{name: [] for name in ("instruments", "instrument", "price", "size", "side", "id", "ts")},
        received=[],
        gaps=[],
    )
    for n, frame in enumerate([*made, clock_frame], 1):
        assert sender.offer(Ingested(frame, W, n))
    assert told == []
    running = asyncio.create_task(sender.run())
    assert await sender.drain(5.0) == 0
    running.cancel()
    assert told == [
        *(
            Passage("socket_to_log", f.received[0], LATER, f.now, rows=len(f.received))
            for f in made
        ),
        Passage("socket_to_log", START + 77, LATER, START + 77, rows=0),
    ]


async def test_a_partition_on_kafka_tells_of_what_it_delivered() -> None:
    log, told, made = MemoryLog("L", now=START), list[Passage](), frames(3)
    values = [encode(frame) for frame in made]
    rows = enumerate(zip(values, made, strict=True), 1)
    await log.send(
        [OutRecord("ticks", 0, "", kind or "", value, W, n, f) for n, ((kind, value), f) in rows]
    )
    runner = pricer_runner(FakePricer(), "L", log.partitions)
    host = await StageHost.open(log, runner, log, log, stamp=lambda: LATER)
    await host.go_over()
    failures = list[BaseException]()
    kafka: Any = SimpleNamespace(record=lambda raw: raw)
    worker = PartitionWorker(kafka, host, failures.append, told.append)
    await worker.put([record async for record in log.read("ticks", 0, 0)])
    await worker.finish()
    assert failures == []
    assert told == [Passage("log_to_price", START, LATER, frame.now) for frame in made]


def test_a_directory_tells_once_the_commit_is_done_and_nothing_of_its_start(
    tmp_path: Path,
) -> None:
    clock, told = FakeClock(), list[Passage]()
    with SqliteLog(tmp_path, log_id="L") as file:
        driver = LocalDriver(file, FakePricer, FakeShard, clock)

        def passed(passage: Passage) -> None:
            assert not file.in_transaction
            told.append(passage)

        driver.passed = passed
        driver.start()
        made = frames(2)
        for n, frame in enumerate(made, 1):
            clock.now = frame.now + 5
            driver.ingest(frame, W, n)
        hops = [(p.hop, p.began, p.now) for p in told]
        assert hops == [
            (hop, frame.now + 5, frame.now)
            for frame in made
            for hop in ("log_to_price", "price_to_snapshot")
        ]
        told.clear()
    with SqliteLog(tmp_path) as file:
        again = LocalDriver(file, FakePricer, FakeShard, clock)
        again.passed = told.append
        again.start()
        again.poll()
        assert told == []
