"""Outputs into the log, each one once.

After a restart the stages make again what they had made since the checkpoint. What of it is in the
log already is not appended again but compared (what an older version of the numbers made is not
made again aloud, see `streams.bridge`): an engine that comes to other bytes from the same
records has lost the property on which everything here rests, and must not go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from streams.codecs import says
from streams.gates import SequenceGapError
from streams.records import OutRecord, Record, StreamError
from streams.sqlite.file import SqliteLog


class DivergedError(StreamError):
    """The same records gave another output than before, in the same version of the numbers."""

    def __init__(self, published: Record) -> None:
        p = published
        super().__init__(
            f"{p.topic}/{p.partition} offset {p.offset}: {p.writer} seq {p.seq} ({p.type} of "
            f"{p.key}) was published with other bytes than are computed now; the log was changed, "
            "or written by other code under the same version of the numbers: start a new log and "
            "backfill"
        )
        self.topic, self.partition, self.offset = p.topic, p.partition, p.offset
        self.writer, self.seq = p.writer, p.seq


class Outbox:
    """Appends the outputs of all stages of a process to its log, stamped with `time()`.

    `appended` and `compared` count what was new and what was found in the log; `unverified` what
    must have been there and is past its time.
    """

    def __init__(self, log: SqliteLog, time: Callable[[], int]) -> None:
        self._log, self._time = log, time
        self._highest: dict[tuple[str, int, str], int] = {}
        self.appended = self.compared = self.unverified = 0

    async def send(self, *batches: Iterable[OutRecord]) -> None:
        """Append what the log has not.

        Raises DivergedError, and SequenceGapError if the log lacks what a writer sent before.
        """
        with self._log.transaction():
            for out in chain(*batches):
                self._send(out)

    def _send(self, out: OutRecord) -> None:
        where = out.topic, out.partition, out.writer
        highest = self._highest.get(where)
        if highest is None:
            highest = self._highest[where] = self._look_up(out)
        if out.seq <= highest:
            self._compare(out, highest)
            return
        if out.seq > highest + 1:
            shown, offset = f"{out.topic}/{out.partition}", self._log.end(out.topic, out.partition)
            raise SequenceGapError(shown, offset, out.writer, highest + 1, out.seq)
        topic, partition, key, kind, value, writer, seq, _ = out
        self._log.append(topic, partition, key, kind, value, writer, seq, self._time())
        self._highest[where] = seq
        self.appended += 1

    def _look_up(self, out: OutRecord) -> int:
        where = out.topic, out.partition, out.writer
        last = self._log.last(*where)
        while last is not None:
            before = self._log.last(*where, below=last.seq)
            if before is None or before.seq == last.seq - 1:
                return last.seq
            last = before  # that one was under the writer's name and not of its making
        # Nothing of this writer is kept: it never wrote here, or long ago.
        return out.seq - 1 if self._log.start(out.topic, out.partition) else 0

    def _compare(self, out: OutRecord, highest: int) -> None:
        end = self._log.end(out.topic, out.partition)
        at_most = end - 1 - (highest - out.seq)
        found = self._log.find(out.topic, out.partition, out.writer, out.seq, at_most)
        if found is None:
            self.unverified += 1
        elif (found.key, found.type) != (out.key, out.type) or not says(
            found.type, found.value, out.value
        ):
            raise DivergedError(found)
        else:
            self.compared += 1
