"""One holder of each role in a log directory, by a lock that the kernel drops when it dies."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from pathlib import Path
from typing import Literal

from streams.records import LogError

Role = Literal["stages", "connectors", "tables", "notifier"]
"""What a log has one of at a time; `tables` is who writes tables, in their own directory."""

LOCK_FILES: dict[Role, str] = {
    "stages": "lock",
    "connectors": "lock.connectors",
    "tables": "lock.tables",
    "notifier": "lock.notifier",
}
"""The first is that of versions which knew one role only: with them, too, there is one."""


class LogHeldError(LogError):
    """Another process has this role in the log. `pid` is its id, 0 if unknown."""

    def __init__(self, directory: Path, role: Role, pid: int, command: str) -> None:
        super().__init__(
            f"{directory}: the {role} of this log are in process {pid or 'unknown'} ({command}); "
            "stop that process, or choose another directory with --log"
        )
        self.pid = pid


class DirectoryLock:
    """The exclusive lock of a role in a directory, held until `release` or the end of the process.

    The lock is on an open file, not its existence: a killed process leaves no stale lock. The file
    holds the pid and the command of the holder, for the message to whoever comes second.
    """

    def __init__(self, directory: Path, role: Role) -> None:
        path = directory / LOCK_FILES[role]
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
                directory, role, int(pid) if pid.isdigit() else 0, command.strip() or "unknown"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n{' '.join(sys.argv)}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next holder."""
        os.close(self._fd)
