"""What a sink is, what it reads from, and how it follows that.

A sink is one file: a class with these four. Its rows and the offsets up to which it has taken the
log go to the disk together, so that whoever is killed goes on without a hole and takes nothing
twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Protocol

from engine.numbers import is_power_of_two
from streams.codecs import CodecError
from streams.log import PAGE, Log, Place, backwards, places
from streams.reading import left_out
from streams.records import Record, StreamError
from streams.topics import TOPICS

FLUSH_SECONDS = 10.0
"""How old what a reader finds may be, where writing costs little."""
FLUSH_SHARE = 50
"""A flush that took t of a core is followed by at least this many t without one: 2 % of it."""
_LOOK_SECONDS = 0.5
"""Between two looks at a log that has nothing new."""
FULL = 32 << 20
"""Bytes not written yet at which a sink is flushed, however far behind it is."""


class SinkError(StreamError):
    """A sink cannot go on. The text says what is wrong, where, and what to do."""


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

    def __init__(self, log: Log, sink: Sink) -> None:
        self._log, self._sink = log, sink
        self.missed = self.rejected = 0
        self._next: dict[Place, int] = {}

    async def catch_up(self, stop: asyncio.Event | None = None) -> int:
        """Take what is there now and write it; how many records that were."""
        if not self._next:
            await self._begin()
        ends, count = await self._log.ends(self._next), 0
        if not self._has_reached(ends):
            async with aclosing(self._log.follow(self._next)) as batches:
                async for records in batches:
                    count += self._take(records)
                    if self._has_reached(ends) or (stop is not None and stop.is_set()):
                        break
                    if self._sink.waiting() > FULL:
                        self._flush()
        self._flush()
        return count

    def _has_reached(self, ends: Mapping[Place, int]) -> bool:
        return all(self._next[place] >= end for place, end in ends.items())

    async def follow(self, stop: asyncio.Event) -> None:
        """Take what is there, then what comes, until it is to end; what was taken is written."""
        await self.catch_up(stop)
        next_flush = time.monotonic() + FLUSH_SECONDS
        async with aclosing(self._log.follow(self._next)) as batches:
            async for records in batches:
                self._take(records)
                if self._sink.waiting() > FULL or time.monotonic() >= next_flush:
                    began = time.thread_time()
                    self._flush()
                    took = time.thread_time() - began
                    next_flush = time.monotonic() + max(FLUSH_SECONDS, FLUSH_SHARE * took)
                if stop.is_set():
                    break
                if len(records) < PAGE:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        self._flush()

    async def _begin(self) -> None:
        """Where to go on, in each place; of one that is new at the oldest record, or at the first
        one that is young enough."""
        known = self._sink.after()
        for place in places(self._log, *self._sink.topics):
            first = await self._log.start(*place)
            if place in known:
                self.missed += max(first - known[place] - 1, 0)
                self._next[place] = max(first, known[place] + 1)
                continue
            self._next[place] = first
            span = self._sink.topics[place[0]]
            if span is not None:
                async with aclosing(backwards(self._log, *place)) as records:
                    async for newest in records:
                        self._next[place] = await self._log.since(*place, newest.time - span)
                        break

    def _flush(self) -> None:
        self._sink.flush({place: offset - 1 for place, offset in self._next.items() if offset})

    def _take(self, records: Iterable[Record]) -> int:
        count = 0
        for record in records:
            place = record.topic, record.partition
            if not TOPICS[record.topic].aged:  # of those, some are to be gone
                self.missed += record.offset - self._next[place]
            self._next[place] = record.offset + 1
            count += 1
            try:
                self._sink.take(record)
            except CodecError as error:
                self.rejected += 1
                if is_power_of_two(self.rejected):
                    left_out(record, str(error))
        return count
