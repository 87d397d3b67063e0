"""A stage's host, over a log in memory: its checkpoints, their archive, its failures."""

from __future__ import annotations

import random
from typing import Any

import pytest
from stream_fakes import START, FakePricer, tick_frame

from engine.types import HOUR
from streams.archive import TOPIC, from_archive
from streams.checkpoints import Checkpoints, encode_state
from streams.codecs import encode
from streams.host import StageHost
from streams.log import end_of
from streams.memory import MemoryLog
from streams.part_store import PartStore
from streams.passage import Passage
from streams.records import LogError, OutRecord, Record
from streams.runner import Runner, StageError, StaysDownError, pricer_runner

W = "connector:a:1"


class Watched(MemoryLog):
    """Says which topics were read."""

    def __init__(self) -> None:
        super().__init__("L", now=START)
        self.read_of = set[str]()

    def read(self, topic: str, *args: Any) -> Any:
        self.read_of.add(topic)
        return super().read(topic, *args)


async def feed(log: MemoryLog, first: int, end: int, price: float | None = None) -> None:
    out = []
    for n in range(first, end):
        frame = tick_frame(n, random.Random(n), price)
        kind, value = encode(frame)
        out.append(OutRecord("ticks", 0, "", kind or "", value, W, n + 1, frame))
    await log.send(out)


async def opened(log: MemoryLog, now: int = START, **options: Any) -> StageHost:
    runner = pricer_runner(FakePricer(), "L", log.partitions)
    host = await StageHost.open(log, runner, log, log, stamp=lambda: now, **options)
    await host.go_over()
    return host


async def catch_up(host: StageHost, log: MemoryLog) -> None:
    await host.take([r async for r in log.read("ticks", 0, host.runner.last_offset + 1)])


async def test_outputs_come_first_then_the_checkpoint() -> None:
    log = Watched()
    await feed(log, 0, 10)
    host = await opened(log)
    await catch_up(host, log)
    assert await end_of(log, "prices") == 10
    assert (host.loaded, host.saved) == (-1, -1)
    await host.checkpoint()
    again = await opened(log)
    assert (again.loaded, again.runner.last_offset) == (9, 9)
    assert repr(again.runner.dump()) == repr(host.runner.dump())
    before = await end_of(log, "checkpoints.pricer")
    await again.checkpoint()
    assert await end_of(log, "checkpoints.pricer") == before, "nothing has moved"


async def test_one_an_hour_is_archived_where_no_start_looks() -> None:
    log = Watched()
    offsets = []
    for quarter in range(8):
        log.now = START + quarter * HOUR // 4
        await feed(log, 10 * quarter, 10 * (quarter + 1))
        host = await opened(log, log.now)
        await catch_up(host, log)
        await host.checkpoint()
        offsets.append(host.saved)
    keys = [r.key async for r in log.read(TOPIC, 0) if r.type == "manifest"]
    first = START // HOUR
    assert keys == [f"pricer:0/{first}/manifest", f"pricer:0/{first + 1}/manifest"]
    log.read_of.clear()
    await opened(log)
    assert TOPIC not in log.read_of
    for start, offset in ((0, 0), (1, 0), (2, 40), (41, 40)):
        found = await from_archive(log, host.runner, start)
        assert found is not None
        assert found.offset == offset
        assert found.state["last_offset"] == offset
    live = await from_archive(log, host.runner, 42)
    assert live is not None, "a newer one than the archive has"
    assert live.offset >= offsets[4]
    assert await from_archive(log, host.runner, 1000) is None


async def test_who_is_stopped_while_an_archive_is_written_says_no_more() -> None:
    log = MemoryLog("L", now=START)
    await feed(log, 0, 100)
    host = await opened(log)

    class Stopping:
        async def send(self, *batches: Any) -> None:
            host.stopped = True

    host._states = Stopping()
    await catch_up(host, log)
    assert await end_of(log, "prices") == 1  # behind the first record the first state is archived


async def test_an_archive_of_an_earlier_version_is_found() -> None:
    log = MemoryLog("L", now=START)
    store = await PartStore.open(log, log, "checkpoints.pricer", 0)
    kept, runner = Checkpoints(store, "L"), pricer_runner(FakePricer(), "L", log.partitions)
    kept._write(f"hour-{START // HOUR}", 5, encode_state(runner.dump()), START)
    await store.flush()
    found = await from_archive(log, runner, 4)
    assert found is not None
    assert found.offset == 5
    assert (await opened(log)).loaded == -1


async def test_the_third_failure_stays_down_until_told_otherwise() -> None:
    log = MemoryLog("L", now=START)
    await feed(log, 0, 3)
    await feed(log, 3, 4, price=13.0)

    class Failing(FakePricer):
        def apply(self, record: Any) -> Any:
            self.fail_at = 13.0
            return super().apply(record)

    def runner() -> Runner:
        return pricer_runner(Failing(), "L", log.partitions)

    for _ in range(3):
        host = await StageHost.open(log, runner(), log, log)
        with pytest.raises(StageError, match="ticks/0 offset 3") as failed:
            await catch_up(host, log)
        await host.count_failure(failed.value)
    with pytest.raises(StaysDownError, match=r"offset 3: the engine failed 3 times.*made to fail"):
        await StageHost.open(log, runner(), log, log)
    host = await opened(log, retry_failed=True)
    await catch_up(host, log)
    assert host.runner.last_offset == 3
    await opened(log)


async def test_a_log_that_lost_its_end_is_refused() -> None:
    log, shorter = MemoryLog("L", now=START), MemoryLog("L", now=START)
    await feed(log, 0, 5)
    host = await opened(log)
    await catch_up(host, log)
    await host.checkpoint()
    await feed(shorter, 0, 3)
    kept: list[Record] = [r async for r in log.read("checkpoints.pricer", 0)]
    await shorter.send([OutRecord(*r[:2], r.key, r.type, r.value, r.writer, r.seq, None)
                        for r in kept])  # fmt: skip
    with pytest.raises(LogError, match="ends at offset 2, before its checkpoint at 4"):
        await opened(shorter)


async def test_what_a_record_took_is_told_once_its_outputs_are_in_the_log() -> None:
    log = Watched()
    await feed(log, 0, 3)
    host = await opened(log, START + 250_000_000)
    await catch_up(host, log)
    frames = [tick_frame(n, random.Random(n)) for n in range(3)]
    assert host.passages() == [
        Passage("log_to_price", START, START + 250_000_000, frame.now) for frame in frames
    ]
    assert host.passages() == [], "told once"
