"""Following a log that another process, or another thread, writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.records import Record
from streams.sqlite.file import SqliteLog
from streams.topics import TOPICS


class LogTail:
    """Hands out the records of some topics as they come, each partition in its order.

    It starts behind the offsets `after[topic, partition]`; a partition that is not named there
    starts at what comes from now on, or at the oldest kept record with `from_start`. `missed`
    counts the records that were removed by age before this reader came to them.
    """

    def __init__(
        self,
        log: SqliteLog,
        topics: Iterable[str],
        after: Mapping[tuple[str, int], int] | None = None,
        *,
        from_start: bool = False,
    ) -> None:
        self._log = log
        self.missed = 0
        self.after = {
            (topic, partition): -1 if from_start else log.end(topic, partition) - 1
            for topic in topics
            for partition in range(log.partitions[topic])
        } | dict(after or {})
        self._first = dict.fromkeys(self.after, from_start)

    def poll(self, limit: int = 1000) -> list[Record]:
        """What is new, at most `limit` records of each partition; empty if nothing is."""
        found = list[Record]()
        for (topic, partition), after in self.after.items():
            page = self._log.read(topic, partition, after, limit)
            if not page:
                continue
            if not TOPICS[topic].compacted and not self._first[topic, partition]:
                self.missed += page[0].offset - after - 1
            self._first[topic, partition] = False
            self.after[topic, partition] = page[-1].offset
            found += page
        return found
