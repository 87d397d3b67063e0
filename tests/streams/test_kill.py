"""SIGKILL at random moments: the log goes on and ends as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

from drive_until_killed import LOG_ID, main
from stream_fakes import FakePricer, FakeShard, contents

from streams.log import LOG_KEY
from streams.sqlite.file import SqliteLog
from tests.ports import replay_log, retick

SCRIPT = Path(__file__).with_name("drive_until_killed.py")
KILLS = 8
FRAMES = 100_000  # more than any of the processes comes to
DEADLINE = 60.0  # seconds for a process to start and feed some frames


def feed_and_kill(directory: Path, frames: int) -> int:
    """Let a process commit `frames` frames or a few more, and kill it; the last it told of."""
    command = [sys.executable, str(SCRIPT), str(directory), str(FRAMES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        deadline = threading.Timer(DEADLINE, process.kill)
        deadline.start()
        told = [process.stdout.readline() for _ in range(frames)]
        process.kill()
        told += process.stdout.read().splitlines()
        deadline.cancel()
        assert process.wait(DEADLINE) == -9, "it was killed, it did not fail"
    return int(told[-1])


def test_killed_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    rng = random.Random(8)
    killed, last = tmp_path / "killed", -1
    for _ in range(KILLS):
        told = feed_and_kill(killed, rng.randrange(1, 80))
        assert told > last - 3
        last = max(last, told)
        with SqliteLog(killed, readonly=True) as log:
            assert log.end("ticks", 0) >= last + 1, "what was told of is in the log"
            assert log.end("ticks", 0) == log.end("prices", 0), "and so are its effects"
    with SqliteLog(killed, readonly=True) as log:
        end = log.end("ticks", 0)
    main(str(killed), end + 10)
    main(str(tmp_path / "whole"), end + 10)

    with (
        SqliteLog(killed, readonly=True) as log,
        SqliteLog(tmp_path / "whole", readonly=True) as all_,
    ):
        found, expected = contents(log), contents(all_)
        for place, records in expected.items():
            if place == "definitions/0":
                assert [r.key for r in found[place]] == [r.key for r in records] == [LOG_KEY]
            else:
                assert found[place] == records, place
        assert len(found["ticks/0"]) == end + 10 > KILLS
        assert log.log_id == LOG_ID
        prices = [o.value for made in retick(log, FakePricer) for o in made.outputs]
        assert prices == [r.value for r in found["prices/0"]]
        outs = [o for made in replay_log(log, FakeShard) for o in made.outputs]
        assert [o.value for o in outs if o.topic == "levels"] == [
            r.value for r in found["levels/0"]
        ]
