"""What a session stands on: a websocket, the time, and where its events go. Tests bring others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, Protocol

from websockets.asyncio.client import connect as websockets_connect
from websockets.uri import parse_uri

from connectors.venues.events import Frame
from engine.records import Gap, Tick

MAX_MESSAGE = 8 * 2**20
"""Bytes: the largest frames of any venue, full order books, are a few MB."""
RECEIVE_QUEUE = 1024
"""Frames read ahead of us; beyond that the socket is not read, so TCP holds the venue back."""
PING_EVERY = 20.0
"""Seconds, and as many for the answer: a dead line is noticed within 40 s even without trades."""
OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 3.0
"""Seconds for the closing handshake; by then a peer that answers at all has done so."""

Sink = Callable[[int, list[Tick | Gap]], None]
"""Takes the events of one websocket message and when it arrived (ns UTC)."""


class Connection(Protocol):
    """An open websocket. All methods raise websockets' ConnectionClosed once it is closed."""

    def recv(self, decode: bool | None = None) -> Coroutine[Any, Any, Frame]:
        """The next message; what arrived before the closing is still given out after it."""
        ...

    def send(self, message: Frame) -> Coroutine[Any, Any, None]:
        """Send one message."""
        ...

    def close(self) -> Coroutine[Any, Any, None]:
        """Close it; never raises, closing twice is once."""
        ...


Connect = Callable[[str], Awaitable[Connection]]
"""Opens a websocket. Raises OSError, TimeoutError or websockets' WebSocketException."""


class Clock(NamedTuple):
    """The time, as arguments, so that tests can use a virtual one."""

    now_ns: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


SYSTEM_CLOCK = Clock(time.time_ns, time.monotonic, asyncio.sleep)


async def open_websocket(url: str) -> Connection:
    """Connect. Raises OSError, TimeoutError or websockets' WebSocketException.

    Without compression: inflating costs more than parsing. A proxy of the environment is used,
    except for the loopback.
    """
    loopback = parse_uri(url).host in ("127.0.0.1", "::1", "localhost")
    return await websockets_connect(
        url,
        compression=None,
        max_size=MAX_MESSAGE,
        max_queue=RECEIVE_QUEUE,
        open_timeout=OPEN_TIMEOUT,
        close_timeout=CLOSE_TIMEOUT,
        ping_interval=PING_EVERY,
        ping_timeout=PING_EVERY,
        proxy=None if loopback else True,
    )
