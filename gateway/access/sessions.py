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

from engine.numbers import is_power_of_two
from gateway.access.keys import BadKeys, check_owner, mark_of, open_lock, replace_file

log = logging.getLogger(__name__)

UNUSED_SECONDS = 12 * 3600.0
"""Without use for so long, the key is asked for again: what was open at night is closed by day."""
LONGEST_SECONDS = 30 * 86_400.0
"""In any case: a wall is logged in once a month."""
NOTED_SECONDS = 3600.0
"""So much later than noted a use is noted anew: one write an hour for a session in use."""
MOST, MOST_OF_KEY = 1000, 100
"""Beyond it the one ends that was not used for longest."""
_TRIES, _TRY_SECONDS = 20, 0.002
"""For the lock of the file."""


class OpenSession(msgspec.Struct, forbid_unknown_fields=True):
    """For which key, when it began, and when it was last used (s UTC)."""

    key: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    begun: float
    used: float

    def is_open(self, now: float) -> bool:
        """Whether it has not ended by itself; one of a later time is none of this clock's."""
        lasts = self.used <= now + NOTED_SECONDS and now < self.begun + LONGEST_SECONDS
        return lasts and now < self.used + UNUSED_SECONDS


class NotKept(OSError):  # noqa: N818 - what became of the change
    """What is open could not be written down; the text says where and why."""


class Sessions:
    """Which cookie stands for which key. Only a hash of each is held, by `path` in a file as well,
    which several gateways may share. Where it cannot be written, sessions end with the gateway."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._open: dict[str, OpenSession] = {}
        self._seen: tuple[int, ...] = ()
        self._failures = 0

    def begin(self, key_id: str) -> str:
        """The cookie's value for a key."""
        value, now = secrets.token_urlsafe(32), self._clock()
        with suppress(NotKept), self._changing() as found:
            found[_digest(value)] = OpenSession(key_id, now, now)
            _bound(found, [d for d, session in found.items() if session.key == key_id], MOST_OF_KEY)
            _bound(found, list(found), MOST)
        return value

    def key_of(self, value: str) -> str | None:
        """The id of the key that a cookie stands for; that is a use of it."""
        self._look()
        digest, now = _digest(value), self._clock()
        found = self._open.get(digest)
        if found is None or not found.is_open(now):
            return None
        if now >= found.used + NOTED_SECONDS:
            with suppress(NotKept), self._changing() as sessions:
                if digest in sessions:
                    sessions[digest].used = now
        return found.key

    def end(self, value: str) -> None:
        """Forget a cookie. Raises NotKept where another gateway, or a later run, may go on to take
        it."""
        self._look()
        if (digest := _digest(value)) in self._open:
            with self._changing() as found:
                found.pop(digest, None)

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
        seen = mark_of(told)
        if seen == self._seen:
            return
        self._seen, self._open = seen, {}
        try:
            check_owner(self._path, told)
            self._open = msgspec.json.decode(self._path.read_bytes(), type=dict[str, OpenSession])
        except (BadKeys, OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s: everybody has to log in again (%s)", self._path, error)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, OpenSession]]:
        """What is open, to be changed; one process at a time where there is a file. Raises NotKept
        where the change holds in this process alone."""
        with self._locked():
            self._look()
            now = self._clock()
            self._open = {d: session for d, session in self._open.items() if session.is_open(now)}
            yield self._open
            if self._path is not None:
                try:
                    replace_file(self._path, msgspec.json.encode(self._open), sync=False)
                except OSError as error:
                    raise self._failed(error) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the file. Who holds it does so for a millisecond; one that stands still
        with it must not stop this gateway, too."""
        if self._path is None:
            yield
            return
        try:
            guard = open_lock(self._path)
        except OSError:  # neither can the file be written, and that is told
            yield
            return
        try:
            for _ in range(_TRIES):
                with suppress(OSError):
                    fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(_TRY_SECONDS)
            yield
        finally:
            os.close(guard)

    def _failed(self, error: OSError) -> NotKept:
        self._failures += 1
        found = NotKept(f"{self._path}: sessions cannot be kept ({error.strerror})")
        if is_power_of_two(self._failures):
            log.warning("%s; they end with this gateway (%d so far)", found, self._failures)
        return found


def _bound(sessions: dict[str, OpenSession], of: list[str], most: int) -> None:
    """Of these leave those that were used last."""
    for digest in sorted(of, key=lambda d: sessions[d].used)[: max(len(of) - most, 0)]:
        del sessions[digest]


def _digest(value: str) -> str:
    """Looking up by a hash tells nobody how much of a guess was right."""
    return hashlib.sha256(value.encode()).hexdigest()


def cookie_name(port: int | None) -> str:
    """Of a gateway: browsers keep cookies of all ports of a host together."""
    return f"tidegauge-{port or 0}"
