"""Workers and connectors as processes, and what must hold for the log that they leave."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from streams.bridge import PRICES
from streams.kafka.address import KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.reading import read_partition
from streams.kafka.topics import KafkaTopics, check_topics
from streams.records import OutRecord, Record
from streams.runner import pricer_runner, shard_runner
from tests.tidegauge.command import COMMAND

OUTPUTS = ("snapshots", "snapshots.history", "levels", "alerts", "bars")
DEADLINE = 90.0


class Processes:
    """`tidegauge` commands that run side by side, each with a file for what it says.

    An async context manager: none outlives it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._all: list[subprocess.Popen[bytes]] = []

    async def __aenter__(self) -> Processes:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._all:
            if process.poll() is None:
                process.kill()
            await asyncio.to_thread(process.wait)

    def start(self, *args: object) -> subprocess.Popen[bytes]:
        """Start a command."""
        place = self._directory / f"{len(self._all)}-{args[0]}.txt"
        with place.open("wb") as out:
            process = subprocess.Popen(
                [*COMMAND, *map(str, args)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | {"TMPDIR": str(self._directory)},  # who is killed leaves files
            )
        self._all.append(process)
        return process

    def said(self) -> str:
        """What all of them said."""
        files = sorted(self._directory.glob("*.txt"))
        return "\n".join(f"== {file.name}\n{file.read_text()}" for file in files)

    async def at_work(self, worker: subprocess.Popen[bytes]) -> None:
        """Wait until a worker has partitions: a broker out of reach ends one that only starts."""
        deadline = time.monotonic() + DEADLINE
        (file,) = self._directory.glob(f"{self._all.index(worker)}-*.txt")
        while not (url := re.search(r"http://\S+/metrics", file.read_text())) or (
            "tidegauge_stage_offset{" not in (await asyncio.to_thread(httpx.get, url[0])).text
        ):
            assert worker.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            await asyncio.sleep(0.2)

    async def end(self, process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        """End one; after a SIGTERM it must have ended well."""
        process.send_signal(number)
        code = await asyncio.to_thread(process.wait, 30)
        assert code == (0 if number == signal.SIGTERM else -number), self.said()


async def opened(log: KafkaLog) -> BrokerLog:
    """The log's port."""
    return BrokerLog(log, await check_topics(log))


async def records(log: KafkaLog, topic: str, partition: int) -> list[Record]:
    """All records of a partition."""
    return [record async for record in read_partition(log, topic, partition)]


def once(found: list[Record]) -> dict[tuple[str, int], bytes]:
    """The records by writer and seq: what came again is the same to the byte, nothing is missing,
    and nothing comes before what it follows.
    """
    values: dict[tuple[str, int], bytes] = {}
    last: dict[str, int] = defaultdict(int)
    for record in found:
        if not record.log:  # a stranger's, whatever name it takes
            continue
        key = record.writer, record.seq
        assert values.setdefault(key, record.value) == record.value, key
        assert record.seq <= last[record.writer] + 1, (record, last[record.writer])
        last[record.writer] = max(last[record.writer], record.seq)
    return values


def by_place(outputs: list[OutRecord]) -> dict[tuple[str, int], dict[tuple[str, int], bytes]]:
    """Recomputed outputs by destination."""
    found: dict[tuple[str, int], dict[tuple[str, int], bytes]] = defaultdict(dict)
    for out in outputs:
        found[out.topic, out.partition][out.writer, out.seq] = out.value
    return found


async def recomputed(log: KafkaLog, topics: KafkaTopics) -> dict[tuple[str, int], Any]:
    """What the stages make of the log's own `ticks` and `prices`."""
    pricer = pricer_runner(Pricer(), topics.log, topics.partitions)
    outputs = [o for record in await records(log, "ticks", 0) for o in pricer.apply(record)]
    count = topics.partitions["prices"]
    for partition in range(count):
        shard = Shard(partition, count)
        runner = shard_runner(shard, topics.log, topics.partitions, partition)
        for record in await records(log, "prices", partition):
            outputs += runner.apply(record)
    return by_place(outputs)


async def check_log(log: KafkaLog) -> dict[str, int]:
    """Wait until all is published, and hold it against the stages run again over that log.

    Returns how many different records each topic has.
    """
    topics = await check_topics(log)
    deadline = time.monotonic() + DEADLINE
    while True:
        wanted = await recomputed(log, topics)
        places = [(t, p) for t in (*PRICES, *OUTPUTS) for p in range(topics.partitions[t])]
        found = {place: once(await records(log, *place)) for place in places}
        if all(found[place] == wanted[place] for place in places):
            break
        assert time.monotonic() < deadline, {
            place: (len(found[place]), len(wanted[place]))
            for place in places
            if found[place] != wanted[place]
        }
        await asyncio.sleep(0.5)
    counts: dict[str, int] = defaultdict(int)
    for (topic, _), values in found.items():
        counts[topic] += len(values)
    return counts
