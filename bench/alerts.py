"""From the exchange's socket to the alert in the log: 50 indices, one exchange in Kraken's format.

The clock runs from before the write of the first trade of a fall, in the exchange's process, to the
moment at which a reader of `alerts`, in a third process, has the record. On the local log all of
ours is one process (`tidegauge up`) on the measured core. On Kafka that is the worker; connector,
broker, exchange and reader share the other cores. From 5,000 ticks/s on a message holds ten trades.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import orjson

from bench import live
from bench.brokers import kafka
from bench.kafka import OurLog
from bench.plain_topics import follow
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting
from bench.workers import ContestantError, bound, process
from streams.sqlite.file import SqliteLog
from tests.kafka.configuration import free_ports

RATES = {
    "the local log": (1000, 10_000, 40_000, 50_000, 150_000),
    "Kafka": (100, 1000, 10_000, 50_000),
}
"""Ticks a second. With the fewest it is seen what a worker costs that has next to nothing to do."""
TRIAL_RATES = (1000, 10_000)
SECONDS, TRIAL_SECONDS = 30.0, 5.0
"""Of falls."""
LAST = 30.0
"""Seconds that alarms may come after the last trade; waiting ends as soon as all are there."""
POLL = 0.001
"""Seconds between looks at the local log."""
KEYS = {("Kafka", 10_000): ("alert_p50_ms", "alert_p99_ms")}
BEHIND = 0.02
"""The part of its trades that an exchange may be short of; with more it was held back."""


class Seen(NamedTuple):
    """A drawdown that fired: whose, and when a reader had it (ns)."""

    follower: int
    at: int


Found = list[Seen]


class Usage:
    """The share of a core that a program takes from now on."""

    def __init__(self, program: Program) -> None:
        self._program, self._began, self._spent = program, time.monotonic(), program.cpu()

    def share(self) -> float:
        """Until now; 0.0 where the system does not tell."""
        return (self._program.cpu() - self._spent) / (time.monotonic() - self._began)


def measure(setting: Setting) -> list[Row]:
    """Both logs at all their rates."""
    rows = []
    for rate in _rates(setting, "the local log"):
        rows += _row(setting, "the local log", rate, _on_local)
    try:
        with kafka(setting.folder / "broker", setting.cores) as address:
            for rate in _rates(setting, "Kafka"):
                rows += _row(setting, "Kafka", rate, lambda *a: _on_kafka(address, *a))
    except ContestantError as error:
        rows.append(Row("alert on Kafka", "tidegauge", None, "ms", note=str(error)))
    return rows


def _rates(setting: Setting, log: str) -> tuple[int, ...]:
    return tuple(r for r in RATES[log] if not setting.quick or r in TRIAL_RATES)


Driven = Callable[[Setting, Path, int, float], tuple[Found, dict[str, Any]]]


def _row(setting: Setting, log: str, rate: int, drive: Driven) -> list[Row]:
    """One rate on one log: two rows, of the median and of the slowest in a hundred."""
    work = f"alert on {log}, {rate:,} ticks/s"
    folder = setting.folder / f"{log.split()[-1]}-{rate}"
    folder.mkdir()
    seconds = TRIAL_SECONDS if setting.quick else SECONDS
    try:
        with bound(setting.cores.around):
            found, told = drive(setting, folder, rate, seconds)
        late, note = latencies(found, told, rate)
    except ContestantError as error:
        return [Row(work, "tidegauge", None, "ms", note=str(error))]
    print(f"{work}: {note}", flush=True)
    keys = KEYS.get((log, rate), ("", ""))
    return [
        Row(f"{work}, p{p}", "tidegauge", float(np.percentile(late, p)), "ms", note=note, key=key)
        for p, key in zip((50, 99), keys, strict=True)
    ]


def latencies(found: Found, told: dict[str, Any], rate: int) -> tuple[list[float], str]:
    """Of each alarm, ms, in the order of the falls; how many came, and whether it fell behind.

    The n-th alarm of an index is that of the n-th fall of its asset: none is left out in between,
    for there is one for each.
    """
    by_index: dict[int, list[int]] = defaultdict(list)
    for seen in found:
        by_index[seen.follower].append(seen.at)
    pairs = []
    for index in range(live.INDICES):
        dips = told["dips"][live.asset_of(index)]
        pairs += [(dip, at) for dip, at in zip(dips, by_index[index], strict=False)]
    expected = due(told)
    if not pairs:
        raise ContestantError(f"none of {expected} alarms came")
    pairs.sort()
    late = [(at - dip) / 1e6 for dip, at in pairs]
    third = max(1, len(late) // 3)
    notes = [f"{len(found):,} of {expected:,} alarms"]
    drift = median(late[-third:]) - median(late[:third])
    notes.append(f"last third {drift:+.1f} ms")
    if told["cpu"]:
        notes.append(f"{told['cpu']:.0%} of the core")
    if told["sent"] < (1.0 - BEHIND) * rate * told["seconds"]:
        notes.append(f"held back: {told['sent'] / told['seconds']:,.0f} ticks/s")
    return late, "; ".join(notes)


def due(told: dict[str, Any]) -> int:
    """How many alarms the falls must give."""
    return sum(len(told["dips"][live.asset_of(index)]) for index in range(live.INDICES))


def over(found: Found, exchange: Program, end: float) -> float:
    """When to wait no longer, by the monotonic clock; infinite while the exchange trades."""
    if exchange.process.poll() is None:
        return inf
    if len(found) >= due(exchange.lines()[-1]):
        return 0.0
    return min(end, time.monotonic() + LAST)


def firing(value: bytes, at: int) -> Found:
    """The alarm that a record of `alerts` is, if it is a drawdown that fires."""
    body = orjson.loads(value)
    if body["kind"] != "drawdown" or body["state"] != "firing":
        return []
    return [Seen(int(body["index"][1:]), at)]


def define(folder: Path, log: object) -> None:
    """Put the indices into a log."""
    file = folder / "indices.toml"
    live.write_indices(file)
    process([COMMAND, "define", file, "--log", str(log)], live.STARTING)


def _on_local(
    setting: Setting, folder: Path, rate: int, seconds: float
) -> tuple[Found, dict[str, Any]]:
    """`tidegauge up` on a directory."""
    log, found = folder / "log", Found()
    define(folder, log)
    with ExitStack() as stack:
        exchange = stack.enter_context(live.exchange(setting, folder, rate, seconds, live.WARM))
        url = f"kraken=ws://127.0.0.1:{exchange.wait_for('port', live.STARTING)}"
        command = [COMMAND, "up", "--venues", "kraken", "--url", url, "--log", log, "--port",
                   free_ports(1)[0]]  # fmt: skip
        product = stack.enter_context(Program(command, folder, setting.cores.measured))
        exchange.wait_for("subscribed", live.STARTING)
        reader = stack.enter_context(SqliteLog(log, readonly=True))
        after = dict.fromkeys(range(reader.partitions["alerts"]), -1)
        usage = Usage(product)
        deadline, end = time.monotonic() + 2 * (live.WARM + seconds) + LAST, inf
        while time.monotonic() < end:
            before = len(found)
            for partition, last in after.items():
                records = reader.read("alerts", partition, last)
                at = time.time_ns()
                found += [seen for record in records for seen in firing(record.value, at)]
                after[partition] = records[-1].offset if records else last
            if len(found) == before:
                time.sleep(POLL)
                product.check(deadline)
                end = over(found, exchange, end)
        return found, exchange.lines()[-1] | {"cpu": usage.share()}


def _on_kafka(
    address: str, setting: Setting, folder: Path, rate: int, seconds: float
) -> tuple[Found, dict[str, Any]]:
    """A connector and a worker on Kafka, with as many partitions as a log has by default."""
    log = OurLog.make(address)
    define(folder, log.name)
    worker = [COMMAND, "worker", "--log", log.name, "--slot", "bench"]
    with ExitStack() as stack:
        running = [stack.enter_context(Program(worker, folder, setting.cores.measured))]
        asyncio.run(_at_work(log, running[0], time.monotonic() + live.STARTING))
        exchange = stack.enter_context(live.exchange(setting, folder, rate, seconds, live.WARM))
        url = f"kraken=ws://127.0.0.1:{exchange.wait_for('port', live.STARTING)}"
        connector = [COMMAND, "connect", "kraken", "--log", log.name, "--url", url]
        running.append(stack.enter_context(Program(connector, folder, setting.cores.around)))
        exchange.wait_for("subscribed", live.STARTING)
        usage = Usage(running[0])
        deadline = time.monotonic() + 2 * (live.WARM + seconds) + LAST
        found = asyncio.run(_follow(log, exchange, running, deadline))
        return found, exchange.lines()[-1] | {"cpu": usage.share()}


async def _at_work(log: OurLog, worker: Program, deadline: float) -> None:
    """Return once the worker has handed on the definitions."""
    async for records in follow(log.address, log.topic("prices")):
        worker.check(deadline)
        if records:
            return


async def _follow(log: OurLog, exchange: Program, running: list[Program], deadline: float) -> Found:
    """The alarms of a log on Kafka until the exchange has ended, and a little longer."""
    found, end = Found(), inf
    async for records in follow(log.address, log.topic("alerts")):
        at = time.time_ns()
        found += [seen for record in records for seen in firing(record.value, at)]
        for program in running:
            program.check(deadline)
        end = over(found, exchange, end)
        if time.monotonic() > end:
            break
    return found
