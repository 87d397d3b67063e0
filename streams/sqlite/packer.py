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


class Packer:
    """Packs what has grown old enough, one pack after the other. Rows are read and packs written
    in `step`; what lies in between is done in a thread of its own."""

    def __init__(self, file: SqliteLog) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, "tidegauge-packs")
        self._making: tuple[int, Future[MadePack]] | None = None

    def step(self) -> bool:
        """Write the pack that is made, and begin the next one; whether one was written."""
        is_written = False
        if self._making is not None:
            place, made = self._making
            if not made.done():
                return False
            self._making, is_written = None, True
            self._file.put(place, made.result())
        if (loose := self._file.loose()) is not None:
            self._making = loose.place, self._thread.submit(made_pack, loose.rows)
        return is_written

    def drop(self) -> None:
        """Let be what is being made: its rows are about to be removed, perhaps."""
        self._making = None

    def close(self) -> None:
        """End the thread. What was being made is made another time."""
        self.drop()
        self._thread.shutdown(wait=False, cancel_futures=True)
