"""What a sink is, what it reads from, and how it follows that.

A sink is one file: a class with these four. Its rows and the offsets up to which it has taken the
log go to the disk together, so that whoever is killed goes on without a hole and takes nothing
twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from engine.numbers import is_power_of_two
from streams.codecs import CodecError
from streams.reading import left_out
from streams.records import Record, StreamError

PAGE = 1000
"""Records that are read at once."""
FLUSH_SECONDS = 10.0
"""How old what a reader finds may be, where writing costs little."""
FLUSH_SHARE = 50
"""A flush that took t of a core is followed by at least this many t without one: 2 % of it."""
_LOOK_SECONDS = 0.5
"""Between two looks at a log that has nothing new."""
FULL = 32 << 20
"""Bytes not written yet at which a sink is flushed, however far behind it is."""

_logger = logging.getLogger(__name__)


class SinkError(StreamError):
    """A sink cannot go on. The text says what is wrong, where, and what to do."""


class SinkSource(Protocol):
    """A log as a sink reads it: pages of records of a topic's partition, in order."""

    @property
    def log_id(self) -> str:
        """The log's UUID."""

    @property
    def partitions(self) -> Mapping[str, int]:
        """How many partitions each topic has."""

    def read(
        self, topic: str, partition: int, after: int = -1, limit: int = PAGE
    ) -> Sequence[Record]:
        """At most `limit` records with offsets above `after`, in order."""

    def start(self, topic: str, partition: int) -> int:
        """The offset of the oldest record that is kept; the end where there is none."""

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record will get."""


class Sink(Protocol):
    """Takes records of `topics`, each partition in its order."""

    @property
    def topics(self) -> Mapping[str, int | None]:
        """What it reads; of a topic of which only the newest is of use, how far back (ns)."""

    def after(self) -> dict[tuple[str, int], int]:
        """By topic and partition the offset behind which it goes on; what is not named is new."""

    def take(self, record: Record) -> None:
        """Take a record. Raises CodecError where it is unreadable; it is left out then."""

    def waiting(self) -> int:
        """Bytes taken and not written yet."""

    def flush(self, reached: Mapping[tuple[str, int], int]) -> None:
        """Write what was taken, up to these offsets. Raises SinkError."""


class Follower:
    """Feeds a sink with a log. `missed` counts the records that were gone when it came to them,
    `rejected` those that it could not read."""

    def __init__(self, source: SinkSource, sink: Sink) -> None:
        self._source, self._sink = source, sink
        self.missed = self.rejected = 0
        known = sink.after()
        self._after = {
            (topic, partition): known.get((topic, partition), None)
            for topic in sink.topics
            for partition in range(source.partitions.get(topic, 0))
        }

    def catch_up(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Take what is there now and write it; how many records that were."""
        count = 0
        while not stopped() and (page := self._page()):
            count += page
            if self._sink.waiting() > FULL:
                self._flush()
        self._flush()
        return count

    def follow(self, wait: Callable[[float], bool]) -> None:
        """Take what is there, then what comes, until `wait(seconds)` says that it is to end; what
        was taken is written."""
        self.catch_up(lambda: wait(0.0))
        next_flush = time.monotonic() + FLUSH_SECONDS
        while not wait(_LOOK_SECONDS):
            while self._page() and self._sink.waiting() <= FULL and not wait(0.0):
                pass
            if self._sink.waiting() > FULL or time.monotonic() >= next_flush:
                began = time.thread_time()
                self._flush()
                took = time.thread_time() - began
                next_flush = time.monotonic() + max(FLUSH_SECONDS, FLUSH_SHARE * took)
        self._flush()

    def _flush(self) -> None:
        self._sink.flush(
            {where: after for where, after in self._after.items() if after is not None}
        )

    def _page(self) -> int:
        """Take a page of each partition; how many records."""
        count = 0
        for where, after in self._after.items():
            if after is None:
                after = self._after[where] = self._first(*where) - 1
            records = self._source.read(*where, after, PAGE)
            if records:
                self.missed += records[0].offset - after - 1
                self._take(records)
                self._after[where] = records[-1].offset
                count += len(records)
        return count

    def _first(self, topic: str, partition: int) -> int:
        """Where to begin: at the oldest record, or at the first one that is young enough."""
        low, end = self._source.start(topic, partition), self._source.end(topic, partition)
        span = self._sink.topics[topic]
        newest = self._source.read(topic, partition, end - 2, 1)
        if span is None or not newest:
            return low
        high = newest[0].offset
        while low < high:
            middle = (low + high) // 2
            found = self._source.read(topic, partition, middle - 1, 1)
            if found and found[0].time < newest[0].time - span:
                low = found[0].offset + 1
            else:
                high = middle
        return low

    def _take(self, records: Iterable[Record]) -> None:
        for record in records:
            try:
                self._sink.take(record)
            except CodecError as error:
                self.rejected += 1
                if is_power_of_two(self.rejected):
                    left_out(record, str(error))
