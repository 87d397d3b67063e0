"""How far a command is, on stderr."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BEAT = 5.0
"""Seconds before the first line of how far something is, and between two."""

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much it is in all."""


@contextmanager
def progress(label: str, size: int | None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr where that is a terminal, of an input of `size` bytes (None if
    nobody knows); gives a function of the prices and the bytes so far."""
    if not sys.stderr.isatty():
        yield lambda rows, done: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=size)

        def show(rows: int, done: int) -> None:
            bar.update(task, completed=done, description=f"{label}: {rows:,} prices")

        yield show


@contextmanager
def starting() -> Iterator[Progress]:
    """How far a start is: a bar on stderr where that is a terminal, else a line now and then.

    Meanwhile no garbage is looked for: what a start makes stays, and to look through all of it
    again and again costs a third of the time. It is not looked through later either.
    """
    gc.disable()
    try:
        if sys.stderr.isatty():
            with _bar() as shown:
                yield shown
        else:
            yield _lines()
    finally:
        keep_out_of_gc()
        gc.enable()


def keep_out_of_gc() -> None:
    """What a start made stays, so it is looked through for garbage no more: of a gateway's state of
    200 indices that took a fifth of a second, in which nothing else is done."""
    gc.freeze()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


def _lines(clock: Callable[[], float] = time.monotonic) -> Progress:
    due = clock() + BEAT

    def shown(what: str, done: int, total: int) -> None:
        nonlocal due
        if clock() >= due:
            due = clock() + BEAT
            print(f"{what}: {done:,} of {total:,}", file=sys.stderr, flush=True)

    return shown
