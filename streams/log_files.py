"""The files of a log's directory: nobody else's, no links, and still the ones that were opened."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from streams.records import LogError

MODE = 0o700
"""Of a new directory: what an index holds is for its owner to show."""
PATIENCE = 1.0
"""Seconds for which a file may be empty: another process may be making it just now."""
_LOOK = 0.02

_ADVICE = (
    ("malformed", "it is damaged; restore the directory from a copy, or start another with --log"),
    ("not a database", "it is no log of tidegauge; choose another directory with --log"),
    ("disk I/O", "the disk, or what it is mounted from, fails; mend that and start again"),
    ("full", "free some space and start again"),
    ("locked", "it is busy: others write to it; try again, and stop them if it stays so"),
    ("readonly", "check the rights of the directory and its files"),
    ("unable to open", "check the rights of the directory and its files, and that it is there"),
)
_OTHERWISE = "check the free space and the rights of the directory"


def advice(error: sqlite3.Error) -> str:
    """What SQLite says, and what to do about it."""
    found = next((todo for words, todo in _ADVICE if words in str(error)), _OTHERWISE)
    return f"({error}): {found}"


def make_directory(directory: Path) -> None:
    """Make a log's directory, for its owner alone, where there is none. Raises LogError."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=MODE, exist_ok=True)
    except OSError as error:
        raise LogError(
            f"{directory}: cannot make the log's directory ({error.strerror}); "
            "choose another directory with --log"
        ) from None


def check_files(directory: Path, names: Iterable[str]) -> None:
    """Refuse what is no plain file among these: who follows a link writes where it leads.

    Raises LogError.
    """
    for name in names:
        path = directory / name
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue  # it is not there, or opening it will say
        if not stat.S_ISREG(mode):
            what = "a link" if stat.S_ISLNK(mode) else "no plain file"
            raise LogError(
                f"{path}: is {what}, which is not followed; remove it, or choose another "
                "directory with --log"
            )


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK)
    return True


def is_there(path: Path) -> bool:
    """Whether a file is there. Raises LogError for one that is empty and stays so: it was a log
    that was cut, or one that was never finished, and no place for a new one."""
    if not path.exists():
        return False
    if not until(lambda: path.exists() and path.stat().st_size > 0):
        raise LogError(
            f"{path}: is empty, so it is no log; restore it from a copy, remove it to begin a new "
            "log here, or choose another directory with --log"
        )
    return True


class SameFile:
    """Whether a path still leads to the file that it led to at first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was = self._identity()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def lost(self) -> str | None:
        """What is wrong where it does not."""
        now = self._identity()
        if now == self._was:
            return None
        what = "was removed" if now is None else "is another file by now"
        return (
            f"{self._path}: {what}: what is read and written here goes to the old one, which is "
            "lost at the end; stop this process, restore the directory, start again"
        )
