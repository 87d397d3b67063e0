"""Uvicorn as a coroutine among others: no signal handlers, a clear error for a taken port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from gateway.access.names import IPNetwork
from gateway.connections import Connections, Newcomer, ServerLimits
from gateway.http_protocol import HttpProtocol, ServerConfig
from gateway.link import reset
from gateway.websocket_protocol import WebSocketProtocol

SHUTDOWN_SECONDS = 3
"""For answers under way when the server ends; then what is still open is cut."""
AT_ONCE = 2
"""Connections that are taken in one turn of the event loop. A client of the stream costs some 2 ms
until it has its first state, and what is sent to all others waits for the turn: so a thousand that
come back at once after a restart hold nobody up. It also takes some turns until one that is too
many is closed, and all of these hold files meanwhile."""
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
    app: Any,
    host: str,
    port: int,
    *,
    on_start: Callable[[int], None] | None = None,
    tls: ssl.SSLContext | None = None,
    limits: ServerLimits | None = None,
    proxies: tuple[IPNetwork, ...] = (),
    refused: Counter[str] | None = None,
) -> None:
    """Serve `app` until cancelled; then close every socket and re-raise CancelledError.

    Port 0 takes a free one; `on_start` is called with the real port once connections are taken.
    With `tls` over TLS alone. `proxies` are no single clients, so the bound on those is not theirs.
    What is refused or cut off before the application sees it is counted in `refused`.
    Raises CannotListen, which PortInUse is one of, before anything is served.
    """
    connections = Connections(limits or ServerLimits(), proxies, refused)
    listener = _bind(host, port)
    with contextlib.closing(listener):
        config = ServerConfig(
            app,
            connections,
            log_config=None,
            access_log=False,
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            http=HttpProtocol,
            timeout_keep_alive=connections.limits.idle,
            ws=WebSocketProtocol,
            ws_max_size=CLIENT_MESSAGE_BYTES,
            # A thousand clients' compressors would take more memory than all the rest; see below.
            ws_per_message_deflate=False,
        )
        server = _Server(config, tls, lambda: on_start and on_start(listener.getsockname()[1]))
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
    """Leaves the process's signal handlers alone, counts who comes, says when it has started."""

    config: ServerConfig

    def __init__(
        self, config: ServerConfig, tls: ssl.SSLContext | None, started: Callable[[], Any]
    ) -> None:
        super().__init__(config)
        self._tls, self._say_started = tls, started
        self._handshakes = set[asyncio.Task[None]]()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        loop = asyncio.get_running_loop()
        for listener in sockets or ():
            # The number that asyncio is given is how many it accepts at a time, too.
            server = await loop.create_server(self._newcomer, sock=listener, backlog=AT_ONCE)
            self.servers.append(server)
            listener.listen(BACKLOG)
        self._say_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # once a second
            self._cut_lingering(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._handshakes:
            task.cancel()
        await super().shutdown(sockets)

    def _newcomer(self) -> Newcomer:
        return Newcomer(self.config.connections, self._tls, self._http, self._handshakes)

    def _http(self) -> HttpProtocol:
        return HttpProtocol(self.config, self.server_state, self.lifespan.state)

    def _cut_lingering(self, now: float) -> None:
        """Closing waits until all is sent, and a WebSocket until the other side has closed, too;
        who lets that wait is cut off."""
        for protocol in list(self.server_state.connections):
            assert isinstance(protocol, HttpProtocol | WebSocketProtocol)
            if not (protocol.transport.is_closing() or getattr(protocol, "close_sent", False)):
                continue
            if protocol.closing_since is None:
                protocol.closing_since = now
            elif now - protocol.closing_since > self.config.connections.limits.lingering:
                reset(protocol.transport)
