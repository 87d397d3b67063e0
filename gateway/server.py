"""Uvicorn as a coroutine among others: no signal handlers, a clear error for a taken port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Generator
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from gateway.connections import AT_ONCE, HttpProtocol
from gateway.link import LINK, WebSocketLink

SHUTDOWN_SECONDS = 3
"""For answers under way when the server ends; then what is still open is cut."""
BACKLOG = 1024
"""Connections that the system holds until they are taken: a thousand pages may come at once."""
CLIENT_MESSAGE_BYTES = 64 * 1024
"""Of a request on the stream: the ids of some thousand indices; a larger message closes the
connection (1009)."""


class CannotListen(OSError):  # noqa: N818 - named for what happened, as ConnectionRefused is
    """The address cannot be listened on: it is not this machine's, or not allowed."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(
            error.errno,
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host or "
            "--port",
        )

    def __str__(self) -> str:
        return str(self.strerror)


class PortInUse(CannotListen):
    """Another program listens on `port`."""

    def __init__(self, port: int) -> None:
        OSError.__init__(
            self,
            errno.EADDRINUSE,
            f"port {port} is in use: stop what listens there, or choose another with --port",
        )
        self.port = port


async def serve(
    app: Any, host: str, port: int, *, on_start: Callable[[int], None] | None = None
) -> None:
    """Serve `app` until cancelled; then close every socket and re-raise CancelledError.

    Port 0 takes a free one; `on_start` is called with the real port once connections are taken.
    Raises CannotListen, which PortInUse is one of, before anything is served.
    """
    listener = _bind(host, port)
    with contextlib.closing(listener):
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            http=HttpProtocol,
            backlog=AT_ONCE,  # how many asyncio accepts at a time; the real one is set in _Server
            ws=_WebSocketProtocol,
            ws_max_size=CLIENT_MESSAGE_BYTES,
            # A thousand clients' compressors would take more memory than all the rest; see below.
            ws_per_message_deflate=False,
        )
        server = _Server(config, lambda: on_start and on_start(listener.getsockname()[1]))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            server.should_exit = True
            await running
            raise


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListen(host, port, error) from None
    listener = socket.socket(family, kind, protocol)
    try:
        # A restart must not wait for connections of the process before (TIME_WAIT).
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(port) from None
        raise CannotListen(host, port, error) from None
    return listener


def check_free(host: str, port: int) -> None:
    """Raises CannotListen where `serve` would now: for those who have much to do before it."""
    _bind(host, port).close()


class _Server(uvicorn.Server):
    """Leaves the process's signal handlers alone, and says when it has started."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], Any]) -> None:
        super().__init__(config)
        self._say_started = started

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)
        self._say_started()


class _WebSocketProtocol(WebSocketsSansIOProtocol):
    """Gives the application the link to its client, and takes compression without memory: what is
    compressed was so by `gateway.outgoing`, once for all clients."""

    _link: WebSocketLink | None = None

    def __init__(self, *args: Any, **parts: Any) -> None:
        super().__init__(*args, **parts)
        self.conn.available_extensions = [
            ServerPerMessageDeflateFactory(
                server_no_context_takeover=True, client_no_context_takeover=True
            )
        ]

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # none where the handshake was refused
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[LINK] = self._make_link

    def _make_link(self) -> WebSocketLink:
        self._link = WebSocketLink(self)
        return self._link

    def handle_pong(self, event: Any) -> None:
        if self._link is None or not self._link.ponged(bytes(event.data)):
            super().handle_pong(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._link is not None:
            self._link.lost()
