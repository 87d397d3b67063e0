"""A WebSocket of the server: compression without memory, the link to its client, bounded frames."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame

from gateway.access.rates import Bucket
from gateway.api.problems import ApiProblem
from gateway.connections import address_of, plain_answer
from gateway.http_protocol import ServerConfig
from gateway.link import LINK, WebSocketLink

TOO_MANY = 1008
"""Close code: policy violation (RFC 6455, 7.4.1)."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Gives the application the link to its client, and takes compression without memory: what is
    compressed was so by `gateway.outgoing`, once for all clients."""

    config: ServerConfig
    _link: WebSocketLink | None = None

    def __init__(self, *args: Any, **parts: Any) -> None:
        super().__init__(*args, **parts)
        self.conn.available_extensions = [
            ServerPerMessageDeflateFactory(
                server_no_context_takeover=True, client_no_context_takeover=True
            )
        ]
        limits = self.config.connections.limits
        self._frames = Bucket(limits.frames, limits.frames_a_second, self.loop.time())
        self._address = ""
        self._sent_away = False
        self.closing_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        """It is HTTP's no more."""
        super().connection_made(transport)
        self._address = address_of(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        if self._link is not None:
            self._link.lost()
        self.config.connections.leave(self._address)

    def data_received(self, data: bytes) -> None:
        """Take what came; of who was sent away it is thrown away, until the connection is cut."""
        if not (self._sent_away or self.transport.is_closing()):
            super().data_received(data)
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._refuse_handshake()

    async def send(self, message: Any) -> None:
        """Of the application. A handshake that was answered by a refusal is complete, too; else
        each would be logged as a fault."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def shutdown(self) -> None:
        """The server ends."""
        if self._sent_away:
            self.transport.close()
        else:
            super().shutdown()

    def handle_connect(self, event: Any) -> None:
        """A handshake."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # none where the handshake was refused
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[LINK] = self._make_link

    def _make_link(self) -> WebSocketLink:
        self._link = WebSocketLink(self)
        return self._link

    def handle_text(self, event: Frame) -> None:
        """A message, or its beginning."""
        if self._has_room():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """The same of bytes."""
        if self._has_room():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """More of a message; frames without a byte have no end by its size."""
        if self._has_room():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """It is answered, which costs as much to send as it did to ask."""
        if self._has_room():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """One to our pings, or one too many."""
        if self._link is not None and self._link.ponged(bytes(event.data)):
            return
        if self._has_room():
            super().handle_pong(event)

    def _has_room(self) -> bool:
        """Whether the client keeps within its frames; one that does not is sent away."""
        if self._sent_away:
            return False
        if self._frames.take(self.loop.time()):
            return True
        self._sent_away = True
        self.config.connections.told("frames", f"{self._address} sent too many frames")
        self.conn.data_to_send()  # the pongs that nobody waits for
        self.conn.fail(TOO_MANY, "too many frames; requests are taken 20 a second")
        self._leave()
        return False

    def handle_parser_exception(self) -> None:
        """What came is no WebSocket, or too large."""
        self._sent_away = True
        self.config.connections.told("frames", f"{self._address} sent what is no frame")
        self._leave()

    def _refuse_handshake(self) -> None:
        """It has passed as HTTP, and has a line that is too long here."""
        self._sent_away = self.close_sent = True
        problem = ApiProblem("bad-head", "this is no handshake of a WebSocket")
        self.transport.write(plain_answer(problem))
        self.transport.close()

    def _leave(self) -> None:
        """Say why (RFC 6455, 7.1.7), and go on reading for a while, so that it is read."""
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MANY})
        self.transport.resume_reading()
        self.loop.call_later(self.config.connections.limits.refusal, self.transport.close)
