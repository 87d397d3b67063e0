"""One worker on Kafka for minutes at 300,000 ticks a second: does it fall behind?

The frames are made and sent as they are due, 1,000 ticks each, with the wall time as the time of
receipt. The lag is from there to the append of the level that the trade moved.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from statistics import median

from bench import trades
from bench.brokers import kafka
from bench.kafka import OurLog
from bench.plain_topics import Filler, Value, fill, follow
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting
from bench.workers import ContestantError, bound
from engine.records import TickFrame
from engine.types import SECOND
from streams.codecs import decode, encode

RATE, TRIAL_RATE = 300_000, 10_000
"""Ticks a second."""
MINUTES, TRIAL_MINUTES = 5.0, 0.2
A_FRAME = 1000
TURN = 200
"""Frames of different trades; then the same prices come again."""
STEP = 0.01
"""Seconds between sends."""
MOST = 30
"""Frames sent at once: what piles up is no larger than a tenth of a second."""
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
            log = OurLog.make(at, partitions=1)
            sent, lags = asyncio.run(_run(setting, log, rate, minutes * 60.0))
    except ContestantError as error:
        return [Row(work, "tidegauge", None, "s behind", note=str(error))]
    if not lags:
        return [Row(work, "tidegauge", None, "s behind", note="no level came")]
    third = max(1, len(lags) // 3)
    first, last = (median(lag for _, lag in part) for part in (lags[:third], lags[-third:]))
    note = f"{sent:,.0f} ticks/s sent; first third {first:.2f}, last third {last:.2f}"
    return [Row(work, "tidegauge", max(lag for _, lag in lags), "s behind at most", note=note)]


async def _run(setting: Setting, log: OurLog, rate: int, seconds: float) -> tuple[float, Lags]:
    """Ticks a second sent, and the lags."""
    opening = trades.for_us(trades.trades(1, 1, time.time_ns()), 1)[: len(trades.weights()) + 1]
    await fill(log.address, log.topic("ticks"), opening)
    command = [COMMAND, "worker", "--log", log.name, "--slot", "bench"]
    with Program(command, setting.folder, setting.cores.measured) as worker:
        deadline = time.monotonic() + STARTING
        async for records in follow(log.address, log.topic("prices")):
            worker.check(deadline)
            if records:
                break
        watching = asyncio.create_task(_watch(log, worker, seconds))
        sent = await _send(log, rate, seconds)
        return sent, await watching


async def _send(log: OurLog, rate: int, seconds: float) -> float:
    """Frames as they are due; ticks a second."""
    made = trades.trades(A_FRAME * TURN, A_FRAME, 0)
    turn = Counter(made.place)
    count, began = 0, time.monotonic()
    async with Filler(log.address, log.topic("ticks")) as filler:
        while (elapsed := time.monotonic() - began) < seconds:
            due = min(int(elapsed * rate / A_FRAME) - count, MOST)
            encoded = [encode(frame(made, turn, count + k, rate)) for k in range(due)]
            await filler.append([Value(kind or "", value) for kind, value in encoded])
            count += due
            await asyncio.sleep(STEP)
    return count * A_FRAME / (time.monotonic() - began)


def frame(made: trades.Trades, turn: Counter[int], number: int, rate: int) -> TickFrame:
    """The next frame, received just now: the same prices again and again, with new ids. `turn` is
    how many ids of each market a turn through the trades takes."""
    rows = slice(number % TURN * A_FRAME, (number % TURN + 1) * A_FRAME)
    end, step = time.time_ns(), SECOND // rate
    at = list(range(end - step * (A_FRAME - 1), end + 1, step))
    place, turns = made.place[rows], number // TURN
    ids = [one + turns * turn[p] for one, p in zip(made.id[rows], place, strict=True)]
    new = trades.Trades(place, made.price[rows], made.size[rows], at, ids)
    return trades.frame(new, slice(None))


async def _watch(log: OurLog, worker: Program, seconds: float) -> Lags:
    """How far behind the levels are, as they come."""
    began, found = time.monotonic(), Lags()
    async for records in follow(log.address, log.topic("levels")):
        for record in records:
            body = decode(record.type, 1, record.value, record.time)
            found.append((time.monotonic() - began, (record.time - max(body["at"])) / SECOND))
        worker.check(began + seconds + 2 * LAST)
        is_near = bool(found) and found[-1][1] < 1.0
        if time.monotonic() > began + seconds + (1.0 if is_near else LAST):
            break
    return found
