"""The sending end of a client's connection: straight to the transport, bytes as they were made.

An ASGI `send` takes text and encodes it once more for every client, cannot send what is compressed
already, and lets nobody say a last word to a client that does not read. So the server's protocols
(`gateway.server`, `gateway.connections`) put a `Link` into the scope's extensions, under `LINK`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from websockets.extensions.permessage_deflate import PerMessageDeflate

from gateway.outgoing import GZIP_HEAD, Outgoing

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LINK = "tidegauge.link"
"""The ASGI extension: gives the `Link` of a connection when it is called."""
UNREAD = 16
"""Messages under way to one client. Over the longest distances (0.3 s) that is fifty a second."""
_MARK = b"tg"
"""How the payload of our pings begins; behind it is the number of the message."""
_WHOLE_WINDOW = 15
"""log2 of the distances that `Outgoing.deflated` may use."""


class Gone(Exception):  # noqa: N818 - clients go, it is no error
    """The client is there no more."""


class Link(Protocol):
    """What messages are sent by."""

    def unread_since(self) -> float | None:
        """When (by the loop's clock) what waits longest to be read was sent; None where nothing is
        known to wait."""

    def is_full(self) -> bool:
        """Whether no more should be written now."""

    async def drained(self) -> None:
        """Wait until that is so no more. Raises Gone."""

    def write(self, message: Outgoing) -> None:
        """Hand a message to the transport, which keeps it where it is full. Raises Gone."""

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""


class WebSocketLink:
    """Frames on a WebSocket, compressed where the client takes that.

    A ping goes behind each message: its pong shows that the client has read so far, which the
    system's buffers would hide for a long time. So one that reads slowly is sent the newest, not
    what has waited in buffers, and one that reads nothing is known in seconds.
    """

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol, self._transport = protocol, protocol.transport
        self._unread = deque[float]()
        self._read = 0
        self._moved = asyncio.Event()
        self._moved.set()
        self._deflates = any(
            isinstance(extension, PerMessageDeflate)
            and extension.local_max_window_bits == _WHOLE_WINDOW
            for extension in protocol.conn.extensions
        )

    def unread_since(self) -> float | None:
        """When the oldest message without a pong was sent."""
        return self._unread[0] if self._unread else None

    def is_full(self) -> bool:
        """Whether no more should be written now."""
        return len(self._unread) >= UNREAD or not self._protocol.writable.is_set()

    async def drained(self) -> None:
        """Wait until that is so no more. Raises Gone."""
        while self.is_full() and not self._protocol.disconnected:
            if self._protocol.writable.is_set():
                await self._moved.wait()
            else:
                await self._protocol.writable.wait()
        self._check()

    def write(self, message: Outgoing) -> None:
        """Send a text frame. Raises Gone."""
        self._check()
        if self._deflates and message.is_deflated:
            frame = _frame(0xC1, message.deflated)
        else:
            frame = _frame(0x81, message.text)
        self._unread.append(asyncio.get_running_loop().time())
        number = self._read + len(self._unread)
        self._transport.write(frame + _frame(0x89, _MARK + number.to_bytes(6, "big")))
        if len(self._unread) >= UNREAD:
            self._moved.clear()

    def ponged(self, payload: bytes) -> bool:
        """Whether a pong, which came, is the answer to one of these pings."""
        if len(payload) != len(_MARK) + 6 or not payload.startswith(_MARK):
            return False
        number = int.from_bytes(payload[len(_MARK) :], "big")
        while self._read < number and self._unread:
            self._unread.popleft()
            self._read += 1
        self._moved.set()
        return True

    def lost(self) -> None:
        """The connection is gone: whoever waits shall find out."""
        self._moved.set()

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""
        reset(self._transport)

    def _check(self) -> None:
        protocol = self._protocol
        if protocol.disconnected or protocol.close_sent or self._transport.is_closing():
            raise Gone


def reset(transport: asyncio.Transport) -> None:
    """Close by a reset: else the system would go on to offer what the peer does not take."""
    if (taken := transport.get_extra_info("socket")) is not None:
        with contextlib.suppress(OSError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _frame(first: int, payload: bytes) -> bytes:
    """A whole frame from the server, which masks nothing (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


class EventLink:
    """Events on an HTTP response that has begun."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle, self._transport = cycle, cycle.transport
        self._full_since: float | None = None
        self._chunked = cycle.scope["http_version"] == "1.1"
        accepted = [value for name, value in cycle.scope["headers"] if name == b"accept-encoding"]
        self.is_head = cycle.scope["method"] == "HEAD"
        """Whether the client wants no body."""
        self.zips = any(b"gzip" in value for value in accepted)
        """Whether the client takes gzip: then `first` is to go before the events."""

    @property
    def first(self) -> bytes:
        """The beginning of the body."""
        return GZIP_HEAD if self.zips else b": tidegauge\n\n"

    def unread_since(self) -> float | None:
        """When it was first found full. Nothing tells whether the client has read what its system
        has taken."""
        if not self.is_full():
            self._full_since = None
        elif self._full_since is None:
            self._full_since = asyncio.get_running_loop().time()
        return self._full_since

    def is_full(self) -> bool:
        """Whether what was written last waits to be taken."""
        return self._cycle.flow.write_paused

    async def drained(self) -> None:
        """Wait until it does not. Raises Gone."""
        await self._cycle.flow.drain()
        self._check()

    def write(self, message: Outgoing) -> None:
        """Send an event. Raises Gone."""
        self._check()
        if not self.is_full():  # it has taken something since
            self._full_since = None
        text = message.zipped_event if self.zips else message.event
        self._transport.write(b"%x\r\n%s\r\n" % (len(text), text) if self._chunked else text)

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""
        reset(self._transport)

    def _check(self) -> None:
        if self._cycle.disconnected or self._transport.is_closing():
            raise Gone


def link_of(scope: Any) -> Any:
    """The link of a connection; raises RuntimeError where another server than ours runs."""
    make = scope.get("extensions", {}).get(LINK)
    if make is None:
        raise RuntimeError("the stream needs the server of gateway.server")
    return make()
