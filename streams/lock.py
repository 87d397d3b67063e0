"""One writing process for each log directory, by a lock that the kernel drops when it dies."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from pathlib import Path

from streams.records import LogError

LOCK_FILE = "lock"


class LogHeldError(LogError):
    """Another process writes to this log. `pid` is its id, 0 if unknown."""

    def __init__(self, directory: Path, pid: int, command: str) -> None:
        super().__init__(
            f"{directory}: the log is in use by process {pid or 'unknown'} ({command}); "
            "stop that process, or choose another directory with --log"
        )
        self.pid = pid


class DirectoryLock:
    """An exclusive lock on a directory, held until `release` or the end of the process.

    The lock is on an open file, not its existence: a killed process leaves no stale lock. The file
    holds the pid and the command of the holder, for the message to whoever comes second.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / LOCK_FILE
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise LogError(f"{path}: is a link, which is not followed; remove it") from None
            raise LogError(
                f"{path}: cannot write to the log's directory ({error.strerror}); "
                "check its rights, or choose another one with --log"
            ) from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid, _, command = os.pread(self._fd, 1000, 0).decode(errors="replace").partition("\n")
            os.close(self._fd)
            raise LogHeldError(
                directory, int(pid) if pid.isdigit() else 0, command.strip() or "unknown"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n{' '.join(sys.argv)}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next holder."""
        os.close(self._fd)
