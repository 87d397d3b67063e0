"""One worker on Kafka for minutes at 300,000 ticks a second: does it fall behind?

The frames are made and sent as they are due, 1,000 ticks each, with the wall time as the time of
receipt. The lag is from there to the append of the level that the trade moved.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from statistics import median

from bench import trades
from bench.brokers import kafka
from bench.kafka import BATCH, fill
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting
from bench.workers import ContestantError, bound
from engine.records import TickFrame
from engine.types import SECOND
from streams.codecs import decode, encode
from streams.kafka import KafkaAddress, KafkaLog
from streams.kafka_outbox import KafkaOutbox
from streams.kafka_tail import follow
from streams.kafka_topics import KafkaTopics, create_topics
from streams.records import OutRecord

RATE, TRIAL_RATE = 300_000, 10_000
"""Ticks a second."""
MINUTES, TRIAL_MINUTES = 5.0, 0.2
A_FRAME = 1000
STEP = 0.01
"""Seconds between sends."""
STARTING = 90.0
"""Seconds until the worker is at work."""
LAST = 20.0
"""Seconds after the last trade in which its level must come."""

Lags = list[tuple[float, float]]
"""Seconds since the first frame, and how far behind the levels of then are."""


def measure(setting: Setting) -> list[Row]:
    """One run."""
    rate = TRIAL_RATE if setting.quick else RATE
    minutes = TRIAL_MINUTES if setting.quick else MINUTES
    work = f"Kafka, {minutes:g} minutes at {rate:,} ticks/s"
    try:
        with bound(setting.cores.around), kafka(setting.folder / "broker", setting.cores) as at:
            sent, lags = asyncio.run(_run(setting, at, rate, minutes * 60.0))
    except ContestantError as error:
        return [Row(work, "tidegauge", None, "s behind", note=str(error))]
    if not lags:
        return [Row(work, "tidegauge", None, "s behind", note="no level came")]
    third = max(1, len(lags) // 3)
    first, last = (median(lag for _, lag in part) for part in (lags[:third], lags[-third:]))
    note = f"{sent:,.0f} ticks/s sent; first third {first:.2f}, last third {last:.2f}"
    return [Row(work, "tidegauge", max(lag for _, lag in lags), "s behind at most", note=note)]


async def _run(setting: Setting, address: str, rate: int, seconds: float) -> tuple[float, Lags]:
    """Ticks a second sent, and the lags."""
    log = KafkaLog(KafkaAddress((address,), f"bench-{uuid.uuid4().hex[:8]}."))
    topics = await create_topics(log, prices=1)
    now = time.time_ns()
    opening = trades.for_us(trades.trades(1, now), 1)[: len(trades.weights()) + 1]
    await fill(log, topics.log, opening)
    command = [COMMAND, "worker", "--log", log.address, "--slot", "bench"]
    with Program(command, setting.folder, setting.cores.measured) as worker:
        deadline = time.monotonic() + STARTING
        async for records in follow(log, {("prices", 0): 0}):
            worker.check(deadline)
            if records:
                break
        watching = asyncio.create_task(_watch(log, topics, worker, seconds))
        sent = await _send(log, topics, rate, seconds, len(opening))
        return sent, await watching


async def _send(log: KafkaLog, topics: KafkaTopics, rate: int, seconds: float, seq: int) -> float:
    """Frames as they are due; ticks a second."""
    made = trades.trades(A_FRAME * BATCH, 0)
    turn = Counter(made.place)
    count, began = 0, time.monotonic()
    async with KafkaOutbox(log, topics.log) as outbox:
        while (elapsed := time.monotonic() - began) < seconds:
            frames = list[TickFrame]()
            while (count + len(frames)) * A_FRAME < elapsed * rate and len(frames) < BATCH:
                frames.append(frame(made, turn, count + len(frames), rate))
            rows = []
            for number, one in enumerate(frames, seq + count + 1):
                kind, value = encode(one)
                rows.append(OutRecord("ticks", 0, "", kind or "", value, "bench", number, None))
            await outbox.send(rows)
            count += len(frames)
            await asyncio.sleep(STEP)
    return count * A_FRAME / (time.monotonic() - began)


def frame(made: trades.Trades, turn: Counter[int], number: int, rate: int) -> TickFrame:
    """The next frame, received just now: the same prices again and again, with new ids. `turn` is
    how many ids of each market a turn through the trades takes."""
    rows = slice(number % BATCH * A_FRAME, (number % BATCH + 1) * A_FRAME)
    end, step = time.time_ns(), SECOND // rate
    at = list(range(end - step * (A_FRAME - 1), end + 1, step))
    place, turns = made.place[rows], number // BATCH
    ids = [one + turns * turn[p] for one, p in zip(made.id[rows], place, strict=True)]
    new = trades.Trades(place, made.price[rows], made.size[rows], at, ids)
    return trades.frame(new, slice(None))


async def _watch(log: KafkaLog, topics: KafkaTopics, worker: Program, seconds: float) -> Lags:
    """How far behind the levels are, as they come."""
    start = {("levels", partition): 0 for partition in range(topics.partitions["levels"])}
    began, found = time.monotonic(), Lags()
    async for records in follow(log, start):
        for record in records:
            body = decode(record.type, record.v, record.value, record.time)
            found.append((time.monotonic() - began, (record.time - max(body["at"])) / SECOND))
        worker.check(began + seconds + 2 * LAST)
        if time.monotonic() > began + seconds + (1.0 if found and found[-1][1] < 1.0 else LAST):
            break
    return found
