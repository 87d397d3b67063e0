"""Checkpoints in a log of a directory: the `Store` of `streams.checkpoints` over a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.sqlite.file import SqliteLog


class CheckpointTopic:
    """The checkpoint parts of one partition, in a compacted topic of the log."""

    def __init__(
        self, log: SqliteLog, topic: str, partition: int, clock: Callable[[], int]
    ) -> None:
        self._log, self._topic, self._partition, self._clock = log, topic, partition, clock

    def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key`, in place of the one before."""
        topic, partition = self._topic, self._partition
        record_type = "manifest" if key.startswith("manifest/") else "chunk"
        # The seq of a checkpoint's parts is their place: one process writes, and nothing reads it.
        seq = self._log.end(topic, partition) + 1
        writer = f"{topic}:{partition}"
        self._log.append(topic, partition, key, record_type, value, writer, seq, self._clock())

    def delete(self, key: str) -> None:
        """Forget `key`."""
        self._log.delete(self._topic, self._partition, key)

    def items(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, last value) whose key starts with `prefix`."""
        for record in self._log.latest(self._topic, self._partition, prefix):
            yield record.key, record.value

    def keys(self, prefix: str) -> list[str]:
        """Every key that starts with `prefix`."""
        return self._log.keys(self._topic, self._partition, prefix)
