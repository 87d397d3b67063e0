"""`replay FILE…`: recorded prices through the engine, by one process or several, each of which
computes its share of the indices from the same files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.index.index_file import IndexFile
from engine.records import Output
from streams.kept_bytes import encode_mapping
from tidegauge.errors import Failure
from tidegauge.indices import check_assets, without_supply
from tidegauge.progress import progress
from tidegauge.recorded.reader import Reader, compile_reader
from tidegauge.recorded.summary import refuse_empty, report, say_skipped
from tidegauge.replay import Collected, replay_files
from tidegauge.warm import compile_engine, compiling_told

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


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


def replay_recorded(
    files: Sequence[Path],
    indices: Path,
    defined: IndexFile,
    every: int | None,
    strict: bool,
    collected: Collected,
    count: int = 1,
) -> None:
    """Recorded prices through the engine into `collected`, by `count` processes."""
    reader = Reader(files, report, strict)
    size = reader.size
    work = Replay(files, defined, every, min(count, len(defined.indices)))
    if work.jobs > 1:  # compiled once, before several processes would do so at a time
        compile_engine(compile_reader)
    others = Others(work)
    with compiling_told(), progress("replay", size) as shown:
        run(work, reader, shown, others, collected)
    say_skipped(reader)
    where, first = ", ".join(map(str, files)), reader.first_times
    for line in check_assets(indices, defined, first, where, first) if first else ():
        report(line)
    refuse_empty(reader)
    for line in without_supply(indices, defined.indices, reader.capped):
        report(line)


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
        self._running: list[tuple[Any, Connection]] = []
        if work.jobs == 1:
            return
        import multiprocessing

        # A forked process has all that was imported and compiled; on macOS its libraries may hang.
        method = "spawn" if sys.platform in ("darwin", "win32") else "fork"
        context: Any = multiprocessing.get_context(method)
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
            found.append(Said(topic, index, body["at"], encode_mapping(body)))
        elif topic == "snapshots":
            encoded = body if isinstance(body, bytes) else encode_mapping(body)
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
