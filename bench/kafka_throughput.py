"""Ticks a second through a worker on Kafka: frames against one record per tick.

    python -m bench.kafka_throughput kafka://localhost:9092

The same trades are put into `ticks` in frames of 1,000, of 100, and one by one, each into a log of
its own; then one worker runs until it has priced them all. Time is from the worker's first price
record to its last, as the broker stamped them, so starting up does not count.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
import uuid
from pathlib import Path

from engine.index.definition import parse_index
from engine.records import DefinitionRecord, Instrument, TickFrame
from streams.codecs import encode
from streams.kafka.address import KafkaAddress, KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.reading import ends, read_partition
from streams.kafka.topics import create_topics
from streams.records import OutRecord

CASES = {1000: 400_000, 100: 200_000, 1: 20_000}
"""Ticks a record -> ticks in all: some seconds each."""
DEADLINE = 300.0
INDICES = 20
ASSETS = ["BTC", "ETH", "SOL", "XRP", "ADA"]


def frames(ticks: int, a_frame: int) -> list[TickFrame]:
    """Seeded trades of five assets on three venues, two a millisecond."""
    rng = random.Random(1)
    markets = [
        Instrument(venue, f"{asset}-USD", asset, "USD", "spot", True)
        for venue in ("one", "two", "three")
        for asset in ASSETS
    ]
    ids = [0] * len(markets)
    now = time.time_ns() - ticks * 500_000
    found = []
    for _ in range(ticks // a_frame):
        rows = []
        for _ in range(a_frame):
            now += 500_000
            place = rng.randrange(len(markets))
            ids[place] += 1
            rows.append((place, 100.0 * (1 + rng.gauss(0, 1e-4)), 1.0, str(ids[place]), now))
        places, prices, sizes, names, times = (list(c) for c in zip(*rows, strict=True))
        sides = [None] * a_frame
        frame = TickFrame(
            now, "live", markets, places, prices, sizes, sides, names, times, times, []
        )
        found.append(frame)
    return found


async def case(address: KafkaAddress, ticks: int, a_frame: int) -> float:
    """Ticks a second of one case."""
    log = KafkaLog(address._replace(prefix=f"bench-{uuid.uuid4().hex[:8]}."))
    topics = await create_topics(log, prices=1)
    made = frames(ticks, a_frame)
    rows = []
    for k in range(INDICES):
        table = {"assets": ASSETS, "return_interval": "1s", "alerts": {"drawdown": [0.1]}}
        body = parse_index(f"X{k}", table).to_mapping()
        rows.append(DefinitionRecord(made[0].received[0] - 1, "live", f"X{k}", body))
    async with KafkaOutbox(log, topics.log) as outbox:
        batch = []
        for seq, record in enumerate([*rows, *made], 1):
            kind, value = encode(record)
            batch.append(OutRecord("ticks", 0, "", kind or "", value, "bench", seq, None))
            if len(batch) == 200:
                await outbox.send(batch)
                batch = []
        await outbox.send(batch)
    expected = len(rows) + len(made)
    command = Path(sys.executable).with_name("tidegauge")
    worker = subprocess.Popen(  # noqa: ASYNC220 - to be ended in `finally`, whatever happens
        [command, "worker", "--log", str(log.address), "--slot", "bench"]
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while (await ends(log, [("prices", 0)]))["prices", 0] < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done within {DEADLINE:g} s")
            await asyncio.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(30)
    times = [r.time async for r in read_partition(log, "prices", 0) if r.type == "prices"]
    return ticks * (1 - 1 / len(times)) / ((times[-1] - times[0]) / 1e9)


async def main(name: str) -> None:
    """All cases, and their ratios to one record per tick."""
    rates = {}
    for a_frame, ticks in CASES.items():
        rates[a_frame] = await case(KafkaAddress.parse(name), ticks, a_frame)
        print(f"{a_frame:>5} ticks a record: {rates[a_frame]:>10,.0f} ticks/s", flush=True)
    for a_frame in (1000, 100):
        print(f"{a_frame} against 1: {rates[a_frame] / rates[1]:.1f} times")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
