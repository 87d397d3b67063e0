"""What a log on Kafka takes by the times for which it keeps its topics.

The same trades as for a directory (`bench.disk`) go through the same stages, record by record and
each delivered before the next is taken: so the broker gets the batches of a quiet worker, the least
that compression has to work on. What a topic adds in the second half of the time is held against
how long it is kept; of a compacted one only the last of each key is counted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aiokafka.codec import zstd_encode

from bench.disk import START, VENUES, Feed, baskets
from bench.plain_topics import new_prefix
from connectors.simulator.market import STEP, Market
from engine.index.canonical import canonical
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord
from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.checkpoints import encode_state
from streams.codecs import encode
from streams.ingest import LINGER, FrameBuilder, Ingested, key_of
from streams.kafka.address import KafkaAddress, KafkaLog
from streams.kafka.log import BrokerLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.sizes import topic_sizes
from streams.kafka.topics import create_topics
from streams.records import OutRecord, Record
from streams.runner import Runner, pricer_runner, shard_runner
from streams.topics import FINE_KEPT, TOPICS, least_kept


class Grown(NamedTuple):
    """Records and bytes of a topic."""

    records: int
    size: int


class _Stages:
    """Both stages of a log, without a worker."""

    def __init__(self, log: BrokerLog, outbox: KafkaOutbox) -> None:
        counts = log.partitions
        self._outbox, self._log = outbox, log.log_id
        self._pricer = pricer_runner(Pricer(), log.log_id, counts)
        self._shards = [
            shard_runner(Shard(p, counts["prices"]), log.log_id, counts, p)
            for p in range(counts["prices"])
        ]
        self._next: dict[tuple[str, int], int] = defaultdict(int)
        self.last: dict[str, dict[str, bytes]] = defaultdict(dict)
        """Of compacted topics the last value of each key."""

    async def take(self, records: list[OutRecord], now: int) -> None:
        """Append records to `ticks`, and what the stages make of them behind them."""
        await self._outbox.send(records)
        prices = self._apply(self._pricer, records, now)
        await self._outbox.send(prices)
        made = list[OutRecord]()
        for shard in self._shards:
            place = "prices", shard.partition
            mine = [one for one in prices if (one.topic, one.partition) == place]
            made += self._apply(shard, mine, now)
        await self._outbox.send(made)
        for one in made:
            if TOPICS[one.topic].compacted:
                self.last[one.topic][one.key] = one.value

    def hourly(self) -> dict[str, int]:
        """Bytes that come by the hour: whole snapshots, as they are packed, and checkpoints."""
        whole = b"".join(self.last["snapshots"].values())
        states = [encode_state(runner.dump()) for runner in (self._pricer, *self._shards)]
        return {
            "snapshots.history": len(zstd_encode(whole)),
            "checkpoints.archive": sum(len(zstd_encode(state)) for state in states),
        }

    def _apply(self, runner: Runner, records: list[OutRecord], now: int) -> list[OutRecord]:
        found = list[OutRecord]()
        for topic, p, key, kind, value, writer, seq, _ in records:
            offset = self._next[topic, p]
            self._next[topic, p] += 1
            found += runner.apply(
                Record(topic, p, offset, key, kind, 1, self._log, writer, seq, now, value)
            )
        return found


def main(address: str, indices: int, rate: float, minutes: float) -> None:
    """Fill a new log at this address, and say what it takes."""
    kafka = KafkaLog(KafkaAddress.parse(f"kafka://{address}/{new_prefix()}"))
    for line in asyncio.run(_measure(kafka, indices, rate, minutes)):
        print(line)


async def _measure(kafka: KafkaLog, indices: int, rate: float, minutes: float) -> Iterator[str]:
    """Lines of a table."""
    topics = await create_topics(kafka)
    log = BrokerLog(kafka, topics)
    async with log.writer() as outbox:
        stages = _Stages(log, outbox)
        middle, end = await _fill(log, stages, indices, rate, minutes)
        return _table(middle, end, minutes * MINUTE / 2, stages, log.partitions)


async def _fill(
    log: BrokerLog, stages: _Stages, indices: int, rate: float, minutes: float
) -> tuple[dict[str, Grown], dict[str, Grown]]:
    """What the topics had in the middle of the time, and at its end."""
    built = list[Ingested]()

    def put(ingested: Ingested) -> bool:
        built.append(ingested)
        return True

    now = [START]
    await stages.take(_definitions(indices), START)
    builder = FrameBuilder(put, "bench", "1", lambda: now[0])
    market = Market(7, venues=VENUES, rate=rate)
    feed, linger, due = Feed(market, 7), int(LINGER * SECOND), START
    middle, before, begin = START + int(minutes * MINUTE / 2), dict[str, Grown](), START
    while begin < START + int(minutes * MINUTE):
        for at, tick in feed.ticks(begin, market.step()):
            while due <= at:
                now[0] = due
                builder.poll()
                due += linger
                if built:
                    await stages.take([_record(one) for one in built], due)
                    built.clear()
            now[0] = at
            builder.add(at, [tick])
        begin += int(STEP * SECOND)
        if begin >= middle and not before:
            before = await _sizes(log)
    return before, await _sizes(log)


def _record(ingested: Ingested) -> OutRecord:
    frame, writer, seq = ingested
    kind, value = encode(frame)
    return OutRecord("ticks", 0, key_of(frame), kind or "ticks", value, writer, seq, frame)


def _definitions(indices: int) -> list[OutRecord]:
    found = list[OutRecord]()
    for seq, definition in enumerate(baskets(indices), 1):
        record = DefinitionRecord(START, "live", definition.id, canonical(definition))
        kind, value = encode(record)
        found.append(
            OutRecord("ticks", 0, definition.id, kind or "", value, "define:bench", seq, record)
        )
    return found


async def _sizes(log: BrokerLog) -> dict[str, Grown]:
    """Of each topic."""
    counts = dict.fromkeys(log.partitions, 0)
    ended = await log.ends([(t, p) for t, n in log.partitions.items() for p in range(n)])
    for (topic, _), end in ended.items():
        counts[topic] += end
    bytes_of = await topic_sizes(log.kafka, log.partitions)
    return {topic: Grown(counts[topic], bytes_of[topic]) for topic in log.partitions}


def _table(
    middle: dict[str, Grown],
    end: dict[str, Grown],
    half: float,
    stages: _Stages,
    counts: Mapping[str, int],
) -> Iterator[str]:
    """Lines: of each topic what a record takes, what a day adds, and what stands there in the end.

    An hour does not end in minutes: what comes with it is made once. What is kept for ever is taken
    for 90 days. The last line has `prices` kept no longer than the log needs."""
    all_, least, hourly = 0.0, 0.0, stages.hourly()
    yield f"{'topic':20} {'records/s':>10} {'bytes each':>10} {'GB a day':>9} {'kept GB':>9}"
    for topic, (count, size) in end.items():
        came, grown = count - middle[topic].records, size - middle[topic].size
        day = grown * DAY / half
        if topic in hourly:
            day = hourly[topic] * (DAY / HOUR)
        kept = day * (TOPICS[topic].kept or FINE_KEPT) / DAY
        needed = day * (least_kept(TOPICS[topic], counts) or FINE_KEPT) / DAY
        if TOPICS[topic].compacted:
            day, kept = 0.0, float(sum(map(len, stages.last[topic].values())))
            needed = kept
        all_ += kept
        least += needed
        each = grown / came if came else 0.0
        yield (
            f"{topic:20} {came * SECOND / half:10.1f} {each:10.0f} {day / 1e9:9.2f} "
            f"{kept / 1e9:9.2f}"
        )
    for name, total in (("together", all_), ("prices kept 3 days", least)):
        yield f"{name:20} {'':10} {'':10} {'':9} {total / 1e9:9.2f}"
