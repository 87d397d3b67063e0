"""Sessions of browsers: a cookie in place of a key, for who has shown the key once.

A page cannot put a header on a WebSocket, and what a script can read a foreign script may steal.
So the page's key is sent once, to `POST /v1/session`, and a cookie stands for it from there on,
which no script sees (HttpOnly), which other sites' pages do not send (SameSite=Strict), and which
ends with the key, half a day after it was last used, or after thirty days. Pages of other ports are
the same site to a browser; the check of Origin keeps those out (`gateway.access.guard`).

Beside a file of keys they are kept in a file, so that a wall outlives a restart of its gateway.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.access.keys import MODE, BadKeys, check_owner, replace_file

log = logging.getLogger(__name__)

UNUSED_SECONDS = 12 * 3600.0
"""Without use for so long, the key is asked for again: what was open at night is closed by day."""
LONGEST_SECONDS = 30 * 86_400.0
"""In any case: a wall is logged in once a month."""
NOTED_SECONDS = 3600.0
"""So much later than noted a use is noted anew: one write an hour for a session in use."""
MOST = 1000
"""Beyond it the oldest ends."""


class Session(msgspec.Struct, forbid_unknown_fields=True):
    """For which key, when it began, and when it was last used (s UTC)."""

    key: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    begun: float
    used: float

    def is_open(self, now: float) -> bool:
        """Whether it has not ended by itself; one of a later time is none of this clock's."""
        lasts = self.used <= now + NOTED_SECONDS and now < self.begun + LONGEST_SECONDS
        return lasts and now < self.used + UNUSED_SECONDS


class Sessions:
    """Which cookie stands for which key. Only a hash of each is held, by `path` in a file as well,
    which several gateways may share. Where it cannot be written, sessions end with the gateway."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._open: dict[str, Session] = {}
        self._seen: tuple[int, ...] = ()

    def begin(self, key_id: str) -> str:
        """The cookie's value for a key."""
        value, now = secrets.token_urlsafe(32), self._clock()
        with self._changing():
            self._open[_digest(value)] = Session(key_id, now, now)
            for digest in list(self._open)[:-MOST]:
                del self._open[digest]
        return value

    def key_of(self, value: str) -> str | None:
        """The id of the key that a cookie stands for; that is a use of it."""
        self._look()
        digest, now = _digest(value), self._clock()
        found = self._open.get(digest)
        if found is None or not found.is_open(now):
            return None
        if now >= found.used + NOTED_SECONDS:
            with self._changing():
                if digest in self._open:
                    self._open[digest].used = now
        return found.key

    def end(self, value: str) -> None:
        """Forget a cookie."""
        with self._changing():
            self._open.pop(_digest(value), None)

    def _look(self) -> None:
        """Read the file where somebody has changed it. One that cannot be used has no sessions."""
        if self._path is None:
            return
        try:
            told = os.stat(self._path)
        except OSError:
            if self._seen:  # whoever removes the file ends them all
                self._seen, self._open = (), {}
            return
        seen = (told.st_ino, told.st_mtime_ns, told.st_ctime_ns, told.st_size)
        if seen == self._seen:
            return
        self._seen, self._open = seen, {}
        try:
            check_owner(self._path, told)
            found = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Session])
        except (BadKeys, OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s: everybody has to log in again (%s)", self._path, error)
        else:
            self._open = dict(sorted(found.items(), key=lambda item: item[1].begun))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Around a change of what is open; one process at a time where there is a file."""
        if self._path is None:
            yield
            self._drop_ended()
            return
        guard = -1
        try:
            with suppress(OSError):
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                guard = os.open(self._path.with_name(f"{self._path.name}.lock"), flags, MODE)
                fcntl.flock(guard, fcntl.LOCK_EX)
            self._look()
            yield
            self._drop_ended()
            with suppress(OSError):  # a read-only mount: what is open here is open all the same
                replace_file(self._path, msgspec.json.encode(self._open), sync=False)
        finally:
            if guard >= 0:
                os.close(guard)

    def _drop_ended(self) -> None:
        now = self._clock()
        self._open = {d: session for d, session in self._open.items() if session.is_open(now)}


def _digest(value: str) -> str:
    """Looking up by a hash tells nobody how much of a guess was right."""
    return hashlib.sha256(value.encode()).hexdigest()


def cookie_name(port: int | None) -> str:
    """Of a gateway: browsers keep cookies of all ports of a host together."""
    return f"tidegauge-{port or 0}"
