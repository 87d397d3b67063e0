"""What drives one stage over its partition, on every log: its state, its failures, its pace.

The order is fixed: outputs are sent and each delivery is awaited; then the checkpoint, awaited;
only then may whoever handed the records over take them for done.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable

from engine.types import HOUR, SECOND
from streams.archive import archived
from streams.checkpoints import Checkpoint, Checkpoints, encode_state
from streams.log import Log, Writer, end_of
from streams.overtaking import go_over
from streams.part_store import PartStore
from streams.passage import Hop, Passage
from streams.records import LogError, OutRecord, Record
from streams.runner import Runner, StageError, StaysDownError
from streams.spread import SLOW

CHECKPOINT_EVERY = 5 * SECOND
CHECKPOINT_SHARE = 20
"""A checkpoint that took t is followed by at least this many t without one: 5 % of the time."""

ATTEMPTS = 3
"""Failures of the engine at one record after which a restart is no help any more."""

_OUTPUTS = 2000
"""Outputs after which they are sent though more records wait: bounds memory."""
_MADE = 10_000
"""Records that passages are told of at once: bounds memory while hours are caught up with."""
_FAILURE = "failure/"
_HOPS: dict[str, tuple[Hop, frozenset[str]]] = {
    "ticks": ("log_to_price", frozenset({"prices"})),
    "prices": ("price_to_snapshot", frozenset({"levels", "snapshots", "alerts"})),
}
"""Of a stage's input: the hop that it is, and the outputs which end that."""

logger = logging.getLogger(__name__)

Clock = Callable[[], int]
"""ns; of `pace` only differences count."""


class StageHost:
    """One stage at work. Made by `open`; then `go_over`, before the first `take`.

    `outputs` and `states` take what the stage says, and its checkpoints. `stamp` gives ns UTC.
    `loaded` is the offset of the checkpoint that it came from (-1: none), `saved` that of its
    newest; `checkpoints` and `checkpoint_bytes` count those that it wrote.
    """

    def __init__(
        self,
        log: Log,
        runner: Runner,
        outputs: Writer,
        states: Writer,
        store: PartStore,
        *,
        stamp: Clock,
        pace: Clock,
        every: int,
    ) -> None:
        self.log, self.runner = log, runner
        self._outputs, self._states, self._store = outputs, states, store
        self._kept = Checkpoints(store, log.log_id)
        self._stamp, self._pace, self._every = stamp, pace, every
        self._found: Checkpoint | None = None
        self._hour = -1
        self.stopped = False
        self.next_checkpoint = pace() + every
        self.loaded = self.saved = -1
        self.checkpoints = self.checkpoint_bytes = 0
        self.seconds = 0.0
        """That all its checkpoints took."""
        self._hop, self._ends = _HOPS[runner.topic]
        self._made = deque[tuple[int, int]](maxlen=_MADE)

    @classmethod
    async def open(
        cls,
        log: Log,
        runner: Runner,
        outputs: Writer,
        states: Writer,
        *,
        stamp: Clock = time.time_ns,
        pace: Clock = time.monotonic_ns,
        every: int = CHECKPOINT_EVERY,
        retry_failed: bool = False,
    ) -> StageHost:
        """Load the newest checkpoint into `runner`. `retry_failed` forgets earlier failures.

        Raises LogError, CheckpointError and StaysDownError.
        """
        topic = f"checkpoints.{runner.writer.split(':')[0]}"
        store = await PartStore.open(log, states, topic, runner.partition)
        host = cls(log, runner, outputs, states, store, stamp=stamp, pace=pace, every=every)
        await host._look_at_failures(retry_failed)
        await host._load(topic)
        store.forget_chunks()
        return host

    async def _load(self, topic: str) -> None:
        runner, found = self.runner, self._kept.load()
        for note in self._kept.skipped:
            logger.warning("%s/%d: a checkpoint is torn: %s", topic, runner.partition, note)
        if found is not None:
            runner.load(found.state)
            self._found = found
            self._hour = (runner.reached_at or found.time) // HOUR
            self.loaded = self.saved = runner.last_offset
        where = f"{self.log.name}: {runner.topic}/{runner.partition}"
        check_start(self.log, runner, await self.log.start(runner.topic, runner.partition))
        end = await end_of(self.log, runner.topic, runner.partition)
        if runner.last_offset >= end:
            raise LogError(
                f"{where} ends at offset {end - 1}, before its checkpoint at "
                f"{runner.last_offset}: records were removed; restore the whole log"
            )

    async def go_over(self) -> int:
        """Take over from an older version, if one was at work last (`streams.overtaking`); how
        many records were made again in silence. Raises StageError."""
        wrote = None if self._found is None else self._found.numbers
        args = self.log, self._outputs, self._states, self.runner, wrote, self._stamp()
        silent = await go_over(*args)
        if silent is not None:
            await self.checkpoint(anew=True)
        return silent or 0

    # --- records in, outputs out

    async def take(self, records: Iterable[Record]) -> None:
        """Apply records, the next ones of the partition, and deliver what the stage says of them;
        once `stopped` is set, no more of it than is on its way.

        Raises StageError, which whoever drives this counts by `count_failure`, and what
        `Runner.apply` raises; then the state is that of no place in the log.
        """
        made = list[OutRecord]()
        for record in records:
            before = self.runner.reached
            outputs = self.runner.apply(record)
            if outputs:
                made += outputs
                if any(output.topic in self._ends for output in outputs):
                    self._made.append((record.time, self.runner.reached))
            archives = record.time // HOUR != self._hour and self._can_archive(before)
            if len(made) >= _OUTPUTS or archives:
                await self._outputs.send(made)
                made = []
                if self.stopped:
                    return
            if archives:
                await self._archive(record.time)
                if self.stopped:
                    return
        if made:
            await self._outputs.send(made)

    def _can_archive(self, before: int) -> bool:
        """Whether the record just taken, `before` which `reached` was so much, is one behind which
        all partitions of `prices` have come equally far: there the older prices of all can be
        joined to the state of one (`streams.older_prices`). Not the one at which an hour ends: to
        write a state takes a while, and what is said of the hour need not wait for it."""
        runner, now = self.runner, self.runner.reached
        if runner.topic != "prices":
            return True
        return now // SLOW > before // SLOW and now // HOUR == before // HOUR

    async def _archive(self, time: int) -> None:
        """Keep the state behind a record that was appended at `time` (ns UTC)."""
        self._hour = time // HOUR
        data = encode_state(self.runner.dump())
        await self._states.send(archived(self.runner, data, self.log, time))

    def passages(self) -> list[Passage]:
        """Of the records that were taken since this was asked last, and made something: from their
        append to now, when what they made is in the log."""
        made = list(self._made)
        self._made.clear()
        now, hop, partition = self._stamp(), self._hop, self.runner.partition
        return [Passage(hop, began, now, instant, partition) for began, instant in made]

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self._pace() >= self.next_checkpoint

    @property
    def seconds_left(self) -> float:
        """Until then."""
        return max(self.next_checkpoint - self._pace(), 0) / SECOND

    async def checkpoint(self, *, anew: bool = False) -> None:
        """Everything before is delivered: write the state, unless that was done, or `anew`."""
        runner = self.runner
        self.next_checkpoint = self._pace() + self._every
        if runner.last_offset == self.saved and not anew:
            return
        began, now = time.perf_counter(), self._stamp()
        runner.spread.is_on = True  # from this state on: what comes behind it is sent after it
        data = encode_state(runner.dump())
        self._kept.save(runner.last_offset, data, now)
        for key in self._store.keys(_FAILURE):
            if int(key.removeprefix(_FAILURE)) <= runner.last_offset:
                self._store.delete(key)
        await self._store.flush()
        self.saved = runner.last_offset
        self.checkpoints += 1
        self.checkpoint_bytes += len(data)
        took = time.perf_counter() - began
        self.seconds += took
        pause = max(self._every, int(CHECKPOINT_SHARE * took * SECOND))
        self.next_checkpoint = self._pace() + pause

    # --- failures of the engine

    async def count_failure(self, error: StageError) -> None:
        """The third failure at one record is the last: it is counted beside the checkpoints."""
        key = f"{_FAILURE}{error.offset}"
        count, _ = _failure(dict(self._store.items(key)).get(key, b"0"))
        note = {"count": count + 1, "error": repr(error.__cause__)}
        self._store.put(key, json.dumps(note).encode())
        await self._store.flush()

    async def _look_at_failures(self, retry: bool) -> None:
        runner = self.runner
        for key, value in list(self._store.items(_FAILURE)):
            count, text = _failure(value)
            if retry:
                self._store.delete(key)
            elif count >= ATTEMPTS:
                offset = int(key.removeprefix(_FAILURE))
                raise StaysDownError(runner.topic, runner.partition, offset, count, text)
        if retry:
            await self._store.flush()


def _failure(value: bytes) -> tuple[int, str]:
    """How often, and what it was; earlier versions wrote the number alone."""
    note = json.loads(value)
    return (note, "") if isinstance(note, int) else (note["count"], note["error"])


def check_start(log: Log, runner: Runner, start: int) -> None:
    """Refuse a log that begins, at offset `start`, behind the end of the state; raises LogError."""
    if start > runner.last_offset + 1:
        state = f"the checkpoint ends at {runner.last_offset}"
        raise LogError(
            f"{log.name}: {runner.topic}/{runner.partition} starts at offset {start}, and "
            f"{'there is no checkpoint' if runner.last_offset < 0 else state}: what was between is "
            "past its time; start a new log and backfill its prices"
        )
