"""What a reader lets through: every record of every writer once, in order, and no gap unseen."""

from __future__ import annotations

from typing import Any, Literal

from streams.records import StreamError

WRITERS = 10_000
"""How many writers are remembered. See `WriterGate`."""


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
    silence. If it comes back after all, its seq is above 1 and the gate stops at a gap: a false
    alarm, not a false number.

    `cut` says that reading began in the middle of a log, where a writer's first seq may be any.
    """

    def __init__(self, limit: int = WRITERS) -> None:
        self._limit = limit
        self._last: dict[str, int] = {}
        self.cut = False
        self.duplicates = 0

    def last(self, writer: str) -> int:
        """The last seq that passed, 0 for a writer that is not known."""
        return self._last.get(writer, 0)

    def check(self, writer: str, seq: int) -> Literal["next", "duplicate", "gap"]:
        """What a record of this writer and seq would be. Changes nothing."""
        if not writer:
            return "next"
        last = self._last.get(writer)
        if last is None:
            return "next" if seq == 1 or (self.cut and seq > 0) else "gap"
        if seq == last + 1:
            return "next"
        return "duplicate" if seq <= last else "gap"

    def take(self, where: str, offset: int, writer: str, seq: int) -> bool:
        """Let a record through (True) or count it as a duplicate (False); raises SequenceGapError.

        A record without a writer always passes.
        """
        if not writer:
            return True
        match self.check(writer, seq):
            case "duplicate":
                self.duplicates += 1
                return False
            case "gap":
                raise SequenceGapError(where, offset, writer, self.last(writer) + 1, seq)
        # Out and in again: the dict keeps the order of last use.
        self._last.pop(writer, None)
        self._last[writer] = seq
        if len(self._last) > self._limit:
            del self._last[next(iter(self._last))]
        return True

    def dump(self) -> dict[str, Any]:
        """The state, in the order of last use."""
        last = [[writer, seq] for writer, seq in self._last.items()]
        return {"last": last, "cut": self.cut, "duplicates": self.duplicates}

    def load(self, state: dict[str, Any]) -> None:
        """The inverse of `dump`."""
        self._last = dict(state["last"])
        self.cut, self.duplicates = state["cut"], state["duplicates"]
