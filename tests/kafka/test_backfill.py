"""Recorded prices into a log on Kafka: once, taken up where it stopped, and never among others."""

from __future__ import annotations

import asyncio
import csv
import itertools
import random
import time
from math import nan
from pathlib import Path
from typing import Any

import pytest

from engine.records import AssetFrame
from engine.types import DAY, MINUTE
from streams.backfill import BackfillRefusedError, backfill
from streams.gates import WriterGate
from streams.ingest import FrameBuilder
from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.topics import check_topics
from streams.records import OutRecord
from streams.sender import FrameSender
from streams.spans import within_spans
from tests.kafka.runs import Processes, check_log, opened, records
from tests.kafka.test_whole_way import until
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import jsonl
from tidegauge.stored import recorded

START = 1_750_000_020_000_000_000
"""ns UTC; a whole minute."""
INSTANTS = 9_000
INDICES = """
[index.PAIR]
assets = ["BTC", "ETH"]
benchmarks = ["BTC"]
return_interval = "1h"
[index.PAIR.alerts]
drawdown = [0.02, 0.05]
"""


def prices(path: Path, first: int = 0, instants: int = INSTANTS) -> Path:
    """A walk of two assets, minute by minute."""
    rng = random.Random(7)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("ts", "asset", "price"))
        price = {"BTC": 60_000.0, "ETH": 3_000.0}
        for n in range(first, first + instants):
            for asset in price:
                price[asset] *= 1.0 + rng.gauss(0.0, 0.002)
                out.writerow((START + n * MINUTE, asset, repr(price[asset])))
    return path


def last_snapshot(values: str) -> dict[str, Any]:
    """The newest of PAIR, without where it stands in which log."""
    found = max((s for s in jsonl(values) if s["index"] == "PAIR"), key=lambda s: s["seq"])
    return {name: value for name, value in found.items() if name != "receipt"}


async def test_a_backfill_is_taken_up_and_gives_what_a_directory_gives(
    log: KafkaLog, tmp_path: Path
) -> None:
    name, directory = str(log.address), tmp_path / "log"
    file, indices = prices(tmp_path / "walk.csv"), tmp_path / "indices.toml"
    indices.write_text(INDICES)
    for where in (name, directory):
        await asyncio.to_thread(run, "topics", "create", "--log", where)
        defined = await asyncio.to_thread(run, "define", indices, "--log", where)
        assert defined.stdout == "added: PAIR\n", defined.stderr
    with recorded([file], strict=True) as (frames, digest, last, _):  # a run that ends after four
        some = list(itertools.islice(frames, 4))
        n, total = (len(list(within_spans(f, last))) for f in (some, [*some, *frames]))
        writer = await opened(log)
        done = await backfill(writer, some, digest, WriterGate(), time.time_ns(), last)
        assert done == (n, 0)
    assert 100 < n < total - 100, "a frame an hour, and the hour's end"

    first = await asyncio.to_thread(run, "backfill", file, "--log", name)
    rest = f"appended {total - n} frames, {n} were there already: {2 * INSTANTS:,} prices"
    assert first.stdout.startswith(rest), first.stderr
    again = await asyncio.to_thread(run, "backfill", file, "--log", name)
    none = f"appended 0 frames, {total} were there already: "
    assert again.stdout.startswith(none), again.stderr
    writers = [(r.writer, r.seq) for r in await records(log, "ticks", 0) if r.type == "assets"]
    assert writers == [(f"backfill:{digest}", n) for n in range(1, total + 1)]

    other = prices(tmp_path / "other.csv", INSTANTS - 1)
    told = one_line(await asyncio.to_thread(run, "backfill", other, "--log", name), 1)
    assert "the log already goes up to 2025-" in told

    async with Processes(tmp_path) as processes:
        worker = processes.start("worker", "--log", name)
        counts = await check_log(log)
        await processes.end(worker)
    assert counts["alerts"] > 0
    kept = await asyncio.to_thread(run, "backfill", file, "--log", directory)
    all_ = f"appended {total} frames, 0 were there already: "
    assert kept.stdout.startswith(all_), kept.stderr
    found = [
        last_snapshot((await asyncio.to_thread(run, "tap", w, "snapshots", "--values")).stdout)
        for w in (name, directory)
    ]
    assert found[0] == found[1]
    assert found[0]["as_of"] > START + 5 * DAY, "in a backfill there is one a day"
    assert found[0]["risk"]["sharpe"] is not None


async def test_while_a_connector_writes_no_backfill_begins(log: KafkaLog, tmp_path: Path) -> None:
    name, file = str(log.address), prices(tmp_path / "walk.csv", instants=5)
    indices = tmp_path / "indices.toml"
    indices.write_text(INDICES)
    for words in (("topics", "create"), ("define", indices)):
        made = await asyncio.to_thread(run, *words, "--log", name)
        assert made.returncode == 0, made.stderr
    sender = FrameSender((await opened(log)).writer)
    builder = FrameBuilder(sender.offer, "eu1", "s1", time.time_ns)
    tasks = [asyncio.create_task(sender.run()), asyncio.create_task(builder.run())]
    try:
        result = await asyncio.to_thread(run, "backfill", file, "--log", name)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].endswith(
        "something writes into " + log.topic("ticks") + "; stop `connect` first"
    )
    writers = {r.writer.partition(":")[0] for r in await records(log, "ticks", 0)}
    assert writers == {"define", "connector"}


async def test_what_others_write_meanwhile_is_told(log: KafkaLog) -> None:
    made = await asyncio.to_thread(run, "topics", "create", "--log", log.address)
    assert made.returncode == 0, made.stderr
    topics = await check_topics(log)
    frames = [
        AssetFrame(at, "backfill", ["BTC"], [at], [1.0], [nan], [nan]) for at in range(1, 2001)
    ]
    out = OutRecord("ticks", 0, "BTC", "", b"a stranger", "", 0, None)

    async def disturb() -> None:
        async with KafkaOutbox(log, topics.log) as outbox:
            await until(log, "ticks", 1)
            await outbox.send([out])

    disturbing = asyncio.create_task(disturb())
    with pytest.raises(BackfillRefusedError, match=r"1 records of others .* 2000 frames"):
        await backfill(await opened(log), frames, "aa", WriterGate(), time.time_ns())
    await disturbing
