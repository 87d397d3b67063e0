"""Checkpoints on Kafka: the `Store` of `streams.checkpoints` over a partition of a topic.

`Checkpoints` works on a `Store` without waiting. So what it puts is gathered here, and `flush`
delivers it, in the same order: a manifest never comes before the chunks that it names.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.kafka.address import KafkaLog
from streams.kafka.outbox import KafkaOutbox
from streams.kafka.read import STALL_SECONDS, read_partition

_HOUR = "chunk/hour-"


class KafkaStore:
    """The parts of one partition's checkpoints. Make it with `open`.

    `read_bytes` is what was read of the partition.
    """

    def __init__(self, outbox: KafkaOutbox, topic: str, partition: int) -> None:
        self._outbox, self._topic, self._partition = outbox, topic, partition
        self._values = dict[str, bytes]()
        self._pending = list[tuple[str, bytes | None]]()
        self._hour = ""
        self._seq = 0
        self.read_bytes = 0

    @classmethod
    async def open(
        cls,
        log: KafkaLog,
        outbox: KafkaOutbox,
        topic: str,
        partition: int,
        *,
        archive: bool = False,
        stall: float = STALL_SECONDS,
    ) -> KafkaStore:
        """Read the partition to its end; raises LogError if it stalls for `stall` seconds.

        Of the hourly checkpoints only the last is kept in memory, unless `archive`: there may be
        720 of them, and only `verify` looks at them.
        """
        store = cls(outbox, topic, partition)
        async for record in read_partition(log, topic, partition, stall=stall):
            store._seq = record.offset + 1
            store.read_bytes += len(record.value)
            store._keep(record.key, record.value, archive)
        return store

    def _keep(self, key: str, value: bytes, archive: bool) -> None:
        if not value:  # a tombstone; no part is empty
            self._values.pop(key, None)
            return
        if key.startswith(_HOUR) and not archive:
            hour = key.rpartition("/")[0]
            if hour != self._hour:
                for old in [name for name in self._values if name.startswith(_HOUR)]:
                    del self._values[old]
                self._hour = hour
        self._values[key] = value

    def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key` from the next `flush` on."""
        self._keep(key, value, archive=False)
        self._pending.append((key, value))

    def delete(self, key: str) -> None:
        """Forget `key` from the next `flush` on."""
        self._values.pop(key, None)
        self._pending.append((key, None))

    def items(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, last value) whose key starts with `prefix`, by key."""
        for key in self.keys(prefix):
            yield key, self._values[key]

    def keys(self, prefix: str) -> list[str]:
        """Every key that starts with `prefix`, in order."""
        return sorted(key for key in self._values if key.startswith(prefix))

    async def flush(self) -> None:
        """Deliver what was put and deleted, in that order; raises LogError."""
        pending, self._pending = self._pending, []
        rows = list[tuple[str, str, bytes | None, int]]()
        for key, value in pending:
            self._seq += 1
            rows.append(
                (
                    key,
                    "manifest" if key.startswith("manifest/") else "chunk",
                    value,
                    self._seq,
                )
            )
        await self._outbox.put(self._topic, self._partition, rows)
