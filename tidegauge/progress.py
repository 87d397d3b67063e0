"""How far a command has come, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=size)

        def show(rows: int, done: int) -> None:
            bar.update(task, completed=done, description=f"{label}: {rows:,} prices")

        yield show
