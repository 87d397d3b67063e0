"""A restart is cheap and correct, a silent stall is neither: end what no longer moves.

Faust's consumer was seen to stop without a word after a heartbeat was lost (faust-streaming issues
175, 523, 532, 629). So a client of our own asks where the log ends, and compares.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.address import KafkaLog
from streams.records import StreamError

CHECK_SECONDS = 5.0
STALL_SECONDS = 60.0
"""Longer than a rebalance with a broker's restart in it; recovery is counted as no position."""

Positions = Callable[[], Mapping[tuple[str, int], int]]
"""(topic, partition) -> the next offset to be processed."""


class StalledError(StreamError):
    """A partition does not move although there is more to read."""


async def watch(log: KafkaLog, positions: Positions, stall: float = STALL_SECONDS) -> None:
    """Check for ever; raises StalledError. A broker that does not answer is no stall."""
    loop = asyncio.get_running_loop()
    moved: dict[tuple[str, int], tuple[int, float]] = {}
    consumer = AIOKafkaConsumer(**log.options, enable_auto_commit=False)
    await consumer.start()
    try:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            now = loop.time()
            at = dict(positions())
            moved = {
                where: moved[where] if where in moved and moved[where][0] == next_ else (next_, now)
                for where, next_ in at.items()
            }
            late = [where for where, (_, since) in moved.items() if now - since > stall]
            if late:
                await _compare(log, consumer, {where: at[where] for where in late}, stall)
    finally:
        await consumer.stop()


async def _compare(
    log: KafkaLog,
    consumer: AIOKafkaConsumer,
    at: Mapping[tuple[str, int], int],
    stall: float,
) -> None:
    names = {where: TopicPartition(log.topic(where[0]), where[1]) for where in at}
    try:
        ends = await consumer.end_offsets(list(names.values()))
    except (KafkaError, TimeoutError):
        return
    for where, name in names.items():
        if ends[name] > at[where]:
            raise StalledError(
                f"{name.topic}/{name.partition}: at offset {at[where]} for over {stall:g} s, and "
                f"the log goes on to {ends[name]}; ending, so that a restart takes it up"
            )
