"""Contestants as processes, asked in turn: ours, theirs, ours, theirs …"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""One thread each: all is measured on one core."""

Arrays = Mapping[str, Any]


class ContestantError(Exception):
    """A contestant could not do its work; the text says why."""


def environment(**more: str) -> dict[str, str]:
    """What a contestant's process sees. It may keep its bytecode: packages that pip has installed
    have theirs, and what is run from its sources is not to read them anew at every start."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(ROOT), **more}


@dataclass(frozen=True)
class Cores:
    """The core that is measured, and those for what stands around it: brokers, exchanges, readers.
    Both are empty where the system cannot bind a process."""

    measured: frozenset[int]
    around: frozenset[int]

    @classmethod
    def choose(cls, core: int | None) -> Cores:
        """The given core, or the last allowed one; all others are around it."""
        if not hasattr(os, "sched_getaffinity"):
            return cls(frozenset(), frozenset())
        allowed = os.sched_getaffinity(0)
        chosen = max(allowed) if core is None else core
        if chosen not in allowed:
            raise ContestantError(f"core {chosen} is not allowed here; there are {sorted(allowed)}")
        return cls(frozenset({chosen}), frozenset(allowed - {chosen} or {chosen}))


@contextlib.contextmanager
def bound(cores: frozenset[int]) -> Iterator[None]:
    """Bind this process, and all that it starts meanwhile, to these cores."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Worker:
    """One contestant: `python -m module` in its environment, with `bench.peers.serve` inside."""

    def __init__(self, python: Path, module: str, folder: Path, **variables: str) -> None:
        self.module, self.folder = module, folder
        self._errors = (folder / f"{module}.stderr").open("w+")
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", "-m", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            text=True, env=environment(**variables), cwd=ROOT,
        )  # fmt: skip

    def load(self, work: str, data: Path) -> None:
        """Prepare a work."""
        self._ask({"load": work, "data": str(data)})

    def run(self) -> tuple[float, Arrays]:
        """Do it once: CPU seconds and what came out."""
        out = self.folder / f"{self.module}.npz"
        seconds = self._ask({"out": str(out)})["seconds"]
        with np.load(out) as found:
            return seconds, {name: found[name] for name in found.files}

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(asked) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines()
            raise ContestantError(said[-1] if said else f"{self.module} ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ContestantError(answer["error"])
        return answer

    def close(self) -> None:
        """End its process."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it ended before it read what was asked
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def process(command: Sequence[str | Path], seconds: float, **variables: str) -> tuple[float, bytes]:
    """Run a command to its end: CPU seconds of it and of all that it started, and what it said.
    After `seconds` it is ended, and that is an error."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            list(map(str, command)), capture_output=True, env=environment(**variables), cwd=ROOT,
            stdin=subprocess.DEVNULL, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ContestantError(f"not done within {seconds:g} s") from None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ContestantError(said[-1] if said else f"ended with {done.returncode}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


@dataclass
class Timed:
    """What the rounds gave of one contestant."""

    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    """Its time over ours, in the same round: above 1 we are faster."""
    found: Any = None
    trouble: str = ""


def interleaved(
    runs: Mapping[str, Callable[[], tuple[float, Any]]], ours: str, rounds: int
) -> dict[str, Timed]:
    """Run everybody `rounds` times, each right behind a run of ours."""
    timed = {name: Timed() for name in runs}
    for _ in range(rounds):
        for name in runs:
            if name == ours or timed[name].trouble:
                continue
            try:
                own, found = runs[ours]()
            except ContestantError as error:
                timed[ours].trouble = str(error)
                return timed
            timed[ours].seconds.append(own)
            timed[ours].found = found
            try:
                seconds, found = runs[name]()
            except ContestantError as error:
                timed[name].trouble = str(error)
                continue
            timed[name].seconds.append(seconds)
            timed[name].ratios.append(seconds / own)
            timed[name].found = found
    return timed


def median(values: Sequence[float]) -> float | None:
    """The median, None of nothing."""
    return statistics.median(values) if values else None
