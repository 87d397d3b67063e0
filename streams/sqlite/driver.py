"""The local driver: Pricer and Shards in one process, on the log of a directory.

A frame, and everything that is computed from it down to the alerts, is one commit. So the log never
shows half of an effect, and a process that was killed goes on from its last checkpoint through the
records behind it, making again what is in the log already (`streams.sqlite.outbox` compares it).
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from engine.types import NUMBERS, SECOND
from streams.bridge import Bridge, silent_note
from streams.checkpoints import Checkpoints
from streams.codecs import VERSION, encode
from streams.driven import DriverCounts, Recovered
from streams.gates import SequenceGapError
from streams.ingest import Frame, Ingested, key_of
from streams.records import LogError, OutRecord, Record
from streams.runner import (
    PricerStage,
    Runner,
    ShardStage,
    StageError,
    StaysDownError,
    pricer_runner,
    shard_runner,
)
from streams.sqlite.file import SqliteLog
from streams.sqlite.outbox import Outbox
from streams.sqlite.store import CheckpointTopic
from streams.sqlite.versions import alerts_since, enter, published_by
from streams.versions import refuse_newer, spans_of, versions_of

CHECKPOINT_EVERY = 5 * SECOND
CHECKPOINT_SHARE = 20
"""A checkpoint that took t is followed by at least this many t without one: 5 % of the time."""

PRUNE_EVERY = 60 * SECOND
ATTEMPTS = 3
"""Failures of the engine at one record after which a restart is no help any more."""

_IDLE = 0.25  # seconds without a frame after which the driver looks if something else is due
_PAGE = 500  # records read at once while catching up

Callback = Callable[[str, Any], None]
"""Gets (topic, body) of each new output after its commit, in the driver's thread."""

_logger = logging.getLogger(__name__)


class Append(NamedTuple):
    """A record to be appended to `topic`, partition 0."""

    topic: str
    key: str
    type: str
    value: bytes
    writer: str
    seq: int


class LocalDriver:
    """Runs the stages on `log`, which must be open for writing. Call `start` first, `stop` last.

    `new_pricer()` and `new_shard(partition, partitions)` make stages without state. `clock` gives
    ns UTC; it stamps records and paces checkpoints, and no output depends on it. `retry_failed`
    forgets earlier failures of the engine. All methods may be called from any thread.

    After an exception other than SequenceGapError from `ingest` the driver is not usable any more;
    a new one on the same directory goes on.
    """

    def __init__(
        self,
        log: SqliteLog,
        new_pricer: Callable[[], PricerStage],
        new_shard: Callable[[int, int], ShardStage],
        clock: Callable[[], int] = time.time_ns,
        *,
        checkpoint_every: int = CHECKPOINT_EVERY,
        retry_failed: bool = False,
    ) -> None:
        self.log, self.counts = log, DriverCounts()
        self.outbox = Outbox(log)
        self._clock, self._checkpoint_every = clock, checkpoint_every
        self._retry_failed = retry_failed
        shards = log.partitions["prices"]
        self.pricer = pricer_runner(new_pricer(), log.log_id, log.partitions)
        self.shards = [
            shard_runner(new_shard(p, shards), log.log_id, log.partitions, p) for p in range(shards)
        ]
        self._checkpoints = {
            runner.writer: Checkpoints(
                CheckpointTopic(log, f"checkpoints.{runner.writer.split(':')[0]}", p, self._time),
                log.log_id,
            )
            for runner, p in self._runners()
        }
        self._saved = {runner.writer: -1 for runner, _ in self._runners()}
        self._callbacks: list[Callback] = []
        self._lock = threading.RLock()
        self._last_time = 0
        self._next_checkpoint = self._next_prune = 0
        self._broken: BaseException | None = None
        self.progress: Callable[[str, int, int], None] = lambda what, done, total: None
        """Called while much is done at once: what, how much of it is done, and of how much."""

    def _runners(self) -> list[tuple[Runner, int]]:
        return [(self.pricer, 0), *((shard, shard.partition) for shard in self.shards)]

    def _time(self) -> int:
        """The time of an append: the clock's, and never before that of the record before."""
        self._last_time = max(self._clock(), self._last_time)
        return self._last_time

    def now(self) -> int:
        """The driver's clock, ns UTC; not before the time of any record."""
        return max(self._clock(), self._last_time)

    # --- start and stop

    def start(self) -> Recovered:
        """Load the checkpoints and catch up with the log.

        Raises LogError, CheckpointError, StaysDownError, StageError, DivergedError, OffsetError.
        """
        with self._lock, self._breaking():
            began = time.perf_counter()
            refuse_newer(self.log.directory, versions_of(self.log))
            self._check_failures()
            last = self.log.backwards("ticks", 0, 2**63 - 1, 1)
            self._last_time = last[0].time if last else 0
            wrote = {runner.writer: self._load(runner) for runner, _ in self._runners()}
            loaded = dict(self._saved)
            silent = sum(self._go_over(runner, wrote[runner.writer]) for runner in self.shards)
            silent += self._go_over(self.pricer, wrote[self.pricer.writer])
            applied = silent + sum(self._catch_up(shard) for shard in self.shards)
            applied += self._catch_up(self.pricer)
            self._next_checkpoint = self._clock() + self._checkpoint_every
            return Recovered(loaded, applied, time.perf_counter() - began, silent)

    def _go_over(self, runner: Runner, wrote: str | None) -> int:
        """Take a stage over from other numbers than ours, and enter that in the log: one commit.

        `wrote` are the numbers of its checkpoint. Returns how many records were made again in
        silence (`streams.bridge` says why).
        """
        log, topic, partition = self.log, runner.topic, runner.partition
        known = spans_of(versions_of(log), topic, partition)
        foreign = wrote != NUMBERS if wrote else {s.numbers for s in known} != {NUMBERS}
        already = published_by(log, runner.writer) if foreign else {}
        first, silent = runner.last_offset, 0
        with self._effects() as published:
            start = runner.last_offset + 1
            if already:
                until = log.end(topic, partition) - 1  # of a shard: all of a frame is one commit
                bridge = Bridge(runner, already, alerts_since(log, runner), until)
                for record in self._behind(runner):
                    self._send(bridge.take(record), published)
                bridge.finish()
                silent = bridge.silent
                start = bridge.begins
            enter(log, runner, known, start, self._time())
            if runner.last_offset > first:
                self._save(runner)
        if silent:
            _logger.warning("%s", silent_note(runner, first, wrote, silent))
        return silent

    def _check_failures(self) -> None:
        for key, value in self.log.metas("failure/").items():
            if self._retry_failed:
                self.log.set_meta(key, None)
                continue
            failure, (_, topic, partition, offset) = json.loads(value), key.split("/")
            if failure["count"] >= ATTEMPTS:
                raise StaysDownError(
                    topic, int(partition), int(offset), failure["count"], failure["error"]
                )

    def _load(self, runner: Runner) -> str | None:
        """The state of the newest checkpoint; the version of the numbers that wrote it."""
        topic, partition = runner.topic, runner.partition
        checkpoints = self._checkpoints[runner.writer]
        checkpoint = checkpoints.load()
        for note in checkpoints.skipped:
            _logger.warning("%s: a checkpoint is torn and was passed over: %s", runner.writer, note)
        if checkpoint is not None:
            runner.load(checkpoint.state)
            self._saved[runner.writer] = runner.last_offset
        elif self.log.start(topic, partition) > 0:
            raise LogError(
                f"{self.log.directory}: {topic}/{partition} starts at offset "
                f"{self.log.start(topic, partition)} and there is no checkpoint to go on from; "
                "start a new log with --log and backfill its prices"
            )
        if runner.last_offset >= self.log.end(topic, partition):
            raise LogError(
                f"{self.log.directory}: {topic}/{partition} ends at offset "
                f"{self.log.end(topic, partition) - 1}, before its checkpoint at "
                f"{runner.last_offset}: records were removed; restore the whole directory"
            )
        return None if checkpoint is None else checkpoint.numbers

    def _behind(self, runner: Runner) -> Iterator[Record]:
        """The records behind the state, up to the end of the log."""
        first, end = runner.last_offset + 1, self.log.end(runner.topic, runner.partition)
        while page := self.log.read(runner.topic, runner.partition, runner.last_offset, _PAGE):
            done = page[0].offset - first
            self.progress(f"catching up with {runner.topic}", done, end - first)
            yield from page

    def _catch_up(self, runner: Runner) -> int:
        applied = 0
        for record in self._behind(runner):
            with self._effects() as published:
                self._apply(runner, record, published)
            applied += 1
        return applied

    def stop(self) -> None:
        """Write checkpoints, if the driver is sound. The log stays open: it is the caller's."""
        with self._lock:
            if self._broken is None:
                self.checkpoint()

    # --- records in, outputs out

    def on_output(self, callback: Callback) -> None:
        """Call `callback(topic, body)` for every new output except `prices`, in order.

        What the log held before `start` is not repeated. An exception in the callback is logged and
        counted; it never reaches the stages.
        """
        self._callbacks.append(callback)

    def ingest(self, frame: Frame, writer: str, seq: int) -> bool:
        """Take a connector's frame; False if its writer sent it before. Raises SequenceGapError."""
        record_type, value = encode(frame)
        taken = self.take([Append("ticks", key_of(frame), record_type or "", value, writer, seq)])
        self.counts.frames += taken
        return taken

    def take(self, appends: Iterable[Append]) -> bool:
        """Append records of one writer, and apply those of `ticks`, in one commit.

        False, and nothing is appended, if the first of `ticks` is a duplicate.
        """
        appends = list(appends)
        with self._lock:
            self._check_sound()
            first = next(append for append in appends if append.topic == "ticks")
            match self.pricer.gate.check(first.writer, first.seq):
                case "duplicate":
                    self.counts.duplicates += 1
                    return False
                case "gap":
                    expected = self.pricer.gate.last(first.writer) + 1
                    end = self.log.end("ticks", 0)
                    raise SequenceGapError("ticks/0", end, first.writer, expected, first.seq)
            with self._breaking():
                with self._effects(appends) as published:
                    for done, append in enumerate(appends):
                        if done % _PAGE == _PAGE - 1:
                            self.progress("taking records in", done, len(appends))
                        record = self._append(append)
                        if record.topic == "ticks":
                            self._apply(self.pricer, record, published)
                self._publish(published)
                self.maintain()
            return True

    def _append(self, append: Append) -> Record:
        now, log = self._time(), self.log
        topic, key, record_type, value, writer, seq = append
        offset = log.append(topic, 0, key, record_type, value, writer, seq, now)
        return Record(
            topic, 0, offset, key, record_type, VERSION, log.log_id, writer, seq, now, value
        )

    def _apply(self, runner: Runner, record: Record, published: list[tuple[str, Any]]) -> None:
        self._send(runner.apply(record), published)

    def _send(self, outputs: Iterable[OutRecord], published: list[tuple[str, Any]]) -> None:
        for out in outputs:
            sent, new = self.outbox.send(out, self._time())
            if out.topic == "prices":
                if sent is not None:
                    self._apply(self.shards[out.partition], sent, published)
            elif new and out.topic != "snapshots.history":
                published.append((out.topic, out.body))

    @contextmanager
    def _effects(self, appends: Iterable[Append] = ()) -> Iterator[list[tuple[str, Any]]]:
        """One commit. If the engine fails in it, only `appends` and the failure are kept."""
        published = list[tuple[str, Any]]()
        try:
            with self.log.transaction():
                yield published
        except StageError as error:
            with self.log.transaction():
                # The record stays in the log: the next start tries it again, and counts.
                for append in appends:
                    self._append(append)
                self._count_failure(error)
            raise

    def _count_failure(self, error: StageError) -> None:
        key = f"failure/{error.topic}/{error.partition}/{error.offset}"
        before = json.loads(self.log.meta(key) or '{"count": 0}')
        note = {"count": before["count"] + 1, "error": repr(error.__cause__)}
        self.log.set_meta(key, json.dumps(note))

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        """After an exception inside, the state in memory is not that of the log: no going on."""
        self._check_sound()
        try:
            yield
        except BaseException as error:
            self._broken = error
            raise

    def _check_sound(self) -> None:
        if self._broken is not None:
            raise LogError(f"the driver stopped before: {self._broken}") from self._broken

    def _publish(self, published: Iterable[tuple[str, Any]]) -> None:
        for topic, body in published:
            for callback in self._callbacks:
                try:
                    callback(topic, body)
                except Exception:
                    self.counts.callback_errors += 1
                    _logger.exception("a reader of the outputs failed on a record of %s", topic)

    def run(self, frames: queue.Queue[Ingested | None]) -> None:
        """Take frames from the queue until None comes: the body of a thread."""
        while True:
            try:
                ingested = frames.get(timeout=_IDLE)
            except queue.Empty:
                self.maintain()
                continue
            if ingested is None:
                return
            self.ingest(*ingested)

    # --- what is due from time to time

    def maintain(self) -> None:
        """Checkpoint and prune if it is time. `ingest` and `run` see to it."""
        with self._lock:
            now = self._clock()
            if now >= self._next_checkpoint:
                self.checkpoint()
            if now >= self._next_prune:
                self._next_prune = now + PRUNE_EVERY
                self.counts.pruned += sum(self.log.prune(now, self._needed()).values())

    def _needed(self) -> dict[tuple[str, int], int]:
        return {
            (runner.topic, runner.partition): self._saved[runner.writer] + 1
            for runner, _ in self._runners()
        }

    def checkpoint(self) -> None:
        """Write a checkpoint of every stage that has moved since its last one."""
        with self._lock, self._breaking():
            began = time.perf_counter()
            for runner, _ in self._runners():
                if runner.last_offset > self._saved[runner.writer]:
                    self._checkpoint(runner)
            seconds = time.perf_counter() - began
            self.counts.checkpoint_seconds += seconds
            pause = max(self._checkpoint_every, int(CHECKPOINT_SHARE * seconds * SECOND))
            self._next_checkpoint = self._clock() + pause

    def _checkpoint(self, runner: Runner) -> None:
        with self.log.transaction():
            self._save(runner)

    def _save(self, runner: Runner) -> None:
        checkpoints = self._checkpoints[runner.writer]
        size = checkpoints.save(runner.last_offset, runner.dump(), self._time())
        for key in self.log.metas(f"failure/{runner.topic}/{runner.partition}/"):
            if int(key.rsplit("/", 1)[1]) <= runner.last_offset:
                self.log.set_meta(key, None)
        self._saved[runner.writer] = runner.last_offset
        self.counts.checkpoints += 1
        self.counts.checkpoint_bytes += size

    def status(self) -> Mapping[str, int]:
        """Figures for a status page: positions, duplicates, rejects, outputs."""
        shards = self.shards
        return {
            "ticks_offset": self.pricer.last_offset,
            "prices_offset": min(shard.last_offset for shard in shards),
            "duplicates": self.counts.duplicates,
            "rejected": self.pricer.rejected + sum(shard.rejected for shard in shards),
            "appended": self.outbox.appended,
            "checkpoints": self.counts.checkpoints,
            "callback_errors": self.counts.callback_errors,
        }
