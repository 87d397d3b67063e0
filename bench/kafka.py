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
import time
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import trades
from bench.brokers import kafka
from bench.environments import python_of
from bench.plain_topics import Value, create, fill, follow, new_prefix, read
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting, rows_of
from bench.workers import ContestantError, bound, interleaved, process
from engine.types import SECOND
from streams.codecs import decode

OURS = "tidegauge"
TICKS = {1000: (1_000_000, 200_000), 100: (500_000, 100_000), 1: (40_000, 10_000)}
"""Ticks a record -> ticks of a run of ours, and of the others."""
TRIAL = 10
"""Of so many a trial takes one."""
DEADLINE = 180.0
"""Seconds for a run, from the worker's start."""
MOST_ROUNDS = 3
"""A run takes ten seconds or more, and each of theirs has one of ours before it."""
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
    values: list[Value]
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
    mine, other = (trades.trades(n, a_frame, time.time_ns()) for n in (ours, theirs))
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
    print(f"Kafka, {a_frame:,} a record: {ours:,} ticks of ours, {theirs:,} of theirs", flush=True)
    return rows_of(f"Kafka, {a_frame:,} a record", timed, 1.0, "ticks/s",
                   lambda wrong: (wrong, ""), KEYS[a_frame])  # fmt: skip


def _ours(setting: Setting, address: str, work: Work) -> tuple[float, float]:
    """Our worker: seconds a tick, and the largest deviation of a level."""
    log = OurLog.make(address, partitions=1)
    command = [COMMAND, "worker", "--log", log.name, "--slot", "bench"]

    async def run() -> tuple[float, float]:
        await fill(address, log.topic("ticks"), work.values)
        with Program(command, setting.folder, setting.cores.measured) as worker:
            check = partial(worker.check, time.monotonic() + DEADLINE)
            last, levels = await our_levels(log, work.made.at[-1], check)
            began, reached = await first_prices(log, check)
        ticks = len(work.made.at) - bisect_right(work.made.at, reached)
        if not ticks or last <= began:
            raise ContestantError("all was appended at once: too little work to measure")
        return (last - began) / SECOND / ticks, trades.worst(levels, work.right)

    with bound(setting.cores.around):
        return asyncio.run(run())


class OurLog(NamedTuple):
    """A log of ours on Kafka, by its names alone."""

    address: str
    prefix: str

    @classmethod
    def make(cls, address: str, partitions: int | None = None) -> OurLog:
        """A new one, with so many partitions of prices, or as many as it has by default."""
        log = cls(address, new_prefix())
        more = [] if partitions is None else ["--partitions", str(partitions)]
        process([COMMAND, "topics", "create", "--log", log.name, *more], DEADLINE)
        return log

    @property
    def name(self) -> str:
        """As a command takes it."""
        return f"kafka://{self.address}/{self.prefix}"

    def topic(self, name: str) -> str:
        """As the broker knows it."""
        return self.prefix + name


async def our_levels(
    log: OurLog, end: int, check: Callable[[], None]
) -> tuple[int, dict[str, float]]:
    """When the levels of the last trades were appended, and all levels."""
    last, levels = 0, dict[str, float]()
    async for records in follow(log.address, log.topic("levels")):
        for record in records:
            body = decode(record.type, 1, record.value, record.time)
            levels |= zip(body["index"], body["level"], strict=True)
            last = record.time
            if max(body["at"]) > end - NEAR:
                return last, levels
        check()
    raise AssertionError("following never ends")


async def first_prices(log: OurLog, check: Callable[[], None]) -> tuple[int, int]:
    """When the first prices were appended, and up to which time of a trade they are."""
    began = reached = 0
    async for records in follow(log.address, log.topic("prices")):
        for record in records:
            if record.type != "prices":
                continue
            began = began or record.time
            if record.time > began:
                return began, reached
            reached = decode(record.type, 1, record.value, record.time).now
        if not records and reached:
            break  # these were all
        check()
    return began, reached


def _theirs(
    setting: Setting, address: str, peer: str, weights: Path, work: Work
) -> tuple[float, float]:
    """A peer's program: seconds a tick, and the largest deviation of a level."""
    prefix = new_prefix()
    folder = setting.folder / prefix
    folder.mkdir()
    command = [python_of(peer), "-W", "ignore", "-m", MODULES[peer], address, prefix, weights,
               folder]  # fmt: skip

    async def run() -> tuple[float, float]:
        await create(address, [prefix + name for name in ("ticks", "prices", "levels")])
        await fill(address, f"{prefix}ticks", work.values)
        with Program(command, folder, setting.cores.measured) as program:
            check = partial(program.check, time.monotonic() + DEADLINE)
            count = len(work.values)
            prices = await read(address, f"{prefix}prices", count, check)
            levels = await read(address, f"{prefix}levels", count, check)
        began, ended = prices[0].time, levels[-1].time
        ticks = sum(one.time > began for one in prices) * work.a_frame
        if not ticks or ended <= began:
            raise ContestantError("all was appended at once: too little work to measure")
        told = json.loads(levels[-1].value)["level"]
        found = dict(zip(trades.weights(), told, strict=True))
        return (ended - began) / SECOND / ticks, trades.worst(found, work.right)

    with bound(setting.cores.around):
        return asyncio.run(run())
