"""How many connections a server takes, from whom, and for how long one may take its time.

Every connection is an open file, and a process has only so many: without a bound, some hundred
idle connections would leave none for its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from engine.numbers import is_power_of_two
from gateway.access.names import IPNetwork, ip_address
from gateway.access.rates import caller_of
from gateway.api.problems import ApiProblem

log = logging.getLogger(__name__)

KEPT_FREE = 128
"""Open files left to all else: the log and its journal, sessions, a broker's connections, files of
compiled code."""
MOST = 4000
"""Some 50 KB each; four times as many as there may be clients of the stream."""
UNSENT = 8 * 1024
"""Bytes that wait here, and as many in the system, before a client counts as one that does not
read. The system's usual megabytes would hide that for minutes."""
COME_AGAIN = "5"
"""Seconds: idle connections are gone by then."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Of one server. Times are seconds."""

    per_address: int = 200
    """Of one address, or IPv6 network of 64 bits, beyond this machine: an office behind one
    address, or a flood."""
    head: float = 20.0
    """From the connection to the end of its first request's head; of a later request from its
    first byte on. A browser opens one ahead of need, and uses it at once or not at all."""
    body: float = 20.0
    """For the body of a request, of at most 256 KB."""
    unread: float = 60.0
    """For an answer, once the client keeps it waiting: some MB over a slow line."""
    handshake: float = 10.0
    """For TLS."""
    lingering: float = 10.0
    """For what is being closed to be gone."""
    refusal: float = 2.0
    """In which a refused client may read why, while what it sends is thrown away: closing with
    something unread would reset the connection, and the answer with it."""
    idle: int = 5
    """Between two requests."""
    head_bytes: int = 16 * 1024
    """Of a request's line and headers; cookies of other programs on this host are in it, too."""
    headers: int = 100
    frames: float = 200.0
    """Of a WebSocket, pings too: so many at once, and then so many a second as `frames_a_second`.
    Requests are taken one by one, 20 a second, and pongs to our pings do not count."""
    frames_a_second: float = 20.0
    connections: int | None = None
    """In all; as many as there are files for (`most_connections`), if None."""
    near: bool = False
    """Whether `per_address` holds for this machine, too: its own programs share an address."""


def most_connections() -> int:
    """As many as the limit of open files leaves room for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return min(MOST, max(soft - KEPT_FREE, soft // 2))


class Connections:
    """The connections of a server, counted from the moment they are taken: while a TLS handshake
    lasts nobody else would."""

    def __init__(
        self,
        limits: ServerLimits,
        proxies: tuple[IPNetwork, ...] = (),
        refused: Counter[str] | None = None,
    ) -> None:
        self.limits, self._proxies = limits, proxies
        self._by_caller = Counter[str]()
        self._open = 0
        self.refused = Counter[str]() if refused is None else refused
        """By what was too many, or too late."""

    def __len__(self) -> int:
        return self._open

    def enter(self, address: str) -> ApiProblem | None:
        """Count one more of an address, or say why not."""
        most = self.limits.connections or most_connections()
        caller = caller_of(address)
        if self._open >= most:
            return self._too_many("connections", f"{most} connections are open, which is the limit")
        if self._by_caller[caller] >= self.limits.per_address and not self._is_spared(address):
            said = f"{self.limits.per_address} connections of {caller} are open, which is the limit"
            return self._too_many("address", said)
        self._by_caller[caller] += 1
        self._open += 1
        return None

    def leave(self, address: str) -> None:
        """Count one less."""
        caller = caller_of(address)
        self._open -= 1
        self._by_caller[caller] -= 1
        if self._by_caller[caller] <= 0:
            del self._by_caller[caller]

    def told(self, what: str, said: str) -> None:
        """Count what was cut off; the 1st, 2nd, 4th, 8th … is logged."""
        self.refused[what] += 1
        if is_power_of_two(count := self.refused[what]):
            log.warning("connection refused or cut (%s, %d so far): %s", what, count, said)

    def _too_many(self, what: str, said: str) -> ApiProblem:
        self.told(what, said)
        return ApiProblem("too-many-connections", said, headers={"Retry-After": COME_AGAIN})

    def _is_spared(self, address: str) -> bool:
        found = ip_address(address)
        if found is None or any(found in network for network in self._proxies):
            return True
        return found.is_loopback and not self.limits.near


def address_of(transport: asyncio.BaseTransport) -> str:
    """The peer's address; empty where it is gone already."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""


def keep_little(transport: asyncio.Transport) -> None:
    """Let little wait unsent, here and in the system."""
    transport.set_write_buffer_limits(high=UNSENT)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if lowat is not None and transport.get_extra_info("socket") is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, lowat, UNSENT)


class Newcomer(asyncio.Protocol):
    """A connection until HTTP begins: counted or refused, then made secure where there is TLS.

    Handing a transport to TLS afterwards is what lets it be counted before. What the client sends
    along with the last step of the handshake waits here.
    """

    def __init__(
        self,
        connections: Connections,
        tls: ssl.SSLContext | None,
        begin: Callable[[], asyncio.Protocol],
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._connections, self._tls, self._begin, self._tasks = connections, tls, begin, tasks
        self._early: list[bytes] = []
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or refuse it."""
        assert isinstance(transport, asyncio.Transport)
        address = address_of(transport)
        problem = self._connections.enter(address)
        if problem is not None:
            if self._tls is None:
                transport.write(plain_answer(problem))
                transport.close()
            else:  # nothing can be said yet
                transport.abort()
        elif self._tls is None:
            self._hand_over(transport)
        else:
            transport.pause_reading()
            task = asyncio.create_task(self._secure(transport, self._tls, address))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone before it began."""
        self._lost = True

    async def _secure(self, transport: asyncio.Transport, tls: ssl.SSLContext, who: str) -> None:
        seconds = self._connections.limits.handshake
        taken = False
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport, self, tls, server_side=True, ssl_handshake_timeout=seconds
            )
            if secured is not None and not self._lost:
                taken = True
                self._hand_over(secured)
        except (OSError, ssl.SSLError) as error:
            self._connections.told("handshake", f"{who}: {error}")
        finally:
            if not taken:
                transport.abort()
                self._connections.leave(who)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        protocol = self._begin()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._early:
            protocol.data_received(b"".join(self._early))


def plain_answer(problem: ApiProblem) -> bytes:
    """An answer where no HTTP is spoken yet."""
    response = problem.response()
    lines = [f"HTTP/1.1 {response.status_code} Refused".encode(), b"connection: close"]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
