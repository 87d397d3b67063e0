"""The stages in one process, on the log of a directory.

What stands in `ticks`, and everything that is computed from it down to the alerts, is one commit.
So the log never shows half of an effect, and a process that was killed goes on from its last
checkpoint through the records behind it, making again what is in the log already
(`streams.sqlite.outbox` compares it).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import chain

from engine.types import SECOND
from streams.codecs import encode
from streams.driven import DriverCounts, Recovered
from streams.gates import SequenceGapError
from streams.host import CHECKPOINT_EVERY, StageHost
from streams.ingest import Frame, key_of
from streams.log import PAGE, at_once
from streams.passage import Passed, unwatched
from streams.records import LogError, OutRecord
from streams.runner import (
    PricerStage,
    Runner,
    ShardStage,
    StageError,
    pricer_runner,
    shard_runner,
)
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import POLL_SECONDS, DirectoryLog, DirectoryWriter
from streams.sqlite.outbox import Outbox
from streams.sqlite.packer import Packer
from streams.versions import refuse_newer, versions_of

PRUNE_EVERY = 60 * SECOND


class LocalDriver:
    """Runs the stages on `file`, which must have the role of the stages. Call `start` first,
    `stop` last.

    `new_pricer()` and `new_shard(partition, partitions)` make stages without state. `clock` gives
    ns UTC; it stamps records and paces checkpoints, and no output depends on it. `retry_failed`
    forgets earlier failures of the engine. All methods may be called from any thread.

    After an exception other than SequenceGapError from `ingest` the driver is not usable any more;
    a new one on the same directory goes on.
    """

    def __init__(
        self,
        file: SqliteLog,
        new_pricer: Callable[[], PricerStage],
        new_shard: Callable[[int, int], ShardStage],
        clock: Callable[[], int] = time.time_ns,
        *,
        checkpoint_every: int = CHECKPOINT_EVERY,
        retry_failed: bool = False,
    ) -> None:
        self.file, self.counts = file, DriverCounts()
        self.log = DirectoryLog(file, self._time)
        self.outbox = Outbox(file, self._time)
        self._clock, self._every, self._retry = clock, checkpoint_every, retry_failed
        shards = file.partitions["prices"]
        self.pricer = pricer_runner(new_pricer(), file.log_id, file.partitions)
        self.shards = [
            shard_runner(new_shard(p, shards), file.log_id, file.partitions, p)
            for p in range(shards)
        ]
        self._packer = Packer(file)
        self._hosts = list[StageHost]()
        self._lock = threading.RLock()
        self._last_time = self._next_prune = 0
        self._broken: BaseException | None = None
        self._is_too_large, self._beside = False, 0
        self.beside: Callable[[], int] = lambda: 0
        """Bytes of other files, which count in what the file is kept within."""
        self.progress: Callable[[str, int, int], None] = lambda what, done, total: None
        """Called while much is done at once: what, how much of it is done, and of how much."""
        self.passed: Passed = unwatched
        """Told what each record took, once it is in the log for good."""

    @property
    def runners(self) -> list[Runner]:
        """All stages, the Pricer first."""
        return [self.pricer, *self.shards]

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
            refuse_newer(self.log.name, at_once(versions_of(self.log)))
            last = self.file.backwards("ticks", 0, 2**63 - 1, 1)
            self._last_time = last[0].time if last else 0
            self._hosts = [self._open(runner) for runner in self.runners]
            silent = 0
            for host in reversed(self._hosts):  # shards first: see `streams.bridge`
                with self._effects():
                    silent += at_once(host.go_over())
            applied = silent + self._catch_up()
            for host in self._hosts:
                host.next_checkpoint = self._clock() + self._every
            self._tell(unwatched)  # how long nobody was at work is no hop's time
            loaded = {host.runner.writer: host.loaded for host in self._hosts}
            return Recovered(loaded, applied, time.perf_counter() - began, silent)

    def _open(self, runner: Runner) -> StageHost:
        states = DirectoryWriter(self.file, self._time)
        opened = StageHost.open(
            self.log,
            runner,
            self.outbox,
            states,
            stamp=self._time,
            pace=self._clock,
            every=self._every,
            retry_failed=self._retry,
        )
        return at_once(opened)

    def stop(self) -> None:
        """Write checkpoints, if the driver is sound. The file stays open: it is the caller's."""
        with self._lock:
            self._packer.close()
            if self._broken is None:
                self.checkpoint()

    # --- records in, outputs out

    def ingest(self, frame: Frame, writer: str, seq: int) -> bool:
        """Take a connector's frame; False if its writer sent it before. Raises SequenceGapError."""
        gate = self.pricer.gate
        with self._lock:
            self._check_sound()
            match gate.check(writer, seq):
                case "duplicate":
                    self.counts.duplicates += 1
                    return False
                case "gap":
                    end, expected = self.file.end("ticks", 0), gate.last(writer) + 1
                    raise SequenceGapError("ticks/0", end, writer, expected, seq)
            kind, value = encode(frame)
            self.take([OutRecord("ticks", 0, key_of(frame), kind or "", value, writer, seq, frame)])
        self.counts.frames += 1
        return True

    def take(self, records: Iterable[OutRecord]) -> None:
        """Append records, and apply what stands in `ticks`, in one commit."""
        records = list(records)
        with self._lock:
            with self._breaking():
                writer = DirectoryWriter(self.file, self._time)
                with self._effects(records):
                    at_once(writer.send(records))
                    self._catch_up()
            self._tell(self.passed)
            self.maintain()

    def poll(self) -> bool:
        """Take what others have appended, and do what is due; whether there was anything."""
        with self._lock:
            with self._breaking():
                applied = self._catch_up()
            self._tell(self.passed)
            self.maintain()
            return applied > 0

    def _tell(self, passed: Passed) -> None:
        for host in self._hosts:
            for passage in host.passages():
                passed(passage)

    def _catch_up(self) -> int:
        first, applied = self.pricer.last_offset + 1, 0
        while self._is_behind():
            with self._effects():
                for host in self._hosts:
                    runner = host.runner
                    page = self.file.read(runner.topic, runner.partition, runner.last_offset, PAGE)
                    at_once(host.take(page))
                    applied += len(page)
            end = self.file.end("ticks", 0)
            if end - first > PAGE:  # one page is what comes live, and nobody waits for it
                done = self.pricer.last_offset + 1 - first
                self.progress("catching up with ticks", done, end - first)
        return applied

    def _is_behind(self) -> bool:
        return any(
            runner.last_offset + 1 < self.file.end(runner.topic, runner.partition)
            for runner in self.runners
        )

    @contextmanager
    def _effects(self, appends: Iterable[OutRecord] = ()) -> Iterator[None]:
        """One commit. If the engine fails in it, only `appends` and the failure are kept."""
        outermost = not self.file.in_transaction
        try:
            with self.file.transaction():
                yield
        except StageError as error:
            if outermost:
                with self.file.transaction():
                    # The record stays in the log: the next start tries it again, and counts.
                    at_once(DirectoryWriter(self.file, self._time).send(appends))
                    place = error.topic, error.partition
                    for host in self._hosts:
                        if (host.runner.topic, host.runner.partition) == place:
                            at_once(host.count_failure(error))
            raise

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
            raise LogError(f"the stages stopped before: {self._broken}") from self._broken

    # --- what is due from time to time

    def maintain(self) -> None:
        """Checkpoint and prune if it is time. `take` and `poll` see to it."""
        with self._lock:
            now = self._clock()
            if any(host.is_due for host in self._hosts):
                self.checkpoint()
            is_packed = self._packer.finish()
            if now >= self._next_prune or (is_packed and self._is_full()):
                self._packer.drop()
                self._prune(now)
            self._packer.begin()

    def _is_full(self) -> bool:
        keep = self.file.keep
        return keep is not None and self.file.bytes_used() + self._beside > keep

    def _prune(self, now: int) -> None:
        self._next_prune, self._beside = now + PRUNE_EVERY, self.beside()
        needed = {(h.runner.topic, h.runner.partition): h.saved + 1 for h in self._hosts}
        self.counts.pruned += sum(self.file.prune(now, needed, self._beside).values())
        self._is_too_large = self._is_full()

    def checkpoint(self) -> None:
        """Write a checkpoint of every stage that has moved since its last one."""
        with self._lock, self._breaking():
            for host in self._hosts:
                with self.file.transaction():
                    at_once(host.checkpoint())
            self.counts.checkpoints = sum(host.checkpoints for host in self._hosts)
            self.counts.checkpoint_bytes = sum(host.checkpoint_bytes for host in self._hosts)
            self.counts.checkpoint_seconds = sum(host.seconds for host in self._hosts)

    def behind(self, runner: Runner) -> int:
        """How many records one of its stages has yet to take."""
        return max(self.file.end(runner.topic, runner.partition) - runner.last_offset - 1, 0)

    def status(self) -> Mapping[str, int]:
        """Figures for a status page: positions, duplicates, rejects, outputs."""
        shards = self.shards
        return {
            "ticks_offset": self.pricer.last_offset,
            "prices_offset": min(shard.last_offset for shard in shards),
            "duplicates": self.counts.duplicates,
            "rejected": sum(runner.rejected for runner in self.runners),
            "appended": self.outbox.appended,
            "checkpoints": self.counts.checkpoints,
            "log_bytes": self.bytes,
        }

    @property
    def bytes(self) -> int:
        """What the log takes on the disk."""
        return self.file.bytes_used() + self.beside()

    def reasons(self) -> list[str]:
        """Why the log cannot be kept within its size, if so."""
        keep = self.file.keep
        if keep is None or not self._is_too_large:
            return []
        return [
            f"{self.log.name}: {self.bytes / 1e6:,.0f} MB, more than --keep allows "
            f"({keep / 1e6:,.0f} MB), and nothing more of it may go; give it more room"
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Follow `ticks` until stopped, then checkpoint. Raises what ended it before."""
        while not stop.is_set():
            if not await asyncio.to_thread(self.poll):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        await asyncio.to_thread(self.stop)

    @asynccontextmanager
    async def writer(self, *, patience: float | None = None) -> AsyncIterator[LocalDriver]:
        """Appends to the log together with what the stages make of it."""
        yield self

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Append records and apply them, in one commit, in a thread."""
        await asyncio.to_thread(self.take, list(chain(*batches)))
