"""Sessions of browsers: a cookie in place of a key, for who has shown the key once.

A page cannot put a header on a WebSocket, and what a script can read a foreign script may steal.
So the page's key is sent once, to `POST /v1/session`, and a cookie stands for it from there on,
which no script sees (HttpOnly), which other sites' pages do not send (SameSite=Strict), and which
ends with the gateway, the key, or the day. Pages of other ports are the same site to a browser;
the check of Origin keeps those out (`gateway.access.guard`).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

SECONDS = 12 * 3600.0
"""A working day; then the key is asked for again."""
MOST = 1000
"""Beyond it the oldest ends."""


class Sessions:
    """Which cookie stands for which key. Only a hash of each is held."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open = OrderedDict[bytes, tuple[str, float]]()

    def begin(self, key_id: str) -> str:
        """The cookie's value for a key."""
        value = secrets.token_urlsafe(32)
        self._open[_digest(value)] = key_id, self._clock() + SECONDS
        if len(self._open) > MOST:
            self._open.popitem(last=False)
        return value

    def key_of(self, value: str) -> str | None:
        """The id of the key that a cookie stands for."""
        found = self._open.get(digest := _digest(value))
        if found is None:
            return None
        key_id, ends = found
        if self._clock() >= ends:
            del self._open[digest]
            return None
        return key_id

    def end(self, value: str) -> None:
        """Forget a cookie."""
        self._open.pop(_digest(value), None)


def _digest(value: str) -> bytes:
    """Looking up by a hash tells nobody how much of a guess was right."""
    return hashlib.sha256(value.encode()).digest()


def cookie_name(port: int | None) -> str:
    """Of a gateway: browsers keep cookies of all ports of a host together."""
    return f"tidegauge-{port or 0}"
