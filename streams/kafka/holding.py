"""One holder of a role of a log on Kafka: whom a consumer group gives partition 0 of a topic.

The group takes the partition away from a member that it did not hear for a session. A process that
stood still for so long, or was cut off from the broker, finds that out only when it is back, so
`holds` also looks at when the group last took it for a member.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from streams.kafka.address import KafkaLog
from streams.records import LogError

TOPICS_OF = {"notifier": "notifications"}
"""Of each role the topic whose partition 0 stands for it."""
SESSION_SECONDS = 10.0
"""A member that is silent for so long has lost the role; so long a take-over waits at most."""
_BEAT_SECONDS = 1.0
_KNOWN_SECONDS = 0.7 * SESSION_SECONDS
"""Whoever was a member so lately has not lost it yet."""


class GroupHolder(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group has given to this process."""

    def __init__(self, place: TopicPartition, generation: Callable[[], int]) -> None:
        self.place, self._generation = place, generation
        self.given = asyncio.Event()
        self._known = 0.0
        self._last = 0
        self._taken = False

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """The group gives partitions anew. Until it has, nobody else has them."""

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """The group has given partitions. Who had the role and is given it in the very next
        generation goes on; where one lies between, another may have had it, and it begins again."""
        had, last, self._last = self.given.is_set(), self._last, self._generation()
        if self.place not in assigned:
            self._taken = had
            return
        self._taken = self._taken or (had and self._last != last + 1)
        self.beat(asyncio.get_running_loop().time())
        self.given.set()

    def beat(self, at: float) -> None:
        """The group took it for a member at this time of the loop's clock, or later."""
        self._known = at

    def holds(self) -> bool:
        """Whether nobody else can have the role."""
        known = asyncio.get_running_loop().time() - self._known < _KNOWN_SECONDS
        return self.given.is_set() and not self._taken and known


@asynccontextmanager
async def holding(log: KafkaLog, role: str) -> AsyncIterator[GroupHolder]:
    """Wait until the group gives the role to this process, and have it inside. Raises LogError."""
    topic = TOPICS_OF.get(role)
    if topic is None:
        raise LogError(f"{log.address}: there is no role {role}")
    consumer = AIOKafkaConsumer(
        **log.options,
        # The broker makes the member's name of it, and partition 0 goes to the first name: whoever
        # came first keeps the role when others come.
        client_id=f"{role}-{time.time_ns():020d}",
        group_id=log.topic(f"{role}s"),
        enable_auto_commit=False,
        session_timeout_ms=int(1000 * SESSION_SECONDS),
        heartbeat_interval_ms=int(1000 * _BEAT_SECONDS),
    )
    place = TopicPartition(log.topic(topic), 0)
    holder = GroupHolder(place, lambda: int(consumer._coordinator.generation))
    beating: asyncio.Task[None] | None = None
    try:
        consumer.subscribe([log.topic(topic)], listener=holder)
        await consumer.start()
        beating = asyncio.create_task(_beat(consumer, holder))
        waiting = asyncio.create_task(holder.given.wait())
        await asyncio.wait({beating, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if beating.done():
            await beating
        yield holder
    except KafkaError as error:
        raise LogError(f"{log.address}: the broker does not answer ({error})") from error
    finally:
        if beating is not None:
            beating.cancel()
            with suppress(asyncio.CancelledError, KafkaError):
                await beating
        await consumer.stop()


async def _beat(consumer: AIOKafkaConsumer, holder: GroupHolder) -> None:
    """Be a member that asks for records, without getting any."""
    while True:
        consumer.pause(*consumer.assignment())
        await consumer.getmany(timeout_ms=int(1000 * _BEAT_SECONDS))
        if holder.place not in consumer.assignment():
            continue
        at = asyncio.get_running_loop().time()
        try:
            # The broker takes it from members of this generation alone; nobody reads the offset.
            await consumer.commit({holder.place: 0})
        except (CommitFailedError, IllegalStateError):
            continue  # the partitions are given anew, and the listener hears of it
        holder.beat(at)
