"""End to end on Apache Kafka: one worker on one core, from its first price to its last level.

The broker, and what fills and watches it, are on the other cores. Each run has topics of its own,
which are full before the worker starts: a rate is of ticks behind the first prices, by the times
at which the broker appended, so starting does not count. Our records hold 1, 100 or 1,000 ticks.
A plain Faust agent and quixstreams get the same trades as plain JSON, one object or a list of them
a record, and in our frames; they take last prices where ours has a Pricer.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import plain_topics, trades
from bench.brokers import kafka
from bench.environments import python_of
from bench.rows import Row, Setting, rows_of
from bench.workers import ROOT, ContestantError, bound, environment, interleaved
from engine.types import SECOND
from streams.codecs import decode
from streams.kafka import KafkaAddress, KafkaLog
from streams.kafka_outbox import KafkaOutbox
from streams.kafka_read import read_partition
from streams.kafka_tail import follow
from streams.kafka_topics import KafkaTopics, create_topics
from streams.records import OutRecord

OURS = "tidegauge"
TICKS = {1000: (1_000_000, 200_000), 100: (500_000, 100_000), 1: (40_000, 10_000)}
"""Ticks a record -> ticks of a run of ours, and of the others."""
TRIAL = 20
"""Of so many a trial takes one."""
DEADLINE = 180.0
"""Seconds for a run, from the worker's start."""
MOST_ROUNDS = 3
"""A run takes ten seconds or more, and each of theirs has one of ours before it."""
STOP_SECONDS = 20.0
"""For a program to end by itself once it was asked to."""
BATCH = 200
"""Records sent at once when a topic is filled."""
NEAR = SECOND // 50
"""A level that moved last so shortly before the last trade tells of it: not every trade moves the
price that venues agree on."""
PEERS = {"Faust agent": "faust", "quixstreams": "quixstreams"}
MODULES = {"faust": "bench.peers.faust_agent", "quixstreams": "bench.peers.quixstreams_app"}
KEYS = {
    1: {OURS: "e2e_1_ticks_per_s", "Faust agent": "e2e_1_vs_faust"},
    100: {
        OURS: "e2e_100_ticks_per_s",
        "quixstreams": "e2e_100_vs_quixstreams",
        "quixstreams, our frames": "e2e_100_vs_quixstreams",
    },
    1000: {OURS: "e2e_1000_ticks_per_s"},
}


class Work(NamedTuple):
    """Trades, the values of their records, and the levels that must come of them."""

    made: trades.Trades
    a_frame: int
    values: list[trades.Value]
    right: dict[str, float]


def measure(setting: Setting) -> list[Row]:
    """Everybody at all three sizes."""
    found = []
    try:
        with kafka(setting.folder / "broker", setting.cores) as address:
            for a_frame, (ours, theirs) in TICKS.items():
                less = TRIAL if setting.quick else 1
                found += _size(setting, address, a_frame, ours // less, theirs // less)
    except ContestantError as error:
        found.append(Row("end to end on Kafka", OURS, None, "ticks/s", note=str(error)))
    return found


def _size(setting: Setting, address: str, a_frame: int, ours: int, theirs: int) -> list[Row]:
    """Everybody with so many ticks a record."""
    mine, other = (trades.trades(count, time.time_ns()) for count in (ours, theirs))
    values = trades.for_us(mine, a_frame)
    work = Work(mine, a_frame, values, trades.our_levels(values))
    runs: dict[str, Callable[[], tuple[float, Any]]] = {
        OURS: partial(_ours, setting, address, work)
    }
    forms = {"": trades.for_others(other, a_frame)}
    if a_frame > 1:
        forms[", our frames"] = trades.in_frames(other, a_frame)
    weights = setting.folder / "weights.json"
    weights.write_text(json.dumps(trades.weights()))
    for form, records in forms.items():
        told = Work(other, a_frame, records, trades.their_levels(other))
        for name, peer in PEERS.items():
            runs[name + form] = partial(_theirs, setting, address, peer, weights, told)
    timed = interleaved(runs, OURS, min(setting.rounds, MOST_ROUNDS))
    if timed[OURS].trouble:
        raise ContestantError(f"ours with {a_frame:,} a record: {timed[OURS].trouble}")
    return rows_of(f"Kafka, {a_frame:,} a record", timed, 1.0, "ticks/s",
                   lambda wrong: (wrong, ""), KEYS[a_frame])  # fmt: skip


def _ours(setting: Setting, address: str, work: Work) -> tuple[float, float]:
    """Our worker: seconds a tick, and the largest deviation of a level."""
    log = KafkaLog(KafkaAddress((address,), f"bench-{uuid.uuid4().hex[:8]}."))
    command = [Path(sys.executable).with_name("tidegauge"), "worker", "--log", str(log.address),
               "--slot", "bench"]  # fmt: skip

    async def run() -> tuple[float, float]:
        topics = await create_topics(log, prices=1)
        await fill(log, topics.log, work.values)
        with program(setting, command) as worker:
            last, levels = await our_levels(log, topics, work.made.at[-1], worker)
        began, reached = await first_prices(log)
        ticks = len(work.made.at) - bisect_right(work.made.at, reached)
        return (last - began) / SECOND / ticks, trades.worst(levels, work.right)

    with bound(setting.cores.around):
        return asyncio.run(run())


async def fill(log: KafkaLog, log_id: str, values: Sequence[trades.Value]) -> None:
    """Put records into `ticks`."""
    async with KafkaOutbox(log, log_id) as outbox:
        for start in range(0, len(values), BATCH):
            rows = enumerate(values[start : start + BATCH], start + 1)
            await outbox.send(
                OutRecord("ticks", 0, "", kind, value, "bench", seq, None)
                for seq, (kind, value) in rows
            )


async def our_levels(
    log: KafkaLog, topics: KafkaTopics, end: int, worker: subprocess.Popen[bytes]
) -> tuple[int, dict[str, float]]:
    """When the levels of the last trades were appended, and all levels."""
    deadline, last, levels = time.monotonic() + DEADLINE, 0, dict[str, float]()
    start = {("levels", partition): 0 for partition in range(topics.partitions["levels"])}
    async with aclosing(follow(log, start)) as batches:
        async for records in batches:
            for record in records:
                body = decode(record.type, record.v, record.value, record.time)
                levels |= zip(body["index"], body["level"], strict=True)
                last = record.time
                if max(body["at"]) > end - NEAR:
                    return last, levels
            check(worker, deadline)
    raise AssertionError("following never ends")


async def first_prices(log: KafkaLog) -> tuple[int, int]:
    """When the first prices were appended, and up to which time of a trade they are."""
    began = reached = 0
    async with aclosing(read_partition(log, "prices", 0)) as records:
        async for record in records:
            if record.type != "prices":
                continue
            began = began or record.time
            if record.time > began:
                break
            reached = decode(record.type, record.v, record.value, record.time).now
    return began, reached


def _theirs(
    setting: Setting, address: str, peer: str, weights: Path, work: Work
) -> tuple[float, float]:
    """A peer's program: seconds a tick, and the largest deviation of a level."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}-"
    folder = setting.folder / prefix
    folder.mkdir()
    command = [python_of(peer), "-W", "ignore", "-m", MODULES[peer], address, prefix, weights,
               folder]  # fmt: skip

    async def run() -> tuple[float, float]:
        await plain_topics.create(
            address, [prefix + name for name in ("ticks", "prices", "levels")]
        )
        await plain_topics.fill(address, f"{prefix}ticks", [value for _, value in work.values])
        with program(setting, command) as process:
            deadline = time.monotonic() + DEADLINE
            count = len(work.values)
            prices, levels = [
                await plain_topics.read(
                    address, prefix + name, count, lambda: check(process, deadline)
                )
                for name in ("prices", "levels")
            ]
        began, ended = prices[0][0], levels[-1][0]
        ticks = sum(at > began for at, _ in prices) * work.a_frame
        if not ticks or ended <= began:
            raise ContestantError("all was appended within a millisecond")
        told = json.loads(levels[-1][1])["level"]
        found = dict(zip(trades.weights(), told, strict=True))
        return (ended - began) / 1e3 / ticks, trades.worst(found, work.right)

    with bound(setting.cores.around):
        return asyncio.run(run())


def check(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Raise where the program has ended, or has taken too long."""
    if process.poll() is not None:
        raise ContestantError(f"it ended with {process.returncode}")
    if time.monotonic() > deadline:
        raise ContestantError(f"not done within {DEADLINE:g} s")


@contextmanager
def program(setting: Setting, command: Sequence[object]) -> Iterator[subprocess.Popen[bytes]]:
    """A process on the measured core, with what it says in a file; ended at the end."""
    said = setting.folder / "program.txt"
    with said.open("wb") as out, bound(setting.cores.measured):
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
            env=environment(TMPDIR=str(setting.folder)),
        )  # fmt: skip
    try:
        yield process
    except ContestantError as error:
        lines = said.read_text(errors="replace").strip().splitlines()
        raise ContestantError(
            f"{error}; it says: {lines[-1][:200] if lines else 'nothing'}"
        ) from None
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
