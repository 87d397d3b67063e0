"""The sending end of a client's connection: straight to the transport, bytes as they were made.

An ASGI `send` takes text and encodes it once more for every client, cannot send what is compressed
already, and lets nobody say a last word to a client that does not read. So the server's protocols
(`gateway.server`, `gateway.connections`) put a `Link` into the scope's extensions, under `LINK`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from websockets.extensions.permessage_deflate import PerMessageDeflate

from gateway.outgoing import GZIP_HEAD, Outgoing

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LINK = "tidegauge.link"
"""The ASGI extension: gives the `Link` of a connection when it is called."""
_WHOLE_WINDOW = 15
"""log2 of the distances that `Outgoing.deflated` may use."""


class Gone(Exception):  # noqa: N818 - clients go, it is no error
    """The client is there no more."""


class Link(Protocol):
    """What messages are sent by."""

    def is_full(self) -> bool:
        """Whether what was written last waits to be taken."""

    async def drained(self) -> None:
        """Wait until it does not. Raises Gone."""

    def write(self, message: Outgoing) -> None:
        """Hand a message to the transport, which keeps it where it is full. Raises Gone."""

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""


class WebSocketLink:
    """Frames on a WebSocket, compressed where the client takes that."""

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol, self._transport = protocol, protocol.transport
        self._deflates = any(
            isinstance(extension, PerMessageDeflate)
            and extension.local_max_window_bits == _WHOLE_WINDOW
            for extension in protocol.conn.extensions
        )

    def is_full(self) -> bool:
        """Whether what was written last waits to be taken."""
        return not self._protocol.writable.is_set()

    async def drained(self) -> None:
        """Wait until it does not. Raises Gone."""
        await self._protocol.writable.wait()
        self._check()

    def write(self, message: Outgoing) -> None:
        """Send a text frame. Raises Gone."""
        self._check()
        if self._deflates and message.is_deflated:
            self._transport.write(_frame(0xC1, message.deflated))
        else:
            self._transport.write(_frame(0x81, message.text))

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""
        self._transport.abort()

    def _check(self) -> None:
        protocol = self._protocol
        if protocol.disconnected or protocol.close_sent or self._transport.is_closing():
            raise Gone


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
        self._chunked = cycle.scope["http_version"] == "1.1"
        accepted = [value for name, value in cycle.scope["headers"] if name == b"accept-encoding"]
        self.zips = any(b"gzip" in value for value in accepted)
        """Whether the client takes gzip: then `first` is to go before the events."""

    @property
    def first(self) -> bytes:
        """The beginning of the body."""
        return GZIP_HEAD if self.zips else b": tidegauge\n\n"

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
        text = message.zipped_event if self.zips else message.event
        self._transport.write(b"%x\r\n%s\r\n" % (len(text), text) if self._chunked else text)

    def abort(self) -> None:
        """Cut the connection with all that is unsent."""
        self._transport.abort()

    def _check(self) -> None:
        if self._cycle.disconnected or self._transport.is_closing():
            raise Gone


def link_of(scope: Any) -> Any:
    """The link of a connection; raises RuntimeError where another server than ours runs."""
    make = scope.get("extensions", {}).get(LINK)
    if make is None:
        raise RuntimeError("the stream needs the server of gateway.server")
    return make()
