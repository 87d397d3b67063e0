"""How many connections a server takes, and for how long one may say nothing.

Every connection is an open file, and a process has only so many: without a bound, some hundred
idle connections would leave none for its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.numbers import is_power_of_two
from gateway.link import LINK, EventLink

log = logging.getLogger(__name__)

KEPT_FREE = 128
"""Open files left to all else: the log and its journal, sessions, a broker's connections, files of
compiled code."""
AT_ONCE = 16
"""Connections that are taken in one turn of the event loop. It takes some turns more until one that
is too many is closed, and all of these hold files meanwhile."""
MOST = 4000
"""Some 50 KB each; four times as many as there may be clients of the stream."""
REQUEST_SECONDS = 20.0
"""From the connection to the end of its first request's head. A browser opens one ahead of need,
and uses it at once or not at all."""
UNSENT = 8 * 1024
"""Bytes that wait here, and as many in the system, before a client counts as one that does not
read. The system's usual megabytes would hide that for minutes."""
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\n"
    b"connection: close\r\ncontent-length: 56\r\n\r\n"
    b'{"detail": "too many connections; try again in a while"}'
)


def most_connections() -> int:
    """As many as the limit of open files leaves room for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return min(MOST, max(soft - KEPT_FREE, soft // 2))


def _keep_little(transport: asyncio.Transport) -> None:
    transport.set_write_buffer_limits(high=UNSENT)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if lowat is not None and transport.get_extra_info("socket") is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, lowat, UNSENT)


class HttpProtocol(H11Protocol):
    """HTTP/1.1 with these bounds; one that is beyond is answered 503, or closed."""

    refused = 0
    """By this process."""
    _link: EventLink | None = None
    """Of a stream of events, which has a connection for itself."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or refuse it."""
        super().connection_made(transport)
        _keep_little(transport)
        if len(self.connections) <= most_connections():
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self._end)
            return
        HttpProtocol.refused += 1
        if is_power_of_two(HttpProtocol.refused):
            said = "connection number %d refused: %d are open, which is the limit"
            log.warning(said, HttpProtocol.refused, len(self.connections) - 1)
        transport.write(BUSY)
        transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came; once a whole request did, it has time."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None or self.transport.get_protocol() is not self:
            self._clear()

    def handle_events(self) -> None:
        """Take what came; the application finds the link to its client in the scope."""
        super().handle_events()
        if (cycle := self.cycle) is not None:
            extensions: dict[str, Any] = cycle.scope.setdefault("extensions", {})
            extensions.setdefault(LINK, self._make_link)

    def _make_link(self) -> EventLink:
        self._link = EventLink(self.cycle)
        return self._link

    def shutdown(self) -> None:
        """End what never ends by itself."""
        super().shutdown()
        if self._link is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._clear()
        super().connection_lost(exc)

    def _end(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _clear(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
