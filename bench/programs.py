"""Programs that run beside the bench: workers, connectors, exchanges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from bench.workers import ROOT, ContestantError, bound, environment

COMMAND = Path(sys.executable).with_name("tidegauge")
STOP_SECONDS = 30.0
"""For a program to end by itself once it was asked to."""
LOOK = 0.01
"""Seconds between looks at what a program has said."""


class Program:
    """A process on these cores, its words in a file. It is ended at the end of the `with`, whatever
    happens; where that is a ContestantError, the error tells its last words too."""

    def __init__(self, command: Sequence[object], folder: Path, cores: frozenset[int]) -> None:
        words = list(map(str, command))
        number = len(list(folder.glob("program-*.out")))
        self._said = folder / f"program-{number}.out"
        self._errors = folder / f"program-{number}.err"
        with bound(cores), self._said.open("wb") as out, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, cwd=ROOT,
                env=environment(TMPDIR=str(folder)),
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.end()
        if isinstance(error, ContestantError):
            lines = self._errors.read_text(errors="replace").strip().splitlines()
            if lines:
                raise ContestantError(f"{error}; it says: {lines[-1][:200]}") from None

    def end(self) -> None:
        """Ask it to end, and make it."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self) -> float:
        """CPU seconds so far, 0.0 where the system does not tell them in a file."""
        file = Path(f"/proc/{self.process.pid}/stat")
        if not file.exists():
            return 0.0
        # Behind the name, which may hold blanks, `utime` is the 12th field and `stime` the next.
        fields = file.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def check(self, deadline: float) -> None:
        """Raise where it has failed, or has taken too long (by the monotonic clock)."""
        if self.process.poll():
            raise ContestantError(f"it ended with {self.process.returncode}")
        if time.monotonic() > deadline:
            raise ContestantError("it is not done in time")

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines of JSON that it has said."""
        *whole, _ = self._said.read_text().split("\n")
        return [json.loads(line) for line in whole if line.startswith("{")]

    def wait_for(self, key: str, seconds: float) -> Any:
        """The value of `key` in the first line that has one."""
        deadline = time.monotonic() + seconds
        while True:
            for line in self.lines():
                if key in line:
                    return line[key]
            self.check(deadline)
            if self.process.poll() is not None:
                raise ContestantError(f"it ended without {key}")
            time.sleep(LOOK)
