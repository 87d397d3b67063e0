"""From an older version of the numbers to this one, where no checkpoint covers the log's end.

After a crash a stage makes again what it made since its checkpoint. If that was the work of an
older version, what comes out now may be other bytes, and more or fewer records. What is published
stays as it is: readers have acted on it. So a `Bridge` takes the runner from the checkpoint to the
end of what the older version has worked on *without sending*; the state goes on with the new
numbers. Then the writer's seqs are taken from the log's end, so that they have no gap, however
many outputs there would have been.

How far the older version came must be exact, or an instant is priced twice, or never:

- A shard's outputs show by which offset of `prices` they were caused. What a crash on Kafka left
  undelivered of the last few is not made up for, except the alerts, see below.
- Of the Pricer's records each has a `now` that never falls. One with a higher `now` than the last
  published one is new. Of equal `now` one with rows is not: every `at` is above the `now` before.
  Those without rows are distinguished by their number; what waited for a partition was published
  joined and is made again one by one (`streams.spread`), so one of them may be said twice there,
  but no row is, and nothing is left out.

Alerts are promises too. What the new numbers would have fired in the silent span was not said, and
what the old ones said stands. So the alert book is set back to what was published
(`engine.alerts.published`); the next price then fires or resolves, aloud and with the next number,
what is otherwise than was said.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from engine.alerts.published import adopt_alerts
from engine.records import PriceFrame
from engine.records.published import ReceiptHead
from engine.types import NUMBERS
from streams.codecs import CodecError
from streams.reading import left_out, read
from streams.records import OutRecord, Record
from streams.runner import Runner

PRICES = ("prices", "prices.history")
"""What a Pricer's prices are sent to."""


class Published(NamedTuple):
    """The last that a writer has in a partition: its seq, and how far its input had come: the
    `now` of a record of `prices`, the offset of the causing record otherwise."""

    seq: int
    reached: int


class _Place(msgspec.Struct):
    """What an output says of the record that caused it."""

    receipt: ReceiptHead | None = None
    seq: int | list[int] = -1
    """Of levels: the offset of the record, or a column of them."""
    offset: int = -1


_read_place = msgspec.json.Decoder(_Place).decode


def reached_by(record: Record) -> int:
    """`Published.reached` of an output; raises CodecError where it is none."""
    if record.topic in PRICES:
        return int(read(record).now)
    try:
        place = _read_place(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(str(error)) from None
    if record.topic == "rejected":
        return place.offset
    if place.receipt is not None:
        return place.receipt.offset
    return max(place.seq, default=-1) if isinstance(place.seq, list) else place.seq


def newest(records: Iterable[Record], writer: str) -> Published | None:
    """The highest seq of a writer among these records, and how far it came."""
    own = [record for record in records if record.writer == writer]
    for record in sorted(own, key=lambda record: record.seq, reverse=True):
        try:
            return Published(record.seq, reached_by(record))
        except CodecError as error:  # under its name, and not of its making
            left_out(record, str(error))
    return None


class Bridge:
    """Takes `runner`, as loaded from its checkpoint, over what an older version has published.

    `published` says what that is, by topic/partition; `alerts` are the bodies of the writer's
    published alerts, in order; `until` is the last offset that the older version has worked on, of
    a shard. `silent` counts the records of the input whose outputs were held back.
    """

    def __init__(
        self,
        runner: Runner,
        published: Mapping[str, Published],
        alerts: Iterable[Mapping[str, Any]] = (),
        until: int | None = None,
    ) -> None:
        self.runner, self._published = runner, published
        self.checkpoint = runner.last_offset
        runner.spread.is_on = False  # what is published already must not wait for anything
        self.silent = 0
        self._first_sent: int | None = None
        if until is None:
            until = max((p.reached for p in published.values()), default=-1)
        self.until = until
        self._shard = runner.topic == "prices"
        self._next = dict(runner.seqs)
        for where, last in published.items():
            self._next[where] = max(last.seq, self._next.get(where, 0))
        self._alerts: list[Mapping[str, Any]] | None = None
        self._before = copy.deepcopy(runner.dump()["stage"].get("watch")) if self._shard else None
        if self._before is not None:
            self._alerts = [a for a in alerts if a["receipt"]["offset"] > self.checkpoint]

    @property
    def begins(self) -> int:
        """The offset from which on outputs are of the new numbers."""
        first = self._first_sent
        return self.runner.last_offset + 1 if first is None else first

    def take(self, record: Record) -> list[OutRecord]:
        """Apply a record; what of its outputs is to be sent, numbered behind what is published."""
        if record.offset > self.until:
            self._adopt()
        made = self.runner.apply(record)
        sent = [self._number(out) for out in made if self._is_new(out, record.offset)]
        if len(sent) < len(made):
            self.silent += 1
        elif sent and self._first_sent is None:
            self._first_sent = record.offset
        return sent

    def finish(self) -> None:
        """The end of the log is reached: the runner goes on by itself."""
        self._adopt()
        self.runner.seqs = dict(self._next)

    def _number(self, out: OutRecord) -> OutRecord:
        where = f"{out.topic}/{out.partition}"
        self._next[where] = self._next.get(where, 0) + 1
        return out._replace(seq=self._next[where])

    def _is_new(self, out: OutRecord, offset: int) -> bool:
        if self._shard:
            return offset > self.until
        last = self._published.get(f"{out.topic}/{out.partition}")
        if last is None:
            return True
        if out.topic not in PRICES:
            return offset > last.reached
        now = int(out.body.now)
        has_rows = isinstance(out.body, PriceFrame) and len(out.body.asset) > 0
        return now > last.reached or (now == last.reached and out.seq > last.seq and not has_rows)

    def _adopt(self) -> None:
        alerts, self._alerts = self._alerts, None
        if alerts is None or self._before is None:  # done already, or a stage without alerts
            return
        state = self.runner.dump()
        state["stage"] = adopt_alerts(state["stage"], self._before, alerts)
        self.runner.load(state)


def silent_note(runner: Runner, checkpoint: int, wrote: str | None, silent: int) -> str:
    """One line about what was made again without sending."""
    return (
        f"{runner.writer}: {runner.topic}/{runner.partition} behind the checkpoint at offset "
        f"{checkpoint} was the work of numbers {wrote or 'unknown'} and stays as it is; {silent} "
        f"records were made again with numbers {NUMBERS} without sending"
    )
