"""Packing beside the stages, which must not wait for it: a pack of two megabytes takes a tenth of a
second to compress, and an alarm came so much later."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from streams.sqlite.file import SqliteLog
from streams.sqlite.packs import MadePack, made_pack


def pack_all(file: SqliteLog) -> None:
    """Pack at once all that has grown old enough."""
    while (loose := file.loose()) is not None:
        file.put(loose.place, made_pack(loose.rows))


MOST_TURNS = 500
"""In which a pack is not ready. Then it is waited for: who brings records faster than they can be
packed, as while catching up with a long log, would else fill the disk."""


class Packer:
    """Packs what has grown old enough, one pack after the other: `begin` reads the rows, a thread
    of its own compresses them, `finish` writes the pack."""

    def __init__(self, file: SqliteLog) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, "tidegauge-packs")
        self._making: tuple[int, Future[MadePack]] | None = None
        self._turns, self._is_closed = 0, False

    def begin(self) -> None:
        """Begin the next pack, if none is being made and there is something to pack."""
        if self._is_closed or self._making is not None:
            return
        if (loose := self._file.loose()) is not None:
            self._making = loose.place, self._thread.submit(made_pack, loose.rows)

    def finish(self) -> bool:
        """Write the pack that has been made, if there is one; whether there was."""
        if self._making is None:
            return False
        place, made = self._making
        self._turns += 1
        if not made.done() and self._turns < MOST_TURNS:
            return False
        self._making, self._turns = None, 0
        self._file.put(place, made.result())
        return True

    def drop(self) -> None:
        """Let be what is being made: its rows are about to be removed, perhaps."""
        self._making, self._turns = None, 0

    def close(self) -> None:
        """End the thread. What was being made is made another time."""
        self.drop()
        self._is_closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
