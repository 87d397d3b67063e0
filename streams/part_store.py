"""The parts of a partition's checkpoints, in a compacted topic of any log.

`streams.checkpoints` works on them without waiting. So what it puts is gathered here, and `flush`
delivers it, in the same order: a manifest never comes before the chunks that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.log import Log, Writer, end_of
from streams.records import OutRecord

LIVE = ("manifest/", "chunk/a/", "chunk/b/", "failure/")
"""How the keys begin that a start needs. Earlier versions archived in the same topic."""


class PartStore:
    """Make it with `open`. `read_bytes` is what was read of the partition."""

    def __init__(self, writer: Writer | None, topic: str, partition: int, seq: int) -> None:
        self._writer, self._topic, self._partition, self._seq = writer, topic, partition, seq
        self._values = dict[str, bytes]()
        self._pending = list[OutRecord]()
        self.read_bytes = 0

    @classmethod
    async def open(
        cls,
        log: Log,
        writer: Writer | None,
        topic: str,
        partition: int,
        prefixes: Sequence[str] = LIVE,
    ) -> PartStore:
        """Read the partition; without a writer nothing can be put. Raises LogError."""
        store = cls(writer, topic, partition, await end_of(log, topic, partition))
        async for record in log.latest(topic, partition, prefixes):
            store.read_bytes += len(record.value)
            store._keep(record.key, record.value)
        return store

    def _keep(self, key: str, value: bytes) -> None:
        if value:
            self._values[key] = value
        else:  # a tombstone; no part is empty
            self._values.pop(key, None)

    def forget_chunks(self) -> None:
        """The state is loaded: of its parts the names are enough from here on."""
        self._values |= dict.fromkeys(self.keys("chunk/"), b"-")

    def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key` from the next `flush` on."""
        self._keep(key, b"-" if key.startswith("chunk/") else value)
        self._seq += 1
        kind = key.partition("/")[0]
        writer = f"{self._topic}:{self._partition}"
        place = self._topic, self._partition
        self._pending.append(OutRecord(*place, key, kind, value, writer, self._seq, None))

    def delete(self, key: str) -> None:
        """Forget `key` from the next `flush` on."""
        self.put(key, b"")
        self._values.pop(key, None)

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
        assert self._writer is not None, "opened for reading only"
        await self._writer.send(pending)
