"""Going over from older numbers on Kafka: as on a directory, before the partition's first record.

Nothing is sent until the whole tail behind the checkpoint has been gone over, but for what lies
behind the older version's work. Then the span is entered, then the checkpoint written: whoever dies
before that begins again at the old checkpoint, and comes to the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from engine.records import NumbersSpan
from engine.types import NUMBERS
from streams.bridge import Bridge, Published, newest, silent_note
from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.read import read_partition
from streams.kafka.tail import ends
from streams.reading import read_or_log
from streams.records import OutRecord, Record
from streams.runner import Runner
from streams.topics import outputs_of
from streams.versions import (
    TOPIC,
    encode_span,
    parse,
    refuse_newer,
    spans_of,
    to_enter,
)

_TAIL = 5_000
"""Records at a partition's end among which a writer's last one is: what one checkpoint does not
cover may have come there twice, and that is at most some seconds' worth."""
_BATCH = 500

logger = logging.getLogger(__name__)


async def versions_on(log: KafkaLog, partitions: dict[str, int]) -> list[NumbersSpan]:
    """The spans that are entered in a log on Kafka; none in one that no later version than the
    first has worked on."""
    if TOPIC not in partitions:
        return []
    return parse([record async for record in read_partition(log, TOPIC, 0)])


async def _tails(
    log: KafkaLog, partitions: list[tuple[str, int]]
) -> AsyncIterator[tuple[str, int, list[Record]]]:
    for (topic, partition), end in (await ends(log, partitions)).items():
        start = max(end - _TAIL, 0)
        async with aclosing(read_partition(log, topic, partition, start=start)) as records:
            yield topic, partition, [record async for record in records]


async def go_over(
    log: KafkaLog,
    outbox: KafkaOutbox,
    runner: Runner,
    partitions: dict[str, int],
    wrote: str | None,
) -> bool:
    """Take a runner, loaded from a checkpoint of the numbers `wrote` (None: there is none), to
    where our numbers begin. True if its state moved and is to be checkpointed now.

    Raises LogError where a newer version has worked on the partition.
    """
    known = spans_of(await versions_on(log, partitions), runner.topic, runner.partition)
    refuse_newer(log.address, known)
    if wrote == NUMBERS or (wrote is None and {span.numbers for span in known} == {NUMBERS}):
        return False
    published, alerts = dict[str, Published](), dict[int, Any]()
    async for topic, partition, tail in _tails(log, outputs_of(runner.writer, partitions)):
        last = newest(tail, runner.writer)
        if last is not None:
            published[f"{topic}/{partition}"] = last
        if topic == "alerts":
            own = ((r.seq, read_or_log(r)) for r in tail if r.writer == runner.writer)
            alerts |= {seq: body for seq, body in own if body is not None}
    first, start = runner.last_offset, 0
    if published:
        bridge = Bridge(runner, published, [alerts[seq] for seq in sorted(alerts)])
        await _over(log, outbox, bridge)
        start = bridge.begins
        if bridge.silent:
            logger.warning("%s", silent_note(runner, first, wrote, bridge.silent))
    at = time.time_ns()
    entered = list[OutRecord]()
    if not known and published:
        known = [NumbersSpan(wrote or "0", runner.topic, runner.partition, 0, at)]
        entered.append(encode_span(known[0], 1))
    entered += to_enter(known, NUMBERS, runner.topic, runner.partition, start, at)
    await outbox.send(entered)
    return runner.last_offset > first or bool(published)


async def _over(log: KafkaLog, outbox: KafkaOutbox, bridge: Bridge) -> None:
    """Everything behind the checkpoint, as far as the log goes now."""
    runner, outputs = bridge.runner, list[OutRecord]()
    start = runner.last_offset + 1
    async with aclosing(
        read_partition(log, runner.topic, runner.partition, start=start)
    ) as records:
        async for record in records:
            outputs += bridge.take(record)
            if len(outputs) >= _BATCH:
                await outbox.send(outputs)
                outputs = []
    await outbox.send(outputs)
    bridge.finish()
