"""The same items from a log itself, on Kafka or in a directory: every record that is in it.

Snapshots are kept by index, the newest only: in a directory at once, on Kafka in its own time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.cursor import alerts_text, figures_text, parse_cursor
from tidegauge.client.errors import Lost, RefusedError
from tidegauge.client.feed import FeedPlace
from tidegauge.client.following import Item, StreamFollower
from tidegauge.client.items import IndexAlert, IndexLevel, IndexSnapshot

if TYPE_CHECKING:
    from streams.log import Log
    from streams.records import Record

_LOOKED_BACK = 1000
"""Alerts of a partition among which those are that fire; as many as a gateway looks at."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogFollower:
    """Follows one topic of a log; after a loss from where it was."""

    def __init__(self, address: str, topic: str, indices: Collection[str], place: FeedPlace):
        self._address, self._topic, self._indices = address, topic, frozenset(indices)
        self._next: dict[int, int] | None = None
        self._since, self._place = place.cursor, place
        self._alerts = StreamFollower()
        self._seqs: dict[str, int] = {}
        self._newest: dict[str, tuple[int, int]] = {}

    async def items(self) -> AsyncGenerator[Item, None]:
        """For ever. Raises Lost and RefusedError."""
        from streams.records import StreamError
        from tidegauge.errors import WrongUse
        from tidegauge.opening import target_of

        try:
            async with target_of(self._address).open() as log, aclosing(self._all(log)) as found:
                async for item in found:
                    yield item
        except WrongUse as error:
            raise RefusedError(422, str(error)) from None
        except StreamError as error:
            raise Lost(str(error)) from None

    async def _all(self, log: Log) -> AsyncGenerator[Item, None]:
        from streams.log import places

        wanted = places(log, self._topic)
        if self._next is None:
            if self._topic == "alerts" and self._since is not None:
                self._next = self._after(self._since, log)
            else:
                ends = {p: end for (_, p), end in (await log.ends(wanted)).items()}
                async with aclosing(self._first(log, ends)) as items:
                    async for item in items:
                        yield item
                self._next = ends  # before that is through, another try begins with it again
        self._place.cursor = self._cursor(log, self._next)
        starts = {(self._topic, p): offset for p, offset in self._next.items()}
        async with aclosing(log.follow(starts)) as batches:
            async for records in batches:
                for record in records:
                    self._next[record.partition] = record.offset + 1
                    for item in self._read(record, log):
                        yield item
                    self._place.cursor = self._cursor(log, self._next)

    async def _first(self, log: Log, ends: dict[int, int]) -> AsyncGenerator[Item, None]:
        """What is there now: each index's snapshot, or the alerts that fire."""
        if self._topic == "snapshots":
            for partition in ends:
                async for record in log.latest("snapshots", partition, self._keys()):
                    for item in self._read(record, log):
                        yield item
        elif self._topic == "alerts":
            self._alerts = StreamFollower()  # none of an earlier try was given
            found = dict[str, IndexAlert]()
            for partition, end in ends.items():
                async for record in log.read("alerts", partition, max(end - _LOOKED_BACK, 0), end):
                    for item in self._read(record, log):
                        if isinstance(item, IndexAlert):
                            found.pop(item.episode, None)
                            if item.is_firing:
                                found[item.episode] = item
            behind = self._cursor(log, ends)  # behind all of all partitions: with the last of all
            for n, alert in enumerate(found.values(), 1):
                cursor = behind if n == len(found) else None
                yield msgspec.structs.replace(alert, cursor=cursor)

    def _keys(self) -> tuple[str, ...]:
        return tuple(self._indices) or ("",)

    def _after(self, cursor: str, log: Log) -> dict[int, int]:
        position = parse_cursor(cursor)
        if position is None or position.log != log.log_id[:8]:
            raise RefusedError(422, "since: it is no cursor of this log; leave it out")
        return {p: position.alerts.get(p, -1) + 1 for p in range(log.partitions[self._topic])}

    def _read(self, record: Record, log: Log) -> Iterator[Item]:
        """What a record brings; one that is none of ours is passed over, as the gateway does."""
        from streams.reading import read_or_log

        if not record.value or (body := read_or_log(record)) is None:
            return
        make: Callable[[dict[str, Any]], Iterator[Item]] = {
            "snapshots": self._snapshot,
            "levels": self._levels,
            "alerts": self._alert,
        }[self._topic]
        for item in make(body):
            yield msgspec.structs.replace(item, cursor=self._cursor(log, self._next))

    def _cursor(self, log: Log, ends: dict[int, int] | None) -> str | None:
        """The place behind all that was read; of alerts, which alone go on from one."""
        if self._topic != "alerts" or ends is None:
            return None
        offsets = {p: n - 1 for p, n in ends.items() if n > 0}
        return figures_text("0" * 8, 0, log.log_id[:8], {}) + alerts_text(offsets)

    def _wants(self, index: str) -> bool:
        return not self._indices or index in self._indices

    def _snapshot(self, body: dict[str, Any]) -> Iterator[Item]:
        from gateway.wire import rendered

        index, seq = body["index"], body["seq"]
        if self._wants(index) and seq > self._seqs.get(index, -1):
            self._seqs[index] = seq
            told = {"level": body.get("level"), "status": body["status"], "body": rendered(body)}
            yield IndexSnapshot(index=index, seq=seq, as_of=_instant(body["as_of"]), **told)

    def _levels(self, body: dict[str, Any]) -> Iterator[Item]:
        from streams.level_rows import level_rows

        for row in level_rows(body):
            index, seq = row["index"], row["seq"]
            held = self._newest.get(index, (-1, -1))
            if self._wants(index) and (seq, row["at"]) > held:
                self._newest[index] = seq, row["at"]
                told = {"level": row["level"], "peak": row["peak"]}
                yield IndexLevel(index=index, seq=seq, at=_instant(row["at"]), **told)

    def _alert(self, body: dict[str, Any]) -> Iterator[Item]:
        from gateway.wire import rendered

        if self._wants(body["index"]) and (found := self._alerts.alert(rendered(body))):
            yield found


def _instant(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // 1000)
