"""A row of the table, and how rows become the figures of `results.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import environments
from bench.workers import Arrays, ContestantError, Cores, Timed, Worker, interleaved, median


@dataclass(frozen=True)
class Row:
    """One contestant at one work. `figure` in `unit`; `ratio` is ours to theirs in speed, the
    median of the rounds; `error` is the largest deviation from the reference. `key` names what the
    row is in `results.json`: its ratio, or its figure."""

    work: str
    contestant: str
    figure: float | None
    unit: str
    ratio: float | None = None
    lowest: float | None = None
    highest: float | None = None
    error: float | None = None
    note: str = ""
    key: str = ""


@dataclass(frozen=True)
class Contestant:
    """Who takes part: the environment, the module that serves, and what it calls the work."""

    environment: str
    module: str
    work: str


@dataclass(frozen=True)
class Setting:
    """How much is measured: rounds, whether only a trial; where files of work go, on which cores;
    minutes of a long run."""

    rounds: int
    quick: bool
    folder: Path
    cores: Cores
    minutes: float


class Bench:
    """The contestants of one part, alive through all its works."""

    def __init__(self, contestants: Mapping[str, Contestant], setting: Setting) -> None:
        self.contestants, self.setting = contestants, setting
        self._workers: dict[str, Worker] = {}
        self._troubles: dict[str, str] = {}
        for name, contestant in contestants.items():
            try:
                self._workers[name] = _started(contestant, setting.folder / name)
            except ContestantError as error:
                self._troubles[name] = f"not there: {error}"

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()

    def measure(self, given: Arrays, ours: str, rounds: int) -> dict[str, Timed]:
        """Give everybody this work and let them run in turn."""
        data = self.setting.folder / "work.npz"
        np.savez(data, **given)
        runs: dict[str, Callable[[], tuple[float, Arrays]]] = {}
        timed = {name: Timed(trouble=trouble) for name, trouble in self._troubles.items()}
        for name, worker in self._workers.items():
            try:
                worker.load(self.contestants[name].work, data)
                runs[name] = worker.run
            except ContestantError as error:
                timed[name] = Timed(trouble=str(error))
        if ours not in runs:
            raise SystemExit(f"bench: ours could not prepare the work: {timed[ours].trouble}")
        return timed | interleaved(runs, ours, rounds)

    def run_alone(self, given: Arrays, name: str) -> Arrays:
        """Let one contestant do a work once."""
        data = self.setting.folder / "work.npz"
        np.savez(data, **given)
        worker = self._workers[name]
        worker.load(self.contestants[name].work, data)
        return worker.run()[1]


def _started(contestant: Contestant, folder: Path) -> Worker:
    folder.mkdir(parents=True, exist_ok=True)
    variables = {}
    if contestant.module == "bench.peers.compiled":
        variables["TIDEGAUGE_BENCH_KERNEL"] = str(environments.kernel())
    return Worker(
        environments.python_of(contestant.environment), contestant.module, folder, **variables
    )


def rows_of(
    work: str,
    timed: Mapping[str, Timed],
    amount: float,
    unit: str,
    judge: Callable[[Any], tuple[float | None, str]],
    keys: Mapping[str, str] = {},
) -> list[Row]:
    """Rows of one work: `amount` of it is done in a run, `judge` says how wrong a result is."""
    rows = []
    for name, one in timed.items():
        seconds, key = median(one.seconds), keys.get(name, "")
        if seconds is None:
            rows.append(Row(work, name, None, unit, note=one.trouble, key=key))
            continue
        error, note = judge(one.found)
        told = "; ".join(said for said in (note, one.trouble) if said)
        ratio, low, high = median(one.ratios), *spread(one.ratios)
        rows.append(Row(work, name, amount / seconds, unit, ratio, low, high, error, told, key))
    return rows


def spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The least and the greatest, None of nothing."""
    return (min(values), max(values)) if values else (None, None)


def deviation(found: Arrays, reference: Arrays, name: str) -> float:
    """The largest relative deviation of an array, relative to the reference's scale."""
    a, b = np.asarray(found[name], dtype=float), np.asarray(reference[name], dtype=float)
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
