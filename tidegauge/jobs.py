"""A replay spread over processes: each computes its share of the indices from the same files."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from engine.index.index_file import IndexFile
from engine.records import Output
from tidegauge.errors import Failure
from tidegauge.recorded.reader import Reader
from tidegauge.replay import Collected, replay_files


class Said(NamedTuple):
    """An output of a replay; `body` is its JSON."""

    topic: str
    key: str
    at: int
    body: bytes


class Replay(NamedTuple):
    """What is replayed: everything that a process needs to know."""

    files: Sequence[Path]
    defined: IndexFile
    every: int | None
    jobs: int


def run(
    work: Replay,
    reader: Reader,
    progress: Callable[[int, int], None],
    others: Others,
    collected: Collected,
) -> None:
    """Collect the outputs of all processes, of which this one reads with `reader`: the same, and
    in the same order, whatever their number."""
    said = _said(replay_files(reader, work.defined, work.every, progress, (0, work.jobs)))
    _collect([*said, *others.said()], work, collected)


class Others:
    """The processes beside this one; started before anything else has threads."""

    def __init__(self, work: Replay) -> None:
        # A forked process has all that was imported and compiled; on macOS its libraries may hang.
        method = "spawn" if sys.platform in ("darwin", "win32") else "fork"
        context: Any = multiprocessing.get_context(method)
        self._running: list[tuple[Any, Connection]] = []
        for place in range(1, work.jobs):
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(work, place, there), daemon=True)
            process.start()
            there.close()
            self._running.append((process, here))

    def said(self) -> list[Said]:
        """What they said, once they are done. Raises Failure where one of them is not."""
        found: list[Said] = []
        for place, (process, connection) in enumerate(self._running, 1):
            try:
                found += connection.recv()
            except EOFError:
                process.join()
                raise Failure(
                    f"process {place} of the replay ended with code {process.exitcode}; "
                    "try again with fewer --jobs"
                ) from None
            process.join()
        return found


def _work(work: Replay, place: int, connection: Connection) -> None:
    # What is wrong with the files is told, or raised, by the first process alone.
    reader = Reader(work.files, lambda _: None, strict=False)
    part = (place, work.jobs)
    outputs = replay_files(reader, work.defined, work.every, lambda rows, done: None, part)
    connection.send(_said(outputs))
    connection.close()


def _said(outputs: Iterable[Output]) -> list[Said]:
    found: list[Said] = []
    for topic, index, _, body in outputs:
        if topic == "alerts":
            found.append(Said(topic, index, body["at"], orjson.dumps(body)))
        elif topic == "snapshots":
            encoded = body if isinstance(body, bytes) else orjson.dumps(body)
            found.append(Said(topic, index, 0, encoded))
    return found


def _collect(said: list[Said], work: Replay, collected: Collected) -> None:
    """Snapshots in the order of time, then of definitions; alerts likewise."""
    place = {definition.id: k for k, definition in enumerate(work.defined.indices)}
    # All indices are published together: the n-th snapshot of each has the same time.
    count = dict.fromkeys(place, 0)
    numbered: list[tuple[int, int, Said]] = []
    for one in said:
        if one.topic == "alerts":
            numbered.append((one.at, place[one.key], one))
        else:
            numbered.append((count[one.key], place[one.key], one))
            count[one.key] += 1
    numbered.sort(key=lambda each: each[:2])
    for _, _, one in numbered:
        collected.take(one.topic, one.key, one.body)
