"""Feeds a log up to a frame, to be killed on the way: `drive_until_killed.py DIR LAST`.

It goes on where the log is, and prints the number of each frame after its commit.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stream_fakes import FakeClock, FakePricer, FakeShard, tick_frame

from engine.records import TickFrame
from engine.types import SECOND
from streams.sqlite.driver import LocalDriver
from streams.sqlite.file import SqliteLog

WRITER = "connector:a:1"
LOG_ID = "11111111-2222-3333-4444-555555555555"


def frame(n: int) -> TickFrame:
    return tick_frame(n, random.Random(n))


def main(directory: str, last: int) -> None:
    clock = FakeClock()
    with SqliteLog(directory, log_id=LOG_ID) as log:
        driver = LocalDriver(log, FakePricer, FakeShard, clock, checkpoint_every=SECOND // 5)
        driver.start()
        first = max(0, driver.pricer.gate.last(WRITER) - 2)  # repeats what may have got lost
        for n in range(first, last):
            clock.now = frame(n).now
            driver.ingest(frame(n), WRITER, n + 1)
            print(n, flush=True)
        driver.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
