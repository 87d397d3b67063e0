"""What a reader lets through: every record of every writer once, in order, and no gap unseen."""

from __future__ import annotations

from typing import Any, Literal

from streams.records import StreamError

WRITERS = 10_000
"""How many writers are remembered. See `WriterGate`."""
IN_A_ROW = 3
"""Records beyond a hole, each the next after the other, of which it is believed that their writer
itself made them, so that the hole is one. A stray record under its name has no successor."""

Verdict = Literal["next", "duplicate", "gap"]


class SequenceGapError(StreamError):
    """Records are missing: what follows must not be computed without them."""

    def __init__(self, where: str, offset: int, writer: str, expected: int, got: int) -> None:
        super().__init__(
            f"{where} offset {offset}: {writer} went from seq {expected - 1} to {got}; "
            f"seq {expected} is missing"
        )
        self.writer, self.expected, self.got, self.offset = writer, expected, got, offset


class OffsetError(StreamError):
    """The log does not go on where the state ends."""

    def __init__(self, where: str, expected: int, got: int) -> None:
        super().__init__(
            f"{where}: the state ends at offset {expected - 1}, the log goes on at {got}; the "
            "records between are gone, so this state cannot be continued: start a new log and "
            "backfill its prices"
        )
        self.expected, self.got = expected, got


class WriterGate:
    """The last seq of each writer: `last + 1` passes, what is not above `last` is a duplicate.

    The table is bounded: beyond `WRITERS` the one that was silent for longest is forgotten. A
    connector's session sends at least a clock frame every 100 ms and a session's name is never
    used again, so the forgotten one has ended, unless ten thousand others started within its
    silence.

    A writer enters by its first record, which has the seq 1. A record of one that has not entered
    does not pass, nor does one that leaves out a seq: others may write under any name, by mistake,
    and that must stop nobody. But if a writer that has entered goes on beyond what is missing
    (`IN_A_ROW`), the log has lost a record, and what follows must not be computed.

    `cut` says that reading began in the middle of a log, where a writer's first seq may be any.
    """

    def __init__(self, limit: int = WRITERS) -> None:
        self._limit = limit
        self._last: dict[str, int] = {}
        self._beyond: dict[str, tuple[int, int]] = {}
        """Of a writer with a gap: the seq of the last record beyond it, how many in a row."""
        self.cut = False
        self.duplicates = 0

    def last(self, writer: str) -> int:
        """The last seq that passed, 0 for a writer that is not known."""
        return self._last.get(writer, 0)

    def check(self, writer: str, seq: int) -> Verdict:
        """What a record of this writer and seq would be. Changes nothing."""
        if not writer:
            return "next"
        last = self._last.get(writer)
        if last is None:
            return "next" if seq == 1 or (self.cut and seq > 0) else "gap"
        if seq == last + 1:
            return "next"
        return "duplicate" if seq <= last else "gap"

    def take(self, where: str, offset: int, writer: str, seq: int) -> Verdict:
        """Let a record through ("next"), count it as a duplicate, or keep it out ("gap").

        A record without a writer always passes. Raises SequenceGapError where the log has lost
        records of the writer.
        """
        if not writer:
            return "next"
        verdict = self.check(writer, seq)
        if verdict == "duplicate":
            self.duplicates += 1
        elif verdict == "gap":
            self._look_beyond(where, offset, writer, seq)
        else:
            # Out and in again: the dict keeps the order of last use.
            self._last.pop(writer, None)
            self._beyond.pop(writer, None)
            self._last[writer] = seq
            if len(self._last) > self._limit:
                oldest = next(iter(self._last))
                del self._last[oldest]
                self._beyond.pop(oldest, None)
        return verdict

    def _look_beyond(self, where: str, offset: int, writer: str, seq: int) -> None:
        if writer not in self._last:
            return
        last, count = self._beyond.get(writer, (0, 0))
        count = count + 1 if seq == last + 1 else 1
        if count >= IN_A_ROW:
            missing = self.last(writer) + 1
            raise SequenceGapError(where, offset, writer, missing, seq - count + 1)
        self._beyond[writer] = seq, count

    def dump(self) -> dict[str, Any]:
        """The state, in the order of last use."""
        last = [[writer, seq] for writer, seq in self._last.items()]
        beyond = [[writer, *found] for writer, found in self._beyond.items()]
        return {
            "last": last,
            "beyond": beyond,
            "cut": self.cut,
            "duplicates": self.duplicates,
        }

    def load(self, state: dict[str, Any]) -> None:
        """The inverse of `dump`."""
        self._last = dict(state["last"])
        self._beyond = {writer: (seq, n) for writer, seq, n in state.get("beyond", ())}
        self.cut, self.duplicates = state["cut"], state["duplicates"]
